#include "wattle/base/text.h"
#include "wattle/cli/commands.h"
#include "wattle/cli/format.h"
#include "wattle/cli/receipt_text.h"
#include "wattle/cli/run_following.h"
#include "wattle/cli/run_summary.h"
#include "wattle/cli/server_link.h"

namespace wattle::cli {
namespace {

/// A line for each change: when, to what, why.
std::string history_text(const std::vector<job::Transition>& history) {
  std::string text;
  for (const auto& step : history) {
    text += concat("  ", to_rfc3339(step.at), "  ", job::to_string(step.to),
                   step.reason.empty() ? "" : ": ", step.reason, "\n");
  }
  return text;
}

/// Asks for it and waits until it is done.
Result<int> ask(Context& context, const std::string& prefix, job::Wish wish) {
  WATTLE_ASSIGN_OR_RETURN(auto* house, context.house());
  WATTLE_ASSIGN_OR_RETURN(const auto id, house->jobs().find(prefix));
  WATTLE_RETURN_IF_ERROR(house->ask(id, wish));
  WATTLE_RETURN_IF_ERROR(wake_server(context));
  WATTLE_ASSIGN_OR_RETURN(
      const auto row,
      follow_run(context, id, {.on_output = nullptr, .tells_states = true}, nullptr));
  context.output().narrate(
      concat(row.name, " ", state_words(row), row.reason.empty() ? "" : ": ", row.reason, "\n"));
  return 0;
}

}  // namespace

Result<int> show(Context& context, const ShowOptions& options) {
  WATTLE_ASSIGN_OR_RETURN(auto* house, context.house());
  WATTLE_RETURN_IF_ERROR(ensure_served(context, *house));
  WATTLE_ASSIGN_OR_RETURN(const auto id, house->jobs().find(options.id));
  WATTLE_ASSIGN_OR_RETURN(auto row, house->jobs().get(id));
  WATTLE_ASSIGN_OR_RETURN(const auto run, summary_of(*house, std::move(row)));
  auto& output = context.output();
  // A receipt of a run that goes on is of its attempts until now.
  const bool is_told = run.receipt && has_settled(run.row);
  if (is_told) {
    output.data(options.json ? messages::to_json(*run.receipt)
                             : receipt_text(*run.receipt, output));
  } else if (options.json) {
    output.data(json_text(summary_json(run)));
  } else {
    WATTLE_ASSIGN_OR_RETURN(const auto history, house->jobs().history(id));
    output.data(concat(run.row.name, "  ", state_words(run.row), " for ",
                       format_duration(context.clock().utc_now() - run.row.changed), "  run ", id,
                       "\n", history_text(history)));
    output.narrate(concat("Its output: wattle logs -f ", short_id(id), "\n"));
  }
  return 0;
}

Result<int> stop(Context& context, const StopOptions& options) {
  return ask(context, options.id, options.now ? job::Wish::kKill : job::Wish::kStop);
}

Result<int> pause(Context& context, const PauseOptions& options) {
  return ask(context, options.id, job::Wish::kPause);
}

}  // namespace wattle::cli
