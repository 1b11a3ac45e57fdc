// The real program: how an attempt begins, ends, is signalled, and what it leaves behind.
#include <csignal>
#include <filesystem>
#include <fstream>

#include "test_attempt.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "wattle/energy/meter_client.h"
#include "wattle/energy/process_group.h"
#include "wattle/energy/records.h"
#include "wattle/energy/unix_address.h"
#include "wattle/store/segment.h"
#include "wattle/support/sensor_tree.h"

namespace wattle::supervise {
namespace {

using ::testing::HasSubstr;

class Supervise : public ::testing::Test {
 protected:
  /// Runs to the end, which must be recorded and leave nothing behind.
  Json run(const Words& command, const Words& options = {}) {
    Supervised attempt(folder(), options, command);
    EXPECT_EQ(attempt.wait(), 0);
    expect_nothing_left(attempt);
    return attempt.end();
  }
  static void expect_nothing_left(const Supervised& attempt) {
    const Json start = attempt.start();
    for (const auto& group : start.value("cgroups", Json::array())) {
      EXPECT_FALSE(std::filesystem::exists(group.get<std::string>())) << group;
    }
    const std::string owner = start.value("owner", "");
    EXPECT_FALSE(owner.empty());
    EXPECT_TRUE(energy::processes_with_environment("WATTLE_ATTEMPT=" + owner).empty());
    EXPECT_FALSE(std::filesystem::exists(attempt.file("exit.reserve")));
  }
  /// Does it not ignore the signal?
  static bool catches(pid_t pid, int number) {
    std::ifstream status(concat("/proc/", static_cast<long>(pid), "/status"));
    std::uint64_t ignored = 0;
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("SigIgn:")) {
        ignored = std::stoull(line.substr(7), nullptr, 16);
      }
    }
    return (ignored >> static_cast<unsigned>(number - 1) & 1U) == 0;
  }
  std::string folder() { return folder_ / ("attempt" + std::to_string(++attempts_)); }

  support::TemporaryFolder folder_;
  RealFileSystem files_;
  int attempts_ = 0;
};

TEST_F(Supervise, RecordsTheExitCode) {
  EXPECT_EQ(run({"true"}).value("exit_code", -1), 0);
  const Json end = run({"sh", "-c", "exit 3"});
  EXPECT_EQ(end.value("protocol", 0), 2);
  EXPECT_EQ(end.value("outcome", ""), "exited");
  EXPECT_EQ(end.value("exit_code", -1), 3);
  EXPECT_EQ(end.value("signal", -1), 0);
  EXPECT_EQ(end.value("reason", "?"), "");
  EXPECT_LE(end.value("started_boot_ns", 0L), end.value("ended_boot_ns", 0L));
  EXPECT_LE(end.value("started_utc_ns", 0L), end.value("ended_utc_ns", 0L));
  EXPECT_EQ(end.value("boot_id", ""), SystemClock().boot_id());
  EXPECT_GT(end.value("cpu_microseconds", 0L), 0);
  EXPECT_EQ(end.value("output_dropped_bytes", -1L), 0);
}

TEST_F(Supervise, RecordsTheSignalThatEndedTheJob) {
  const Json end = run({"sh", "-c", "kill -SEGV $$"});
  EXPECT_EQ(end.value("outcome", ""), "signaled");
  EXPECT_EQ(end.value("signal", 0), SIGSEGV);
  EXPECT_EQ(end.value("exit_code", -1), 0);
}

TEST_F(Supervise, SaysWhyACommandCannotBeStarted) {
  const Json absent = run({"no-such-command"});
  EXPECT_EQ(absent.value("outcome", ""), "not_started");
  EXPECT_EQ(absent.value("exit_code", 0), 127);
  EXPECT_THAT(absent.value("reason", ""), HasSubstr("no-such-command: command not found"));
  const Json refused = run({folder_.write("plain", "text")});
  EXPECT_EQ(refused.value("exit_code", 0), 126);
  EXPECT_THAT(refused.value("reason", ""), HasSubstr("Permission denied"));
  const std::string script = folder_.write("script", "#!/no/interpreter\n");
  std::filesystem::permissions(script, std::filesystem::perms::owner_all);
  const Json orphaned = run({script});
  EXPECT_EQ(orphaned.value("exit_code", 0), 126);
  EXPECT_THAT(orphaned.value("reason", ""), HasSubstr("interpreter"));
}

