// Puts a receipt together from what a run left behind. Pure: the same findings give the same
// receipt.
//
// Units:    as messages/receipt.h. Errors: none. Threads: pure functions. Lifetime: value types.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "wattle/carbon/carbon_report.h"
#include "wattle/executor/executor.h"
#include "wattle/job/run_record.h"
#include "wattle/ledger/statement.h"
#include "wattle/messages/receipt.h"

namespace wattle::job {

/// How a run ended, for people and for scripts.
struct RunEnd {
  std::string state;   // "succeeded", "failed", "stopped", "interrupted"
  std::string reason;  // "" when it succeeded
};

RunEnd end_of(const executor::ExitRecord& exit);

/// Everything that was found about a run after its end.
struct Findings {
  RunRecord record;
  std::vector<executor::ExitRecord> exits;  // one for each attempt, oldest first; not empty
  ledger::Statement statement;
  std::optional<carbon::CarbonReport> carbon;
  std::map<std::string, double> metrics;
  std::vector<messages::FileFacts> outputs;
  std::vector<std::string> notes;
};

messages::Receipt make_receipt(const Findings& findings);

}  // namespace wattle::job
