#include "wattle/store/segment_ingestor.h"

#include <fstream>

#include "wattle/base/rng.h"
#include "wattle/base/text.h"
#include "wattle/store/database_fixture.h"
#include "wattle/store/store_schema.h"

namespace wattle::store {
namespace {

class Ingestor : public OnBothDatabases {
 protected:
  void SetUp() override {
    OnBothDatabases::SetUp();
    if (!database_) {
      return;
    }
    const std::vector<Schema> schemas{
        store_schema(),
        {"test",
         {{1,
           "seen",
           {"CREATE TABLE seen (number INTEGER NOT NULL PRIMARY KEY, payload "
            "TEXT NOT NULL) STRICT"}}}}};
    ASSERT_TRUE(migrate(*database_, schemas, clock_, {.program = "test"}).ok());
    source_ = {
        .folder = folder_ / "segments", .run = "R", .attempt = 1, .role = "usage", .node = "h"};
  }

  std::unique_ptr<SegmentWriter> open_writer(std::int64_t segment_bytes = 1 << 20) {
    auto writer = SegmentWriter::open(
        files_, clock_,
        {.folder = source_.folder, .role = "usage", .host = "h", .segment_bytes = segment_bytes},
        [] { return std::vector<Record>(); });
    EXPECT_TRUE(writer.ok());
    return std::move(*writer);
  }
  Result<Ingested> ingest() {
    SegmentIngestor ingestor(files_, *database_);
    return ingestor.ingest(source_, insert_payload);
  }
  /// A payload is a number of its own: one that comes twice breaks the key.
  static Status insert_payload(const SegmentHeader& header, const Record& record,
                               Session& session) {
    EXPECT_EQ(header.host, "h");
    WATTLE_RETURN_IF_ERROR(session.execute("INSERT INTO seen (number, payload) VALUES (?, ?)",
                                           {*parse_integer(record.payload), record.payload}));
    return {};
  }
  std::int64_t seen() const { return integer("SELECT COUNT(*) FROM seen"); }

