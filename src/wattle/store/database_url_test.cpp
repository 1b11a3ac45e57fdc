#include "wattle/store/database_url.h"

#include <gtest/gtest.h>

namespace wattle::store {
namespace {

TEST(DatabaseUrl, ThePasswordIsShownNowhere) {
  const auto url =
      parse_database_url("postgresql://ada:s3cr%40t@db.example:5433/wattle?sslmode=require");
  ASSERT_TRUE(url.ok()) << url.error().message();
  EXPECT_EQ(url->shown, "postgresql://ada:***@db.example:5433/wattle?sslmode=require");
  EXPECT_EQ(url->without_password, "postgresql://ada@db.example:5433/wattle?sslmode=require");
  EXPECT_EQ(url->password, "s3cr@t");
  EXPECT_EQ(url->redact("no 's3cr%40t', and no 's3cr@t'"), "no '***', and no '***'");
}

TEST(DatabaseUrl, APasswordAmongTheParametersIsOneToo) {
  const auto url =
      parse_database_url("postgres:///wattle?password=hush&host=/run/pg&sslpassword=key");
  ASSERT_TRUE(url.ok());
  EXPECT_EQ(url->shown.find("hush"), std::string::npos);
  EXPECT_EQ(url->without_password, "postgres:///wattle?host=/run/pg");
  EXPECT_EQ(url->password, "hush");
  EXPECT_EQ(url->redact("key of hush"), "*** of ***");
}

TEST(DatabaseUrl, WithoutAPasswordNothingChanges) {
  for (const auto* text : {"postgresql:///w?host=/tmp/s&user=postgres", "postgresql://h/w",
                           "postgresql://ada@h:5432,h2:5433/w?target_session_attrs=read-write"}) {
    const auto url = parse_database_url(text);
    ASSERT_TRUE(url.ok());
    EXPECT_EQ(url->shown, text);
    EXPECT_EQ(url->without_password, text);
    EXPECT_EQ(url->redact("as it is"), "as it is");
  }
}

TEST(DatabaseUrl, APasswordThatTheLibraryWouldMisreadIsRefusedWithoutShowingIt) {
  for (const auto* text : {"postgresql://ada:pass/word@h/w", "postgresql://ada:p@ss@h/w",
                           "postgresql://ada:pass word@h/w", "mysql://ada:password@h/w", ""}) {
    const auto url = parse_database_url(text);
    ASSERT_FALSE(url.ok()) << text;
    EXPECT_EQ(url.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(url.error().message().find("ada"), std::string::npos) << url.error().message();
    EXPECT_EQ(url.error().message().find("pass/"), std::string::npos) << url.error().message();
  }
}

}  // namespace
}  // namespace wattle::store
