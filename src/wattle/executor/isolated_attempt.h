// An attempt that runs isolated under the real supervisor, in a home of its own. For tests.
//
// Units:    none. Errors: what fails to start fails the test. Threads: the test's.
// Lifetime: everything is in a temporary folder, which goes with the object; so does its vault.
#pragma once

#include <array>
#include <csignal>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wattle/base/text.h"
#include "wattle/energy/process_group_tree.h"
#include "wattle/executor/attempt_documents.h"
#include "wattle/executor/isolation.h"
#include "wattle/executor/isolation_probe.h"
#include "wattle/executor/local_executor.h"
#include "wattle/executor/output_log.h"
#include "wattle/executor/secret_vault.h"
#include "wattle/executor/waiting.h"
#include "wattle/support/requirement.h"
#include "wattle/support/temporary_folder.h"

namespace wattle::executor {

class IsolatedAttempt : public testing::Test {
 protected:
  IsolatedAttempt() {
    for (const auto& folder : {run_folder_ + "/attempts/1", run_folder_ + "/artifacts/model",
                               run_folder_ + "/checkpoints", other_run_, work_}) {
      EXPECT_TRUE(files_.make_directories(folder).ok());
    }
    temporary_.write("home/database", "rows");
    temporary_.write("home/runs/OTHER/spec.json", "{}");
    EXPECT_EQ(::mkfifo(fifo_.c_str(), 0600), 0);
    EXPECT_EQ(::mkfifo(go_.c_str(), 0600), 0);
    request_.run = run_;
    request_.environment = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
                            "READY=" + fifo_,
                            "GO=" + go_,
                            "RUN=" + run_folder_,
                            "OTHER=" + other_run_,
                            "HOME_OF_ALL=" + temporary_ / "home"};
    request_.told = {"READY", "GO", "RUN", "OTHER", "HOME_OF_ALL"};
    request_.working_folder = work_;
    request_.home = temporary_ / "home";
    request_.run_folder = run_folder_;
    request_.attempt_folder = folder_;
    request_.metrics_file = folder_ + "/metrics.jsonl";
    request_.confirm_folder = folder_ + "/checkpoint";
    request_.sandbox.enabled = true;
  }
  ~IsolatedAttempt() override {
    end_isolation(subprocess_, command_);
    if (vault_.ok()) {
      EXPECT_TRUE(vault_->remove(run_).ok());
    }
  }

  Environment caller() const { return {{"PATH", "/usr/sbin:/usr/bin:/sbin:/bin"}}; }
  LocalExecutor make() {
    return {files_, subprocess_, clock_, {.supervisor_program = WATTLE_SUPERVISE}};
  }
  /// The attempt of `script`, isolated; `before` are words in front of everything.
  AttemptSpec attempt(const std::string& script, const IsolationMeans& means,
                      const std::vector<std::string>& before = {}) {
    request_.argv = {"/bin/sh", "-c", script};
    auto request = make_mount_points(files_, request_);
    EXPECT_TRUE(request.ok()) << request.error().message();
    auto command = isolate(*request, means);
    EXPECT_TRUE(command.ok()) << command.error().message();
    command_ = *command;
    EXPECT_TRUE(write_memory_files(files_, command_).ok());
    AttemptSpec spec{.folder = folder_,
                     .run = run_,
                     .argv = before,
                     .environment = command_.environment,
                     .working_folder = work_};
    spec.argv.insert(spec.argv.end(), command_.argv.begin(), command_.argv.end());
    return spec;
  }
  ExitRecord run(const AttemptSpec& spec) {
    auto executor = make();
    const auto started = executor.start(spec);
    EXPECT_TRUE(started.ok()) << started.error().message();
    const auto record = executor.wait(folder_, -1);
    EXPECT_TRUE(record.ok()) << record.error().message();
    return record.ok() ? *record : ExitRecord{};
  }
  /// A memory limit needs a controller, which not every host gives: asked of a job that is not
  /// isolated.
  bool has_memory_limit() {
    AttemptSpec spec{.folder = run_folder_ + "/attempts/9",
                     .run = run_,
                     .attempt = 9,
                     .argv = {"/bin/sh", "-c", kGreedy},
                     .environment = request_.environment,
                     .working_folder = work_,
                     .memory = Bytes(64 << 20)};
    EXPECT_TRUE(files_.make_directories(spec.folder).ok());
    auto executor = make();
    EXPECT_TRUE(executor.start(spec).ok());
    const auto record = executor.wait(spec.folder, -1);
    return record.ok() && record->outcome == Outcome::kMemoryLimit;
  }
  /// What the job printed, a line to a line.
  std::string output() {
    std::string text;
    EXPECT_TRUE(
        read_output(folder_, [&](const OutputLine& line) { text += line.text + "\n"; }).ok());
    return text;
  }
  /// Blocks until the job writes a line to $READY, or has ended without.
  void wait_ready() {
    const Descriptor fifo(::open(fifo_.c_str(), O_RDWR | O_CLOEXEC));
    const auto supervisor = open_process(read_supervisor(files_, folder_)->pid);
    ASSERT_EQ(wait_readable(std::array{fifo.get(), supervisor.get()}), 0U) << output();
    char line = 0;
    while (::read(fifo.get(), &line, 1) == 1 && line != '\n') {
    }
  }
  std::string read(const std::string& path) {
    return files_.read(path, limits::kSmallFileBytes).value_or("");
  }
  /// Every process of the job, as the supervisor sees them.
  std::vector<pid_t> members() {
    return energy::descendants_of(read_supervisor(files_, folder_)->pid, {});
  }
  /// As the supervisor asks for a checkpoint: only those that catch the signal get it.
  int signal_those_that_catch(int number) {
    int count = 0;
    for (const pid_t pid : members()) {
      const std::string status = read(concat("/proc/", pid, "/status"));
      const auto at = status.find("\nSigCgt:\t");
      const auto caught =
          at == std::string::npos ? 0 : std::stoull(status.substr(at + 9), nullptr, 16);
      if ((caught >> (number - 1) & 1U) != 0) {
        EXPECT_EQ(::kill(pid, number), 0);
        ++count;
      }
    }
    return count;
  }

  static constexpr const char* kGreedy = "x=$(head -c 400000000 /dev/zero | tr '\\0' a); echo kept";

  support::TemporaryFolder temporary_;
  std::string run_ = "01J0ISOLATED" + std::to_string(::getpid());
  std::string run_folder_ = temporary_ / "home/runs/" + run_;
  std::string other_run_ = temporary_ / "home/runs/OTHER";
  std::string folder_ = run_folder_ + "/attempts/1";
  std::string work_ = temporary_ / "work";
  std::string fifo_ = work_ + "/ready";  // from the job
  std::string go_ = work_ + "/go";       // to it: of one pipe it might read its own words
  RealFileSystem files_;
  RealSubprocess subprocess_;
  SystemClock clock_;
  Result<SecretVault> vault_ = SecretVault::open(files_, {});
  IsolationRequest request_;
  IsolatedCommand command_;
};

}  // namespace wattle::executor