  SegmentSource source_;
  RealFileSystem files_;
  SimulatedClock clock_;
};

TEST_P(Ingestor, TakesEachRecordOnceHoweverOftenItIsCalled) {
  EXPECT_EQ(*ingest(), Ingested{}) << "no folder is no records";
  auto writer = open_writer(300);
  for (int i = 0; i < 40; ++i) {
    ASSERT_TRUE(writer->append({1, std::to_string(i)}).ok());
    if (i % 7 == 0) {
      EXPECT_EQ(ingest()->records, i == 0 ? 1 : 7);
    }
  }
  EXPECT_EQ(ingest()->records, 4);
  EXPECT_EQ(*ingest(), Ingested{});
  EXPECT_EQ(seen(), 40);
  database_ = open();
  EXPECT_EQ(*ingest(), Ingested{});
}

TEST_P(Ingestor, AnEndThatIsCutIsTakenWhenItHasGrown) {
  open_writer();
  const std::string path = segment_path(source_.folder, 1);
  const std::string frame = encode_frame({1, "7"});
  for (std::size_t i = 0; i < frame.size(); ++i) {
    EXPECT_EQ(*ingest(), Ingested{}) << "after " << i << " bytes";
    std::ofstream(path, std::ios::binary | std::ios::app).put(frame[i]);
  }
  EXPECT_EQ(ingest()->records, 1);
  EXPECT_EQ(texts("SELECT payload FROM seen"), "7");
}

TEST_P(Ingestor, AnEndThatStaysCutIsReportedOnceTheWriterHasGoneOn) {
  ASSERT_TRUE(open_writer()->append({1, "1"}).ok());
  std::ofstream(segment_path(source_.folder, 1), std::ios::binary | std::ios::app)
      << encode_frame({1, "2"}).substr(0, 6);
  EXPECT_EQ(*ingest(), (Ingested{.records = 1}));
  ASSERT_TRUE(open_writer()->append({1, "3"}).ok());
  EXPECT_EQ(*ingest(), (Ingested{.records = 1, .torn = 1}));
  EXPECT_EQ(*ingest(), Ingested{});
  EXPECT_EQ(texts("SELECT payload FROM seen ORDER BY number"), "1,3");
}

TEST_P(Ingestor, AFileWithoutAHeaderIsCountedAndHoldsNobodyUp) {
  ASSERT_TRUE(files_.make_directories(source_.folder).ok());
  std::ofstream(segment_path(source_.folder, 1), std::ios::binary) << "not a segment";
  ASSERT_TRUE(open_writer()->append({1, "1"}).ok());
  EXPECT_EQ(*ingest(), (Ingested{.records = 1, .unreadable = 1}));
}

TEST_P(Ingestor, WhatTheConsumerRefusesIsTakenAgainWithAllOfItsPiece) {
  auto writer = open_writer();
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(writer->append({1, std::to_string(i)}).ok());
  }
  SegmentIngestor ingestor(files_, *database_);
  const auto failed = ingestor.ingest(
      source_, [](const SegmentHeader& header, const Record& record, Session& session) -> Status {
        WATTLE_RETURN_IF_ERROR(insert_payload(header, record, session));
        return record.payload == "3" ? Status(Error(ErrorCode::kIo, "killed here")) : Status();
      });
  EXPECT_EQ(failed.error().code(), ErrorCode::kIo);
  EXPECT_EQ(seen(), 0);
  EXPECT_EQ(ingest()->records, 5);
}

TEST_P(Ingestor, RunsAttemptsAndNodesAreTheirOwn) {
  ASSERT_TRUE(open_writer()->append({1, "1"}).ok());
  EXPECT_EQ(ingest()->records, 1);
  SegmentSource second = source_;
  second.attempt = 2;
  second.folder = folder_ / "second";
  source_ = second;
  ASSERT_TRUE(open_writer()->append({1, "2"}).ok());
  EXPECT_EQ(ingest()->records, 1);
}

TEST_P(Ingestor, AThousandRandomStepsLoseNothingAndTakeNothingTwice) {
  const std::uint64_t seed = 20261125;
  SCOPED_TRACE(seed);
  Rng rng(seed);
  auto writer = open_writer(400);
  SegmentIngestor ingestor(files_, *database_);
  std::int64_t written = 0;
  const int steps = GetParam() == Backend::kSqlite ? 1000 : 300;
  for (int step = 0; step < steps; ++step) {
    switch (rng.below(6)) {
      case 0: {
        const auto killed_at = std::to_string(written - static_cast<std::int64_t>(rng.below(3)));
        (void)ingestor
            .ingest(
                source_,
                [&](const SegmentHeader& header, const Record& record, Session& session) -> Status {
                  WATTLE_RETURN_IF_ERROR(insert_payload(header, record, session));
                  return record.payload == killed_at ? Status(Error(ErrorCode::kIo, "killed"))
                                                     : Status();
                })
            .ok();
        break;
      }
      case 1:  // the writer is killed within a record, and started again
        writer.reset();
        std::ofstream(segment_path(source_.folder, segment_numbers(files_, source_.folder)->back()),
                      std::ios::binary | std::ios::app)
            << encode_frame({1, "999999"}).substr(0, 1 + rng.below(13));
        writer = open_writer(400);
        break;
      case 2:
        ASSERT_TRUE(ingest().ok());
        break;
      default:
        ASSERT_TRUE(writer->append({1, std::to_string(written++)}).ok());
    }
  }
  ASSERT_TRUE(ingest().ok());
  EXPECT_EQ(seen(), written);
  EXPECT_EQ(integer("SELECT MAX(number) FROM seen"), written - 1);
}

WATTLE_ON_BOTH_DATABASES(Ingestor);

}  // namespace
}  // namespace wattle::store
