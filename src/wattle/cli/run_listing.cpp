#include <nlohmann/json.hpp>

#include "wattle/base/text.h"
#include "wattle/cli/commands.h"
#include "wattle/cli/format.h"
#include "wattle/cli/receipt_text.h"
#include "wattle/cli/run_end.h"
#include "wattle/cli/run_following.h"
#include "wattle/cli/server_link.h"
#include "wattle/cli/table.h"

namespace wattle::cli {
namespace {

constexpr std::size_t kShownRuns = 20;

/// A run as a list shows it.
struct RunSummary {
  job::JobRow row;
  std::optional<messages::Receipt> receipt;
};

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

/// What moves is looked after: whoever asks finds a server at work, also when the last one was
/// killed, and reads what it has settled.
Status ensure_served(Context& context, job::JobHouse& house) {
  WATTLE_ASSIGN_OR_RETURN(const auto active, house.jobs().active());
  return active.empty() ? Status() : wake_server(context);
}

/// Short words for a state: "frozen" tells more than "interrupted".
std::string state_words(const job::JobRow& row) {
  if (row.state == job::JobState::kInterrupted && row.is_frozen) {
    return "frozen";
  }
  return std::string(job::to_string(row.state));
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
    json["energy_joules"] = run.receipt->energy.is_metered()
                                ? nlohmann::ordered_json(run.receipt->energy.joules->value)
                                : nlohmann::ordered_json();
    json["grams_co2e"] = run.receipt->carbon
                             ? nlohmann::ordered_json(run.receipt->carbon->operational_grams.value)
                             : nlohmann::ordered_json();
    json["metrics"] = run.receipt->metrics;
  }
  return json;
}

/// The metric that a list shows: the one of the test set if there is one, else the first.
std::string headline_metric(const messages::Receipt& receipt) {
  if (receipt.metrics.empty()) {
    return "";
  }
  auto shown = receipt.metrics.begin();
  for (auto metric = receipt.metrics.begin(); metric != receipt.metrics.end(); ++metric) {
    if (metric->first.starts_with("test_")) {
      shown = metric;
      break;
    }
  }
  return concat(shown->first, "=", number(shown->second));
}

std::vector<std::string> row_of(const RunSummary& run, UtcTime now) {
  std::vector<std::string> row{short_id(run.row.run), run.row.name, state_words(run.row),
                               age(now - run.row.created)};
  if (run.receipt) {
    row.push_back(format_duration(Seconds(run.receipt->time.wall_seconds)));
    row.push_back(run.receipt->energy.is_metered()
                      ? energy(Joules(run.receipt->energy.joules->value))
                      : "unmetered");
    row.push_back(
        run.receipt->carbon ? mass(GramsCo2e(run.receipt->carbon->operational_grams.value)) : "");
    row.push_back(headline_metric(*run.receipt));
  } else {
    row.insert(row.end(), {format_duration(now - run.row.created), "", "", ""});
  }
  return row;
}

/// Only ids, which a list of a million runs has without its receipts.
Result<int> list_ids(Context& context, job::JobHouse& house, std::size_t limit) {
  WATTLE_ASSIGN_OR_RETURN(const auto ids, house.jobs().newest_ids(limit));
  context.output().data(ids.empty() ? "" : join(ids, "\n") + "\n");
  return 0;
}

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

Result<int> ps(Context& context, const PsOptions& options) {
  WATTLE_ASSIGN_OR_RETURN(auto* house, context.house());
  WATTLE_RETURN_IF_ERROR(ensure_served(context, *house));
  const std::size_t limit = options.all ? ~std::size_t{0} : kShownRuns;
  if (options.quiet && !options.json) {
    return list_ids(context, *house, limit);
  }
  WATTLE_ASSIGN_OR_RETURN(const auto rows, house->jobs().newest(limit));
  auto json = nlohmann::ordered_json::array();
  Table table({{"RUN"},
               {"NAME"},
               {"STATE"},
               {"CREATED"},
               {"TIME", Align::kRight},
               {"ENERGY", Align::kRight},
               {"CO2E", Align::kRight},
               {"METRIC"}});
  for (const auto& row : rows) {
    WATTLE_ASSIGN_OR_RETURN(const auto run, summary_of(*house, row));
    json.push_back(summary_json(run));
    table.add(row_of(run, context.clock().utc_now()));
  }
  if (options.json) {
    context.output().data(
        json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
  } else if (rows.empty()) {
    context.output().narrate("No runs yet. `wattle run -- python train.py` makes the first.\n");
  } else {
    context.output().data(table.to_text(context.output()));
  }
  return 0;
}

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
    output.data(
        summary_json(run).dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) +
        "\n");
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
