#include "options.h"

#include "rate_limit.h"
#include "unit_text.h"
#include <gtest/gtest.h>

namespace wattle::meterd {
namespace {

Result<Options> parse(std::vector<std::string> arguments, const std::string& root = "") {
  return parse_options(arguments, root);
}

TEST(Options, PutEverythingOfAUserBelowHome) {
  const auto options = parse({"--home", "/h", "--period", "500ms", "--linger", "3s"}).value();
  EXPECT_EQ(options.socket_path, "/h/meter/socket");
  EXPECT_EQ(options.lock_path, "/h/meter/lock");
  EXPECT_EQ(options.cpu_model, "/h/meter/cpu-model");
  EXPECT_DOUBLE_EQ(options.period.value(), 0.5);
  EXPECT_DOUBLE_EQ(options.linger.value(), 3);
}

TEST(Options, KnowThePlacesOfTheHost) {
  const auto options = parse({"--system"}, "/host").value();
  EXPECT_EQ(options.home, "/var/lib/wattle");
  EXPECT_EQ(options.socket_path, "/run/wattle/meterd.sock");
  EXPECT_EQ(options.root, "/host");
}

TEST(Options, SayWhatIsWrong) {
  const std::pair<std::vector<std::string>, std::string> wrong[] = {
      {{}, "--home"},
      {{"--home"}, "needs a value"},
      {{"--home", "/h", "--period", "soon"}, "soon"},
      {{"--home", "/h", "--period", "31s"}, "30"},
      {{"--system", "--period", "50ms"}, "0.1"},
      {{"--home", "/h", "--frobnicate"}, "--frobnicate"}};
  for (const auto& [arguments, part] : wrong) {
    const auto options = parse(arguments);
    ASSERT_FALSE(options.ok());
    EXPECT_EQ(options.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_NE(options.error().message().find(part), std::string::npos) << options.error().message();
  }
}

TEST(UnitText, LeavesTheServiceNothingButReading) {
  const auto unit = service_unit("/opt/wattle/bin/wattle-meterd");
  for (const char* line :
       {"ExecStart=\"/opt/wattle/bin/wattle-meterd\" --system\n", "ProtectSystem=strict\n",
        "NoNewPrivileges=yes\n", "CapabilityBoundingSet=CAP_SYS_PTRACE\n", "PrivateNetwork=yes\n",
        "StateDirectory=wattle\n", "[Install]\nWantedBy=multi-user.target\n"}) {
    EXPECT_NE(unit.find(line), std::string::npos) << line;
  }
  EXPECT_NE(socket_unit().find("SocketMode=0666\n"), std::string::npos);
}

TEST(RateLimit, RefillsWithTime) {
  RateLimit limit(2, {0});
  EXPECT_TRUE(limit.take({0}));
  EXPECT_TRUE(limit.take({0}));
  EXPECT_FALSE(limit.take({0}));
  EXPECT_FALSE(limit.take({kNanosPerSecond / 4}));
  EXPECT_TRUE(limit.take({kNanosPerSecond / 2}));
}

}  // namespace
}  // namespace wattle::meterd