TEST_F(Supervise, RefusesACommandLineItDoesNotUnderstand) {
  const auto refused = [&](const Words& options) {
    Supervised attempt(folder(), options, {"true"});
    const int code = attempt.wait();
    EXPECT_FALSE(std::filesystem::exists(attempt.folder()));
    return code;
  };
  EXPECT_EQ(refused({"--protocol", "3"}), 2);
  EXPECT_EQ(refused({"--protocol", "0"}), 2);
  EXPECT_EQ(refused({"--checkpoint-request", "SIGKILL"}), 2);
  EXPECT_EQ(refused({"--checkpoint-request", "SIGUSR1"}), 2) << "without a folder";
  EXPECT_EQ(refused({"--checkpoint-folder", "relative"}), 2);
  EXPECT_EQ(refused({"--checkpoint-timeout", "0"}), 2);
  EXPECT_EQ(refused({"--no-such-option", "2"}), 2);
  EXPECT_EQ(refused({"--attempt", "1e300"}), 2);
  EXPECT_EQ(refused({"--cpus", "-1"}), 2);
  EXPECT_EQ(refused({"--cpus", "1e18"}), 2);
  EXPECT_EQ(refused({"--accounting", "guess"}), 2);
}

TEST_F(Supervise, AnswersAStarterOfVersionOneInVersionOne) {
  const Json end = run({"true"}, {"--protocol", "1"});
  EXPECT_EQ(end.value("protocol", 0), 1);
  EXPECT_EQ(read_json(folder_ / "attempt1/supervisor.json").value("protocol", 0), 1);
}

TEST_F(Supervise, SaysWhoItIsBeforeTheCommandStarts) {
  const std::string path = folder();
  Supervised attempt(path, {}, {"cat", path + "/supervisor.json"});
  EXPECT_EQ(attempt.wait(), 0);
  const Json seen = Json::parse(attempt.log().substr(std::string("stdout F ").size()));
  EXPECT_EQ(seen, attempt.start());
  EXPECT_EQ(seen.value("protocol", 0), 2);
  EXPECT_EQ(seen.value("pid", 0), attempt.pid());
  EXPECT_EQ(seen.value("group", 0), seen.value("main_pid", -1));
  EXPECT_FALSE(seen.value("accounting_reason", "").empty());
}

TEST_F(Supervise, HoldsItsLockForItsLife) {
  Fifo fifo(folder_ / "fifo");
  Supervised attempt(folder(), {}, {"sh", "-c", "echo ready > " + fifo.path() + "; sleep 50"});
  EXPECT_EQ(fifo.line(), "ready");
  EXPECT_EQ(files_.try_lock(attempt.file("supervisor.lock")).error().code(),
            ErrorCode::kUnavailable);
  Supervised second(attempt.folder(), {}, {"true"});
  EXPECT_EQ(second.wait(), 1);
  attempt.signal(SIGTERM);
  EXPECT_EQ(attempt.wait(), 0);
  EXPECT_TRUE(files_.try_lock(attempt.file("supervisor.lock")).ok());
  Supervised third(attempt.folder(), {}, {"true"});
  EXPECT_EQ(third.wait(), 1);
  EXPECT_EQ(attempt.end().value("outcome", ""), "stopped");
}

TEST_F(Supervise, GivesAStoppedJobTimeToEnd) {
  Fifo fifo(folder_ / "fifo");
  // Builtins only: a child of the shell would get the signal too, and the shell would speak of it.
  const std::string script =
      "trap 'echo saved; exit 5' TERM; echo ready > " + fifo.path() + "; while :; do :; done";
  Supervised attempt(folder(), {"--grace", "50"}, {"sh", "-c", script});
  EXPECT_EQ(fifo.line(), "ready");
  attempt.signal(SIGTERM);
  EXPECT_EQ(attempt.wait(), 0);
  EXPECT_EQ(attempt.end().value("outcome", ""), "stopped");
  EXPECT_EQ(attempt.end().value("exit_code", 0), 5);
  EXPECT_EQ(attempt.log(), "stdout F saved\n");
  expect_nothing_left(attempt);
}

TEST_F(Supervise, KillsWhatIgnoresItsRequestAfterTheGrace) {
  Fifo fifo(folder_ / "fifo");
  const std::string script = "trap '' TERM; echo ready > " + fifo.path() + "; sleep 50";
  Supervised attempt(folder(), {"--grace", "0.2"}, {"sh", "-c", script});
  EXPECT_EQ(fifo.line(), "ready");
  attempt.signal(SIGTERM);
  EXPECT_EQ(attempt.wait(), 0);
  const Json end = attempt.end();
  EXPECT_EQ(end.value("outcome", ""), "stopped");
  EXPECT_EQ(end.value("signal", 0), SIGKILL);
  EXPECT_GE(end.value("ended_boot_ns", 0L) - end.value("started_boot_ns", 0L), 200'000'000);
  expect_nothing_left(attempt);
}

