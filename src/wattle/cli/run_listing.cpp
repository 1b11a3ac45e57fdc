// `wattle show`, `stop`, `pause`.
#include "wattle/base/text.h"
#include "wattle/cli/api_client.h"
#include "wattle/cli/commands.h"
#include "wattle/cli/format.h"
#include "wattle/cli/receipt_text.h"
#include "wattle/cli/run_following.h"
#include "wattle/cli/run_summary.h"
#include "wattle/messages/run_request.h"

namespace wattle::cli {
namespace {

/// A line for each change: when, to what, why.
std::string history_text(const std::vector<messages::Transition>& history) {
  std::string text;
  for (const auto& step : history) {
    text += concat("  ", to_rfc3339(step.at), "  ", messages::word_of(step.to),
                   step.reason.empty() ? "" : ": ", step.reason, "\n");
  }
  return text;
}

/// Asks for it and waits until it is done.
Result<int> ask(Context& context, const std::string& prefix, messages::RunVerb verb) {
  WATTLE_ASSIGN_OR_RETURN(const auto client, ApiClient::connect(context));
  WATTLE_ASSIGN_OR_RETURN(const auto asked,
                          client->post<messages::RunSummary>(run_target(prefix, "/actions"),
                                                             messages::RunAction{.action = verb}));
  WATTLE_ASSIGN_OR_RETURN(const auto run,
                          follow_run(context, *client, asked.id,
                                     {.on_output = nullptr, .tells_states = true}, nullptr));
  context.output().narrate(
      concat(run.name, " ", state_words(run), run.reason.empty() ? "" : ": ", run.reason, "\n"));
  return 0;
}

}  // namespace

Result<int> show(Context& context, const ShowOptions& options) {
  WATTLE_ASSIGN_OR_RETURN(const auto client, ApiClient::connect(context));
  WATTLE_ASSIGN_OR_RETURN(const auto run, client->get<messages::RunDetail>(run_target(options.id)));
  WATTLE_ASSIGN_OR_RETURN(const auto receipt, receipt_of(run));
  auto& output = context.output();
  // A receipt of a run that goes on is of its attempts until now.
  if (receipt && has_settled(run)) {
    output.data(options.json ? messages::to_json(*receipt) : receipt_text(*receipt, output));
  } else if (options.json) {
    output.data(messages::to_json_text(run));
  } else {
    output.data(concat(run.name, "  ", state_words(run), " for ",
                       format_duration(context.clock().utc_now() - run.state_since), "  run ",
                       run.id, "\n", history_text(run.history)));
    output.narrate(concat("Its output: wattle logs -f ", short_id(run.id), "\n"));
  }
  return 0;
}

Result<int> stop(Context& context, const StopOptions& options) {
  return ask(context, options.id,
             options.now ? messages::RunVerb::kKill : messages::RunVerb::kStop);
}

Result<int> pause(Context& context, const PauseOptions& options) {
  return ask(context, options.id, messages::RunVerb::kPause);
}

}  // namespace wattle::cli
