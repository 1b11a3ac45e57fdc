// Sandboxes with the real bubblewrap, under the real supervisor.
#include <filesystem>

#include "wattle/base/hash.h"
#include "wattle/executor/isolated_attempt.h"
#include "wattle/executor/sagemaker_contract.h"
#include "wattle/executor/waiting.h"

namespace wattle::executor {
namespace {

class Bubblewrap : public IsolatedAttempt {
 protected:
  void SetUp() override {
    const auto means =
        probe_isolation(files_, subprocess_, {.sandbox = {.enabled = true}}, caller());
    WATTLE_SKIP_WITHOUT("bubblewrap", means.ok());
    means_ = *means;
  }
  ExitRecord run_script(const std::string& script) { return run(attempt(script, means_)); }

  IsolationMeans means_;
};

TEST_F(Bubblewrap, LetsTheJobWriteOnlyWhatIsItsOwn) {
  request_.outputs = {temporary_ / "made/by/job/model.bin"};
  request_.sandbox.writable = {temporary_ / "cache"};
  const auto record = run_script(
      "for f in /etc/x $PWD/x $OTHER/x $HOME_OF_ALL/database $RUN/spec.json "
      "$RUN/attempts/1/exit.json; do "
      "( echo x > $f ) 2>/dev/null && echo wrote $f; done;"
      "for f in $RUN/artifacts/model/m $RUN/checkpoints/c $RUN/attempts/1/metrics.jsonl "
      "$RUN/attempts/1/checkpoint/confirm " +
      temporary_ / "made/by/job/model.bin" + " " + temporary_ / "cache/c" +
      "; do ( echo x > $f ) || echo refused $f; done; true");
  EXPECT_EQ(record.exit_code, 0);
  EXPECT_EQ(output(), "");
  EXPECT_EQ(read(run_folder_ + "/checkpoints/c"), "x\n");
  EXPECT_EQ(read(temporary_ / "made/by/job/model.bin"), "x\n");
  EXPECT_EQ(read(temporary_ / "home/database"), "rows");
}

TEST_F(Bubblewrap, HidesOtherRunsAndTheDatabase) {
  run_script("ls $HOME_OF_ALL $HOME_OF_ALL/runs; ls -A /run/user 2>&1 | head -1; ls -A /dev/shm");
  EXPECT_EQ(output().find("OTHER"), std::string::npos) << output();
  EXPECT_EQ(output().find("database"), std::string::npos) << output();
}

TEST_F(Bubblewrap, HasATmpOfItsOwn) {
  const std::string name = "/tmp/" + run_;
  const auto record = run_script("ls -A /tmp | grep -v '^" +
                                 std::filesystem::path(temporary_.path()).filename().string() +
                                 "$'; echo x > " + name + " && cat " + name);
  EXPECT_EQ(record.exit_code, 0);
  EXPECT_EQ(output(), "x\n");
  EXPECT_FALSE(files_.exists(name));
}

TEST_F(Bubblewrap, CannotMakeTheFileSystemWritableAgain) {
  run_script(
      "mount -o remount,rw / 2>/dev/null; "
      "unshare -Urm mount -o remount,bind,rw / 2>/dev/null && unshare -Urm sh -c "
      "'mount -o remount,bind,rw /; echo x > /etc/wattle-was-here'; "
      "echo x 2>/dev/null > /etc/wattle-was-here; true");
  EXPECT_FALSE(files_.exists("/etc/wattle-was-here"));
}

TEST_F(Bubblewrap, CannotSignalWhatIsOutside) {
  const auto record = run_script(concat("kill -0 ", ::getpid(), " 2>/dev/null"));
  EXPECT_NE(record.exit_code, 0);
}

TEST_F(Bubblewrap, HasNoNetworkWhenItIsOff) {
  request_.sandbox.network = false;
  const auto means = probe_isolation(files_, subprocess_,
                                     {.sandbox = {.enabled = true, .network = false}}, caller());
  ASSERT_TRUE(means.ok()) << means.error().message();
  EXPECT_EQ(run(attempt("tail -n +3 /proc/net/dev | grep -v ' lo:'; true", *means)).exit_code, 0);
  EXPECT_EQ(output(), "");
}

TEST_F(Bubblewrap, PassesTheExitCodeOn) {
  EXPECT_EQ(run_script("exit 7").exit_code, 7);
}

TEST_F(Bubblewrap, TellsASignalAsAShellDoes) {
  const auto record = run_script("kill -SEGV $$");
  EXPECT_EQ(record.outcome, Outcome::kExited);
  EXPECT_EQ(record.exit_code, 128 + SIGSEGV);
}

TEST_F(Bubblewrap, GivesAJobItsGraceToCleanUp) {
  auto executor = make();
  ASSERT_TRUE(
      executor
          .start(attempt("trap 'sleep 0.3; echo saved > $RUN/checkpoints/last; exit 5' TERM;"
                         " echo > $RUN/checkpoints/begun; echo x > $READY;"
                         " while :; do sleep 0.05; done",
                         means_))
          .ok());
  wait_ready();
  ASSERT_TRUE(executor.stop(folder_).ok());
  const auto record = executor.wait(folder_, -1);
  ASSERT_TRUE(record.ok()) << record.error().message();
  EXPECT_EQ(record->outcome, Outcome::kStopped);
  EXPECT_EQ(record->exit_code, 5);
  EXPECT_EQ(read(run_folder_ + "/checkpoints/last"), "saved\n");
}

TEST_F(Bubblewrap, EndsAJobThatDoesNotCatchTheSignal) {
  auto executor = make();
  ASSERT_TRUE(executor.start(attempt("echo x > $READY; exec sleep 1000", means_)).ok());
  wait_ready();
  ASSERT_TRUE(executor.stop(folder_).ok());
  const auto record = executor.wait(folder_, -1);
  ASSERT_TRUE(record.ok()) << record.error().message();
  EXPECT_EQ(record->exit_code, 128 + SIGTERM);
}

TEST_F(Bubblewrap, ARequestForACheckpointReachesTheJobAndEndsNobody) {
  auto executor = make();
  ASSERT_TRUE(executor
                  .start(attempt("trap 'echo saved > $RUN/checkpoints/last; exit 0' USR1;"
                                 " echo x > $READY; while :; do sleep 0.05; done",
                                 means_))
                  .ok());
  wait_ready();
  EXPECT_GE(signal_those_that_catch(SIGUSR1), 1);  // a shell that is just forking counts twice
  const auto record = executor.wait(folder_, -1);
  ASSERT_TRUE(record.ok()) << record.error().message();
  EXPECT_EQ(record->outcome, Outcome::kExited);
  EXPECT_EQ(record->exit_code, 0);
  EXPECT_EQ(read(run_folder_ + "/checkpoints/last"), "saved\n");
}

TEST_F(Bubblewrap, IsCountedWithWhatItUsed) {
  const auto record = run_script("i=0; while [ $i -lt 400000 ]; do i=$((i+1)); done; times");
  // The job's own times, the first of them as 0m0.410000s.
  const auto seconds = parse_number(output().substr(2, output().find('s') - 2));
  ASSERT_TRUE(seconds.ok()) << output();
  EXPECT_GE(static_cast<double>(record.cpu_microseconds), *seconds * 1e6 * 0.9);
}

TEST_F(Bubblewrap, IsKeptWithinItsMemory) {
  if (!has_memory_limit()) {
    GTEST_SKIP() << "no control group to limit memory with";
  }
  auto spec = attempt(kGreedy, means_);
  spec.memory = Bytes(64 << 20);
  const auto record = run(spec);
  EXPECT_EQ(record.outcome, Outcome::kMemoryLimit) << record.exit_code << record.reason;
}

TEST_F(Bubblewrap, DiesWithItsSupervisor) {
  auto executor = make();
  ASSERT_TRUE(
      executor.start(attempt("trap '' TERM HUP; echo x > $READY; sleep 1000; true", means_)).ok());
  wait_ready();
  std::vector<Descriptor> processes;
  for (const pid_t pid : members()) {
    processes.push_back(open_process(pid));
  }
  ASSERT_GE(processes.size(), 3U);  // bwrap, its process 1, the job
  EXPECT_EQ(::kill(read_supervisor(files_, folder_)->pid, SIGKILL), 0);
  for (const auto& process : processes) {
    EXPECT_TRUE(!process.is_open() || wait_readable(std::array{process.get()}, Seconds(30)));
  }
  EXPECT_EQ(executor.wait(folder_, -1)->outcome, Outcome::kLost);
}

TEST_F(Bubblewrap, NeverShowsASecretButToTheJob) {
  ASSERT_TRUE(vault_.ok()) << vault_.error().message();
  const std::string value = "hunter2-" + sha256_hex(run_).substr(0, 16);
  ASSERT_TRUE(vault_->put(run_, {{"DB_TOKEN", value}}).ok());
  request_.environment.push_back("DB_TOKEN=" + value);
  request_.secret_names = {"DB_TOKEN"};
  auto executor = make();
  ASSERT_TRUE(executor
                  .start(attempt("printf %s \"$DB_TOKEN\" | sha256sum | cut -c1-64;"
                                 "ls " +
                                     vault_->folder(run_) +
                                     " 2>/dev/null; echo x > $READY; read line < $GO",
                                 means_))
                  .ok());
  wait_ready();
  for (const pid_t pid : energy::all_processes()) {
    EXPECT_EQ(read(concat("/proc/", pid, "/cmdline")).find(value), std::string::npos) << pid;
  }
  std::ofstream(go_) << "go\n";
  ASSERT_TRUE(executor.wait(folder_, -1).ok());
  EXPECT_EQ(output(), sha256_hex(value) + "\n");
  for (const auto& entry : std::filesystem::recursive_directory_iterator(temporary_.path())) {
    if (entry.is_regular_file()) {
      EXPECT_EQ(read(entry.path().string()).find(value), std::string::npos) << entry.path();
    }
  }
}

TEST_F(Bubblewrap, ShowsTheContractsTreeAtOptMlAndLeavesTheHostAlone) {
  const bool was_there = files_.exists("/opt/ml");
  for (const bool sandboxed : {false, true}) {
    request_.sandbox.enabled = sandboxed;
    request_.attempt_folder = folder_ = run_folder_ + "/attempts/" + (sandboxed ? "3" : "2");
    request_.metrics_file = folder_ + "/metrics.jsonl";
    request_.confirm_folder = folder_ + "/checkpoint";
    ASSERT_TRUE(make_contract_tree(files_, {.run_folder = run_folder_,
                                            .attempt_folder = folder_,
                                            .working_folder = work_,
                                            .params = {{"lr", "0.1"}}})
                    .ok());
    request_.ml_folder = contract_folder(folder_);
    const auto record = run_script(
        "cat /opt/ml/input/config/hyperparameters.json; echo w > /opt/ml/model/w; "
        "echo bad > /opt/ml/output/failure; ls /opt | grep -v '^ml$' | head -1");
    EXPECT_EQ(record.exit_code, 0) << output();
    EXPECT_EQ(output().substr(0, output().find('\n')), R"({"lr":"0.1"})");
    EXPECT_EQ(read(run_folder_ + "/artifacts/model/w"), "w\n");
    EXPECT_EQ(read_failure(folder_), "bad");
  }
  EXPECT_EQ(files_.exists("/opt/ml"), was_there);
}

TEST_F(Bubblewrap, SaysThatTheCommandIsNotThere) {
  request_.argv = {"no-such-command-here"};
  auto command = isolate(*make_mount_points(files_, request_), means_);
  const auto record = run({.folder = folder_,
                           .run = run_,
                           .argv = command->argv,
                           .environment = command->environment,
                           .working_folder = work_});
  EXPECT_EQ(record.exit_code, 127);
  EXPECT_NE(output().find("no-such-command-here"), std::string::npos) << output();
}

}  // namespace
}  // namespace wattle::executor