TEST_F(Supervise, KillsAtOnceWhenAskedTwice) {
  Fifo fifo(folder_ / "fifo");
  const std::string script = "trap '' TERM INT; echo ready > " + fifo.path() + "; sleep 50";
  Supervised attempt(folder(), {"--grace", "1000"}, {"sh", "-c", script});
  EXPECT_EQ(fifo.line(), "ready");
  attempt.signal(SIGTERM);
  attempt.signal(SIGINT);
  EXPECT_EQ(attempt.wait(), 0);
  EXPECT_EQ(attempt.end().value("signal", 0), SIGKILL);
}

TEST_F(Supervise, WakesAStoppedJobToEndIt) {
  Fifo fifo(folder_ / "fifo");
  const std::string script = "echo $$ > " + fifo.path() + "; sleep 50";
  Supervised attempt(folder(), {"--grace", "1000"}, {"sh", "-c", script});
  ::kill(std::stoi(fifo.line()), SIGSTOP);
  attempt.signal(SIGTERM);
  EXPECT_EQ(attempt.wait(), 0);
  EXPECT_EQ(attempt.end().value("signal", 0), SIGTERM);
}

TEST_F(Supervise, IgnoresAHangupOfATerminalItDoesNotShare) {
  Fifo fifo(folder_ / "fifo");
  Fifo go(folder_ / "go");
  const std::string script = "echo ready > " + fifo.path() + "; read x < " + go.path();
  Supervised attempt(folder(), {}, {"sh", "-c", script});
  EXPECT_EQ(fifo.line(), "ready");
  attempt.signal(SIGHUP);
  go.tell("go");
  EXPECT_EQ(attempt.wait(), 0);
  EXPECT_EQ(attempt.end().value("outcome", ""), "exited");
}

TEST_F(Supervise, KeepsTheTimeLimit) {
  const Json end = run({"sleep", "50"}, {"--time-limit", "0.1"});
  EXPECT_EQ(end.value("outcome", ""), "time_limit");
  EXPECT_EQ(end.value("signal", 0), SIGTERM);
  EXPECT_THAT(end.value("reason", ""), HasSubstr("time limit"));
}

TEST_F(Supervise, ItsDeathIsTheDeathOfTheMainProcess) {
  Fifo fifo(folder_ / "fifo");
  Supervised attempt(folder(), {}, {"sh", "-c", "echo $$ > " + fifo.path() + "; exec sleep 50"});
  const Watch main(std::stoi(fifo.line()));
  const Words groups = attempt.start().value("cgroups", Words());
  attempt.signal(SIGKILL);
  EXPECT_EQ(attempt.wait(), 128 + SIGKILL);
  EXPECT_TRUE(main.sees_its_end());
  EXPECT_FALSE(std::filesystem::exists(attempt.file("exit.json")));
  Supervised again(attempt.folder(), {}, {"true"});
  EXPECT_EQ(again.wait(), 1) << "an attempt is begun once";

  run({"true"});
  for (const auto& group : groups) {
    EXPECT_FALSE(std::filesystem::exists(group)) << "the next supervisor clears up";
  }
}

TEST_F(Supervise, WhatALostSupervisorLeavesCanBeEnded) {
  Fifo fifo(folder_ / "fifo");
  const std::string script = "trap '' TERM; sleep 50 & echo $! > " + fifo.path() + "; wait";
  Supervised attempt(folder(), {}, {"sh", "-c", script});
  const Watch child(std::stoi(fifo.line()));
  const Json start = attempt.start();
  attempt.signal(SIGKILL);
  EXPECT_EQ(attempt.wait(), 128 + SIGKILL);
  const auto groups = start.value("cgroups", Words());
  EXPECT_TRUE(energy::end_group(groups, start.value("owner", "")).ok());
  EXPECT_TRUE(child.sees_its_end());
  for (const auto& group : groups) {
    EXPECT_FALSE(std::filesystem::exists(group));
  }
}

TEST_F(Supervise, RunsUnmeteredWithoutAMeter) {
  EXPECT_FALSE(run({"true"}).value("metered", true));
  const Json end = run({"true"}, {"--meter-socket", folder_ / "none"});
  EXPECT_EQ(end.value("outcome", ""), "exited");
  EXPECT_FALSE(end.value("metered", true));
}

