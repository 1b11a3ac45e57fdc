#include "wattle/carbon/intensity_file.h"

#include <algorithm>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wattle/base/rng.h"
#include "wattle/base/text.h"
#include "wattle/carbon/carbon_fixture.h"
#include "wattle/support/temporary_folder.h"

namespace wattle::carbon {
namespace {

using ::testing::HasSubstr;

Result<std::unique_ptr<IntensityFile>> read(std::string_view text,
                                            const IntensityFileOptions& options = {}) {
  return IntensityFile::from_text("ci.csv", text, options);
}

std::string refusal(std::string_view text, const IntensityFileOptions& options = {}) {
  const auto file = read(text, options);
  EXPECT_FALSE(file.ok()) << text;
  return file.ok() ? "" : file.error().message();
}

double value(IntensityFile& file, std::string_view zone, std::string_view time) {
  const auto slice = file.intensity(zone, {at(time), at(time)});
  EXPECT_TRUE(slice.ok()) << slice.error().message();
  return slice.ok() ? slice->points.at(0).value.value() : -1;
}

TEST(IntensityFile, ReadsTheLongShape) {
  auto file = read(
      "time,zone,g_per_kwh\n2026-01-01T00:00Z,DE,300.125\n2026-01-01T00:00Z,FR,50\n"
      "2026-01-01T01:00Z,DE,310\n2026-01-01T01:00Z,FR,51\n");
  ASSERT_TRUE(file.ok()) << file.error().message();
  EXPECT_DOUBLE_EQ(value(**file, "DE", "2026-01-01T00:59Z"), 300.125);
  EXPECT_DOUBLE_EQ(value(**file, "FR", "2026-01-01T01:00Z"), 51);
  EXPECT_EQ((*file)->report().size(), 2U);
}

TEST(IntensityFile, ReadsTheWideShapeEvenWithOneZone) {
  auto file = read("hour_utc,US-CAL-CISO\n2026-01-01T00:00Z,250\n2026-01-01T01:00Z,240\n");
  ASSERT_TRUE(file.ok()) << file.error().message();
  EXPECT_DOUBLE_EQ(value(**file, "US-CAL-CISO", "2026-01-01T01:30Z"), 240);
}

TEST(IntensityFile, ReadsTwoColumnsOfAZoneThatIsNamedAndInfersTheResolution) {
  const std::string text =
      "Time,Carbon Intensity\n2020-01-01 00:00:00,1\n2020-01-01 00:15:00,200\n"
      "2020-01-01 00:30:00,300\n";
  auto file = read(text, {.zone = "DE"});
  ASSERT_TRUE(file.ok()) << file.error().message();
  EXPECT_DOUBLE_EQ((*file)->report()[0].resolution.value(), 900);
  EXPECT_DOUBLE_EQ(value(**file, "DE", "2020-01-01T00:29:59Z"), 200);
  EXPECT_THAT(refusal(text), HasSubstr("names no zone"));
}

TEST(IntensityFile, TakesTheLifeCycleColumnAndThePublishersOwnEstimates) {
  auto file = read(
      "hour_utc,zone,ci_direct_g_kwh,ci_lca_g_kwh,estimated\n"
      "2021-01-01T00:00Z,BR,113.64,155.8,false\n2021-01-01T01:00Z,BR,120,163.11,true\n");
  ASSERT_TRUE(file.ok()) << file.error().message();
  const auto slice = (*file)->intensity("BR", between("2021-01-01T00:00Z", "2021-01-01T02:00Z"));
  ASSERT_EQ(slice->points.size(), 2U);
  EXPECT_DOUBLE_EQ(slice->points[0].value.value(), 155.8);
  EXPECT_EQ(slice->points[0].vintage, Vintage::kMeasured);
  EXPECT_EQ(slice->points[1].vintage, Vintage::kEstimated);
  EXPECT_GT(slice->points[1].relative_sigma, slice->points[0].relative_sigma);
  EXPECT_THAT(refusal("time,zone,a_g_kwh,b_g_kwh\n2021-01-01,BR,1,2\n"), HasSubstr("value_column"));
}

TEST(IntensityFile, RefusesTheFaultsOfRealFilesWithTheirLine) {
  const std::string head = "time,zone,g_per_kwh\n2026-01-01T00:00Z,DE,300\n2026-01-01T01:00Z,DE,";
  EXPECT_THAT(refusal(head + "77000\n"), HasSubstr("ci.csv:3: the intensity of DE is 77000"));
  EXPECT_THAT(refusal(head + "77000\n"), HasSubstr("decimal point"));
  EXPECT_THAT(refusal(head + "3000.1\n"), HasSubstr("over 3000"));
  EXPECT_THAT(refusal(head + "-0.5\n"), HasSubstr("below 0"));
  EXPECT_THAT(refusal(head + "many\n"), HasSubstr("'many' is no finite number"));
  EXPECT_THAT(refusal(head + "inf\n"), HasSubstr("ci.csv:3"));
  EXPECT_THAT(refusal("time,zone,g_per_kwh\n2026-13-01T00:00Z,DE,3\n"), HasSubstr("is no time"));
  EXPECT_THAT(refusal("time,zone,g_per_kwh\n2026-01-01T00:00Z,,3\n"), HasSubstr("zone is empty"));
  EXPECT_THAT(refusal("time,zone,g_per_kwh\n"), HasSubstr("holds no value"));
  EXPECT_THAT(refusal("when,what\n1,2\n"), HasSubstr("names no time"));
  EXPECT_TRUE(read(head + "3000\n").ok());
  EXPECT_TRUE(read(head + "0\n").ok());
}

TEST(IntensityFile, RefusesOtherUnits) {
  EXPECT_THAT(refusal("time,zone,co2_lb_per_mwh_intensity\n2026-01-01,DE,600\n"),
              HasSubstr("not in g/kWh"));
  EXPECT_THAT(refusal("time,kg_per_kwh\n2026-01-01,0.4\n", {.zone = "DE"}),
              HasSubstr("not in g/kWh"));
  EXPECT_THAT(refusal("time,zone,intensity\n2026-01-01,DE,0.4\n2026-01-02,DE,0.5\n"),
              HasSubstr("kg/kWh"));
}

TEST(IntensityFile, DropsRepetitionsAndRefusesContradictionsWithBothLines) {
  const std::string rows = "time,zone,g_per_kwh\n2026-01-01T00:00Z,DE,300\n2026-01-01T00:00Z,DE,";
  auto same = read(rows + "300\n");
  ASSERT_TRUE(same.ok()) << same.error().message();
  EXPECT_EQ((*same)->report()[0].repeated_rows, 1U);
  const std::string message = refusal(rows + "301\n");
  EXPECT_THAT(message, HasSubstr("ci.csv:3"));
  EXPECT_THAT(message, HasSubstr("line 2 says 300"));
  EXPECT_TRUE(read(rows + "\n").ok()) << "a gap contradicts nothing";
}

TEST(IntensityFile, TellsTheTwoHoursOfAutumnApartByTheirOffsets) {
  auto file = read(
      "time,zone,g_per_kwh\n2025-10-26T02:00+02:00,DE,100\n2025-10-26T02:00+01:00,DE,200\n"
      "2025-10-26T03:00+01:00,DE,300\n");
  ASSERT_TRUE(file.ok()) << file.error().message();
  EXPECT_DOUBLE_EQ(value(**file, "DE", "2025-10-26T00:30Z"), 100);
  EXPECT_DOUBLE_EQ(value(**file, "DE", "2025-10-26T01:30Z"), 200);
  const std::string local =
      "local_time,zone,g_per_kwh\n2025-10-26T02:00,DE,100\n2025-10-26T02:00,DE,200\n";
  EXPECT_THAT(refusal(local), HasSubstr("local time without an offset"));
}

TEST(IntensityFile, BridgesAShortGapAsEstimatedAndRefusesALongOne) {
  auto file = read(
      "hour_utc,DE\n2026-01-01T00:00Z,100\n2026-01-01T01:00Z,NaN\n2026-01-01T02:00Z,\n"
      "2026-01-01T03:00Z,400\n2026-01-01T04:00Z,400\n2026-01-01T09:00Z,400\n");
  ASSERT_TRUE(file.ok()) << file.error().message();
  const SeriesReport report = (*file)->report()[0];
  EXPECT_EQ(report.missing_steps, 6U);
  EXPECT_DOUBLE_EQ(report.longest_gap.value(), 4 * 3600);
  const auto slice = (*file)->intensity("DE", between("2026-01-01T00:30Z", "2026-01-01T04:00Z"));
  ASSERT_TRUE(slice.ok()) << slice.error().message();
  ASSERT_EQ(slice->points.size(), 4U);
  EXPECT_DOUBLE_EQ(slice->points[1].value.value(), 200);
  EXPECT_DOUBLE_EQ(slice->points[2].value.value(), 300);
  EXPECT_EQ(slice->points[2].vintage, Vintage::kEstimated);
  EXPECT_EQ(worst_vintage(*slice), Vintage::kEstimated);
  EXPECT_THAT(slice->notes.at(0), HasSubstr("2 of 4 values"));
  const auto too_long = (*file)->intensity("DE", between("2026-01-01T04:00Z", "2026-01-01T10:00Z"));
  ASSERT_FALSE(too_long.ok());
  EXPECT_EQ(too_long.error().code(), ErrorCode::kNotFound);
  EXPECT_THAT(too_long.error().message(), HasSubstr("gap of 4 h 00 min"));
}

TEST(IntensityFile, SaysWhatItCovers) {
  auto file = read("hour_utc,DE\n2026-01-01T00:00Z,100\n2026-01-01T01:00Z,110\n");
  for (const auto& outside : {between("2025-12-31T23:00Z", "2026-01-01T01:00Z"),
                              between("2026-01-01T01:00Z", "2026-01-01T02:00:01Z")}) {
    const auto slice = (*file)->intensity("DE", outside);
    ASSERT_FALSE(slice.ok());
    EXPECT_EQ(slice.error().code(), ErrorCode::kNotFound);
    EXPECT_THAT(slice.error().message(), HasSubstr("covers 2026-01-01T00:00:00.000Z to"));
  }
  EXPECT_THAT((*file)->intensity("FR", {}).error().message(), HasSubstr("it has DE"));
}

TEST(IntensityFile, SliceCoversExactlyWhatWasAsked) {
  auto file = read("hour_utc,DE\n2026-01-01T00:00Z,100\n2026-01-01T01:00Z,110\n");
  const Interval asked = between("2026-01-01T00:20:00.5Z", "2026-01-01T01:10Z");
  const auto slice = (*file)->intensity("DE", asked);
  ASSERT_EQ(slice->points.size(), 2U);
  EXPECT_EQ(slice->points.front().interval.begin, asked.begin);
  EXPECT_EQ(slice->points.front().interval.end, slice->points.back().interval.begin);
  EXPECT_EQ(slice->points.back().interval.end, asked.end);
}

TEST(IntensityFile, DoesNotCareForTheOrderOfRows) {
  Rng rng(7);
  std::vector<std::string> rows;
  for (int hour = 0; hour < 240; ++hour) {
    const UtcTime time = at("2026-01-01T00:00Z") + Seconds(hour * 3600.0);
    rows.push_back(concat(to_rfc3339(time), ",DE,", 100 + rng.below(300), "\n"));
  }
  const auto text_of = [&] { return "time,zone,g_per_kwh\n" + join(rows, ""); };
  auto sorted = read(text_of());
  for (std::size_t i = rows.size() - 1; i > 0; --i) {
    std::swap(rows[i], rows[rng.below(i + 1)]);
  }
  auto shuffled = read(text_of());
  ASSERT_TRUE(shuffled.ok()) << shuffled.error().message();
  const Interval all = between("2026-01-01T00:00Z", "2026-01-11T00:00Z");
  const auto expected = (*sorted)->intensity("DE", all);
  const auto actual = (*shuffled)->intensity("DE", all);
  ASSERT_EQ(actual->points.size(), 240U);
  for (std::size_t i = 0; i < actual->points.size(); ++i) {
    EXPECT_EQ(actual->points[i].value, expected->points[i].value);
    EXPECT_EQ(actual->points[i].interval, expected->points[i].interval);
  }
}

TEST(IntensityFile, NamesAFileThatIsNotThere) {
  const support::TemporaryFolder folder;
  const auto file = IntensityFile::open(folder / "none.csv.gz", {});
  ASSERT_FALSE(file.ok());
  EXPECT_EQ(file.error().code(), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace wattle::carbon
