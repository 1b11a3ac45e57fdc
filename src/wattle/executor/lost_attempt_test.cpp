// Fencing: an attempt that was settled as lost is never begun, however late its supervisor comes.
#include "wattle/executor/lost_attempt.h"

#include <array>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "wattle/base/subprocess.h"
#include "wattle/base/text.h"
#include "wattle/executor/attempt_documents.h"
#include "wattle/executor/waiting.h"
#include "wattle/support/temporary_folder.h"

namespace wattle::executor {
namespace {

class Fencing : public testing::Test {
 protected:
  std::unique_ptr<Process> supervise(const std::string& folder) {
    const std::string script = "echo ran >> " + path_join(folder, "ran");
    return subprocess_
        .start({.argv = {WATTLE_SUPERVISE, "--protocol", "2", "--folder", folder, "--run",
                         concat("FENCE", ::getpid()), "--attempt", "1", "--accounting", "subreaper",
                         "--", "/bin/sh", "-c", script},
                .error = null_.get()})
        .value();
  }
  std::string new_folder() {
    auto folder = temporary_ / std::to_string(++folders_);
    EXPECT_TRUE(files_.make_directories(folder).ok());
    return folder;
  }

  support::TemporaryFolder temporary_;
  Descriptor null_{::open("/dev/null", O_WRONLY | O_CLOEXEC)};
  RealFileSystem files_;
  RealSubprocess subprocess_;
  SystemClock clock_;
  int folders_ = 0;
};

TEST_F(Fencing, ALateSupervisorRefusesASettledAttempt) {
  const auto folder = new_folder();
  ASSERT_EQ(settle_lost(files_, clock_, folder)->outcome, Outcome::kLost);
  const auto process = supervise(folder);
  EXPECT_EQ(process->wait()->code, 1);
  EXPECT_FALSE(files_.exists(path_join(folder, "ran")));
  EXPECT_FALSE(files_.exists(supervisor_file(folder)));
  EXPECT_EQ(read_exit(files_, folder)->outcome, Outcome::kLost);
}

TEST_F(Fencing, EitherItRunsOrItIsLostWhoeverIsFirst) {
  int lost = 0;
  constexpr int kRounds = 40;
  for (int round = 0; round < kRounds; ++round) {
    const auto folder = new_folder();
    auto watch = FolderWatch::open(folder, FolderWatch::Events::kNames);
    const auto process = supervise(folder);
    // The settler comes at another point of the supervisor's start each time.
    for (int seen = 0; seen < round % 8; ++seen) {
      wait_readable(std::array{watch->descriptor(), process->pidfd()});
      watch->take("");
    }
    const auto settled = settle_lost(files_, clock_, folder);
    const auto status = process->wait();
    ASSERT_TRUE(settled.ok()) << settled.error().message();
    const bool ran = files_.exists(path_join(folder, "ran"));
    const auto record = read_exit(files_, folder);
    ASSERT_TRUE(record.ok());
    EXPECT_EQ(record->outcome, ran ? Outcome::kExited : Outcome::kLost);
    EXPECT_EQ(settled->outcome, record->outcome) << "both see the same end";
    EXPECT_EQ(status->code, ran ? 0 : 1);
    lost += ran ? 0 : 1;
  }
  RecordProperty("lost", lost);
}

}  // namespace
}  // namespace wattle::executor
