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

  Result<ServerEnd> serve(Server::Options options) {
    dispatcher_ = house_->make_dispatcher(log_);
    server_ = std::make_unique<Server>(files_, server_clock_, log_, home_);
    return server_->run([this]() -> Result<Service> { return service(); }, std::move(options));
  }
  Service service() { return {.dispatcher = dispatcher_.get(), .doorway = doorway_}; }
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
  /// A job that waits: there is no supervisor that could start it, and it is tried again later.
  void submit_waiting() {
    job::RunRecord record{.id = make_ulid(clock_, rng_),
                          .actor = "me",
                          .created = clock_.utc_now(),
                          .folder = folder_.path()};
    record.job.name = "waits";
    record.job.run = std::vector<std::string>{"true"};
    EXPECT_TRUE(house_->submit(record, "").ok());
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
  std::unique_ptr<Server> server_;
  Doorway* doorway_ = nullptr;
};

TEST_F(ServerTest, EndsWhenItHasNothingToDo) {
  bool was_ready = false;
  EXPECT_TRUE(serve({.idle_exit = Seconds(0.01), .on_ready = [&] { was_ready = true; }}).ok());
  EXPECT_TRUE(was_ready);
}

TEST_F(ServerTest, ServesWhatWasLeftBeforeItSaysThatItIsUp) {
  const auto run = submit_and_stop();
  job::JobState at_ready = job::JobState::kPending;
  ASSERT_TRUE(serve({.idle_exit = Seconds(0.01), .on_ready = [&] { at_ready = state(run); }}).ok());
  EXPECT_EQ(at_ready, job::JobState::kStopped);
}

TEST_F(ServerTest, ASecondOneIsRefused) {
  Result<ServerEnd> second = ServerEnd::kIdle;
  ASSERT_TRUE(serve({.idle_exit = Seconds(0.01),
                     .on_ready =
                         [&] {
                           Server other(files_, clock_, log_, home_);
                           second = other.run(
                               []() -> Result<Service> {
                                 return Error(ErrorCode::kInternal, "it was let in");
                               },
                               {});
                         }})
                  .ok());
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code(), ErrorCode::kAlreadyExists);
}

TEST_F(ServerTest, EndsOnASignal) {
  EXPECT_EQ(*serve({.on_ready = [] { ::kill(::getpid(), SIGTERM); }}), ServerEnd::kSignal);
}

TEST_F(ServerTest, EndsWhenItIsToMakeRoomThoughAJobMoves) {
  submit_waiting();
  EXPECT_EQ(*serve({.on_ready = [this] { server_->drain(); }}), ServerEnd::kDrained);
  EXPECT_EQ(house_->jobs().active()->size(), 1U) << "the next server takes it up";
}

/// A door that somebody stands in for a while.
class BusyDoorway final : public Doorway {
 public:
  Status open() override {
    ++opened;
    return {};
  }
  void close() override { ++closed; }
  bool is_in_use() const override { return uses_left-- > 0; }
  Seconds idle_for() const override { return asked++ == 0 ? Seconds(0) : Seconds(1e9); }

  int opened = 0;
  int closed = 0;
  mutable int uses_left = 2;
  mutable int asked = 0;
};

TEST_F(ServerTest, StaysWhileItsDoorIsInUseAndAMomentAfterwards) {
  BusyDoorway doorway;
  doorway_ = &doorway;
  EXPECT_EQ(*serve({.idle_exit = Seconds(0.01)}), ServerEnd::kIdle);
  EXPECT_LT(doorway.uses_left, 0) << "it was asked until nobody stood there";
  EXPECT_EQ(doorway.asked, 2) << "and then until the last use was long ago";
  EXPECT_EQ(doorway.opened, 1);
}

TEST_F(ServerTest, OpensItsDoorAgainForWhoeverCameWhileItWasShut) {
  BusyDoorway doorway;
  doorway.uses_left = 0;
  doorway_ = &doorway;
  std::string run;
  server_clock_.at = 2;
  server_clock_.hook = [&] { run = submit_and_stop(); };
  EXPECT_EQ(*serve({.idle_exit = Seconds(0.01)}), ServerEnd::kIdle);
  EXPECT_EQ(state(run), job::JobState::kStopped);
  EXPECT_GE(doorway.opened, 1);
}

TEST_F(ServerTest, WhoeverWakesItIsServedAtOnce) {
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
                server_->wake();
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
    server_->wake();
  };
  ASSERT_TRUE(serve({.idle_exit = Seconds(0.01)}).ok());
  ASSERT_FALSE(run.empty());
  EXPECT_EQ(state(run), job::JobState::kStopped);
}

}  // namespace
}  // namespace wattle::server
