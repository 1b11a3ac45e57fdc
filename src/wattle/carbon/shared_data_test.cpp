// Tests against the shared hourly data: real files, read as they are.
#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "wattle/base/csv.h"
#include "wattle/base/rng.h"
#include "wattle/base/text.h"
#include "wattle/carbon/carbon_fixture.h"
#include "wattle/carbon/intensity_file.h"
#include "wattle/carbon/number_text.h"
#include "wattle/carbon/yearly_averages.h"
#include "wattle/support/requirement.h"

namespace wattle::carbon {
namespace {

class SharedCarbonData : public ::testing::Test {
 protected:
  void SetUp() override { WATTLE_SKIP_WITHOUT("data", support::data_folder()); }
  static std::string path(const std::string& name) {
    return *support::data_folder() + "/carbon/" + name;
  }
  static std::unique_ptr<IntensityFile> open(const std::string& name,
                                             const IntensityFileOptions& options = {}) {
    auto file = IntensityFile::open(path(name), options);
    EXPECT_TRUE(file.ok()) << file.error().message();
    return std::move(file).value();
  }
};

const Interval kYear = between("2022-01-01T00:00Z", "2023-01-01T00:00Z");

TEST_F(SharedCarbonData, EveryCellIsFoundAgainAndMeansAreTheColumns) {
  const auto file = open("ci_hourly_2022.csv.gz");
  auto reader = CsvReader::open(path("ci_hourly_2022.csv.gz")).value();
  const auto zones = reader->header();
  std::vector<double> sums(zones.size());
  std::size_t rows = 0;
  for (;;) {
    const auto row = reader->next().value();
    if (row == nullptr) {
      break;
    }
    const UtcTime hour = at((*row)[0]) + Seconds(1799);
    for (std::size_t i = 1; i < zones.size(); ++i) {
      const double cell = parse_number((*row)[i]).value();
      sums[i] += cell;
      if (rows % 97 == i % 97) {
        EXPECT_EQ(file->intensity(zones[i], {hour, hour})->points[0].value.value(), cell);
      }
    }
    ++rows;
  }
  ASSERT_EQ(rows, 8760U);
  for (std::size_t i = 1; i < zones.size(); ++i) {
    const auto slice = file->intensity(zones[i], kYear);
    ASSERT_TRUE(slice.ok()) << slice.error().message();
    EXPECT_NEAR(time_mean(*slice).value(), sums[i] / 8760, 1e-6) << zones[i];
  }
  // mean_and_daily_cv_2022.csv, computed by the data's authors from the unrounded values.
  EXPECT_NEAR(time_mean(*file->intensity("DE", kYear)).value(), 481.4542, 0.01);
}

TEST_F(SharedCarbonData, FilesOfOtherShapesLoad) {
  const auto germany = open("ger_ci.csv.gz", {.zone = "DE"});
  EXPECT_DOUBLE_EQ(germany->report()[0].resolution.value(), 900);
  const auto britain = open("gb_ci.csv.gz", {.zone = "GB"});
  EXPECT_DOUBLE_EQ(britain->report()[0].resolution.value(), 1800);
  const UtcTime morning = at("2019-12-20T01:10Z");
  EXPECT_DOUBLE_EQ(britain->intensity("GB", {morning, morning})->points[0].value.value(), 141.357);
  // Let's Wait Awhile, notebook: mean of 2020 in Germany and Great Britain (spec-carbon C).
  const Interval year = between("2020-01-01T00:00Z", "2021-01-01T00:00Z");
  EXPECT_NEAR(time_mean(*germany->intensity("DE", year)).value(), 313.4, 2);
  EXPECT_NEAR(time_mean(*britain->intensity("GB", year)).value(), 212.9, 2);
  const auto brazil = open("ci_electricitymaps_hourly_2021-2023_BR_ES_NO_CISO.csv.gz");
  EXPECT_EQ(brazil->report().size(), 4U);
  const UtcTime new_year = at("2021-01-01T00:30Z");
  EXPECT_DOUBLE_EQ(brazil->intensity("BR", {new_year, new_year})->points[0].value.value(), 155.8);
}

/// Hourly grams of a job that starts at `begin`, against those from the mean of the year.
struct Comparison {
  double hourly = 0;
  double yearly = 0;
};

Comparison compare(IntensityFile& file, const std::string& zone, const Interval& job,
                   GramsPerKwh mean) {
  const std::vector<EnergyInterval> series{measured_energy(job, 1)};
  const auto slice = file.intensity(zone, job).value();
  return {operational_grams(series, slice)->grams().value().value(), mean.value()};
}

TEST_F(SharedCarbonData, YearlyAverageMisstatesAFourHourJobAsMuchAsItsIntervalSays) {
  const auto file = open("ci_hourly_2022.csv.gz");
  Rng rng(2022);
  std::vector<double> errors;
  double covered = 0;
  const double sigma = sigma_within_year(Seconds(4 * 3600));
  for (const auto& report : file->report()) {
    const auto year = file->intensity(report.zone, kYear).value();
    const GramsPerKwh mean = time_mean(year);
    for (int trial = 0; trial < 60; ++trial) {
      const auto hour = rng.below(8756);
      const UtcTime begin = kYear.begin + Seconds(static_cast<double>(hour) * 3600);
      const Comparison job = compare(*file, report.zone, {begin, begin + Seconds(4 * 3600)}, mean);
      double direct = 0;
      for (std::size_t i = 0; i < 4; ++i) {
        direct += year.points[hour + i].value.value() / 4;
      }
      ASSERT_NEAR(job.hourly, direct, 1e-9);
      errors.push_back(std::abs(job.yearly / job.hourly - 1));
      covered += std::abs(job.hourly / job.yearly - 1) <= kIntervalZ * sigma ? 1 : 0;
    }
  }
  std::ranges::sort(errors);
  const auto count = static_cast<double>(errors.size());
  RecordProperty("zones", static_cast<int>(file->report().size()));
  RecordProperty("median_error_percent", number_text(100 * errors[errors.size() / 2]));
  RecordProperty("p90_error_percent", number_text(100 * errors[errors.size() * 9 / 10]));
  EXPECT_GT(errors[errors.size() / 2], 0.08);
  EXPECT_GT(errors[errors.size() * 9 / 10], 0.40);
  EXPECT_GT(covered / count, 0.75);
  EXPECT_LT(covered / count, 0.85);
}

}  // namespace
}  // namespace wattle::carbon
