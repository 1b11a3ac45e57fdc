#include "wattle/executor/metrics_table.h"

#include <algorithm>
#include <array>
#include <limits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "wattle/base/limits.h"
#include "wattle/base/text.h"

namespace wattle::executor {
namespace {

using Json = nlohmann::json;

constexpr std::array<std::string_view, 4> kPositions{"step", "epoch", "time", "progress"};

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Where the text of a JSON string that begins at `from` ends: behind its closing quote.
std::size_t end_of_string(std::string_view line, std::size_t from) {
  for (std::size_t i = from + 1; i < line.size(); ++i) {
    if (line[i] == '\\') {
      ++i;
    } else if (line[i] == '"') {
      return i + 1;
    }
  }
  return line.size();
}

/// Python writes NaN and Infinity as bare words, which are no JSON: put into quotes they are.
std::string quote_special_numbers(std::string_view line) {
  std::string quoted;
  for (std::size_t i = 0; i < line.size();) {
    std::size_t end = i + 1;
    if (line[i] == '"') {
      end = end_of_string(line, i);
    } else if (is_letter(line[i]) ||
               (line[i] == '-' && end < line.size() && is_letter(line[end]))) {
      end = static_cast<std::size_t>(
          std::find_if_not(line.begin() + static_cast<std::ptrdiff_t>(end), line.end(), is_letter) -
          line.begin());
    }
    const auto piece = line.substr(i, end - i);
    quoted += special_number(piece) ? concat("\"", piece, "\"") : std::string(piece);
    i = end;
  }
  return quoted;
}

std::optional<double> number_of(const Json& value) {
  if (value.is_number()) {
    return value.get<double>();
  }
  return value.is_string() ? special_number(value.get_ref<const std::string&>()) : std::nullopt;
}

}  // namespace

void MetricsTable::add(std::string_view name, double value) {
  if (points_ >= limits::kMetricPoints) {
    ++refused_points_;
    return;
  }
  ++points_;
  const auto found = last_.find(name);
  if (found != last_.end()) {
    found->second = value;
  } else if (last_.size() < limits::kMetricNames) {
    last_.emplace(name, value);
  } else {
    ++refused_names_;
  }
}

MetricsSummary MetricsTable::finish() && {
  if (refused_points_ > 0) {
    note(fmt::format("only the first {} points of metrics were read, {} were not",
                     limits::kMetricPoints, refused_points_));
  }
  if (refused_names_ > 0) {
    note(fmt::format("only {} metrics are kept, {} points of others were not", limits::kMetricNames,
                     refused_names_));
  }
  return {.last = {last_.begin(), last_.end()}, .notes = std::move(notes_)};
}

std::optional<double> special_number(std::string_view word) {
  const bool negative = word.starts_with('-');
  if (negative || word.starts_with('+')) {
    word.remove_prefix(1);
  }
  const auto lower = to_lower(word);
  if (lower == "nan") {
    return std::numeric_limits<double>::quiet_NaN();
  }
  if (lower == "inf" || lower == "infinity") {
    const double infinity = std::numeric_limits<double>::infinity();
    return negative ? -infinity : infinity;
  }
  return std::nullopt;
}

std::optional<double> metric_number(std::string_view text) {
  text = trim(text);
  if (const auto special = special_number(text)) {
    return special;
  }
  if (text.starts_with('+')) {
    text.remove_prefix(1);
  }
  const auto number = parse_number(text);
  return number.ok() ? std::optional(*number) : std::nullopt;
}

bool add_metric_line(std::string_view line, MetricsTable& table) {
  const Json object = Json::parse(quote_special_numbers(line), nullptr, false);
  if (!object.is_object()) {
    return false;
  }
  const auto name = object.find("name");
  const auto value = object.find("value");
  if (name != object.end() && value != object.end() && name->is_string()) {
    const auto number = number_of(*value);
    if (number) {
      table.add(name->get_ref<const std::string&>(), *number);
    }
    return number.has_value();
  }
  for (const auto& [key, member] : object.items()) {
    const auto number = number_of(member);
    if (number && std::ranges::find(kPositions, key) == kPositions.end()) {
      table.add(key, *number);
    }
  }
  return true;
}

}  // namespace wattle::executor
