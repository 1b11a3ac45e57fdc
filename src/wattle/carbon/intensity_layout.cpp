#include "wattle/carbon/intensity_layout.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "wattle/base/text.h"

namespace wattle::carbon {
namespace {

bool contains_any(std::string_view text, std::span<const std::string_view> words) {
  return std::ranges::any_of(
      words, [&](std::string_view word) { return text.find(word) != std::string_view::npos; });
}

constexpr std::array<std::string_view, 4> kTimeWords{"time", "hour", "date", "utc"};
constexpr std::array<std::string_view, 4> kZoneNames{"zone", "zone id", "zone_id", "region"};
constexpr std::array<std::string_view, 2> kEstimatedNames{"estimated", "data estimated"};
constexpr std::array<std::string_view, 5> kValueWords{"g_per_kwh", "g_kwh", "gco2", "intensity",
                                                      "g/kwh"};
constexpr std::array<std::string_view, 2> kLifeCycleWords{"lca", "life"};
constexpr std::array<std::string_view, 6> kForeignUnits{"lb", "mwh", "kg", "tonne", "ton_", "tco2"};

std::optional<std::size_t> find_name(const std::vector<std::string>& lower,
                                     std::span<const std::string_view> names) {
  for (std::size_t i = 0; i < lower.size(); ++i) {
    if (std::ranges::find(names, lower[i]) != names.end()) {
      return i;
    }
  }
  return std::nullopt;
}

/// "DE", "US-CAL-CISO": what a column of a wide file is called.
bool looks_like_zone(std::string_view text) {
  const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  return text.size() >= 2 && is_upper(text[0]) && is_upper(text[1]) &&
         std::ranges::all_of(text.substr(2), [&](char c) {
           return is_upper(c) || c == '-' || (c >= '0' && c <= '9');
         });
}

Error refuse(const std::string& file, std::string_view what) {
  return {ErrorCode::kInvalidArgument, concat(file, ": ", what)};
}

Status check_unit(const std::string& file, const std::string& name) {
  if (contains_any(to_lower(name), kForeignUnits)) {
    return refuse(file, concat("column '", name,
                               "' is not in g/kWh; convert it (1 lb/MWh = 0.4536 g/kWh, 1 kg/MWh = "
                               "1 g/kWh) and name it g_per_kwh"));
  }
  return {};
}

Result<std::size_t> choose_value(const std::string& file, const std::vector<std::string>& header,
                                 const std::vector<std::string>& lower) {
  std::vector<std::size_t> found;
  std::vector<std::size_t> life_cycle;
  for (std::size_t i = 0; i < lower.size(); ++i) {
    if (contains_any(lower[i], kValueWords)) {
      found.push_back(i);
      if (contains_any(lower[i], kLifeCycleWords)) {
        life_cycle.push_back(i);
      }
    }
  }
  if (found.size() == 1) {
    return found.front();
  }
  if (life_cycle.size() == 1) {
    return life_cycle.front();
  }
  return refuse(file, concat(found.empty() ? "no column holds the intensity"
                                           : "several columns may hold the intensity",
                             "; name it as value_column, one of: ", join(header, ", ")));
}

Result<IntensityLayout::Value> long_value(const std::string& file,
                                          const std::vector<std::string>& header,
                                          const std::vector<std::string>& lower,
                                          const std::optional<std::string>& value_column) {
  if (value_column) {
    const auto found = std::ranges::find(header, *value_column);
    if (found == header.end()) {
      return refuse(file, concat("no column '", *value_column, "'; it has ", join(header, ", ")));
    }
    return IntensityLayout::Value{static_cast<std::size_t>(found - header.begin()), ""};
  }
  WATTLE_ASSIGN_OR_RETURN(const std::size_t column, choose_value(file, header, lower));
  return IntensityLayout::Value{column, ""};
}

}  // namespace

Result<IntensityLayout> detect_layout(const std::string& file,
                                      const std::vector<std::string>& header,
                                      const std::optional<std::string>& zone,
                                      const std::optional<std::string>& value_column) {
  std::vector<std::string> lower;
  std::ranges::transform(header, std::back_inserter(lower),
                         [](const std::string& name) { return to_lower(trim(name)); });
  const auto time = std::ranges::find_if(
      lower, [](const std::string& name) { return contains_any(name, kTimeWords); });
  if (time == lower.end() || lower.size() < 2) {
    return refuse(file, concat("the header names no time; write 'time,zone,g_per_kwh' or "
                               "'time,ZONE,…'; it is: ",
                               join(header, ",").substr(0, 200)));
  }
  IntensityLayout layout;
  layout.time_column = static_cast<std::size_t>(time - lower.begin());
  layout.times_are_local = time->find("local") != std::string::npos;
  layout.zone_column = find_name(lower, kZoneNames);
  if (layout.zone_column) {
    layout.estimated_column = find_name(lower, kEstimatedNames);
    WATTLE_ASSIGN_OR_RETURN(const auto value, long_value(file, header, lower, value_column));
    WATTLE_RETURN_IF_ERROR(check_unit(file, header[value.column]));
    layout.values = {value};
    return layout;
  }
  for (std::size_t i = 0; i < header.size(); ++i) {
    if (i != layout.time_column) {
      layout.values.push_back({i, std::string(trim(header[i]))});
    }
  }
  if (header.size() == 2 && !looks_like_zone(layout.values[0].zone)) {
    WATTLE_RETURN_IF_ERROR(check_unit(file, layout.values[0].zone));
    if (!zone) {
      return refuse(file, concat("column '", layout.values[0].zone,
                                 "' names no zone; say whose values these are"));
    }
    layout.values[0].zone = *zone;
  }
  return layout;
}

}  // namespace wattle::carbon
