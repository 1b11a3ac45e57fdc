#include "wattle/store/artifact_manifest.h"

#include <gtest/gtest.h>

namespace wattle::store {
namespace {

using Kind = ManifestEntry::Kind;

std::vector<ManifestEntry> entries() {
  return {
      {.path = "b", .kind = Kind::kFile, .mode = 0644, .digest = std::string(64, 'a'), .bytes = 3},
      {.path = "a", .kind = Kind::kFolder, .mode = 0755},
      {.path = "a/link", .kind = Kind::kLink, .target = "../b"}};
}

TEST(Manifest, IsTheSameTextInWhicheverOrderTheEntriesCome) {
  auto turned = entries();
  std::swap(turned[0], turned[2]);
  EXPECT_EQ(*encode_manifest(entries()), *encode_manifest(turned));
}

TEST(Manifest, HasOneFormThatNeverChanges) {
  // Its digest is the name of folders that are stored: another text would be another name.
  EXPECT_EQ(*encode_manifest({entries()[0], entries()[2]}),
            R"({"entries":[{"kind":"link","path":"a/link","target":"../b"},)"
            R"({"bytes":3,"kind":"file","mode":420,"path":"b","sha256":")" +
                std::string(64, 'a') + R"("}],"format":"wattle-folder-1"})");
}

TEST(Manifest, IsReadBack) {
  const auto read = parse_manifest(*encode_manifest(entries()));
  ASSERT_TRUE(read.ok()) << read.error().message();
  ASSERT_EQ(read->size(), 3U);
  EXPECT_EQ((*read)[2], entries()[0]);
}

TEST(Manifest, ANameThatIsNotUtf8IsRefused) {
  EXPECT_FALSE(encode_manifest({{.path = "\xff\xfe", .kind = Kind::kFolder}}).ok());
}

TEST(Manifest, PathsAndLinksThatLeadOutAreRefused) {
  for (const std::string path : {"../x", "/x", "a//b", "a/./b", "", "a/.."}) {
    const auto text = encode_manifest({{.path = path, .kind = Kind::kFolder}});
    EXPECT_FALSE(parse_manifest(*text).ok()) << path;
  }
  EXPECT_TRUE(link_stays_inside("a/b/link", "../../c"));
  EXPECT_FALSE(link_stays_inside("a/b/link", "../../../c"));
  EXPECT_FALSE(link_stays_inside("link", "/etc/passwd"));
  // "to_root" may be a link to the root: then its ".." is outside.
  EXPECT_FALSE(link_stays_inside("link", "a/to_root/../c"));
}

TEST(Manifest, NothingLiesBelowALink) {
  const auto text = encode_manifest(
      {{.path = "a", .kind = Kind::kLink, .target = "b"}, {.path = "a/c", .kind = Kind::kFolder}});
  EXPECT_FALSE(parse_manifest(*text).ok());
}

TEST(Manifest, OtherTextsAreRefused) {
  for (const std::string text :
       {"", "{}", "[]", R"({"format":"wattle-folder-1","entries":[1]})",
        R"({"format":"wattle-folder-2","entries":[]})",
        R"({"format":"wattle-folder-1","entries":[)"
        R"({"kind":"file","path":"a","mode":1,"sha256":"x","bytes":1}]})"}) {
    EXPECT_FALSE(parse_manifest(text).ok()) << text;
  }
}

}  // namespace
}  // namespace wattle::store
