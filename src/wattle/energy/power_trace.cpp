#include "wattle/energy/power_trace.h"

#include <algorithm>
#include <map>
#include <optional>

#include "wattle/base/csv.h"
#include "wattle/base/text.h"

namespace wattle::energy {
namespace {

struct KnownColumn {
  std::string_view name;
  double factor = 1;
  PowerTrace::Kind kind = PowerTrace::Kind::kPower;
};

constexpr KnownColumn kTimes[] = {
    {"time_seconds", 1}, {"seconds", 1}, {"t_ms_from_run_start", 1e-3}, {"time_ms", 1e-3}};
constexpr KnownColumn kValues[] = {{"watts"},
                                   {"power_watts"},
                                   {"node_W"},
                                   {"joules", 1, PowerTrace::Kind::kEnergy},
                                   {"energy_joules", 1, PowerTrace::Kind::kEnergy}};
constexpr std::string_view kSplitting[] = {"meter", "benchmark", "run", "domain"};

std::optional<std::size_t> position(const CsvReader& reader, std::string_view name) {
  const auto found = std::ranges::find(reader.header(), name);
  return found == reader.header().end()
             ? std::nullopt
             : std::optional(static_cast<std::size_t>(found - reader.header().begin()));
}

/// Where the columns of a file are.
struct Layout {
  std::size_t time = 0;
  std::size_t value = 0;
  KnownColumn time_column;
  KnownColumn value_column;
  std::vector<std::size_t> splitting;
  std::optional<std::size_t> domain;
  std::optional<std::size_t> run_length;
};

template <typename Columns>
bool find_column(const CsvReader& reader, const Columns& columns, std::size_t& at,
                 KnownColumn& which) {
  for (const auto& column : columns) {
    if (const auto found = position(reader, column.name)) {
      at = *found;
      which = column;
      return true;
    }
  }
  return false;
}

Result<Layout> find_layout(const CsvReader& reader) {
  Layout layout;
  if (!find_column(reader, kTimes, layout.time, layout.time_column)) {
    return reader.error(
        "a trace needs a column time_seconds, seconds, time_ms or "
        "t_ms_from_run_start");
  }
  if (!find_column(reader, kValues, layout.value, layout.value_column)) {
    return reader.error(
        "a trace needs a column watts, power_watts, node_W, joules or energy_joules");
  }
  for (const auto name : kSplitting) {
    if (const auto found = position(reader, name)) {
      layout.splitting.push_back(*found);
    }
  }
  layout.domain = position(reader, "domain");
  layout.run_length = position(reader, "run_ms");
  return layout;
}

Result<double> number(const CsvReader& reader, const std::string& text) {
  auto value = parse_number(text);
  return value ? value : Result<double>(reader.error(value.error().message()));
}

Status add_point(PowerTrace& trace, const CsvReader& reader, PowerTrace::Point point) {
  if (point.value < 0) {
    return reader.error("power and energy are never negative");
  }
  const auto* last = trace.points.empty() ? nullptr : &trace.points.back();
  if (last != nullptr && point.at == last->at && point.value == last->value) {
    return {};  // loggers repeat rows
  }
  if (last != nullptr && point.at <= last->at) {
    return reader.error("the time does not advance");
  }
  if (trace.kind == PowerTrace::Kind::kEnergy && last != nullptr && point.value < last->value) {
    return reader.error("cumulative energy decreases");
  }
  trace.points.push_back(point);
  return {};
}

std::string trace_name(const Layout& layout, const std::vector<std::string>& row) {
  std::vector<std::string> parts;
  for (const auto column : layout.splitting) {
    parts.push_back(row[column]);
  }
  return join(parts, "/");
}

/// The trace of this row, new or known; traces stand in the order of their first rows.
PowerTrace& trace_of(std::vector<PowerTrace>& traces,
                     std::map<std::string, std::size_t, std::less<>>& index, const Layout& layout,
                     const std::vector<std::string>& row) {
  const auto [found, is_new] = index.try_emplace(trace_name(layout, row), traces.size());
  if (is_new) {
    traces.push_back({.name = found->first, .kind = layout.value_column.kind});
    traces.back().domain = layout.domain ? row[*layout.domain] : "";
  }
  return traces[found->second];
}

}  // namespace

double PowerTrace::value_at(Seconds instant) const {
  const auto after = std::ranges::lower_bound(points, instant, {}, &Point::at);
  if (after == points.begin()) {
    return after->value;
  }
  if (after == points.end()) {
    return points.back().value;
  }
  const auto& before = *(after - 1);
  const double share = (instant - before.at) / (after->at - before.at);
  return before.value + share * (after->value - before.value);
}

Result<std::vector<PowerTrace>> read_power_traces(const std::string& path) {
  WATTLE_ASSIGN_OR_RETURN(const auto reader, CsvReader::open(path));
  WATTLE_ASSIGN_OR_RETURN(const auto layout, find_layout(*reader));
  std::vector<PowerTrace> traces;
  std::map<std::string, std::size_t, std::less<>> index;
  for (;;) {
    WATTLE_ASSIGN_OR_RETURN(const auto* row, reader->next());
    if (row == nullptr) {
      break;
    }
    auto& trace = trace_of(traces, index, layout, *row);
    WATTLE_ASSIGN_OR_RETURN(const double time, number(*reader, (*row)[layout.time]));
    WATTLE_ASSIGN_OR_RETURN(const double value, number(*reader, (*row)[layout.value]));
    WATTLE_RETURN_IF_ERROR(
        add_point(trace, *reader, {Seconds(time * layout.time_column.factor), value}));
    if (layout.run_length) {
      WATTLE_ASSIGN_OR_RETURN(const double length, number(*reader, (*row)[*layout.run_length]));
      trace.run_length = Seconds(length * 1e-3);
    }
  }
  const auto shortest = std::ranges::min_element(
      traces, {}, [](const PowerTrace& trace) { return trace.points.size(); });
  if (shortest == traces.end() || shortest->points.size() < 2) {
    return Error(ErrorCode::kParse, path + ": a trace needs at least two points");
  }
  return traces;
}

}  // namespace wattle::energy
