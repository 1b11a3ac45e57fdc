#include "wattle/cli/run_summary.h"

#include "wattle/cli/run_end.h"
#include "wattle/cli/server_link.h"

namespace wattle::cli {

Result<RunSummary> summary_of(job::JobHouse& house, job::JobRow row) {
  auto receipt = receipt_of(house, row.run);
  if (!receipt.ok() && receipt.error().code() != ErrorCode::kNotFound) {
    return receipt.error();
  }
  RunSummary summary{.row = std::move(row), .receipt = std::nullopt};
  if (receipt.ok()) {
    summary.receipt = std::move(*receipt);
  }
  return summary;
}

Status ensure_served(Context& context, job::JobHouse& house) {
  WATTLE_ASSIGN_OR_RETURN(const auto active, house.jobs().active());
  return active.empty() ? Status() : wake_server(context);
}

std::string state_words(const job::JobRow& row) {
  if (row.state == job::JobState::kInterrupted && row.is_frozen) {
    return "frozen";
  }
  return std::string(job::to_string(row.state));
}

nlohmann::ordered_json joules_json(const messages::Receipt& receipt) {
  return receipt.energy.is_metered() ? nlohmann::ordered_json(receipt.energy.joules->value)
                                     : nlohmann::ordered_json();
}

nlohmann::ordered_json grams_json(const messages::Receipt& receipt) {
  return receipt.carbon ? nlohmann::ordered_json(receipt.carbon->operational_grams.value)
                        : nlohmann::ordered_json();
}

std::string json_text(const nlohmann::ordered_json& json) {
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

nlohmann::ordered_json summary_json(const RunSummary& run) {
  const auto& row = run.row;
  nlohmann::ordered_json json = {{"id", row.run},
                                 {"name", row.name},
                                 {"project", row.project},
                                 {"kind", row.kind},
                                 {"state", job::to_string(row.state)},
                                 {"frozen", row.is_frozen},
                                 {"reason", row.reason},
                                 {"priority", row.priority},
                                 {"attempt", row.attempt},
                                 {"created_at", to_rfc3339(row.created)},
                                 {"state_since", to_rfc3339(row.changed)}};
  if (run.receipt) {
    json["wall_seconds"] = run.receipt->time.wall_seconds;
    json["energy_joules"] = joules_json(*run.receipt);
    json["grams_co2e"] = grams_json(*run.receipt);
    json["metrics"] = run.receipt->metrics;
  }
  return json;
}

}  // namespace wattle::cli
