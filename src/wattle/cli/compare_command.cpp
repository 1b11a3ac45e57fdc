#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

#include "wattle/base/text.h"
#include "wattle/cli/api_client.h"
#include "wattle/cli/commands.h"
#include "wattle/cli/format.h"
#include "wattle/cli/run_summary.h"
#include "wattle/cli/table.h"
#include "wattle/messages/json_codec.h"

namespace wattle::cli {
namespace {

struct Compared {
  messages::RunDetail run;
  std::map<std::string, double> metrics;  // the job's own
};

enum class Difference { kNone, kWithinError, kReal };

/// One thing that every run has or lacks.
struct Line {
  std::string name;
  std::vector<std::string> cells;
  Difference difference = Difference::kNone;
};

/// Kept in the registry beside the job's own metrics; here they have rows of their own.
bool is_own(const std::string& metric) {
  return !metric.starts_with("wattle.");
}

Result<Compared> compared_of(ApiClient& client, const std::string& prefix) {
  Compared compared;
  WATTLE_ASSIGN_OR_RETURN(compared.run, client.get<messages::RunDetail>(run_target(prefix)));
  for (const auto& metric : compared.run.last_metrics) {
    if (is_own(metric.key)) {
      compared.metrics[metric.key] = metric.value;
    }
  }
  return compared;
}

using Runs = std::vector<Compared>;

Difference difference_of(const std::vector<std::string>& cells) {
  return std::ranges::adjacent_find(cells, std::not_equal_to()) == cells.end() ? Difference::kNone
                                                                               : Difference::kReal;
}

Line text_line(const Runs& runs, std::string name,
               const std::function<std::string(const Compared&)>& cell) {
  Line line{.name = std::move(name), .cells = {}};
  for (const auto& run : runs) {
    line.cells.push_back(cell(run));
  }
  line.difference = difference_of(line.cells);
  return line;
}

/// The value in full, so that what reads alike and differs is told apart.
std::string full(double value) {
  return number(value, 17);
}

Line metric_line(const Runs& runs, const std::string& key) {
  const auto with_digits = [&](int digits) {
    return text_line(runs, "metrics." + key, [&](const Compared& run) {
      const auto metric = run.metrics.find(key);
      return metric == run.metrics.end() ? "" : number(metric->second, digits);
    });
  };
  auto line = with_digits(6);
  line.difference = with_digits(17).difference;
  return line;
}

/// A figure with its interval; two whose intervals meet do not surely differ.
Line figure_line(const Runs& runs, std::string name,
                 const std::function<std::optional<messages::Figure>(const Compared&)>& figure_of,
                 const std::function<std::string(double)>& text_of) {
  Line line{.name = std::move(name), .cells = {}};
  std::vector<std::string> exact;
  double highest_low = -INFINITY;
  double lowest_high = INFINITY;
  bool is_known = true;
  for (const auto& run : runs) {
    const auto figure = figure_of(run);
    is_known = is_known && figure.has_value();
    exact.push_back(figure ? full(figure->value) : "");
    if (figure) {
      const auto error = margin(*figure);
      line.cells.push_back(concat(text_of(figure->value), error.empty() ? "" : " ", error));
      highest_low = std::max(highest_low, figure->low);
      lowest_high = std::min(lowest_high, figure->high);
    } else {
      line.cells.emplace_back();
    }
  }
  line.difference = difference_of(exact);
  if (line.difference == Difference::kReal && is_known && highest_low <= lowest_high) {
    line.difference = Difference::kWithinError;
  }
  return line;
}

std::vector<Line> figure_lines(const Runs& runs) {
  auto time = text_line(runs, "time", [](const Compared& run) {
    return run.run.wall_seconds ? format_duration(Seconds(*run.run.wall_seconds)) : "";
  });
  time.difference = text_line(runs, "", [](const Compared& run) {
                      return run.run.wall_seconds ? full(*run.run.wall_seconds) : "";
                    }).difference;
  return {std::move(time),
          figure_line(
              runs, "energy", [](const Compared& run) { return run.run.energy; },
              [](double value) { return energy(Joules(value)); }),
          figure_line(
              runs, "co2e", [](const Compared& run) { return run.run.emissions; },
              [](double value) { return mass(GramsCo2e(value)); })};
}

std::vector<Line> lines_of(const Runs& runs) {
  std::vector<Line> lines{
      text_line(runs, "name", [](const Compared& run) { return run.run.name; }),
      text_line(runs, "project", [](const Compared& run) { return run.run.project; }),
      text_line(runs, "state", [](const Compared& run) { return state_words(run.run); })};
  std::ranges::move(figure_lines(runs), std::back_inserter(lines));
  std::set<std::string> params;
  std::set<std::string> metrics;
  for (const auto& run : runs) {
    for (const auto& [key, value] : run.run.params) {
      params.insert(key);
    }
    for (const auto& [key, value] : run.metrics) {
      metrics.insert(key);
    }
  }
  for (const auto& key : params) {
    lines.push_back(text_line(runs, "params." + key, [&key](const Compared& run) {
      const auto param = run.run.params.find(key);
      return param == run.run.params.end() ? std::string() : param->second;
    }));
  }
  for (const auto& key : metrics) {
    lines.push_back(metric_line(runs, key));
  }
  return lines;
}

std::string_view mark_of(Difference difference) {
  return difference == Difference::kReal ? "≠" : difference == Difference::kWithinError ? "≈" : "";
}

std::string table_text(const Runs& runs, const std::vector<Line>& lines, const Output& output) {
  std::vector<Table::Column> columns{{""}, {""}};
  for (const auto& run : runs) {
    columns.push_back({short_id(run.run.id), Align::kRight});
  }
  Table table(std::move(columns));
  for (const auto& line : lines) {
    std::vector<std::string> cells{std::string(mark_of(line.difference)), line.name};
    cells.insert(cells.end(), line.cells.begin(), line.cells.end());
    table.add(std::move(cells));
  }
  return table.to_text(output);
}

nlohmann::ordered_json metric_json(double value) {
  return std::isfinite(value) ? nlohmann::ordered_json(value)
                              : nlohmann::ordered_json(std::isnan(value) ? "NaN"
                                                       : value > 0       ? "Infinity"
                                                                         : "-Infinity");
}

nlohmann::ordered_json json_of(const Runs& runs, const std::vector<Line>& lines) {
  nlohmann::ordered_json json = {{"runs", nlohmann::ordered_json::array()},
                                 {"differences", nlohmann::ordered_json::array()},
                                 {"within_error", nlohmann::ordered_json::array()}};
  for (const auto& compared : runs) {
    auto run = messages::to_json_value(static_cast<const messages::RunSummary&>(compared.run));
    run["params"] = nlohmann::ordered_json::object();
    run["metrics"] = nlohmann::ordered_json::object();
    for (const auto& [key, value] : compared.run.params) {
      run["params"][key] = value;
    }
    for (const auto& [key, value] : compared.metrics) {
      run["metrics"][key] = metric_json(value);
    }
    json["runs"].push_back(std::move(run));
  }
  for (const auto& line : lines) {
    if (line.difference != Difference::kNone) {
      json[line.difference == Difference::kReal ? "differences" : "within_error"].push_back(
          line.name);
    }
  }
  return json;
}

}  // namespace

Result<int> compare(Context& context, const CompareOptions& options) {
  WATTLE_ASSIGN_OR_RETURN(const auto client, ApiClient::connect(context));
  Runs runs;
  for (const auto& id : options.ids) {
    WATTLE_ASSIGN_OR_RETURN(auto run, compared_of(*client, id));
    runs.push_back(std::move(run));
  }
  const auto lines = lines_of(runs);
  auto& output = context.output();
  if (options.json) {
    output.data(json_text(json_of(runs, lines)));
    return 0;
  }
  if (!options.quiet) {
    output.data(table_text(runs, lines, output));
    return 0;
  }
  for (const auto& line : lines) {
    output.data(line.difference == Difference::kReal ? line.name + "\n" : "");
  }
  return 0;
}

}  // namespace wattle::cli
