// The contract of an executor, against the real supervisor and without a meter.
#include "wattle/executor/local_executor.h"

#include <csignal>
#include <cstdio>
#include <fstream>
#include <functional>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wattle/executor/attempt_documents.h"
#include "wattle/executor/checkpoint_records.h"
#include "wattle/executor/output_log.h"
#include "wattle/executor/waiting.h"
#include "wattle/support/temporary_folder.h"

namespace wattle::executor {
namespace {

/// How often a file of the folder was replaced.
class RenameCounter {
 public:
  explicit RenameCounter(const std::string& folder)
      : inotify_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
    ::inotify_add_watch(inotify_.get(), folder.c_str(), IN_MOVED_TO);
  }
  int count() const {
    alignas(inotify_event) std::array<char, 4096> buffer{};
    const ssize_t size = ::read(inotify_.get(), buffer.data(), buffer.size());
    int events = 0;
    for (ssize_t at = 0; at < size; ++events) {
      const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
      at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
    }
    return events;
  }

 private:
  Descriptor inotify_;
};

class LocalExecutorTest : public testing::Test {
 protected:
  LocalExecutorTest() {
    EXPECT_TRUE(files_.make_directories(folder_).ok());
    EXPECT_EQ(::mkfifo(fifo_.c_str(), 0600), 0);
  }

  LocalExecutor make(const std::string& program = WATTLE_SUPERVISE) {
    return {files_, subprocess_, clock_, {.supervisor_program = program}};
  }
  AttemptSpec spec(std::vector<std::string> argv) {
    return {.folder = folder_,
            .run = run_,
            .argv = std::move(argv),
            .environment = {"PATH=/usr/bin:/bin", "READY=" + fifo_},
            .working_folder = temporary_.path()};
  }
  AttemptSpec shell(const std::string& script) { return spec({"/bin/sh", "-c", script}); }
  ExitRecord run(const AttemptSpec& attempt) {
    auto executor = make();
    const auto started = executor.start(attempt);
    EXPECT_TRUE(started.ok()) << started.error().message();
    const auto record = executor.wait(folder_, -1);
    EXPECT_TRUE(record.ok()) << record.error().message();
    EXPECT_EQ(*executor.state(folder_), AttemptState::kEnded);
    return record.ok() ? *record : ExitRecord{};
  }
  /// Blocks until the job writes a line to $READY.
  std::string wait_ready() {
    std::ifstream fifo(fifo_);
    std::string line;
    std::getline(fifo, line);
    return line;
  }
  Result<std::string> read_exit_file() {
    return files_.read(exit_file(folder_), limits::kSmallFileBytes);
  }
  /// Kills the supervisor of a job, one of whose processes outlives it: that one.
  Descriptor lose_supervisor(LocalExecutor& executor) {
    EXPECT_TRUE(executor
                    .start(shell("(trap '' TERM HUP; setsid sleep 1000 & echo $! > $READY); "
                                 "sleep 1000"))
                    .ok());
    auto left_behind = open_process(std::stoi(wait_ready()));
    EXPECT_TRUE(left_behind.is_open());
    const auto process = open_process(supervisor());
    EXPECT_EQ(::kill(supervisor(), SIGKILL), 0);
    wait_readable(std::array{process.get()});
    EXPECT_FALSE(wait_readable(std::array{left_behind.get()}, Seconds(0)).has_value());
    return left_behind;
  }
  pid_t supervisor() { return read_supervisor(files_, folder_)->pid; }

