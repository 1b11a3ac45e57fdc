#include "wattle/cli/run_end.h"

#include "wattle/job/job_house.h"

namespace wattle::cli {

Result<messages::Receipt> receipt_of(job::JobHouse& house, const std::string& run) {
  WATTLE_ASSIGN_OR_RETURN(const auto json, house.jobs().receipt_json(run));
  return messages::parse_receipt(json);
}

int exit_code_of(const job::JobRow& row, const messages::Receipt* receipt) {
  using job::JobState;
  const bool hit_a_limit =
      !row.exhausted_budget.empty() ||
      (receipt != nullptr &&
       receipt->run.outcome == executor::to_string(executor::Outcome::kTimeLimit));
  const ExitCode code = row.state == JobState::kSucceeded ? ExitCode::kOk
                        : hit_a_limit                     ? ExitCode::kDeadline
                        : row.state == JobState::kStopped ? ExitCode::kInterrupted
                                                          : ExitCode::kFailed;
  return static_cast<int>(code);
}

}  // namespace wattle::cli
