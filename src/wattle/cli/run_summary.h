// A run as lists show it: its row in the queue, and its receipt when it has one.
//
// Units:    in the names of JSON keys. Errors: those of the database. Threads: as the house.
// Lifetime: value types.
// See:      docs/reference/cli.md
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "wattle/base/time.h"
#include "wattle/cli/context.h"
#include "wattle/job/job_store.h"
#include "wattle/messages/receipt.h"

namespace wattle::cli {

struct RunSummary {
  job::JobRow row;
  std::optional<messages::Receipt> receipt;
};

Result<RunSummary> summary_of(job::JobHouse& house, job::JobRow row);

/// What moves is looked after: whoever asks finds a server at work, also when the last one was
/// killed, and reads what it has settled.
Status ensure_served(Context& context, job::JobHouse& house);

/// Short words for a state: "frozen" tells more than "interrupted".
std::string state_words(const job::JobRow& row);

nlohmann::ordered_json summary_json(const RunSummary& run);
/// Null where no meter saw the run.
nlohmann::ordered_json joules_json(const messages::Receipt& receipt);
nlohmann::ordered_json grams_json(const messages::Receipt& receipt);
/// Indented, with an end of line; what is no UTF-8 is replaced.
std::string json_text(const nlohmann::ordered_json& json);

}  // namespace wattle::cli
