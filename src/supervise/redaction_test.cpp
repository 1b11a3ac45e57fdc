// Secrets in the job's output: the redactor by itself, and the real program's log.
#include "job_output.h"
#include "secret_redactor.h"
#include "test_attempt.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wattle/base/rng.h"

namespace wattle::supervise {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string redact(std::vector<std::string> secrets, std::string_view text) {
  SecretRedactor redactor(std::move(secrets));
  auto out = redactor.feed(text);
  return out + redactor.end_line();
}

TEST(Secrets, AreAValueOrItsLongLines) {
  EXPECT_EQ(secrets_of("hunter2"), Words{"hunter2"});
  EXPECT_EQ(secrets_of("hunter2\n"), Words{"hunter2"});
  EXPECT_EQ(secrets_of("abc"), Words{});
  EXPECT_EQ(secrets_of(""), Words{});
  EXPECT_EQ(secrets_of("-----BEGIN KEY-----\r\nMIIEpAIBAAKC\r\nshort\r\n"),
            (Words{"-----BEGIN KEY-----", "MIIEpAIBAAKC"}));
}

TEST(Redactor, LeavesOutWholeRuns) {
  EXPECT_EQ(redact({"hunter2"}, "key=hunter2;"), "key=***;");
  EXPECT_EQ(redact({"hunter2"}, "hunter2hunter2 hunter"), "*** hunter");
  EXPECT_EQ(redact({"abcd1234", "1234wxyz"}, "<abcd1234wxyz>"), "<***>");
  EXPECT_EQ(redact({"abab"}, "xababab"), "x***");
  EXPECT_EQ(redact({}, "as it is"), "as it is");
}

TEST(Redactor, HoldsWhatMayBecomeASecret) {
  SecretRedactor redactor({"hunter2"});
  EXPECT_EQ(redactor.feed("password: hun"), "password: ");
  EXPECT_EQ(redactor.feed("ter"), "");
  EXPECT_EQ(redactor.feed("2!"), "***!");
  EXPECT_EQ(redactor.feed("hunt"), "");
  EXPECT_EQ(redactor.feed("ing"), "hunting");
  EXPECT_EQ(redactor.feed("hunt"), "");
  EXPECT_EQ(redactor.end_line(), "hunt") << "with the line it has become none";
  EXPECT_EQ(redactor.feed("hunt"), "");
  EXPECT_EQ(redactor.end_stream(), "***") << "who knows what was to follow";
}

/// The secrets' bytes in plain sight are found by comparing with the unredacted text.
TEST(Redactor, LetsNoSecretThroughHoweverItIsCut) {
  const std::uint64_t seed = 20'261'125;
  Rng random(seed);
  const auto text_of = [&](std::size_t length) {
    std::string text;
    while (text.size() < length) {
      text += "abc"[random.below(3)];
    }
    return text;
  };
  for (int round = 0; round < 2'000; ++round) {
    std::vector<std::string> secrets;
    for (auto count = 1 + random.below(3); count > 0; --count) {
      secrets.push_back(text_of(4 + random.below(5)));
    }
    const std::string text = text_of(60);
    SecretRedactor redactor(secrets);
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
      const auto piece = 1 + random.below(9);
      out += redactor.feed(std::string_view(text).substr(at, piece));
      at += piece;
    }
    out += redactor.end_line();
    EXPECT_EQ(out, redact(secrets, text)) << "seed " << seed << " round " << round;
    for (const auto& secret : secrets) {
      EXPECT_EQ(out.find(secret), std::string::npos) << "seed " << seed << " round " << round;
    }
  }
}

TEST(Redactor, HidesASecretAcrossTheCutOfALongLine) {
  const SimulatedClock clock;
  LineCutter cutter("stdout", clock, {"hunter2"});
  const std::string before(limits::kLogLineBytes - 3, 'x');
  std::string records = cutter.cut(before + "hun");
  records += cutter.cut("ter2 and more\n");
  EXPECT_THAT(records, Not(HasSubstr("hun")));
  EXPECT_THAT(records, Not(HasSubstr("ter2")));
  EXPECT_THAT(records, HasSubstr("*** and more\n"));
}

TEST(Redactor, FlushesNoHalfOfASecret) {
  const SimulatedClock clock;
  LineCutter cutter("stdout", clock, {"hunter2"});
  EXPECT_EQ(cutter.cut("password: hunt"), "");
  EXPECT_THAT(cutter.flush(), ::testing::EndsWith("stdout P password: \n"));
  EXPECT_EQ(cutter.flush(), "");
  EXPECT_THAT(cutter.cut("er2\n"), ::testing::EndsWith("stdout F ***\n"));
  EXPECT_EQ(cutter.cut("hunt"), "");
  EXPECT_THAT(cutter.finish(), ::testing::EndsWith("stdout P ***\n"));
}

TEST(Output, KeepsTheValuesOfNamedVariablesOut) {
  const support::TemporaryFolder folder;
  Fifo go(folder / "go");
  const std::string script = "printf 'first hun'; read x < " + go.path() +
                             "; printf 'ter-two '; echo $OTHER; " + "echo \"$KEY\" >&2";
  Words words = Supervised::arguments(folder / "a",
                                      {"--redact", "TOKEN", "--redact", "KEY", "--redact", "NONE",
                                       "--redact", "OTHER", "--period", "0.02"},
                                      {"sh", "-c", script});
  words.insert(words.begin(), {"env", "TOKEN=hunter-two", "OTHER=abc",
                               "KEY=-----BEGIN KEY-----\nMIIEpAIBAAKC\nend"});
  Supervised attempt(folder / "a", words);
  wait_for_file(attempt.file("output.log"), "first ");
  go.tell("go");
  EXPECT_EQ(attempt.wait(), 0);
  const auto log = attempt.log();
  EXPECT_THAT(log, HasSubstr("stdout P first \n"));
  EXPECT_THAT(log, HasSubstr("stdout F *** abc\n")) << "three bytes are no secret";
  EXPECT_THAT(log, HasSubstr("stderr F ***\nstderr F ***\nstderr F end\n"));
  EXPECT_THAT(log, Not(HasSubstr("hunter")));
}

}  // namespace
}  // namespace wattle::supervise
