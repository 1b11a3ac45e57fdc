#include <algorithm>
#include <iterator>

#include "wattle/base/text.h"
#include "wattle/cli/api_client.h"
#include "wattle/cli/commands.h"
#include "wattle/cli/format.h"
#include "wattle/cli/run_summary.h"
#include "wattle/cli/table.h"
#include "wattle/messages/json_codec.h"

namespace wattle::cli {
namespace {

using messages::RunSummary;

constexpr std::size_t kShownRuns = 20;
constexpr std::size_t kRunsAtOnce = 1000;

/// The metric that a list shows: the one of the test set if there is one, else the first.
std::string headline_metric(const std::map<std::string, double>& metrics) {
  if (metrics.empty()) {
    return "";
  }
  auto shown = metrics.begin();
  for (auto metric = metrics.begin(); metric != metrics.end(); ++metric) {
    if (metric->first.starts_with("test_")) {
      shown = metric;
      break;
    }
  }
  return concat(shown->first, "=", number(shown->second));
}

std::vector<std::string> row_of(const RunSummary& run, UtcTime now) {
  std::vector<std::string> row{short_id(run.id), run.name, state_words(run),
                               age(now - run.created_at)};
  if (run.wall_seconds) {
    const bool is_metered = run.energy_joules && *run.energy_joules;
    const bool has_grams = run.grams_co2e && *run.grams_co2e;
    row.push_back(format_duration(Seconds(*run.wall_seconds)));
    row.push_back(is_metered ? energy(Joules(**run.energy_joules)) : "unmetered");
    row.push_back(has_grams ? mass(GramsCo2e(**run.grams_co2e)) : "");
    row.push_back(headline_metric(run.metrics.value_or(std::map<std::string, double>())));
  } else {
    row.insert(row.end(), {format_duration(now - run.created_at), "", "", ""});
  }
  return row;
}

std::optional<std::string> unless_empty(std::string text) {
  return text.empty() ? std::nullopt : std::optional(std::move(text));
}

/// Page after page, up to `limit` runs.
Result<std::vector<RunSummary>> list_runs(ApiClient& client, const PsOptions& options,
                                          std::size_t limit) {
  std::vector<RunSummary> found;
  std::string cursor;
  do {
    const auto target = api_target(
        "/api/v1/runs", {{"project", options.project},
                         {"experiment", options.experiment},
                         {"state", unless_empty(join(options.states, ","))},
                         {"filter", unless_empty(options.filter)},
                         {"order", unless_empty(options.order)},
                         {"cursor", unless_empty(cursor)},
                         {"limit", std::to_string(std::min(limit - found.size(), kRunsAtOnce))}});
    WATTLE_ASSIGN_OR_RETURN(auto page, client.get<messages::Page<RunSummary>>(target));
    std::ranges::move(page.items, std::back_inserter(found));
    cursor = std::move(page.next_cursor);
  } while (!cursor.empty() && found.size() < limit);
  return found;
}

std::string json_of(const std::vector<RunSummary>& runs) {
  auto json = nlohmann::ordered_json::array();
  for (const auto& run : runs) {
    json.push_back(messages::to_json_value(run));
  }
  return json_text(json);
}

std::string table_of(const std::vector<RunSummary>& runs, UtcTime now, const Output& output) {
  Table table({{"RUN"},
               {"NAME"},
               {"STATE"},
               {"CREATED"},
               {"TIME", Align::kRight},
               {"ENERGY", Align::kRight},
               {"CO2E", Align::kRight},
               {"METRIC"}});
  for (const auto& run : runs) {
    table.add(row_of(run, now));
  }
  return table.to_text(output);
}

}  // namespace

Result<int> ps(Context& context, const PsOptions& options) {
  WATTLE_ASSIGN_OR_RETURN(const auto client, ApiClient::connect(context));
  const auto limit = options.all     ? ~std::size_t{0}
                     : options.limit ? static_cast<std::size_t>(*options.limit)
                                     : kShownRuns;
  WATTLE_ASSIGN_OR_RETURN(const auto runs, list_runs(*client, options, limit));
  auto& output = context.output();
  for (const auto& run : runs) {
    output.data(options.quiet ? run.id + "\n" : "");
  }
  if (options.json) {
    output.data(json_of(runs));
  } else if (!options.quiet && runs.empty()) {
    output.narrate(options.is_search()
                       ? "No run meets that.\n"
                       : "No runs yet. `wattle run -- python train.py` makes the first.\n");
  } else if (!options.quiet) {
    output.data(table_of(runs, context.clock().utc_now(), output));
  }
  return 0;
}

}  // namespace wattle::cli
