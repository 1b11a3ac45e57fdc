#include "wattle/job/run_catalog.h"

#include <algorithm>

#include "wattle/base/ids.h"
#include "wattle/base/text.h"

namespace wattle::job {
namespace {

constexpr std::size_t kHistorySearch = 200;  // folders among which earlier runs are looked for

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

Result<std::vector<std::string>> RunCatalog::during(UtcTime from, UtcTime to) {
  WATTLE_ASSIGN_OR_RETURN(auto found, ids());
  std::erase_if(found, [&](const std::string& id) {
    const auto record = load(id);
    if (!record.ok() || (to.ns != 0 && record->created > to)) {
      return true;
    }
    const auto settled = receipt(id);
    return settled.ok() && settled->time.ended < from;
  });
  return found;
}

Result<std::vector<std::string>> RunCatalog::same_job(const RunRecord& record, std::size_t limit) {
  std::vector<std::string> same;
  WATTLE_ASSIGN_OR_RETURN(const auto all, ids());
  const std::string fingerprint = spec::fingerprint(record.job);
  for (std::size_t i = 0; i < all.size() && i < kHistorySearch && same.size() < limit; ++i) {
    const auto earlier = load(all[i]);
    const auto settled = receipt(all[i]);
    if (earlier.ok() && settled.ok() && settled->run.state == "succeeded" &&
        earlier->folder == record.folder && spec::fingerprint(earlier->job) == fingerprint) {
      same.push_back(all[i]);
    }
  }
  return same;
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
