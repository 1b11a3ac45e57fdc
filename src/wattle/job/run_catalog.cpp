#include "wattle/job/run_catalog.h"

#include <algorithm>

#include "wattle/base/ids.h"
#include "wattle/base/text.h"

namespace wattle::job {
namespace {

std::string to_upper(std::string_view text) {
  std::string upper(text);
  std::ranges::transform(upper, upper.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return upper;
}

}  // namespace

Status RunCatalog::add(const RunRecord& record) {
  WATTLE_RETURN_IF_ERROR(files_.make_directories(home_.attempts(record.id)));
  return files_.write_atomic(home_.spec_file(record.id), to_json(record));
}

Result<std::vector<std::string>> RunCatalog::ids() const {
  if (!files_.exists(home_.runs())) {
    return std::vector<std::string>();
  }
  WATTLE_ASSIGN_OR_RETURN(auto names, files_.list(home_.runs()));
  // A folder without a record is a run that was never accepted: its maker was killed before it said
  // so.
  std::erase_if(names, [this](const std::string& name) {
    return !is_ulid(name) || !files_.exists(home_.spec_file(name));
  });
  std::ranges::reverse(names);
  return names;
}

Result<std::string> RunCatalog::find(std::string_view prefix) const {
  WATTLE_ASSIGN_OR_RETURN(auto all, ids());
  if (prefix == "last" && !all.empty()) {
    return all.front();
  }
  const std::string upper = to_upper(prefix);
  std::erase_if(all, [&](const std::string& id) { return !id.starts_with(upper); });
  if (all.empty() || prefix.empty()) {
    return Error(ErrorCode::kNotFound,
                 concat("no run is called '", prefix, "'; `wattle ps --all` lists them"));
  }
  if (all.size() > 1) {
    return Error(ErrorCode::kInvalidArgument,
                 concat("'", prefix, "' begins the ids of ", all.size(), " runs; give more of it (",
                        all[0], ", ", all[1], ", …)"));
  }
  return all.front();
}

Result<RunRecord> RunCatalog::load(std::string_view id) const {
  const std::string path = home_.spec_file(id);
  WATTLE_ASSIGN_OR_RETURN(const auto text, files_.read(path));
  return parse_run_record(text).with_context(path);
}

std::vector<std::uint32_t> RunCatalog::attempts(std::string_view id) const {
  std::vector<std::uint32_t> numbers;
  for (const auto& name : files_.list(home_.attempts(id)).value_or({})) {
    if (const auto number = parse_integer(name);
        number.ok() && *number > 0 && *number < 1'000'000) {
      numbers.push_back(static_cast<std::uint32_t>(*number));
    }
  }
  std::ranges::sort(numbers);
  return numbers;
}

std::optional<std::uint32_t> RunCatalog::last_attempt(std::string_view id) const {
  const auto numbers = attempts(id);
  return numbers.empty() ? std::nullopt : std::optional(numbers.back());
}

Result<messages::Receipt> RunCatalog::receipt(std::string_view id) const {
  const std::string path = home_.receipt_file(id);
  WATTLE_ASSIGN_OR_RETURN(const auto text, files_.read(path));
  return messages::parse_receipt(text).with_context(path);
}

Status RunCatalog::save_receipt(const messages::Receipt& receipt) {
  return files_.write_atomic(home_.receipt_file(receipt.run.id), messages::to_json(receipt));
}

}  // namespace wattle::job