TEST_F(Supervise, StartsTheMeterThatIsNotThere) {
  support::make_intel_server(folder_ / "root");
  Words options{"--meter-socket", folder_ / "home/meter/socket"};
  for (const std::string& word :
       {std::string(WATTLE_METERD), std::string("--home"), folder_ / "home", std::string("--root"),
        folder_ / "root", std::string("--nvml"), std::string("/none.so"), std::string("--linger"),
        std::string("0s")}) {
    options.insert(options.end(), {"--meter-start", word});
  }
  Fifo fifo(folder_ / "fifo");
  Fifo go(folder_ / "go");
  const std::string script = "echo ready > " + fifo.path() + "; read x < " + go.path();
  Supervised attempt(folder(), options, {"sh", "-c", script});
  EXPECT_EQ(fifo.line(), "ready");
  auto meter =
      energy::MeterClient::connect({.socket_paths = {folder_ / "home/meter/socket"}}).value();
  ucred peer{};
  socklen_t size = sizeof peer;
  ::getsockopt(meter.descriptor(), SOL_SOCKET, SO_PEERCRED, &peer, &size);
  const Watch watch(peer.pid);
  EXPECT_TRUE(catches(peer.pid, SIGXFSZ)) << "what its client does to signals is not the meter's";
  go.tell("go");
  EXPECT_EQ(attempt.wait(), 0);
  EXPECT_TRUE(attempt.end().value("metered", false));
  EXPECT_EQ(attempt.end().value("meter_losses", -1), 0);
  EXPECT_TRUE(meter.sample(Seconds(30)).ok()) << "the job's end is not the meter's";
  {
    const auto leaving = std::move(meter);
  }
  EXPECT_TRUE(watch.sees_its_end());
}

TEST_F(Supervise, SaysThatItsMeterWasLost) {
  const std::string socket = folder_ / "socket";
  Fifo go(folder_ / "go");
  Fifo fifo(folder_ / "fifo");
  const auto address = energy::UnixAddress::create(socket).value();
  const int listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(::bind(listener, address.address(), address.size()), 0);
  ASSERT_EQ(::listen(listener, 1), 0);
  const std::string script = "echo ready > " + fifo.path() + "; read x < " + go.path();
  Supervised attempt(folder(), {"--meter-socket", socket}, {"sh", "-c", script});
  ASSERT_TRUE(becomes_readable(listener));
  const int meter = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
  constexpr std::string_view kAnswers = "ready 1\nsampled 9000000000000000000\n";
  EXPECT_EQ(::write(meter, kAnswers.data(), kAnswers.size()), std::ssize(kAnswers));
  EXPECT_EQ(fifo.line(), "ready");
  ::close(meter);
  ::close(listener);
  go.tell("go");
  EXPECT_EQ(attempt.wait(), 0);
  EXPECT_FALSE(attempt.end().value("metered", true));
  EXPECT_EQ(attempt.end().value("meter_losses", -1), 1);
}

TEST_F(Supervise, LeavesUsageFromTheFirstInstantToTheLast) {
  Supervised attempt(folder(), {"--project", "digits", "--period", "0.05"}, {"sleep", "0.3"});
  EXPECT_EQ(attempt.wait(), 0);
  const auto segments = store::read_segments(files_, attempt.file("usage")).value();
  ASSERT_EQ(segments.size(), 1U);
  const auto& records = segments[0].records;
  const auto description = energy::decode_group_description(records.front()).value();
  EXPECT_EQ(description.owner(), attempt.start().value("owner", ""));
  EXPECT_EQ(description.project, "digits");
  const auto last = energy::decode_group_sample(records.back()).value();
  EXPECT_EQ(last.cpu_microseconds, attempt.end().value("cpu_microseconds", -1L));
  EXPECT_EQ(last.at.ns, attempt.end().value("ended_boot_ns", 0L));
  EXPECT_GE(records.size(), 4U);
}

TEST_F(Supervise, StartsWithStreamsThatAreClosed) {
  const Words words = Supervised::arguments(folder(), {}, {"sh", "-c", "echo out; echo err >&2"});
  std::string line = "exec";
  for (const auto& word : words) {
    line += " '" + word + "'";
  }
  RealSubprocess subprocess;
  const auto process = subprocess.start({.argv = {"sh", "-c", line + " <&- >&- 2>&-"}}).value();
  ASSERT_TRUE(becomes_readable(process->pidfd()));
  EXPECT_EQ(process->wait().value().code, 0);
  const auto log = files_.read(folder_ / "attempt1/output.log", 4096).value();
  EXPECT_THAT(log, HasSubstr("stdout F out"));
  EXPECT_THAT(log, HasSubstr("stderr F err"));
}

}  // namespace
}  // namespace wattle::supervise
