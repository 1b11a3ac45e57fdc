#include "keeper.h"

#include <filesystem>

#include <nlohmann/json.hpp>

#include "wattle/base/text.h"

namespace wattle::training {
namespace {

constexpr Seconds kBetweenLooks{0.05};

/// The path relative to the folder, or nothing when it lies elsewhere.
std::optional<std::string> below(const std::string& folder, const std::string& path) {
  const auto relative = std::filesystem::path(absolute_path(path))
                            .lexically_relative(std::filesystem::path(absolute_path(folder)));
  const std::string text = relative.string();
  return text.empty() || text == "." || text.starts_with("..") ? std::nullopt : std::optional(text);
}

}  // namespace

CheckpointContract checkpoint_contract(const Environment& environment) {
  const auto value = [&](std::string_view name) { return environment(name).value_or(""); };
  return {value("WATTLE_CHECKPOINT_DIR"), value("WATTLE_CHECKPOINT_REQUEST"),
          value("WATTLE_CHECKPOINT_CONFIRM"), value("WATTLE_RESUME_FROM")};
}

std::string confirmation(const std::string& path, std::int64_t step,
                         std::optional<std::int64_t> request) {
  nlohmann::ordered_json json{{"path", path}, {"step", step}};
  if (request) {
    json["request"] = *request;
  }
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

Keeper::Due Keeper::due() {
  Due due{interruption_.take_request(), interruption_.pending()};
  const BootTime now = clock_.boot_now();
  if (!contract_.request_file.empty() && now - looked_at_ >= kBetweenLooks) {
    looked_at_ = now;
    due.is_requested = due.is_requested || newest_request() > answered_;
  }
  return due;
}

Status Keeper::save(CheckpointStore& store, const Checkpoint& checkpoint) {
  // Read before the save: a request that comes while it is written asks for a later state.
  const std::int64_t request = newest_request();
  WATTLE_ASSIGN_OR_RETURN(const std::string path, store.save(checkpoint));
  const auto relative = contract_.folder.empty() ? std::nullopt : below(contract_.folder, path);
  if (contract_.confirm_file.empty() || !relative) {
    return {};
  }
  const auto answers = request > answered_ ? std::optional(request) : std::nullopt;
  WATTLE_RETURN_IF_ERROR(files_.write_atomic(contract_.confirm_file,
                                             confirmation(*relative, checkpoint.step, answers)));
  answered_ = request;
  return {};
}

std::int64_t Keeper::newest_request() {
  if (contract_.request_file.empty()) {
    return 0;
  }
  const auto text = files_.read(contract_.request_file);
  const auto number = text.ok() ? parse_integer(trim(*text)) : Result<std::int64_t>(text.error());
  return number.ok() ? *number : 0;
}

}  // namespace wattle::training
