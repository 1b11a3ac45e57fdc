#include "wattle/cli/format.h"

#include <array>
#include <cmath>

#include <fmt/format.h>

namespace wattle::cli {
namespace {

/// Three significant digits of a number in [1, 1000).
std::string three_digits(double value) {
  return value < 9.995   ? fmt::format("{:.2f}", value)
         : value < 99.95 ? fmt::format("{:.1f}", value)
                         : fmt::format("{:.0f}", value);
}

}  // namespace

std::string with_prefix(double value, std::string_view unit) {
  constexpr std::array<std::string_view, 8> kPrefixes{"n", "µ", "m", "", "k", "M", "G", "T"};
  if (std::isnan(value)) {
    return "unknown";
  }
  std::size_t prefix = 3;
  double scaled = std::abs(value);
  while (scaled >= 999.5 && prefix + 1 < kPrefixes.size()) {
    scaled /= 1000;
    ++prefix;
  }
  while (scaled > 0 && scaled < 0.9995 && prefix > 0) {
    scaled *= 1000;
    --prefix;
  }
  if (scaled < 0.005) {
    return fmt::format("0 {}", unit);
  }
  return fmt::format("{}{} {}{}", value < 0 ? "-" : "", three_digits(scaled), kPrefixes[prefix],
                     unit);
}

std::string energy(Joules energy) {
  constexpr Joules kWattHour{3600};
  return std::abs(energy.value()) < kWattHour.value() ? with_prefix(energy.value(), "J")
                                                      : with_prefix(energy / kWattHour, "Wh");
}

std::string mass(GramsCo2e mass) {
  constexpr GramsCo2e kTonne{1e6};
  return std::abs(mass.value()) < kTonne.value() ? with_prefix(mass.value(), "g")
                                                 : with_prefix(mass / kTonne, "t");
}

std::string bytes(std::int64_t count) {
  return with_prefix(static_cast<double>(count), "B");
}

std::string number(double value, int digits) {
  if (std::isnan(value)) {
    return "NaN";
  }
  return fmt::format("{:.{}g}", value, digits);
}

std::string margin(const messages::Figure& figure) {
  const double half = (figure.high - figure.low) / 2;
  if (!(half > 0) || figure.value == 0) {
    return "";
  }
  const double percent = 100 * half / std::abs(figure.value);
  return percent < 0.95 ? fmt::format("± {:.1f} %", percent) : fmt::format("± {:.0f} %", percent);
}

std::string age(Seconds age) {
  const double seconds = std::max(0.0, age.value());
  if (seconds < 60) {
    return fmt::format("{:.0f} s ago", seconds);
  }
  if (seconds < 5400) {
    return fmt::format("{:.0f} min ago", seconds / 60);
  }
  return seconds < 129'600 ? fmt::format("{:.0f} h ago", seconds / 3600)
                           : fmt::format("{:.0f} d ago", seconds / 86'400);
}

std::string short_id(std::string_view id) {
  // Ten characters of time, to the millisecond, and four random ones.
  constexpr std::size_t kShown = 14;
  return std::string(id.substr(0, kShown));
}

}  // namespace wattle::cli
