#include "wattle/store/segment.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "wattle/support/faulty_file_system.h"
#include "wattle/support/temporary_folder.h"

namespace wattle::store {
namespace {

class SegmentTest : public ::testing::Test {
 protected:
  SegmentWriter::Options options(std::int64_t bytes = limits::kSegmentBytes) const {
    return {.folder = folder_ / "s", .role = "node", .host = "h", .segment_bytes = bytes};
  }
  std::unique_ptr<SegmentWriter> open(std::int64_t bytes = limits::kSegmentBytes) {
    auto writer = SegmentWriter::open(files_, clock_, options(bytes),
                                      [] { return std::vector<Record>{{9, "preamble"}}; });
    EXPECT_TRUE(writer.ok());
    return std::move(*writer);
  }
  std::vector<Segment> read() { return *read_segments(files_, folder_ / "s"); }

  support::TemporaryFolder folder_;
  RealFileSystem files_;
  SimulatedClock clock_;
};

TEST_F(SegmentTest, ReadsBackEveryRecordInOrder) {
  auto writer = open();
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(writer->append({1, "record " + std::to_string(i)}).ok());
  }
  const auto segments = read();
  ASSERT_EQ(segments.size(), 1U);
  EXPECT_EQ(segments[0].header.host, "h");
  ASSERT_EQ(segments[0].records.size(), 101U);
  EXPECT_EQ(segments[0].records[0], (Record{9, "preamble"}));
  EXPECT_EQ(segments[0].records[100], (Record{1, "record 99"}));
  EXPECT_FALSE(segments[0].torn);
}

TEST_F(SegmentTest, CutAtAnyByteKeepsTheRecordsBeforeTheCut) {
  auto writer = open();
  ASSERT_TRUE(writer->append({1, "first"}).ok());
  ASSERT_TRUE(writer->append({1, "second"}).ok());
  const std::string path = folder_ / "s/00000001.seg";
  const std::string whole = *files_.read(path, 1 << 20);
  std::size_t most = 0;
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const auto segment = parse_segment(std::string_view(whole).substr(0, length));
    const std::size_t count = segment.ok() ? segment->records.size() : 0;
    EXPECT_GE(count, most) << "cut at " << length;
    most = count;
  }
  EXPECT_EQ(most, 2U);
}

TEST_F(SegmentTest, AFlippedBitEndsTheSegmentThere) {
  auto writer = open();
  ASSERT_TRUE(writer->append({1, "first"}).ok());
  ASSERT_TRUE(writer->append({1, "second"}).ok());
  std::string bytes = *files_.read(folder_ / "s/00000001.seg", 1 << 20);
  bytes[bytes.size() - 2] = static_cast<char>(bytes[bytes.size() - 2] ^ 1);
  const auto segment = parse_segment(bytes);
  ASSERT_TRUE(segment.ok());
  EXPECT_TRUE(segment->torn);
  EXPECT_EQ(segment->records.size(), 2U);
}

TEST_F(SegmentTest, AStartOfTheWriterAClockStepAndAFullFileEachOpenASegment) {
  open();
  auto writer = open(200);
  ASSERT_TRUE(writer->append({1, std::string(200, 'x')}).ok());
  ASSERT_TRUE(writer->append({1, "goes to the next"}).ok());
  clock_.step_utc(Seconds(-3600));
  ASSERT_TRUE(writer->append({1, "after the step"}).ok());
  const auto segments = read();
  ASSERT_EQ(segments.size(), 4U);
  const Seconds step = segments[3].header.to_utc({}) - segments[2].header.to_utc({});
  EXPECT_NEAR(step.value(), -3600, 1e-6);
}

TEST_F(SegmentTest, AReaderOfTheLastHoursDoesNotOpenOldSegments) {
  for (int day = 0; day < 10; ++day) {
    open();
    clock_.advance(Seconds(86'400));
  }
  const UtcTime since = clock_.utc_now() - Seconds(3 * 86'400);
  const auto recent = *read_segments(files_, folder_ / "s", since);
  ASSERT_EQ(recent.size(),
            5U);  // the three days, a day of slack, and the one that may reach into it
  EXPECT_EQ(recent.back().header.utc, clock_.utc_now() - Seconds(86'400));
  EXPECT_EQ(read().size(), 10U);
}

TEST_F(SegmentTest, ARecordOverTheLimitIsRefusedAndNothingIsWritten) {
  auto writer = open();
  EXPECT_EQ(writer->append({1, std::string(limits::kRecordBytes + 1, 'x')}).error().code(),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(read()[0].records.size(), 1U);
}

/// Appends records through `files`, healing the disk after the first that fails; returns those that
/// were accepted.
std::vector<std::string> append_through(support::FaultyFileSystem& files, const Clock& clock,
                                        const SegmentWriter::Options& options) {
  std::vector<std::string> accepted;
  std::unique_ptr<SegmentWriter> writer;
  for (int i = 0; i < 8; ++i) {
    if (!writer) {
      auto opened =
          SegmentWriter::open(files, clock, options, [] { return std::vector<Record>{{9, "p"}}; });
      writer = opened.ok() ? std::move(*opened) : nullptr;
    }
    const std::string payload = "record " + std::to_string(i);
    if (writer && writer->append({1, payload}).ok()) {
      accepted.push_back(payload);
    } else {
      files.heal();
    }
  }
  return accepted;
}

/// The payloads of records that a reader finds.
std::vector<std::string> payloads_in(FileSystem& files, const std::string& folder) {
  std::vector<std::string> payloads;
  for (const auto& segment : *read_segments(files, folder)) {
    for (const auto& record : segment.records) {
      payloads.push_back(record.payload);
    }
  }
  return payloads;
}

TEST_F(SegmentTest, AFullDiskAtAnyStepLosesNothingThatWasAccepted) {
  for (int step = 1; step <= 24; ++step) {
    const support::TemporaryFolder folder;
    support::FaultyFileSystem faulty(files_);
    faulty.fail_from(step);
    const SegmentWriter::Options options{.folder = folder / "s",
                                         .role = "node",
                                         .host = "h",
                                         .segment_bytes = 150,
                                         .sync_every = Seconds(0)};
    const auto accepted = append_through(faulty, clock_, options);
    const auto found = payloads_in(files_, folder / "s");
    for (const auto& payload : accepted) {
      EXPECT_EQ(std::ranges::count(found, payload), 1) << payload << ", failing from " << step;
    }
    EXPECT_GE(accepted.size(), 6U) << "failing from step " << step;
    for (const auto& name : *files_.list(folder / "s")) {
      const auto bytes = *files_.read(folder / ("s/" + name), 1 << 20);
      EXPECT_TRUE(parse_segment(bytes).ok()) << name << " holds nothing";
    }
  }
}

TEST_F(SegmentTest, NoFolderIsNoSegments) {
  EXPECT_TRUE(read_segments(files_, folder_ / "nothing")->empty());
}

}  // namespace
}  // namespace wattle::store
