#include "wattle/base/result.h"

#include <cerrno>
#include <memory>
#include <set>
#include <vector>

#include <gtest/gtest.h>

namespace wattle {
namespace {

Result<int> half(int number) {
  if (number % 2 != 0) {
    return Error(ErrorCode::kInvalidArgument, "odd");
  }
  return number / 2;
}

Result<int> quarter(int number) {
  WATTLE_ASSIGN_OR_RETURN(const int once, half(number));
  WATTLE_ASSIGN_OR_RETURN(const int twice, half(once));
  return twice;
}

Status check_even(int number) {
  WATTLE_RETURN_IF_ERROR(half(number));
  return {};
}

TEST(Result, CarriesAValueOrAnErrorThroughCalls) {
  EXPECT_EQ(*quarter(8), 2);
  EXPECT_EQ(quarter(6).error().message(), "odd");
  EXPECT_TRUE(check_even(4).ok());
  EXPECT_FALSE(check_even(3).ok());
}

TEST(Result, MovesOutWhatCannotBeCopied) {
  Result<std::unique_ptr<int>> made = std::make_unique<int>(7);
  const std::unique_ptr<int> taken = std::move(made).value();
  EXPECT_EQ(*taken, 7);
}

TEST(Result, OfATemporaryMayBeWalkedThrough) {
  const auto make = [] { return Result<std::vector<int>>(std::vector{1, 2, 3}); };
  int sum = 0;
  for (const int value : *make()) {
    sum += value;
  }
  EXPECT_EQ(sum, 6);
}

TEST(Result, ContextGoesBeforeTheMessage) {
  EXPECT_EQ(quarter(6).error().with_context("reading x").message(), "reading x: odd");
}

TEST(ResultDeathTest, TheValueOfAnErrorEndsTheProcess) {
  EXPECT_DEATH((void)half(3).value(), "check failed: ok\\(\\): odd");
}

TEST(ErrorCode, EveryCodeHasItsOwnNameAndAnExitCodeThatIsNoSuccess) {
  std::set<std::string_view> names;
  for (int code = 0; code < 12; ++code) {
    const auto& row = describe(static_cast<ErrorCode>(code));
    EXPECT_NE(row.exit_code, ExitCode::kOk) << row.name;
    EXPECT_GE(row.http_status, 400) << row.name;
    names.insert(row.name);
  }
  EXPECT_EQ(names.size(), 12U);
}

TEST(Errno, IsWordedAndCoded) {
  const auto error = error_from_errno(EACCES, "opening /x");
  EXPECT_EQ(error.code(), ErrorCode::kPermissionDenied);
  EXPECT_EQ(error.message(), "opening /x: Permission denied");
  EXPECT_EQ(error_from_errno(ENOSPC, "x").code(), ErrorCode::kIo);
  EXPECT_EQ(error_from_errno(ENOENT, "x").code(), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace wattle
