#include "wattle/job/run_record.h"

#include <nlohmann/json.hpp>

namespace wattle::job {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kSchema = "wattle.run.v1";

/// Predictions and files have their JSON in the receipt's schema: both documents share it.
messages::Receipt carrier(const RunRecord& record) {
  messages::Receipt receipt;
  receipt.inputs = record.inputs;
  receipt.prediction = record.prediction;
  receipt.environment = record.environment;
  receipt.run.observed = record.observed;
  return receipt;
}

RunRecord read(const Json& json) {
  RunRecord record;
  record.id = json.at("id");
  record.kind = json.at("kind");
  record.actor = json.at("actor");
  record.created = parse_rfc3339(json.at("created_at").get<std::string>()).value_or(UtcTime{});
  record.folder = json.at("folder");
  return record;
}

}  // namespace

std::vector<std::string> RunRecord::argv() const {
  if (const auto* words = std::get_if<std::vector<std::string>>(&job.run)) {
    return *words;
  }
  return {"/bin/sh", "-c", std::get<std::string>(job.run)};
}

std::string to_json(const RunRecord& record) {
  const Json facts = Json::parse(messages::to_json(carrier(record)));
  const Json json = {{"schema", kSchema},
                     {"id", record.id},
                     {"kind", record.kind},
                     {"actor", record.actor},
                     {"created_at", to_rfc3339(record.created)},
                     {"folder", record.folder},
                     {"job", Json::parse(spec::to_json(record.job))},
                     {"facts", facts}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<RunRecord> parse_run_record(std::string_view text) {
  try {
    const Json json = Json::parse(text);
    if (json.at("schema") != kSchema) {
      return Error(ErrorCode::kParse, "the run is of another version of Wattle");
    }
    RunRecord record = read(json);
    WATTLE_ASSIGN_OR_RETURN(record.job, spec::job_from_json(json.at("job").dump()));
    WATTLE_ASSIGN_OR_RETURN(const auto facts, messages::parse_receipt(json.at("facts").dump()));
    record.inputs = facts.inputs;
    record.prediction = facts.prediction;
    record.environment = facts.environment;
    record.observed = facts.run.observed;
    return record;
  } catch (const nlohmann::json::exception& exception) {
    return Error(ErrorCode::kParse, std::string("no run: ") + exception.what());
  }
}

}  // namespace wattle::job
