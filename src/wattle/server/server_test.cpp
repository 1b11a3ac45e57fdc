#include "wattle/server/server.h"

#include <array>
#include <csignal>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "wattle/base/ids.h"
#include "wattle/executor/local_executor.h"
#include "wattle/executor/waiting.h"
#include "wattle/job/job_house.h"
#include "wattle/support/temporary_folder.h"

namespace wattle::server {
namespace {

/// The system's clock, which does something when it is asked for the n-th time.
class HookedClock final : public Clock {
 public:
  UtcTime utc_now() const override { return real_.utc_now(); }
  BootTime boot_now() const override {
    if (hook && ++asked_ == at) {
      hook();
    }
    return real_.boot_now();
  }
  std::string boot_id() const override { return real_.boot_id(); }

  std::function<void()> hook;
  int at = 0;

 private:
  SystemClock real_;
  mutable int asked_ = 0;
};

class ServerTest : public ::testing::Test {
 protected:
  ServerTest() {
    auto opened = job::JobHouse::open({.files = files_,
                                       .clock = clock_,
                                       .rng = rng_,
                                       .subprocess = subprocess_,
                                       .executor = executor_,
                                       .environment = {},
                                       .home = home_,
                                       .program_folder = "/nowhere",
                                       .root = folder_ / "root",
                                       .host_nodes = folder_ / "nodes"},
                                      "");
    EXPECT_TRUE(opened.ok()) << opened.error().message();
    house_ = std::move(*opened);
  }

  Status serve(Server::Options options) {
    dispatcher_ = house_->make_dispatcher(log_);
    Server server(files_, server_clock_, log_, home_);
    return server.run([this]() -> Result<job::Dispatcher*> { return dispatcher_.get(); },
                      std::move(options));
  }
  /// A job whose next step is its end, so that nothing has to be started.
  std::string submit_and_stop() {
    job::RunRecord record{.id = make_ulid(clock_, rng_),
                          .actor = "me",
                          .created = clock_.utc_now(),
                          .folder = folder_.path()};
    record.job.name = "job";
    record.job.run = std::vector<std::string>{"true"};
    EXPECT_TRUE(house_->submit(record, "").ok());
    EXPECT_TRUE(house_->jobs().wish(record.id, job::Wish::kStop).ok());
    return record.id;
  }
  job::JobState state(const std::string& run) { return house_->jobs().get(run)->state; }

  support::TemporaryFolder folder_;
  store::Home home_{folder_ / "home"};
  RealFileSystem files_;
  SystemClock clock_;
  HookedClock server_clock_;
  Rng rng_{3};
  RealSubprocess subprocess_;
  executor::LocalExecutor executor_{files_, subprocess_, clock_, {}};
  Descriptor null_{::open("/dev/null", O_WRONLY | O_CLOEXEC)};
  Log log_{clock_, {.descriptor = null_.get()}};
  std::unique_ptr<job::JobHouse> house_;
  std::unique_ptr<job::Dispatcher> dispatcher_;
};

TEST_F(ServerTest, EndsWhenItHasNothingToDo) {
  bool was_ready = false;
  EXPECT_TRUE(serve({.idle_exit = Seconds(0.01), .on_ready = [&] { was_ready = true; }}).ok());
  EXPECT_TRUE(was_ready);
  EXPECT_FALSE(job::ring(home_)) << "nobody is there any more";
}

TEST_F(ServerTest, ServesWhatWasLeftBeforeItSaysThatItIsUp) {
  const auto run = submit_and_stop();
  job::JobState at_ready = job::JobState::kPending;
  ASSERT_TRUE(serve({.idle_exit = Seconds(0.01), .on_ready = [&] { at_ready = state(run); }}).ok());
  EXPECT_EQ(at_ready, job::JobState::kStopped);
}

TEST_F(ServerTest, ASecondOneIsRefusedAndTheFirstIsHeard) {
  Status second;
  bool is_heard = false;
  ASSERT_TRUE(serve({.idle_exit = Seconds(0.01),
                     .on_ready =
                         [&] {
                           Server other(files_, clock_, log_, home_);
                           second = other.run(
                               []() -> Result<job::Dispatcher*> {
                                 return Error(ErrorCode::kInternal, "it was let in");
                               },
                               {});
                           is_heard = job::ring(home_);
                         }})
                  .ok());
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code(), ErrorCode::kAlreadyExists);
  EXPECT_TRUE(is_heard);
}

TEST_F(ServerTest, EndsOnASignal) {
  EXPECT_TRUE(serve({.on_ready = [] { ::kill(::getpid(), SIGTERM); }}).ok());
}

TEST_F(ServerTest, WhoeverRingsIsServedAtOnce) {
  std::thread user;
  std::string run;
  ASSERT_TRUE(serve({.on_ready = [&] {
                run = submit_and_stop();
                auto watch = executor::FolderWatch::open(home_.run(run),
                                                         executor::FolderWatch::Events::kContents);
                ASSERT_TRUE(watch.ok());
                user = std::thread([watch = std::move(*watch)] {
                  // The change of its state is written into its folder; no end but this.
                  executor::wait_readable(std::array{watch.descriptor()});
                  ::kill(::getpid(), SIGTERM);
                });
                ASSERT_TRUE(job::ring(home_));
              }}).ok());
  user.join();
  EXPECT_EQ(state(run), job::JobState::kStopped);
}

TEST_F(ServerTest, WhoeverSubmitsJustBeforeItLeavesIsServed) {
  std::string run;
  // It asks for the time when it begins to be idle, and again before it leaves.
  server_clock_.at = 2;
  server_clock_.hook = [&] {
    run = submit_and_stop();
    EXPECT_TRUE(job::ring(home_)) << "its door is still open, so nobody starts another one";
  };
  ASSERT_TRUE(serve({.idle_exit = Seconds(0.01)}).ok());
  ASSERT_FALSE(run.empty());
  EXPECT_EQ(state(run), job::JobState::kStopped);
}

}  // namespace
}  // namespace wattle::server
