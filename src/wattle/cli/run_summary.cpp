#include "wattle/cli/run_summary.h"

#include "wattle/base/text.h"
#include "wattle/executor/executor.h"
#include "wattle/net/target.h"

namespace wattle::cli {

using messages::RunState;

bool has_settled(const messages::RunSummary& run) {
  const bool is_over = run.state == RunState::kSucceeded || run.state == RunState::kFailed ||
                       run.state == RunState::kStopped || run.state == RunState::kInterrupted;
  return is_over && run.wish == messages::RunWish::kNone;
}

std::string state_words(const messages::RunSummary& run) {
  if (run.state == RunState::kInterrupted && run.frozen) {
    return "frozen";
  }
  return std::string(messages::word_of(run.state));
}

Result<std::optional<messages::Receipt>> receipt_of(const messages::RunDetail& run) {
  if (!run.receipt) {
    return std::optional<messages::Receipt>();
  }
  WATTLE_ASSIGN_OR_RETURN(auto receipt, messages::parse_receipt(run.receipt->text()));
  return std::optional(std::move(receipt));
}

int exit_code_of(const messages::RunSummary& run, const messages::Receipt* receipt) {
  const bool hit_a_limit =
      !run.exhausted_budget.empty() ||
      (receipt != nullptr &&
       receipt->run.outcome == executor::to_string(executor::Outcome::kTimeLimit));
  const ExitCode code = run.state == RunState::kSucceeded ? ExitCode::kOk
                        : hit_a_limit                     ? ExitCode::kDeadline
                        : run.state == RunState::kStopped ? ExitCode::kInterrupted
                                                          : ExitCode::kFailed;
  return static_cast<int>(code);
}

std::string run_target(const std::string& run, std::string_view more) {
  return concat("/api/v1/runs/", net::percent_encode(run), more);
}

std::string json_text(const nlohmann::ordered_json& json) {
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace wattle::cli
