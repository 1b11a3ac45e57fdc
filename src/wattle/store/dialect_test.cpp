#include "wattle/store/dialect.h"

#include <gtest/gtest.h>

namespace wattle::store {
namespace {

std::string translated(std::string_view sql) {
  const auto result = to_postgres(sql);
  return result.ok() ? result->sql : "refused: " + result.error().message();
}

bool is_refused(std::string_view sql) {
  const auto result = to_postgres(sql);
  return !result.ok() && result.error().code() == ErrorCode::kInvalidArgument;
}

TEST(Dialect, ParametersAreNumberedOutsideOfQuotesAndComments) {
  EXPECT_EQ(translated("SELECT a FROM t WHERE b = ? AND c = '?' AND \"d?\" = ? -- ?\n"),
            "SELECT a FROM t WHERE b = $1 AND c = '?' AND \"d?\" = $2");
  EXPECT_EQ(translated("SELECT '''?', ?"), "SELECT '''?', $1");
  EXPECT_EQ(translated("SELECT a/* ? */FROM t WHERE b=?"), "SELECT a FROM t WHERE b=$1");
}

TEST(Dialect, TypesOfColumnsAreTranslatedAndStrictIsDropped) {
  EXPECT_EQ(
      translated("CREATE TABLE t (a INTEGER NOT NULL PRIMARY KEY, b REAL, c TEXT NOT NULL "
                 "DEFAULT 'TEXT', d BLOB) STRICT"),
      "CREATE TABLE t (a BIGINT NOT NULL PRIMARY KEY, b DOUBLE PRECISION, c TEXT COLLATE \"C\" "
      "NOT NULL DEFAULT 'TEXT', d BYTEA)");
  EXPECT_EQ(translated("create table t (a integer) strict, without rowid;"),
            "create table t (a BIGINT)");
  EXPECT_EQ(translated("ALTER TABLE t ADD COLUMN b TEXT NOT NULL DEFAULT ''"),
            "ALTER TABLE t ADD COLUMN b TEXT COLLATE \"C\" NOT NULL DEFAULT ''");
}

TEST(Dialect, NamesThatLookLikeTypesStayNames) {
  EXPECT_EQ(translated("SELECT text, real FROM integer WHERE blob = 1"),
            "SELECT text, real FROM integer WHERE blob = 1");
  EXPECT_EQ(
      translated("CREATE TABLE text (text TEXT, real REAL, CHECK (a > 0 AND text <> '')) STRICT"),
      "CREATE TABLE text (text TEXT COLLATE \"C\", real DOUBLE PRECISION, CHECK (a > 0 AND text "
      "<> ''))");
  EXPECT_EQ(translated("CREATE TABLE t (key TEXT, add INTEGER REFERENCES real (id)) STRICT"),
            "CREATE TABLE t (key TEXT COLLATE \"C\", add BIGINT REFERENCES real (id))");
  EXPECT_EQ(translated("ALTER TABLE t RENAME COLUMN text TO real"),
            "ALTER TABLE t RENAME COLUMN text TO real");
  EXPECT_EQ(translated("SELECT a AS integer FROM t"), "SELECT a AS integer FROM t");
}

TEST(Dialect, CastsAreTranslatedWithoutACollation) {
  EXPECT_EQ(translated("SELECT CAST(? AS INTEGER), CAST ((a + 1) AS TEXT), CAST(b AS REAL)"),
            "SELECT CAST($1 AS BIGINT), CAST ((a + 1) AS TEXT), CAST(b AS DOUBLE PRECISION)");
}

TEST(Dialect, WhatOnlyOneDatabaseKnowsIsRefusedOnBoth) {
  for (const auto* sql : {"CREATE TABLE t (a INTEGER)",
                          "CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT) STRICT",
                          "SELECT rowid FROM t",
                          "SELECT a FROM t WHERE b = ?1",
                          "SELECT a FROM t WHERE b = :b",
                          "SELECT a FROM t WHERE b = $1",
                          "SELECT a::int FROM t",
                          "SELECT x'00'",
                          "SELECT E'\\n'",
                          "SELECT `a` FROM t",
                          "SELECT [a] FROM t",
                          "PRAGMA user_version",
                          "BEGIN",
                          "COMMIT",
                          "SAVEPOINT a",
                          "SELECT 1; SELECT 2",
                          "SELECT ifnull(a, 1) FROM t",
                          "SELECT max(a, b) FROM t",
                          "SELECT now()",
                          "CREATE TABLE t (a BOOLEAN) STRICT",
                          "INSERT INTO t VALUES ('open",
                          "SELECT /* open",
                          "SELECT a) FROM t",
                          "SELECT a FROM t WHERE a == 1",
                          "",
                          " -- nothing\n",
                          ";"}) {
    EXPECT_TRUE(is_refused(sql)) << sql << " gives " << translated(sql);
  }
}

TEST(Dialect, ARefusalSaysWhatToWrite) {
  EXPECT_NE(translated("SELECT IFNULL(a, 1)").find("COALESCE"), std::string::npos);
  EXPECT_NE(translated("CREATE TABLE t (a INTEGER)").find("STRICT"), std::string::npos);
}

TEST(Dialect, MinAndMaxOfAColumnAreOfIt) {
  EXPECT_EQ(translated("SELECT MAX(a), MIN(COALESCE(b, 0)) FROM t"),
            "SELECT MAX(a), MIN(COALESCE(b, 0)) FROM t");
}

TEST(Dialect, NumbersWithExponentsAndTextsInOtherScriptsPass) {
  EXPECT_EQ(translated("SELECT 1.5e-3, .5, 'größe', größe FROM t"),
            "SELECT 1.5e-3, .5, 'größe', größe FROM t");
}

}  // namespace
}  // namespace wattle::store
