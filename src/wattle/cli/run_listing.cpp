#include <nlohmann/json.hpp>

#include "wattle/base/text.h"
#include "wattle/cli/commands.h"
#include "wattle/cli/format.h"
#include "wattle/cli/receipt_text.h"
#include "wattle/cli/table.h"

namespace wattle::cli {
namespace {

constexpr std::size_t kShownRuns = 20;

nlohmann::ordered_json summary_json(const job::RunSummary& run) {
  nlohmann::ordered_json json = {{"id", run.id},
                                 {"name", run.name},
                                 {"kind", run.kind},
                                 {"state", run.state},
                                 {"created_at", to_rfc3339(run.created)}};
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

std::vector<std::string> row_of(const job::RunSummary& run, UtcTime now) {
  std::vector<std::string> row{short_id(run.id), run.name, run.state, age(now - run.created)};
  if (run.receipt) {
    row.push_back(format_duration(Seconds(run.receipt->time.wall_seconds)));
    row.push_back(run.receipt->energy.is_metered()
                      ? energy(Joules(run.receipt->energy.joules->value))
                      : "unmetered");
    row.push_back(
        run.receipt->carbon ? mass(GramsCo2e(run.receipt->carbon->operational_grams.value)) : "");
    row.push_back(headline_metric(*run.receipt));
  } else {
    row.insert(row.end(), {format_duration(now - run.created), "", "", ""});
  }
  return row;
}

}  // namespace

Result<int> ps(Context& context, const PsOptions& options) {
  WATTLE_ASSIGN_OR_RETURN(auto* desk, context.desk());
  WATTLE_ASSIGN_OR_RETURN(const auto runs, desk->list(options.all ? ~std::size_t{0} : kShownRuns));
  auto json = nlohmann::ordered_json::array();
  Table table({{"RUN"},
               {"NAME"},
               {"STATE"},
               {"CREATED"},
               {"TIME", Align::kRight},
               {"ENERGY", Align::kRight},
               {"CO2E", Align::kRight},
               {"METRIC"}});
  for (const auto& run : runs) {
    json.push_back(summary_json(run));
    table.add(row_of(run, context.clock().utc_now()));
    if (options.quiet) {
      context.output().data(run.id + "\n");
    }
  }
  if (options.json) {
    context.output().data(
        json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
  } else if (!options.quiet && runs.empty()) {
    context.output().narrate("No runs yet. `wattle run -- python train.py` makes the first.\n");
  } else if (!options.quiet) {
    context.output().data(table.to_text(context.output()));
  }
  return 0;
}

Result<int> show(Context& context, const ShowOptions& options) {
  WATTLE_ASSIGN_OR_RETURN(auto* desk, context.desk());
  WATTLE_ASSIGN_OR_RETURN(const auto id, desk->catalog().find(options.id));
  WATTLE_ASSIGN_OR_RETURN(const auto run, desk->summary(id));
  auto& output = context.output();
  if (run.receipt) {
    output.data(options.json ? messages::to_json(*run.receipt)
                             : receipt_text(*run.receipt, output));
  } else if (options.json) {
    output.data(summary_json(run).dump(2) + "\n");
  } else {
    output.data(concat(run.name, "  ", run.state, " for ",
                       format_duration(context.clock().utc_now() - run.created), "  run ", run.id,
                       "\n"));
    output.narrate(concat("Its output: wattle logs -f ", short_id(run.id), "\n"));
  }
  return 0;
}

Result<int> stop(Context& context, const StopOptions& options) {
  WATTLE_ASSIGN_OR_RETURN(auto* desk, context.desk());
  WATTLE_ASSIGN_OR_RETURN(const auto id, desk->catalog().find(options.id));
  WATTLE_RETURN_IF_ERROR(desk->stop(id));
  WATTLE_RETURN_IF_ERROR(desk->wait(id, -1));
  WATTLE_ASSIGN_OR_RETURN(const auto run, desk->summary(id));
  context.output().narrate(concat(run.name, " ", run.state, "\n"));
  return 0;
}

}  // namespace wattle::cli
