#include "wattle/executor/checkpoint_records.h"

#include <algorithm>
#include <ranges>

#include <nlohmann/json.hpp>

#include "wattle/base/path_digest.h"
#include "wattle/base/text.h"

namespace wattle::executor {
namespace {

using Json = nlohmann::json;

std::optional<std::int64_t> integer(const Json& line, const char* key) {
  const auto found = line.find(key);
  return found != line.end() && found->is_number_integer()
             ? std::optional(found->get<std::int64_t>())
             : std::nullopt;
}

std::string text(const Json& line, const char* key) {
  const auto found = line.find(key);
  return found != line.end() && found->is_string() ? found->get<std::string>() : "";
}

std::optional<CheckpointRecord> parse_record(std::string_view bytes) {
  const auto line = Json::parse(bytes, nullptr, false);
  if (!line.is_object()) {
    return std::nullopt;
  }
  CheckpointRecord record{.number = integer(line, "number").value_or(0),
                          .path = text(line, "path"),
                          .step = integer(line, "step"),
                          .request = integer(line, "request").value_or(0),
                          .sha256 = text(line, "sha256"),
                          .bytes = integer(line, "bytes").value_or(0),
                          .confirmed = {integer(line, "confirmed_utc_ns").value_or(0)},
                          .confirmed_boot = {integer(line, "confirmed_boot_ns").value_or(0)}};
  const auto requested = integer(line, "requested_utc_ns");
  const auto requested_boot = integer(line, "requested_boot_ns");
  const auto cost = line.find("cost_seconds");
  if (requested && requested_boot) {
    record.requested = UtcTime{*requested};
    record.requested_boot = BootTime{*requested_boot};
  }
  if (cost != line.end() && cost->is_number()) {
    record.cost = Seconds(cost->get<double>());
  }
  const bool usable = record.number > 0 && !record.path.empty() && !record.sha256.empty();
  return usable ? std::optional(record) : std::nullopt;
}

/// Why it cannot be resumed from; "" when it can.
std::string obstacle(FileSystem& files, const CheckpointRecord& record, const std::string& path) {
  if (!files.exists(path)) {
    return "it is no longer there";
  }
  const auto digest = digest_path(path);
  if (!digest.ok()) {
    return digest.error().message();
  }
  return digest->sha256 == record.sha256 && digest->bytes == record.bytes
             ? ""
             : "it is damaged: its files are not those that were confirmed";
}

}  // namespace

Result<std::vector<CheckpointRecord>> read_checkpoints(FileSystem& files,
                                                       const std::string& attempt_folder) {
  const auto content = files.read(path_join(attempt_folder, "checkpoints.jsonl"));
  std::vector<CheckpointRecord> records;
  if (!content.ok()) {
    return content.error().code() == ErrorCode::kNotFound
               ? Result<std::vector<CheckpointRecord>>(std::move(records))
               : content.error();
  }
  for (const auto line : split(*content, '\n')) {
    if (auto record = parse_record(line)) {
      records.push_back(std::move(*record));
    }
  }
  return records;
}

Result<NewestCheckpoint> newest_verified(FileSystem& files, std::span<const std::string> attempts,
                                         const std::string& checkpoint_folder) {
  NewestCheckpoint newest;
  for (const auto& folder : attempts | std::views::reverse) {
    WATTLE_ASSIGN_OR_RETURN(auto records, read_checkpoints(files, folder));
    for (auto& record : records | std::views::reverse) {
      const auto why = obstacle(files, record, path_join(checkpoint_folder, record.path));
      if (why.empty()) {
        newest.attempt_folder = folder;
        newest.record = std::move(record);
        return newest;
      }
      newest.notes.push_back(concat("checkpoint ", record.path, " is left out: ", why));
    }
  }
  return newest;
}

}  // namespace wattle::executor
