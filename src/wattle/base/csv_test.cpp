#include "wattle/base/csv.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include "wattle/base/file.h"
#include "wattle/support/temporary_folder.h"

namespace wattle {
namespace {

using Rows = std::vector<std::vector<std::string>>;

Result<Rows> read_all(std::string_view text) {
  WATTLE_ASSIGN_OR_RETURN(auto reader, CsvReader::from_text("t.csv", text));
  Rows rows{reader->header()};
  for (;;) {
    WATTLE_ASSIGN_OR_RETURN(const auto* row, reader->next());
    if (row == nullptr) {
      return rows;
    }
    rows.push_back(*row);
  }
}

TEST(Csv, ReadsQuotesNewlinesAndBothLineEnds) {
  EXPECT_EQ(*read_all("a,b\r\n1,\"x, \"\"y\"\"\nz\"\n2,\n"),
            (Rows{{"a", "b"}, {"1", "x, \"y\"\nz"}, {"2", ""}}));
  EXPECT_EQ(*read_all("\xef\xbb\xbf"
                      "a\n1"),
            (Rows{{"a"}, {"1"}}));
}

TEST(Csv, SkipsBlankLinesButKeepsEmptyCellsOfOneColumn) {
  EXPECT_EQ(read_all("a,b\n\n1,2\n\n")->size(), 2U);
  EXPECT_EQ(read_all("a\n\n1\n")->size(), 3U);
}

TEST(Csv, NamesFileAndLineOfWhatIsWrong) {
  EXPECT_EQ(read_all("a,b\n1,2\n3\n").error().message(),
            "t.csv:3: has 1 fields where the header has 2");
  EXPECT_EQ(read_all("a,b\n\"x\ny\",2\n\"1\"x,2\n").error().message(),
            "t.csv:4: text stands after a closing quote");
  EXPECT_EQ(read_all("a,b\n1,\"2\n").error().message(), "t.csv:2: a quoted field is never closed");
  EXPECT_EQ(read_all("").error().code(), ErrorCode::kParse);
}

TEST(Csv, RefusesALineWithoutEnd) {
  EXPECT_NE(read_all("a\n" + std::string(2 << 20, 'x')).error().message().find("too long"),
            std::string::npos);
  EXPECT_NE(read_all("a\n\"" + std::string(2 << 20, 'x')).error().message().find("too long"),
            std::string::npos);
}

TEST(Csv, SuggestsTheNearestColumn) {
  const auto reader = *CsvReader::from_text("t.csv", "hour_utc,zone\n");
  EXPECT_EQ(*reader->column("zone"), 1U);
  EXPECT_EQ(reader->column("zones").error().message(),
            "t.csv has no column 'zones'; did you mean 'zone'?");
}

class CsvFileTest : public ::testing::Test {
 protected:
  std::string gzip(std::string_view text) {
    const std::string path = folder_ / "t.csv.gz";
    const gzFile file = gzopen(path.c_str(), "wb");
    gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
    gzclose(file);
    return path;
  }
  support::TemporaryFolder folder_;
};

TEST_F(CsvFileTest, ReadsGzipByContent) {
  auto reader = *CsvReader::open(gzip("a,b\n1,2\n"));
  EXPECT_EQ((**reader->next())[1], "2");
  EXPECT_EQ(*reader->next(), nullptr);
}

TEST_F(CsvFileTest, SaysThatAGzipIsTruncated) {
  std::string text = "a\n";
  for (int i = 0; i < 100'000; ++i) {
    text += std::to_string(i * 7919) + "\n";
  }
  RealFileSystem files;
  const auto bytes = *files.read(gzip(text), 1 << 24);
  auto reader = *CsvReader::open(folder_.write("cut.csv.gz", bytes.substr(0, bytes.size() / 2)));
  Result<const std::vector<std::string>*> row = nullptr;
  do {
    row = reader->next();
  } while (row.ok() && *row != nullptr);
  ASSERT_FALSE(row.ok());
  EXPECT_NE(row.error().message().find("gzip"), std::string::npos) << row.error().message();
}

TEST_F(CsvFileTest, NamesAFileThatIsNotThere) {
  EXPECT_EQ(CsvReader::open(folder_ / "nothing.csv").error().code(), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace wattle
