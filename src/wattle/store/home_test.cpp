#include "wattle/store/home.h"

#include <map>

#include <gtest/gtest.h>

namespace wattle::store {
namespace {

Result<std::string> root_with(std::map<std::string, std::string, std::less<>> variables) {
  return Home::default_root([variables](std::string_view name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  });
}

TEST(Home, IsChosenByTheNearestVariable) {
  EXPECT_EQ(*root_with({{"WATTLE_HOME", "/w"}, {"XDG_DATA_HOME", "/x"}, {"HOME", "/h"}}), "/w");
  EXPECT_EQ(*root_with({{"XDG_DATA_HOME", "/x"}, {"HOME", "/h"}}), "/x/wattle");
  EXPECT_EQ(*root_with({{"WATTLE_HOME", ""}, {"HOME", "/h"}}), "/h/.local/share/wattle");
}

TEST(Home, WithoutAnyVariableSaysWhatToSet) {
  const auto root = root_with({});
  ASSERT_FALSE(root.ok());
  EXPECT_EQ(root.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_NE(root.error().message().find("WATTLE_HOME"), std::string::npos);
}

TEST(Home, KeepsAttemptsBelowTheirRun) {
  EXPECT_EQ(Home("/w").usage("01J", 2), "/w/runs/01J/attempts/2/usage");
}

}  // namespace
}  // namespace wattle::store
