#include "wattle/base/text.h"
#include "wattle/cli/commands.h"
#include "wattle/cli/format.h"
#include "wattle/cli/run_search.h"
#include "wattle/cli/run_summary.h"
#include "wattle/cli/table.h"

namespace wattle::cli {
namespace {

constexpr std::size_t kShownRuns = 20;

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

}  // namespace

Result<int> ps(Context& context, const PsOptions& options) {
  WATTLE_ASSIGN_OR_RETURN(auto* house, context.house());
  WATTLE_RETURN_IF_ERROR(ensure_served(context, *house));
  const auto limit = options.all     ? ~std::size_t{0}
                     : options.limit ? static_cast<std::size_t>(*options.limit)
                                     : kShownRuns;
  WATTLE_ASSIGN_OR_RETURN(const auto rows, search_runs(house->jobs(), options, limit));
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
    if (options.quiet) {
      context.output().data(row.run + "\n");
    }
  }
  if (options.json) {
    context.output().data(json_text(json));
  } else if (!options.quiet && rows.empty()) {
    context.output().narrate(
        options.is_search() ? "No run meets that.\n"
                            : "No runs yet. `wattle run -- python train.py` makes the first.\n");
  } else if (!options.quiet) {
    context.output().data(table.to_text(context.output()));
  }
  return 0;
}

}  // namespace wattle::cli
