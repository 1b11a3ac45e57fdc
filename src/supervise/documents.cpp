#include "documents.h"

#include <array>

#include "json_object.h"

namespace wattle::supervise {

std::string_view to_string(Outcome outcome) {
  constexpr std::array<std::string_view, 7> kNames{
      "exited", "signaled", "not_started", "stopped", "time_limit", "memory_limit", "interrupted"};
  return kNames[static_cast<std::size_t>(outcome)];
}

std::string to_json(const SupervisorDocument& document) {
  JsonObject json;
  json.add("protocol", document.protocol);
  json.add("pid", document.pid);
  json.add("main_pid", document.main_pid);
  json.add("group", document.group);
  json.add("owner", document.owner);
  json.add("boot_id", document.boot_id);
  json.add("started_utc_ns", document.started_utc.ns);
  json.add("started_boot_ns", document.started_boot.ns);
  json.add("cgroups", document.cgroups);
  json.add("accounting", document.accounting);
  json.add("accounting_reason", document.accounting_reason);
  json.add("checkpoint_request", document.checkpoint_request);
  return json.finish();
}

std::string to_json(const ExitDocument& document) {
  JsonObject json;
  json.add("protocol", document.protocol);
  json.add("outcome", to_string(document.outcome));
  json.add("exit_code", document.status.code);
  json.add("signal", document.status.signal);
  json.add("reason", document.reason);
  json.add("boot_id", document.boot_id);
  json.add("started_utc_ns", document.started_utc.ns);
  json.add("ended_utc_ns", document.ended_utc.ns);
  json.add("started_boot_ns", document.started_boot.ns);
  json.add("ended_boot_ns", document.ended_boot.ns);
  json.add("cpu_microseconds", document.usage.cpu_microseconds);
  json.add("supervisor_cpu_microseconds", document.usage.supervisor_cpu_microseconds);
  json.add("read_bytes", document.usage.read_bytes);
  json.add("written_bytes", document.usage.written_bytes);
  json.add("memory_peak_bytes", document.usage.memory_peak_bytes);
  json.add("memory_kills", document.memory_kills);
  json.add("output_dropped_bytes", document.output_dropped_bytes);
  json.add("output_discarded_bytes", document.output_discarded_bytes);
  json.add("usage_dropped_samples", document.usage_dropped_samples);
  json.add_flag("metered", document.metered);
  json.add("meter_losses", document.meter_losses);
  json.add("accounting", document.accounting);
  json.add("checkpoint", document.checkpoint);
  json.add("checkpoint_path", document.checkpoint_path);
  json.add_seconds("frozen_seconds", document.frozen);
  return json.finish();
}

std::string to_json(const FreezeDocument& document) {
  JsonObject json;
  json.add("protocol", document.protocol);
  json.add_flag("frozen", document.frozen);
  json.add("means", document.means);
  json.add("changed_utc_ns", document.changed_utc.ns);
  json.add("changed_boot_ns", document.changed_boot.ns);
  json.add_seconds("frozen_seconds", document.before);
  return json.finish();
}

}  // namespace wattle::supervise
