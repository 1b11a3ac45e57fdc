// bench_carbon [--data DIR] [--json]: time to load hourly intensity, to look it up, and the error
// of yearly averages by length of job.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/rng.h"
#include "wattle/base/text.h"
#include "wattle/carbon/carbon_fixture.h"
#include "wattle/carbon/intensity_file.h"
#include "wattle/carbon/yearly_averages.h"

namespace wattle::carbon {
namespace {

double milliseconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin)
      .count();
}

struct ErrorRow {
  int hours = 0;
  double median = 0;
  double p80 = 0;
  double p90 = 0;
  double covered = 0;
};

/// |yearly / hourly - 1| of jobs of constant power that start at random hours in every zone.
ErrorRow error_of_yearly(IntensityFile& file, int hours) {
  Rng rng(1);
  std::vector<double> errors;
  double covered = 0;
  const double allowed = kIntervalZ * sigma_within_year(Seconds(hours * 3600.0));
  for (const auto& report : file.report()) {
    const double mean = time_mean(file.intensity(report.zone, report.covered).value()).value();
    const auto starts = static_cast<std::uint64_t>(report.covered.length().value() / 3600 - hours);
    for (int trial = 0; trial < 500; ++trial) {
      const UtcTime begin =
          report.covered.begin + Seconds(static_cast<double>(rng.below(starts)) * 3600);
      const Interval job{begin, begin + Seconds(hours * 3600.0)};
      const double hourly = time_mean(file.intensity(report.zone, job).value()).value();
      errors.push_back(std::abs(mean / hourly - 1));
      covered += std::abs(hourly / mean - 1) <= allowed ? 1 : 0;
    }
  }
  std::ranges::sort(errors);
  const auto at_share = [&](double share) {
    return errors[static_cast<std::size_t>(share * static_cast<double>(errors.size() - 1))];
  };
  return {hours, at_share(0.5), at_share(0.8), at_share(0.9),
          covered / static_cast<double>(errors.size())};
}

/// A year of 123 zones as text, in the wide shape.
std::string year_of_zones() {
  Rng rng(3);
  std::string text = "hour_utc";
  for (int zone = 0; zone < 123; ++zone) {
    text += concat(",ZZ-", zone);
  }
  for (int hour = 0; hour < 8760; ++hour) {
    text += "\n" + to_rfc3339(at("2022-01-01") + Seconds(hour * 3600.0));
    for (int zone = 0; zone < 123; ++zone) {
      text += concat(",", 20 + rng.below(900), ".", rng.below(10));
    }
  }
  return text + "\n";
}

int run(const std::string& data, bool json) {
  const std::string path = data + "/carbon/ci_hourly_2022.csv.gz";
  auto begin = std::chrono::steady_clock::now();
  const auto file = IntensityFile::open(path, {});
  if (!file) {
    std::fprintf(stderr, "bench_carbon: %s\n", file.error().message().c_str());
    return 3;
  }
  const double load = milliseconds_since(begin);
  const std::string text = year_of_zones();
  begin = std::chrono::steady_clock::now();
  const auto large = IntensityFile::from_text("generated", text, {});
  const double large_load = milliseconds_since(begin);
  begin = std::chrono::steady_clock::now();
  const ZoneAtlas atlas;
  const std::size_t zones = atlas.all().size();
  const double atlas_load = milliseconds_since(begin);
  std::vector<ErrorRow> rows;
  for (const int hours : {1, 4, 24, 168}) {
    rows.push_back(error_of_yearly(**file, hours));
  }
  if (json) {
    std::printf(
        "{\"load_milliseconds\": %.1f, \"load_123_zones_milliseconds\": %.1f, "
        "\"atlas_milliseconds\": %.3f, \"yearly_error\": [",
        load, large_load, atlas_load);
    for (const auto& row : rows) {
      std::printf(
          "%s{\"hours\": %d, \"median_ratio\": %.4f, \"p80_ratio\": %.4f, "
          "\"p90_ratio\": %.4f, \"interval_coverage_ratio\": %.4f}",
          &row == rows.data() ? "" : ", ", row.hours, row.median, row.p80, row.p90, row.covered);
    }
    std::printf("]}\n");
    return 0;
  }
  std::printf(
      "load %s: %.0f ms\nload a year of 123 zones (%zu kept): %.0f ms\n"
      "load the table of %zu zones: %.2f ms\n",
      path.c_str(), load, (*large)->report().size(), large_load, zones, atlas_load);
  for (const auto& row : rows) {
    std::printf(
        "yearly average, job of %3d h: median %.1f %%, p80 %.1f %%, p90 %.1f %%; 80 %% "
        "interval covers %.1f %%\n",
        row.hours, 100 * row.median, 100 * row.p80, 100 * row.p90, 100 * row.covered);
  }
  return 0;
}

}  // namespace
}  // namespace wattle::carbon

int main(int argc, char** argv) {
  std::string data = "../shared/data";
  bool json = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--json") {
      json = true;
    } else if (argument == "--data" && i + 1 < argc) {
      data = argv[++i];
    } else {
      std::fprintf(stderr, "usage: bench_carbon [--data DIR] [--json]\n");
      return 2;
    }
  }
  return wattle::carbon::run(data, json);
}
