// Containers with the real runc and podman, in a root file system made of a static busybox.
#include <filesystem>

#include <sys/resource.h>

#include "wattle/base/hash.h"
#include "wattle/executor/isolated_attempt.h"
#include "wattle/executor/sagemaker_contract.h"

namespace wattle::executor {
namespace {

class Container : public IsolatedAttempt {
 protected:
  Container() {
    request_.sandbox.enabled = false;
    request_.container.image = temporary_ / "image";
  }
  /// False where there is no busybox.
  bool make_image() {
    const std::string busybox = "/bin/busybox";
    if (!files_.exists(busybox)) {
      return false;
    }
    for (const auto* folder : {"bin", "proc", "dev", "sys", "tmp", "run", "etc", "opt"}) {
      EXPECT_TRUE(files_.make_directories(request_.container.image + "/" + folder).ok());
    }
    const std::string bin = request_.container.image + "/bin/";
    std::filesystem::copy_file(busybox, bin + "busybox");
    for (const auto* applet : {"sh", "cat", "echo", "ls", "sleep", "id", "grep", "sha256sum", "cut",
                               "env", "true", "tail", "tr", "head"}) {
      std::filesystem::create_symlink("busybox", bin + applet);
    }
    return true;
  }
  /// What every container keeps to, whichever program runs it.
  void check_folders(const std::vector<std::string>& before = {}) {
    request_.outputs = {work_ + "/out/model.bin"};
    request_.inputs = {temporary_.write("data/train.csv", "a,b\n")};
    request_.environment.push_back("TRAIN=" + request_.inputs.front());
    request_.told.emplace_back("TRAIN");
    const auto record = run(attempt(
        "cat $TRAIN; pwd; echo $HOME_OF_ALL; echo m > out/model.bin; echo c > $RUN/checkpoints/c;"
        "for f in $TRAIN $OTHER/x $RUN/spec.json; do ( echo x > $f ) 2>/dev/null && echo wrote $f;"
        "done; test -e /usr/bin && echo on the host; exit 7",
        means_, before));
    EXPECT_EQ(record.exit_code, 7) << record.reason << output();
    EXPECT_EQ(output(), "a,b\n" + work_ + "\n" + temporary_ / "home" + "\n");
    EXPECT_EQ(read(work_ + "/out/model.bin"), "m\n");
    EXPECT_EQ(read(run_folder_ + "/checkpoints/c"), "c\n");
  }
  void check_secret(const std::vector<std::string>& before = {}) {
    const std::string value = "it's a $secret\n" + sha256_hex(run_).substr(0, 16);
    request_.environment.push_back("DB_TOKEN=" + value);
    request_.secret_names = {"DB_TOKEN"};
    const auto spec = attempt(
        "printf %s \"$DB_TOKEN\" | sha256sum | cut -c1-64; echo x > $READY;"
        "read line < $GO; true",
        means_, before);
    auto executor = make();
    const auto started = executor.start(spec);
    ASSERT_TRUE(started.ok()) << started.error().message();
    wait_ready();
    for (const pid_t pid : energy::all_processes()) {
      EXPECT_EQ(read(concat("/proc/", pid, "/cmdline")).find(value), std::string::npos) << pid;
    }
    std::ofstream(go_) << "go\n";
    ASSERT_TRUE(executor.wait(folder_, -1).ok());
    EXPECT_EQ(output(), sha256_hex(value) + "\n");
  }
  void check_grace(const std::vector<std::string>& before = {}) {
    auto executor = make();
    ASSERT_TRUE(executor
                    .start(attempt("trap 'sleep 0.2; echo saved > $RUN/checkpoints/last; exit 5'"
                                   " TERM; echo x > $READY; while :; do sleep 0.05; done",
                                   means_, before))
                    .ok());
    wait_ready();
    ASSERT_TRUE(executor.stop(folder_).ok());
    const auto record = executor.wait(folder_, -1);
    ASSERT_TRUE(record.ok()) << record.error().message();
    EXPECT_EQ(record->outcome, Outcome::kStopped);
    if (means_.runtime != ContainerRuntime::kPodman) {
      EXPECT_EQ(record->exit_code,
                5);  // podman's own processes are asked to end too, and may lose it
    }
    EXPECT_EQ(read(run_folder_ + "/checkpoints/last"), "saved\n");
  }
  void check_counted(const std::vector<std::string>& before = {}) {
    const auto record =
        run(attempt("i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done;"
                    "cat /proc/self/../$$/stat | cut -d' ' -f14",
                    means_, before));
    const auto ticks = parse_integer(trim(output()));
    ASSERT_TRUE(ticks.ok()) << output();
    EXPECT_GE(record.cpu_microseconds, *ticks * 10'000 * 9 / 10);
    EXPECT_GT(*ticks, 0);
  }

  IsolationMeans means_;
};

class Runc : public Container {
 protected:
  void SetUp() override {
    const bool has_image = make_image();
    const auto means = probe_isolation(
        files_, subprocess_, {.container = {request_.container.image, "runc", {}}}, caller());
    WATTLE_SKIP_WITHOUT("runc", has_image && means.ok());
    ASSERT_TRUE(vault_.ok()) << vault_.error().message();
    request_.memory_folder = vault_->folder(run_);
    means_ = *means;
  }
};

TEST_F(Runc, SeesTheJobsFoldersAndNothingElse) {
  check_folders();
}

TEST_F(Runc, GetsSecretsByNoCommandLineAndNoDisk) {
  check_secret();
}

TEST_F(Runc, GivesAJobItsGraceToCleanUp) {
  check_grace();
}

TEST_F(Runc, IsCountedWithWhatItUsed) {
  check_counted();
}

TEST_F(Runc, IsKeptWithinItsMemory) {
  if (!has_memory_limit()) {
    GTEST_SKIP() << "no control group to limit memory with";
  }
  auto spec = attempt(kGreedy, means_);
  spec.memory = Bytes(64 << 20);
  const auto record = run(spec);
  EXPECT_EQ(record.outcome, Outcome::kMemoryLimit) << record.exit_code << record.reason;
}

TEST_F(Runc, HasNoNetworkAndFewProcessesInASandbox) {
  request_.sandbox = {.enabled = true, .network = false};
  const auto record =
      run(attempt("tail -n +3 /proc/net/dev | grep -v ' lo:'; ls /proc | grep -c '^[0-9]'; ( echo "
                  "x > $PWD/x ) 2>/dev/null",
                  means_));
  EXPECT_NE(record.exit_code, 0);  // the working folder is read-only in a sandbox
  EXPECT_LE(parse_integer(output().substr(0, output().find('\n'))).value_or(99), 5) << output();
}

TEST_F(Runc, ARequestForACheckpointReachesTheJob) {
  auto executor = make();
  ASSERT_TRUE(executor
                  .start(attempt("trap 'echo saved > $RUN/checkpoints/last; exit 0' USR1;"
                                 " echo x > $READY; while :; do sleep 0.05; done",
                                 means_))
                  .ok());
  wait_ready();
  EXPECT_GE(signal_those_that_catch(SIGUSR1), 1);
  EXPECT_EQ(executor.wait(folder_, -1)->exit_code, 0);
  EXPECT_EQ(read(run_folder_ + "/checkpoints/last"), "saved\n");
}

TEST_F(Runc, ShowsTheContractsTree) {
  ASSERT_TRUE(make_contract_tree(files_, {.run_folder = run_folder_,
                                          .attempt_folder = folder_,
                                          .working_folder = work_,
                                          .params = {{"lr", "0.1"}}})
                  .ok());
  request_.ml_folder = contract_folder(folder_);
  const auto record = run(
      attempt("cat /opt/ml/input/config/hyperparameters.json; echo w > /opt/ml/model/w", means_));
  EXPECT_EQ(record.exit_code, 0) << output();
  EXPECT_EQ(read(run_folder_ + "/artifacts/model/w"), "w\n");
}

TEST_F(Runc, LeavesNoContainerWhenItsSupervisorIsKilled) {
  auto executor = make();
  ASSERT_TRUE(executor.start(attempt("echo x > $READY; sleep 1000", means_)).ok());
  wait_ready();
  EXPECT_EQ(::kill(read_supervisor(files_, folder_)->pid, SIGKILL), 0);
  EXPECT_EQ(executor.wait(folder_, -1)->outcome, Outcome::kLost);
  EXPECT_TRUE(energy::processes_with_environment(concat("WATTLE_ATTEMPT=", run_, "/1")).empty());
  end_isolation(subprocess_, command_);
  EXPECT_TRUE(files_.list(request_.memory_folder + "/runc").value_or({}).empty());
}

/// podman needs control groups of version 2 alone; where the host has both, as root, the test gives
/// it a view of only those.
class Podman : public Container {
 protected:
  void SetUp() override {
    const bool has_image = make_image();
    IsolationWish wish{.container = {request_.container.image, "podman", {}}};
    auto means = probe_isolation(files_, subprocess_, wish, caller());
    if (!means.ok() && ::geteuid() == 0 && files_.exists("/usr/bin/crun")) {
      before_ = {"/usr/bin/unshare",
                 "-m",
                 "/bin/sh",
                 "-c",
                 "umount -R /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup && exec \"$@\"",
                 "sh"};
      means = IsolationMeans{.runtime = ContainerRuntime::kPodman,
                             .runtime_program = "/usr/bin/podman",
                             .oci_runtime = "/usr/bin/crun",
                             .is_root = true,
                             .limits = {"nofile=1024:1024", "nproc=1000:1000"}};
    }
    WATTLE_SKIP_WITHOUT("podman", has_image && means.ok() && files_.exists("/usr/bin/podman"));
    ASSERT_TRUE(vault_.ok()) << vault_.error().message();
    request_.memory_folder = vault_->folder(run_);
    request_.environment.emplace_back("HOME=/root");
    means_ = *means;
  }

  std::vector<std::string> before_;
};

TEST_F(Podman, SeesTheJobsFoldersAndNothingElse) {
  check_folders(before_);
}

TEST_F(Podman, GetsSecretsByNoCommandLineAndNoDisk) {
  check_secret(before_);
}

TEST_F(Podman, GivesAJobItsGraceToCleanUp) {
  check_grace(before_);
}

TEST_F(Podman, IsCountedWithWhatItUsed) {
  check_counted(before_);
}

}  // namespace
}  // namespace wattle::executor