  support::TemporaryFolder temporary_;
  std::string folder_ = temporary_ / "attempts/1";
  std::string fifo_ = temporary_ / "ready";
  std::string run_ = "01J0TEST" + std::to_string(::getpid());
  RealFileSystem files_;
  RealSubprocess subprocess_;
  SystemClock clock_;
};

TEST_F(LocalExecutorTest, RecordsTheExitCode) {
  auto record = run(shell("echo out; echo err >&2; exit 3"));
  EXPECT_EQ(record.outcome, Outcome::kExited);
  EXPECT_EQ(record.exit_code, 3);
  EXPECT_EQ(record.signal, 0);
  EXPECT_EQ(record.reason, "");
  EXPECT_FALSE(record.metered);
  EXPECT_FALSE(record.accounting.empty());
  EXPECT_LE(record.started, record.ended);
  EXPECT_GT(record.ended_boot, record.started_boot);
  std::map<OutputLine::Stream, std::string> texts;
  ASSERT_TRUE(
      read_output(folder_, [&](const OutputLine& line) { texts[line.stream] += line.text; }).ok());
  EXPECT_EQ(texts[OutputLine::Stream::kOutput], "out");
  EXPECT_EQ(texts[OutputLine::Stream::kError], "err");
}

TEST_F(LocalExecutorTest, RunsInTheWorkingFolderWithTheEnvironment) {
  auto attempt = shell("pwd; echo $WATTLE_ATTEMPT; echo \"[$HOME]\"");
  std::vector<std::string> lines;
  EXPECT_EQ(run(attempt).exit_code, 0);
  ASSERT_TRUE(
      read_output(folder_, [&](const OutputLine& line) { lines.push_back(line.text); }).ok());
  EXPECT_EQ(lines, (std::vector<std::string>{temporary_.path(), run_ + "/1", "[]"}));
}

TEST_F(LocalExecutorTest, RecordsACommandThatIsNotThere) {
  const auto record = run(spec({"no-such-command-here"}));
  EXPECT_EQ(record.outcome, Outcome::kNotStarted);
  EXPECT_EQ(record.exit_code, 127);
  EXPECT_NE(record.reason.find("no-such-command-here"), std::string::npos) << record.reason;
}

TEST_F(LocalExecutorTest, RecordsACommandThatCannotBeExecuted) {
  const auto record = run(spec({temporary_.write("plain.txt", "no program")}));
  EXPECT_EQ(record.outcome, Outcome::kNotStarted);
  EXPECT_EQ(record.exit_code, 126);
}

TEST_F(LocalExecutorTest, RecordsASignal) {
  const auto record = run(shell("kill -SEGV $$"));
  EXPECT_EQ(record.outcome, Outcome::kSignaled);
  EXPECT_EQ(record.signal, SIGSEGV);
}

TEST_F(LocalExecutorTest, GivesTheCallersStreamsWhenAsked) {
  auto attempt = shell("exit 0");
  attempt.streams = Streams::kInherit;
  EXPECT_EQ(run(attempt).exit_code, 0);
  EXPECT_FALSE(files_.exists(path_join(folder_, "output.log")));
}

TEST_F(LocalExecutorTest, StopsAJobThatCleansUp) {
  auto executor = make();
  // Short pauses: a shell runs its trap only once the program that it waits for has ended.
  ASSERT_TRUE(executor
                  .start(shell("trap 'exit 5' TERM; echo > $READY; "
                               "while :; do sleep 0.05; done"))
                  .ok());
  wait_ready();
  EXPECT_EQ(*executor.state(folder_), AttemptState::kRunning);
  // Another executor, as another process would have it.
  ASSERT_TRUE(make().stop(folder_).ok());
  const auto record = make().wait(folder_, -1);
  ASSERT_TRUE(record.ok()) << record.error().message();
  EXPECT_EQ(record->outcome, Outcome::kStopped);
  EXPECT_EQ(record->exit_code, 5);
  EXPECT_TRUE(executor.stop(folder_).ok()) << "has ended already";
}

TEST_F(LocalExecutorTest, KillsAJobAfterItsGrace) {
  auto executor = make();
  auto attempt = shell("trap '' TERM; echo > $READY; while :; do sleep 1000; done");
  attempt.grace = Seconds(0.2);
  ASSERT_TRUE(executor.start(attempt).ok());
  wait_ready();
  ASSERT_TRUE(executor.stop(folder_).ok());
  const auto record = executor.wait(folder_, -1);
  ASSERT_TRUE(record.ok());
  EXPECT_EQ(record->outcome, Outcome::kStopped);
  EXPECT_EQ(record->signal, SIGKILL);
}

TEST_F(LocalExecutorTest, KillsAtOnce) {
  auto executor = make();
  auto attempt = shell("trap '' TERM INT; echo > $READY; while :; do sleep 1000; done");
  attempt.grace = Seconds(100'000);  // the test would time out
  ASSERT_TRUE(executor.start(attempt).ok());
  wait_ready();
  ASSERT_TRUE(executor.kill(folder_).ok());
  const auto record = executor.wait(folder_, -1);
  ASSERT_TRUE(record.ok());
  EXPECT_EQ(record->signal, SIGKILL);
}

TEST_F(LocalExecutorTest, StopsWaitingWhenCancelled) {
  auto executor = make();
  ASSERT_TRUE(executor.start(shell("sleep 1000")).ok());
  const Descriptor cancel(::eventfd(1, EFD_CLOEXEC));
  const auto record = executor.wait(folder_, cancel.get());
  ASSERT_FALSE(record.ok());
  EXPECT_EQ(record.error().code(), ErrorCode::kCancelled);
  EXPECT_EQ(executor.exit_record(folder_).error().code(), ErrorCode::kFailedPrecondition);
  ASSERT_TRUE(executor.kill(folder_).ok());
  EXPECT_TRUE(executor.wait(folder_, -1).ok());
}

TEST_F(LocalExecutorTest, SettlesALostAttemptOnceWhoeverLooks) {
  auto executor = make();
  const auto left_behind = lose_supervisor(executor);
  const RenameCounter renames(folder_);

  std::array<std::optional<Result<ExitRecord>>, 2> seen;
  std::thread other([&] { seen[0] = make().wait(folder_, -1); });
  seen[1] = make().wait(folder_, -1);
  other.join();
  for (const auto& record : seen) {
    ASSERT_TRUE(record->ok()) << record->error().message();
    EXPECT_EQ((*record)->outcome, Outcome::kLost);
    EXPECT_EQ((*record)->reason,
              "the supervisor ended without an exit record (it was killed, or the host restarted)");
    EXPECT_FALSE((*record)->metered);
    EXPECT_GE((*record)->ended, (*record)->started);
  }
  EXPECT_EQ((*seen[0])->ended.ns, (*seen[1])->ended.ns);
  EXPECT_TRUE(wait_readable(std::array{left_behind.get()}, Seconds(60)).has_value());
  EXPECT_EQ(*executor.state(folder_), AttemptState::kEnded);
  EXPECT_EQ(executor.exit_record(folder_)->outcome, Outcome::kLost);
  EXPECT_EQ(renames.count(), 1) << "the record was written again";
}

TEST_F(LocalExecutorTest, EndsWhatIsLeftWithoutControlGroups) {
  const auto program = temporary_.write(
      "plain-supervisor", "#!/bin/sh\nexec " WATTLE_SUPERVISE " --accounting subreaper \"$@\"\n");
  ASSERT_EQ(::chmod(program.c_str(), 0700), 0);
  auto executor = make(program);
  const auto left_behind = lose_supervisor(executor);
  EXPECT_EQ(*executor.state(folder_), AttemptState::kLost);
  EXPECT_TRUE(executor.stop(folder_).ok()) << "stopping a lost attempt settles it";
  EXPECT_TRUE(wait_readable(std::array{left_behind.get()}, Seconds(60)).has_value());
  const auto record = executor.exit_record(folder_);
  ASSERT_TRUE(record.ok());
  EXPECT_EQ(record->outcome, Outcome::kLost);
  EXPECT_EQ(record->accounting, "subreaper");
}

TEST_F(LocalExecutorTest, WaitsForAnAttemptThatIsOnlyStarting) {
  std::optional<Result<ExitRecord>> seen;
  std::thread other([&] { seen = make().wait(folder_, -1); });
  auto executor = make();
  EXPECT_TRUE(executor.start(shell("exit 4")).ok());
  other.join();
  ASSERT_TRUE(seen->ok()) << seen->error().message();
  EXPECT_EQ((*seen)->exit_code, 4);
}

TEST_F(LocalExecutorTest, EndsALostAttemptAtTheTimeOfItsLastSample) {
  auto executor = make();
  ASSERT_TRUE(executor.start(shell("echo > $READY; sleep 1000")).ok());
  wait_ready();
  ASSERT_EQ(::kill(supervisor(), SIGKILL), 0);
  const auto record = executor.wait(folder_, -1);
  ASSERT_TRUE(record.ok());
  EXPECT_GE(record->ended_boot, record->started_boot);
  // The supervisor samples before the job runs, and each second: before now.
  EXPECT_LT(record->ended_boot, clock_.boot_now());
}

TEST_F(LocalExecutorTest, TellsWhatIsMissing) {
  auto attempt = shell("true");
  attempt.working_folder = temporary_ / "absent";
  const auto no_folder = make().start(attempt);
  ASSERT_FALSE(no_folder.ok());
  EXPECT_EQ(no_folder.error().code(), ErrorCode::kNotFound);
  EXPECT_NE(no_folder.error().message().find("absent"), std::string::npos);

  const auto no_program = make(temporary_ / "no-supervisor").start(shell("true"));
  ASSERT_FALSE(no_program.ok());
  EXPECT_EQ(no_program.error().code(), ErrorCode::kUnavailable);
  EXPECT_NE(no_program.error().message().find("no-supervisor"), std::string::npos);
}

TEST_F(LocalExecutorTest, TellsWhyTheSupervisorEnded) {
  const auto program = temporary_.write("supervisor", "#!/bin/sh\necho broken here >&2\nexit 9\n");
  ASSERT_EQ(::chmod(program.c_str(), 0700), 0);
  auto executor = make(program);
  const auto started = executor.start(shell("true"));
  ASSERT_FALSE(started.ok());
  EXPECT_EQ(started.error().code(), ErrorCode::kUnavailable);
  EXPECT_NE(started.error().message().find("exit code 9): broken here"), std::string::npos)
      << started.error().message();
  EXPECT_EQ(*executor.state(folder_), AttemptState::kLost);
}

TEST_F(LocalExecutorTest, StartsAnAttemptOnce) {
  run(shell("true"));
  const auto again = make().start(shell("true"));
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code(), ErrorCode::kFailedPrecondition);
}

TEST_F(LocalExecutorTest, KnowsAFreshFolderFromAnAbsentOne) {
  EXPECT_EQ(*make().state(folder_), AttemptState::kStarting);
  EXPECT_EQ(make().state(temporary_ / "absent").error().code(), ErrorCode::kNotFound);
}

TEST_F(LocalExecutorTest, TakesAnOldFolderWithoutASupervisorForLost) {
  const std::array<timespec, 2> long_ago{
      {{.tv_sec = 1, .tv_nsec = 0}, {.tv_sec = 1, .tv_nsec = 0}}};
  ASSERT_EQ(::utimensat(AT_FDCWD, folder_.c_str(), long_ago.data(), 0), 0);
  auto executor = make();
  EXPECT_EQ(*executor.state(folder_), AttemptState::kLost);
  const auto record = executor.wait(folder_, -1);
  ASSERT_TRUE(record.ok());
  EXPECT_EQ(record->outcome, Outcome::kLost);
}

TEST_F(LocalExecutorTest, NeverSignalsAProcessThatOnlyHasTheSupervisorsNumber) {
  // The lock is held, as by an observer that settles; the recorded process is this one, which began
  // before the document says that its supervisor started: so the document is given a start at the
  // host's boot.
  const auto lock = files_.try_lock(lock_file(folder_));
  ASSERT_TRUE(files_
                  .write_atomic(supervisor_file(folder_),
                                "{\"protocol\":1,\"pid\":" + std::to_string(::getpid()) +
                                    ",\"boot_id\":\"" + clock_.boot_id() +
                                    "\",\"started_boot_ns\":1}")
                  .ok());
  EXPECT_EQ(*make().state(folder_), AttemptState::kRunning);
  EXPECT_TRUE(make().kill(folder_).ok());  // SIGTERM would end the test program
}

TEST_F(LocalExecutorTest, RefusesToStopWhatRunsOnAnotherHost) {
  const auto lock = files_.try_lock(lock_file(folder_));
  ASSERT_TRUE(files_
                  .write_atomic(supervisor_file(folder_),
                                R"({"protocol":1,"pid":1,"boot_id":"another","owner":"R/1"})")
                  .ok());
  EXPECT_EQ(make().stop(folder_).error().code(), ErrorCode::kUnsupported);
  EXPECT_EQ(make().wait(folder_, -1).error().code(), ErrorCode::kUnsupported);
}

TEST_F(LocalExecutorTest, SettlesWhatRanBeforeTheHostRestarted) {
  ASSERT_TRUE(files_
                  .write_atomic(supervisor_file(folder_),
                                R"({"protocol":1,"pid":1,"boot_id":"before","owner":"R/1",)"
                                R"("started_utc_ns":5,"started_boot_ns":7})")
                  .ok());
  ASSERT_TRUE(files_.try_lock(lock_file(folder_)).ok());
  const auto record = make().wait(folder_, -1);
  ASSERT_TRUE(record.ok());
  EXPECT_EQ(record->outcome, Outcome::kLost);
  EXPECT_EQ(record->started.ns, 5);
  EXPECT_NE(read_exit_file()->find("\"before\""), std::string::npos);
}

TEST_F(LocalExecutorTest, ReportsADamagedExitRecord) {
  temporary_.write("attempts/1/exit.json", "{\"protocol\":1,\"outco");
  EXPECT_EQ(make().exit_record(folder_).error().code(), ErrorCode::kParse);
  temporary_.write("attempts/1/exit.json", R"({"protocol":3,"outcome":"exited"})");
  EXPECT_EQ(make().exit_record(folder_).error().code(), ErrorCode::kParse);
}

TEST_F(LocalExecutorTest, ReadsWhatASupervisorOfVersionOneLeft) {
  temporary_.write("attempts/1/exit.json",
                   R"({"protocol":1,"outcome":"exited","exit_code":3,"reason":""})");
  const auto record = make().exit_record(folder_);
  ASSERT_TRUE(record.ok()) << record.error().message();
  EXPECT_EQ(record->exit_code, 3);
  EXPECT_EQ(record->checkpoint, 0);
  EXPECT_EQ(record->frozen.value(), 0);
}

TEST_F(LocalExecutorTest, SendsNoRequestToASupervisorOfVersionOne) {
  // It would end it. This process stands for the supervisor.
  const auto lock = files_.try_lock(lock_file(folder_));
  ASSERT_TRUE(
      files_
          .write_atomic(supervisor_file(folder_),
                        "{\"protocol\":1,\"owner\":\"R/1\",\"pid\":" + std::to_string(::getpid()) +
                            ",\"boot_id\":\"" + clock_.boot_id() +
                            "\",\"started_boot_ns\":" + std::to_string(clock_.boot_now().ns) + "}")
          .ok());
  auto executor = make();
  EXPECT_EQ(executor.interrupt(folder_).error().code(), ErrorCode::kUnsupported);
  EXPECT_EQ(executor.freeze(folder_).error().code(), ErrorCode::kUnsupported);
  EXPECT_EQ(executor.thaw(folder_).error().code(), ErrorCode::kUnsupported);
  EXPECT_EQ(executor.request_checkpoint(folder_).error().code(), ErrorCode::kUnsupported);
}

TEST_F(LocalExecutorTest, FreezesAndThawsWhoeverAsks) {
  auto executor = make();
  EXPECT_EQ(executor.is_frozen(temporary_ / "absent").error().code(), ErrorCode::kNotFound);
  ASSERT_TRUE(executor.start(shell("echo > $READY; sleep 1000")).ok());
  wait_ready();
  EXPECT_FALSE(*executor.is_frozen(folder_));
  EXPECT_TRUE(executor.thaw(folder_).ok()) << "it was not frozen";
  ASSERT_TRUE(make().freeze(folder_).ok());
  EXPECT_TRUE(*executor.is_frozen(folder_));
  EXPECT_TRUE(executor.freeze(folder_).ok()) << "once more";
  EXPECT_EQ(executor.request_checkpoint(folder_).error().code(), ErrorCode::kUnsupported);
  ASSERT_TRUE(executor.thaw(folder_).ok());
  EXPECT_FALSE(*executor.is_frozen(folder_));
  ASSERT_TRUE(executor.freeze(folder_).ok());
  ASSERT_TRUE(executor.interrupt(folder_).ok());
  const auto record = executor.wait(folder_, -1);
  ASSERT_TRUE(record.ok());
  EXPECT_EQ(record->outcome, Outcome::kInterrupted);
  EXPECT_GT(record->frozen.value(), 0);
  EXPECT_FALSE(*executor.is_frozen(folder_));
  EXPECT_EQ(executor.freeze(folder_).error().code(), ErrorCode::kFailedPrecondition);
  EXPECT_TRUE(executor.thaw(folder_).ok());
  EXPECT_TRUE(executor.interrupt(folder_).ok());
}

TEST_F(LocalExecutorTest, SettlesALostAttemptThatWasFrozen) {
  auto executor = make();
  ASSERT_TRUE(executor.start(shell("(setsid sleep 1000 & echo $! > $READY); sleep 1000")).ok());
  const auto left_behind = open_process(std::stoi(wait_ready()));
  ASSERT_TRUE(executor.freeze(folder_).ok());
  ASSERT_EQ(::kill(supervisor(), SIGKILL), 0);
  const auto record = executor.wait(folder_, -1);
  ASSERT_TRUE(record.ok()) << record.error().message();
  EXPECT_EQ(record->outcome, Outcome::kLost);
  EXPECT_EQ(record->reason.find("could not be ended"), std::string::npos) << record->reason;
  EXPECT_GE(record->frozen.value(), 0);
  EXPECT_TRUE(wait_readable(std::array{left_behind.get()}, Seconds(60)).has_value());
}

TEST_F(LocalExecutorTest, AsksForCheckpointsAndReadsThem) {
  const std::string confirm =
      "echo state > $WATTLE_CHECKPOINT_DIR/one; n=$(cat $WATTLE_CHECKPOINT_REQUEST); "
      "printf '{\"path\":\"one\",\"request\":%s}\\n' $n > $WATTLE_CHECKPOINT_CONFIRM.part; "
      "mv $WATTLE_CHECKPOINT_CONFIRM.part $WATTLE_CHECKPOINT_CONFIRM";
  auto attempt = shell("save() { " + confirm +
                       "; }; trap save USR1; echo > $READY; while :; do sleep 0.05; done");
  attempt.checkpoint = {.request = "SIGUSR1", .folder = temporary_ / "checkpoints"};
  auto executor = make();
  ASSERT_TRUE(executor.start(attempt).ok());
  wait_ready();
  EXPECT_TRUE(executor.checkpoints(folder_)->empty());
  auto watch = FolderWatch::open(folder_, FolderWatch::Events::kContents);
  ASSERT_TRUE(executor.request_checkpoint(folder_).ok());
  while (executor.checkpoints(folder_)->empty()) {
    ASSERT_TRUE(wait_readable(std::array{watch->descriptor()}, Seconds(60)).has_value());
    watch->take("");
  }
  const auto record = executor.checkpoints(folder_)->front();
  EXPECT_EQ(record.number, 1);
  EXPECT_EQ(record.path, "one");
  EXPECT_EQ(record.request, 1);
  EXPECT_EQ(record.bytes, 6);
  EXPECT_GT(record.cost->value(), 0);
  EXPECT_NEAR((record.confirmed_boot - *record.requested_boot).value(), record.cost->value(), 1e-5);
  const auto newest =
      newest_verified(files_, std::array{folder_}, attempt.checkpoint.folder).value();
  EXPECT_EQ(newest.record->number, 1);
  ASSERT_TRUE(executor.interrupt(folder_).ok());
  const auto end = executor.wait(folder_, -1);
  ASSERT_TRUE(end.ok());
  EXPECT_EQ(end->outcome, Outcome::kInterrupted);
  EXPECT_EQ(end->checkpoint, 2);
  EXPECT_EQ(end->checkpoint_path, "one");
}

TEST_F(LocalExecutorTest, RefusesARequestThatAlsoAsksForTheEnd) {
  auto attempt = shell("echo > $READY; sleep 1000");
  attempt.checkpoint = {.request = "SIGTERM", .folder = temporary_ / "checkpoints"};
  auto executor = make();
  ASSERT_TRUE(executor.start(attempt).ok());
  wait_ready();
  EXPECT_EQ(executor.request_checkpoint(folder_).error().code(), ErrorCode::kUnsupported);
  ASSERT_TRUE(executor.kill(folder_).ok());
  EXPECT_TRUE(executor.wait(folder_, -1).ok());
}

TEST_F(LocalExecutorTest, KeepsSecretsOutOfTheOutput) {
  auto attempt = shell("echo token=$TOKEN");
  attempt.environment.emplace_back("TOKEN=hunter-two");
  attempt.redact = {"TOKEN"};
  EXPECT_EQ(run(attempt).exit_code, 0);
  std::string text;
  ASSERT_TRUE(read_output(folder_, [&](const OutputLine& line) { text += line.text; }).ok());
  EXPECT_EQ(text, "token=***");
}

TEST_F(LocalExecutorTest, TellsTheEndsOfManyByDescriptors) {
  auto executor = make();
  EXPECT_EQ(executor.open_end(folder_).error().code(), ErrorCode::kUnavailable);
  ASSERT_TRUE(executor.start(shell("read x < $READY; exit 6")).ok());
  const auto end = executor.open_end(folder_);
  ASSERT_TRUE(end.ok() && end->is_open());
  EXPECT_FALSE(wait_readable(std::array{end->get()}, Seconds(0)).has_value());
  std::ofstream(fifo_) << "go\n";
  ASSERT_TRUE(wait_readable(std::array{end->get()}, Seconds(60)).has_value());
  EXPECT_EQ(executor.exit_record(folder_)->exit_code, 6);
  const auto again = executor.open_end(folder_);
  ASSERT_TRUE(again.ok());
  EXPECT_FALSE(again->is_open());
}

}  // namespace
}  // namespace wattle::executor
