// What the command line reads out of a run that the server told.
//
// Units:    exit codes as base/error_code.h. Errors: receipt_of(): kParse.
// Threads:  pure functions. Lifetime: value types.
// See:      docs/reference/cli.md
#pragma once

#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "wattle/messages/receipt.h"
#include "wattle/messages/run.h"

namespace wattle::cli {

/// Did it come to an end, or to rest?
bool has_settled(const messages::RunSummary& run);
/// Short words for a state: "frozen" tells more than "interrupted".
std::string state_words(const messages::RunSummary& run);

/// nullopt before there is one.
Result<std::optional<messages::Receipt>> receipt_of(const messages::RunDetail& run);
/// Of the command that followed the run. `receipt` may be null: it never began.
int exit_code_of(const messages::RunSummary& run, const messages::Receipt* receipt);

/// "/api/v1/runs/RUN" + `more`; the run as the user named it.
std::string run_target(const std::string& run, std::string_view more = "");

/// Indented, with an end of line; what is no UTF-8 is replaced.
std::string json_text(const nlohmann::ordered_json& json);

}  // namespace wattle::cli
