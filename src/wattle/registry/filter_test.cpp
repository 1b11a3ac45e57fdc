#include "wattle/registry/filter.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "wattle/base/limits.h"
#include "wattle/base/text.h"
#include "wattle/registry/filter_sql.h"

namespace wattle::registry {
namespace {

std::string message_of(std::string_view text) {
  const auto filter = parse_filter(text);
  EXPECT_FALSE(filter.ok()) << text;
  return filter.ok() ? std::string() : filter.error().message();
}

std::string sql_of(std::string_view text) {
  const auto filter = parse_filter(text);
  EXPECT_TRUE(filter.ok()) << filter.error().message();
  const auto sql = filter_sql(*filter);
  EXPECT_TRUE(sql.ok()) << sql.error().message();
  return sql->text;
}

TEST(Filter, ReadsAConditionOfEachKind) {
  const auto filter = parse_filter(
      "metrics.accuracy > 0.9 AND params.lr = '0.1' and "
      "tags.\"my team\" LIKE 'a%' AND state IN ('a', 'b')");
  ASSERT_TRUE(filter.ok()) << filter.error().message();
  const auto conditions = required_conditions(*filter);
  ASSERT_EQ(conditions.size(), 4U);
  EXPECT_EQ(conditions[0].field, (Field{FieldKind::kMetric, "accuracy"}));
  EXPECT_EQ(conditions[0].comparison, Comparison::kGreater);
  EXPECT_EQ(std::get<double>(conditions[0].value), 0.9);
  EXPECT_EQ(std::get<std::string>(conditions[1].value), "0.1");
  EXPECT_EQ(conditions[2].field, (Field{FieldKind::kTag, "my team"}));
  EXPECT_EQ(std::get<std::vector<std::string>>(conditions[3].value),
            (std::vector<std::string>{"a", "b"}));
}

TEST(Filter, AndBindsStrongerThanOrAndParenthesesMoreThanBoth) {
  const auto plain = parse_filter("a = 'x' AND b = 'x' OR c = 'x'");
  ASSERT_EQ(plain->kind, Filter::Kind::kOr);
  EXPECT_EQ(plain->children[0].kind, Filter::Kind::kAnd);
  const auto grouped = parse_filter("a = 'x' AND (b = 'x' OR c = 'x')");
  ASSERT_EQ(grouped->kind, Filter::Kind::kAnd);
  EXPECT_EQ(grouped->children[1].kind, Filter::Kind::kOr);
  EXPECT_TRUE(required_conditions(*plain).empty());
  EXPECT_EQ(required_conditions(*grouped).size(), 1U);
}

TEST(Filter, KeysMayHoldDotsSlashesAndQuotes) {
  const auto filter = parse_filter("metrics.val/acc.top-1 >= -1e-3 AND metrics.`a b` < +2");
  ASSERT_TRUE(filter.ok()) << filter.error().message();
  EXPECT_EQ(filter->children[0].condition.field.key, "val/acc.top-1");
  EXPECT_EQ(std::get<double>(filter->children[0].condition.value), -1e-3);
  EXPECT_EQ(filter->children[1].condition.field.key, "a b");
}

TEST(Filter, AQuoteIsWrittenTwice) {
  EXPECT_EQ(std::get<std::string>(parse_filter("name = 'it''s'")->condition.value), "it's");
}

TEST(Filter, MlflowsWordsAreUnderstood) {
  for (const auto* text : {"metric.loss<1", "parameter.lr != \"0.1\"", "attr.status = 'FINISHED'",
                           "run.run_name = 'x'", "attribute.start_time >= 1664067852747",
                           "run_id IN ('a','b')", "tag.x ILIKE '%A%'"}) {
    EXPECT_FALSE(sql_of(text).empty()) << text;
  }
}

TEST(Filter, SaysWhereItIsWrongAndWhatWasExpected) {
  EXPECT_EQ(message_of("metrics.a >"),
            "filter, column 12: expected a number, or a text in quotes, not the end");
  EXPECT_EQ(message_of("metrics.a 5"),
            "filter, column 11: expected one of = != < <= > >= LIKE ILIKE IN, NOT IN, not '5'");
  EXPECT_EQ(message_of("name = 'x' name"),
            "filter, column 12: expected AND, OR or the end, not 'name'");
  EXPECT_EQ(message_of("name = 'x"), "filter, column 8: the quote ' is not closed");
  EXPECT_EQ(message_of("mertics.a > 1"),
            "filter, column 1: 'mertics' is none of metrics, params, tags and attributes");
  EXPECT_EQ(message_of("metrics. > 1"), "filter, column 1: the name after '.' is missing");
  EXPECT_EQ(message_of("(name = 'x'"), "filter, column 12: expected ')', not the end");
  EXPECT_EQ(message_of("metrics.a > 1e"), "filter, column 13: '1e' is no number");
  EXPECT_EQ(message_of("name = x"),
            "filter, column 8: expected a number, or a text in quotes, not 'x'");
  EXPECT_EQ(message_of("metrics.a LIKE 5"),
            "filter, column 16: expected a pattern in quotes, not '5'");
  EXPECT_EQ(message_of("name ; DROP TABLE runs"), "filter, column 6: ';' means nothing here");
  EXPECT_EQ(message_of("name LIKE 'a\\'"),
            "filter, column 11: a '\\' in a pattern stands before '%', '_' or '\\'");
}

TEST(Filter, SaysWhichFieldCannotBeComparedSo) {
  const auto message = [](std::string_view text) {
    return filter_sql(*parse_filter(text)).error().message();
  };
  EXPECT_EQ(
      message("stat = 'x'").find("filter, column 1: a run has no attribute 'stat'; did you mean "),
      0U);
  EXPECT_NE(message("metrics.a = 'x'").find("a metric is compared with a number"),
            std::string::npos);
  EXPECT_NE(message("params.a > '1'").find("a text is compared with"), std::string::npos);
  EXPECT_NE(message("params.a = 1").find("one in quotes"), std::string::npos);
  EXPECT_NE(message("created > 'x'").find("milliseconds"), std::string::npos);
}

TEST(Filter, NoTextOfTheUserGetsIntoTheStatement) {
  const auto filter = parse_filter(
      "params.`x'; DROP TABLE runs; --` = 'y\"''); DELETE' "
      "OR tags.`)` IN ('(', ')') OR metrics.`?` > 1");
  const auto sql = filter_sql(*filter);
  ASSERT_TRUE(sql.ok());
  EXPECT_EQ(sql->text.find("DROP"), std::string::npos);
  EXPECT_EQ(sql->text.find("DELETE"), std::string::npos);
  EXPECT_EQ(static_cast<std::size_t>(std::ranges::count(sql->text, '?')), sql->parameters.size());
}

TEST(Filter, IsBounded) {
  std::string many = "a = 'x'";
  for (std::size_t i = 0; i < limits::kFilterConditions; ++i) {
    many += " AND a = 'x'";
  }
  EXPECT_NE(message_of(many).find("at most 50 conditions"), std::string::npos);
  EXPECT_NE(message_of(std::string(1000, '(')).find("nest at most"), std::string::npos);
  std::string nots;
  for (int i = 0; i < 1000; ++i) {
    nots += "NOT ";
  }
  EXPECT_NE(message_of(nots + "a = 'x'").find("nest at most"), std::string::npos);
  EXPECT_NE(message_of(std::string(limits::kFilterBytes + 1, ' ')).find("at most"),
            std::string::npos);
}

TEST(Filter, AnEmptyTextHoldsForEverything) {
  EXPECT_EQ(sql_of("  "), "1 = 1");
}

TEST(Order, ReadsAFieldAndADirection) {
  EXPECT_EQ(parse_order("metrics.a DESC")->direction, Direction::kDescending);
  EXPECT_EQ(parse_order("metrics.a")->direction, Direction::kAscending);
  EXPECT_EQ(parse_order("")->field.key, "created");
  EXPECT_NE(parse_order("metrics.a SIDEWAYS").error().message().find("column 11"),
            std::string::npos);
}

}  // namespace
}  // namespace wattle::registry
