#include "wattle/base/file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "wattle/base/hash.h"
#include "wattle/support/temporary_folder.h"

namespace wattle {
namespace {

class FileTest : public ::testing::Test {
 protected:
  support::TemporaryFolder folder_;
  RealFileSystem files_;
};

TEST_F(FileTest, ReplacesAFileAsAWholeAndLeavesNoTemporary) {
  ASSERT_TRUE(files_.write_atomic(folder_ / "a", "one").ok());
  ASSERT_TRUE(files_.write_atomic(folder_ / "a", "two").ok());
  EXPECT_EQ(*files_.read(folder_ / "a", 100), "two");
  EXPECT_EQ(*files_.list(folder_.path()), std::vector<std::string>{"a"});
}

TEST_F(FileTest, AFailedReplacementKeepsTheOldFile) {
  ASSERT_TRUE(files_.make_directories(folder_ / "target/inside").ok());
  EXPECT_FALSE(files_.write_atomic(folder_ / "target", "x").ok());
  EXPECT_TRUE(files_.exists(folder_ / "target/inside"));
  EXPECT_EQ(*files_.list(folder_.path()), std::vector<std::string>{"target"});
}

TEST_F(FileTest, NewFilesAndFoldersAreTheOwnersOnly) {
  ASSERT_TRUE(files_.make_directories(folder_ / "x/y").ok());
  ASSERT_TRUE(files_.write_atomic(folder_ / "x/y/z", "").ok());
  struct stat info{};
  ::stat((folder_ / "x/y").c_str(), &info);
  EXPECT_EQ(info.st_mode & 0777, 0700U);
  ::stat((folder_ / "x/y/z").c_str(), &info);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
}

TEST_F(FileTest, RefusesWhatIsLargerThanAllowed) {
  folder_.write("big", std::string(100'000, 'x'));
  EXPECT_EQ(files_.read(folder_ / "big", 99'999).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(files_.read(folder_ / "big", 100'000)->size(), 100'000U);
}

TEST_F(FileTest, ErrorsNameThePath) {
  const auto error = files_.read(folder_ / "missing", 1).error();
  EXPECT_EQ(error.code(), ErrorCode::kNotFound);
  EXPECT_NE(error.message().find("missing"), std::string::npos);
  EXPECT_FALSE(files_.read(folder_.path(), 1).ok());
  EXPECT_FALSE(files_.make_directories("/proc/nothing/here").ok());
}

TEST_F(FileTest, AppendsAfterWhatIsThere) {
  folder_.write("log", "first\n");
  auto file = files_.open_append(folder_ / "log");
  ASSERT_TRUE(file.ok());
  EXPECT_EQ((*file)->size(), Bytes(6));
  ASSERT_TRUE((*file)->append("second\n").ok());
  EXPECT_EQ((*file)->size(), Bytes(13));
  EXPECT_EQ(*files_.read(folder_ / "log", 100), "first\nsecond\n");
}

TEST_F(FileTest, OneHolderAtATimeHasALock) {
  {
    const auto held = files_.try_lock(folder_ / "lock");
    ASSERT_TRUE(held.ok());
    EXPECT_EQ(files_.try_lock(folder_ / "lock").error().code(), ErrorCode::kUnavailable);
  }
  EXPECT_TRUE(files_.try_lock(folder_ / "lock").ok());
}

TEST_F(FileTest, RemovingNothingIsNoError) {
  EXPECT_TRUE(files_.remove_all(folder_ / "nothing").ok());
}

TEST(Path, JoinsAndMakesAbsolute) {
  EXPECT_EQ(path_join("a", "b"), "a/b");
  EXPECT_EQ(path_join("a/", "b"), "a/b");
  EXPECT_EQ(absolute_path("/a/./b/../c"), "/a/c");
  EXPECT_EQ(absolute_path("/a/b/."), "/a/b");
  EXPECT_EQ(absolute_path("/"), "/");
}

TEST_F(FileTest, DigestsMatchPublishedVectors) {
  // FIPS 180-4 examples; CRC-32 check value of the catalogue of parametrised CRC algorithms.
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(*sha256_file(folder_.write("f", "abc")), sha256_hex("abc"));
  EXPECT_EQ(crc32_of("123456789"), 0xcbf43926U);
}

}  // namespace
}  // namespace wattle
