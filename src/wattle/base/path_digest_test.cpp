#include "wattle/base/path_digest.h"

#include <filesystem>

#include <gtest/gtest.h>
#include <unistd.h>

#include "wattle/base/hash.h"
#include "wattle/support/temporary_folder.h"

namespace wattle {
namespace {

TEST(PathDigest, OfAFileIsThatOfItsBytes) {
  const support::TemporaryFolder folder;
  const auto path = folder.write("file", "abc");
  // FIPS 180-2, appendix B.1.
  EXPECT_EQ(*digest_path(path),
            (PathDigest{"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", 3}));
}

TEST(PathDigest, OfAFolderIsThatOfItsFilesSorted) {
  const support::TemporaryFolder folder;
  folder.write("c/b", "two");
  folder.write("c/a/x", "one");
  const std::string listed = "/a/x\n" + sha256_hex("one") + "\n/b\n" + sha256_hex("two") + "\n";
  EXPECT_EQ(*digest_path(folder / "c"), (PathDigest{sha256_hex(listed), 6}));
  folder.write("c/empty", "");
  EXPECT_NE(digest_path(folder / "c")->sha256, sha256_hex(listed));
}

TEST(PathDigest, SaysWhatItCannotRead) {
  const support::TemporaryFolder folder;
  EXPECT_EQ(digest_path(folder / "absent").error().code(), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace wattle
