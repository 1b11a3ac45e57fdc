#include "wattle/executor/attempt_documents.h"

#include <algorithm>
#include <array>
#include <csignal>

#include <nlohmann/json.hpp>

namespace wattle::executor {
namespace {

using Json = nlohmann::json;

constexpr std::int64_t kOldestProtocol = 1;

constexpr std::array<std::string_view, 8> kOutcomes{"exited",      "signaled",   "not_started",
                                                    "stopped",     "time_limit", "memory_limit",
                                                    "interrupted", "lost"};

/// A key of another type reads as absent: every key but the protocol has a plain meaning for "not
/// told".
template <typename Value>
Value get(const Json& object, const char* key, Value fallback) {
  const auto found = object.find(key);
  const bool fits =
      found != object.end() && (std::is_same_v<Value, std::string> ? found->is_string()
                                : std::is_same_v<Value, bool>      ? found->is_boolean()
                                                                   : found->is_number_integer());
  return fits ? found->get<Value>() : fallback;
}

std::int64_t integer(const Json& object, const char* key) {
  return get<std::int64_t>(object, key, 0);
}

Seconds seconds(const Json& object, const char* key) {
  const auto found = object.find(key);
  return Seconds(found != object.end() && found->is_number() ? found->get<double>() : 0);
}

Result<Json> read_document(FileSystem& files, const std::string& path) {
  WATTLE_ASSIGN_OR_RETURN(const auto text, files.read(path));
  Json document = Json::parse(text, nullptr, false);
  if (!document.is_object()) {
    return Error(ErrorCode::kParse, path + ": damaged: it is no JSON object");
  }
  const auto protocol = integer(document, "protocol");
  if (protocol < kOldestProtocol || protocol > kSupervisorProtocol) {
    return Error(ErrorCode::kParse,
                 path + ": written by a wattle of another protocol; use that version to read it");
  }
  return document;
}

}  // namespace

std::string supervisor_file(const std::string& folder) {
  return path_join(folder, "supervisor.json");
}
std::string exit_file(const std::string& folder) {
  return path_join(folder, "exit.json");
}
std::string lock_file(const std::string& folder) {
  return path_join(folder, "supervisor.lock");
}

int signal_of(Request request) {
  return SIGRTMIN + static_cast<int>(request);
}

std::string_view to_string(Outcome outcome) {
  return kOutcomes[static_cast<std::size_t>(outcome)];
}

std::optional<Outcome> outcome_from(std::string_view name) {
  const auto found = std::ranges::find(kOutcomes, name);
  return found == kOutcomes.end() ? std::nullopt
                                  : std::optional(static_cast<Outcome>(found - kOutcomes.begin()));
}

Result<SupervisorRecord> read_supervisor(FileSystem& files, const std::string& folder) {
  WATTLE_ASSIGN_OR_RETURN(const auto document, read_document(files, supervisor_file(folder)));
  SupervisorRecord record;
  record.protocol = integer(document, "protocol");
  record.checkpoint_request = get<std::string>(document, "checkpoint_request", "");
  record.pid = static_cast<pid_t>(integer(document, "pid"));
  record.owner = get<std::string>(document, "owner", "");
  record.boot_id = get<std::string>(document, "boot_id", "");
  record.started = {integer(document, "started_utc_ns")};
  record.started_boot = {integer(document, "started_boot_ns")};
  record.accounting = get<std::string>(document, "accounting", "");
  const auto cgroups = document.find("cgroups");
  if (cgroups != document.end() && cgroups->is_array()) {
    for (const auto& group : *cgroups) {
      if (group.is_string()) {
        record.cgroups.push_back(group.get<std::string>());
      }
    }
  }
  return record;
}

Result<FreezeRecord> read_freeze(FileSystem& files, const std::string& folder) {
  WATTLE_ASSIGN_OR_RETURN(const auto document,
                          read_document(files, path_join(folder, "freeze.json")));
  return FreezeRecord{.frozen = get<bool>(document, "frozen", false),
                      .changed = {integer(document, "changed_utc_ns")},
                      .changed_boot = {integer(document, "changed_boot_ns")},
                      .before = seconds(document, "frozen_seconds")};
}

Result<ExitRecord> read_exit(FileSystem& files, const std::string& folder) {
  WATTLE_ASSIGN_OR_RETURN(const auto document, read_document(files, exit_file(folder)));
  const auto outcome = outcome_from(get<std::string>(document, "outcome", ""));
  if (!outcome) {
    return Error(ErrorCode::kParse, exit_file(folder) + ": it has no outcome that we know");
  }
  ExitRecord record;
  record.outcome = *outcome;
  record.exit_code = static_cast<int>(integer(document, "exit_code"));
  record.signal = static_cast<int>(integer(document, "signal"));
  record.reason = get<std::string>(document, "reason", "");
  record.started = {integer(document, "started_utc_ns")};
  record.ended = {integer(document, "ended_utc_ns")};
  record.started_boot = {integer(document, "started_boot_ns")};
  record.ended_boot = {integer(document, "ended_boot_ns")};
  record.cpu_microseconds = integer(document, "cpu_microseconds");
  record.memory_peak_bytes = integer(document, "memory_peak_bytes");
  record.read_bytes = integer(document, "read_bytes");
  record.written_bytes = integer(document, "written_bytes");
  record.output_dropped_bytes = integer(document, "output_dropped_bytes");
  record.output_discarded_bytes = integer(document, "output_discarded_bytes");
  record.metered = get<bool>(document, "metered", false);
  record.accounting = get<std::string>(document, "accounting", "");
  record.checkpoint = integer(document, "checkpoint");
  record.checkpoint_path = get<std::string>(document, "checkpoint_path", "");
  record.frozen = seconds(document, "frozen_seconds");
  return record;
}

std::string to_json(const ExitRecord& record, std::string_view boot_id) {
  const Json document{{"protocol", kSupervisorProtocol},
                      {"outcome", to_string(record.outcome)},
                      {"exit_code", record.exit_code},
                      {"signal", record.signal},
                      {"reason", record.reason},
                      {"boot_id", boot_id},
                      {"started_utc_ns", record.started.ns},
                      {"ended_utc_ns", record.ended.ns},
                      {"started_boot_ns", record.started_boot.ns},
                      {"ended_boot_ns", record.ended_boot.ns},
                      {"cpu_microseconds", record.cpu_microseconds},
                      {"memory_peak_bytes", record.memory_peak_bytes},
                      {"read_bytes", record.read_bytes},
                      {"written_bytes", record.written_bytes},
                      {"output_dropped_bytes", record.output_dropped_bytes},
                      {"output_discarded_bytes", record.output_discarded_bytes},
                      {"metered", record.metered},
                      {"accounting", record.accounting},
                      {"checkpoint", record.checkpoint},
                      {"checkpoint_path", record.checkpoint_path},
                      {"frozen_seconds", record.frozen.value()}};
  return document.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace wattle::executor
