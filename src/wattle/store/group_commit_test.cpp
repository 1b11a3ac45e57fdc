#include "wattle/store/group_commit.h"

#include <algorithm>
#include <latch>

#include <gtest/gtest.h>

namespace wattle::store {
namespace {

/// What a server keeps, and how its commits end.
struct FakeServer {
  enum class Fate { kCommits, kRefuses, kBreaksAfter, kBreaksBefore };

  std::mutex mutex;
  std::vector<std::string> committed;
  std::deque<Fate> fates;  // of the commits to come; then they all succeed
  bool is_away = false;
  int connects = 0;
  int commits = 0;
  std::size_t largest_group = 0;
  bool last_is_there = false;
};

class FakeConnection final : public Connection {
 public:
  explicit FakeConnection(FakeServer& server) : server_(server) {}
  bool in_transaction() const override { return open_; }
  bool usable() const override { return usable_; }

 protected:
  /// "break": the connection does; "fill": the transaction is rolled back as on a full disk.
  Result<std::int64_t> run(std::string_view sql, const SqlValues& /*parameters*/,
                           const OnRow* /*on_row*/) override {
    if (sql == "break") {
      usable_ = false;
      return Error(ErrorCode::kUnavailable, "the connection broke");
    }
    if (sql == "fill") {
      open_ = false;
      return Error(ErrorCode::kIo, "the disk is full");
    }
    if (sql == "fail") {
      return Error(ErrorCode::kAlreadyExists, "taken");
    }
    pending_.emplace_back(sql);
    return std::int64_t{1};
  }
  Status do_begin() override {
    pending_.clear();
    savepoints_ = 0;
    open_ = true;
    return {};
  }
  CommitEnd do_commit() override {
    const std::scoped_lock lock(server_.mutex);
    ++server_.commits;
    server_.largest_group = std::max(server_.largest_group, savepoints_);
    auto fate = FakeServer::Fate::kCommits;
    if (!server_.fates.empty()) {
      fate = server_.fates.front();
      server_.fates.pop_front();
    }
    open_ = false;
    server_.last_is_there =
        fate == FakeServer::Fate::kCommits || fate == FakeServer::Fate::kBreaksAfter;
    if (server_.last_is_there) {
      server_.committed.insert(server_.committed.end(), pending_.begin(), pending_.end());
    }
    if (fate == FakeServer::Fate::kCommits) {
      return {};
    }
    const Error error(ErrorCode::kIo, "the commit failed");
    if (fate == FakeServer::Fate::kRefuses) {
      return {CommitOutcome::kRolledBack, error};
    }
    usable_ = false;
    return {CommitOutcome::kUnknown, error};
  }
  Status control(std::string_view sql) override {
    if (sql == "SAVEPOINT work") {
      ++savepoints_;
      savepoint_ = pending_.size();
    } else if (sql == "ROLLBACK TO SAVEPOINT work") {
      pending_.resize(savepoint_);
    } else if (sql == "ROLLBACK") {
      open_ = false;
    }
    return {};
  }

 private:
  FakeServer& server_;
  std::vector<std::string> pending_;
  std::size_t savepoint_ = 0;
  std::size_t savepoints_ = 0;
  bool open_ = false;
  bool usable_ = true;
};

class FakeConnector final : public Connector {
 public:
  explicit FakeConnector(FakeServer& server) : server_(server) {}
  Result<std::unique_ptr<Connection>> connect_writer() override {
    ++server_.connects;
    if (server_.is_away) {
      return Error(ErrorCode::kUnavailable, "the server is away");
    }
    return std::unique_ptr<Connection>(std::make_unique<FakeConnection>(server_));
  }
  Result<std::unique_ptr<Connection>> connect_reader() override { return connect_writer(); }
  Backend backend() const override { return Backend::kPostgres; }
  Result<bool> last_commit_is_there(Connection& /*writer*/) override {
    return server_.last_is_there;
  }
  Status copy_to(const std::string& /*path*/) override { return {}; }

 private:
  FakeServer& server_;
};

class GroupCommit : public ::testing::Test {
 protected:
  using Fate = FakeServer::Fate;

  Status write(const std::string& sql) {
    return database_.write([&](Session& session) -> Status {
      ++runs_;
      WATTLE_RETURN_IF_ERROR(session.execute(sql));
      return {};
    });
  }

  FakeServer server_;
  GroupCommitDatabase database_{std::make_unique<FakeConnector>(server_)};
  std::atomic<int> runs_{0};
};

TEST_F(GroupCommit, ACommitWhoseAnswerWasLostAndThatTookPlaceIsNotDoneTwice) {
  server_.fates = {Fate::kBreaksAfter};
  EXPECT_TRUE(write("a").ok());
  EXPECT_EQ(runs_, 1);
  EXPECT_EQ(server_.connects, 2);
  EXPECT_EQ(server_.committed, std::vector<std::string>{"a"});
}

TEST_F(GroupCommit, ACommitThatWasLostWithItsConnectionIsDoneAgain) {
  server_.fates = {Fate::kBreaksBefore};
  EXPECT_TRUE(write("a").ok());
  EXPECT_EQ(runs_, 2);
  EXPECT_EQ(server_.committed, std::vector<std::string>{"a"});
}

TEST_F(GroupCommit, ACommitThatIsLostAgainAndAgainIsAnErrorInTheEnd) {
  server_.fates = {Fate::kBreaksBefore, Fate::kBreaksBefore, Fate::kBreaksBefore};
  EXPECT_EQ(write("a").error().code(), ErrorCode::kUnavailable);
  EXPECT_TRUE(server_.committed.empty());
}

TEST_F(GroupCommit, WhatCannotBeFoundOutIsSaid) {
  ASSERT_TRUE(write("a").ok());
  server_.fates = {Fate::kBreaksAfter};
  const auto status = database_.write([&](Session& session) -> Status {
    server_.is_away = true;
    WATTLE_RETURN_IF_ERROR(session.execute("b"));
    return {};
  });
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code(), ErrorCode::kUnavailable);
  EXPECT_NE(status.error().message().find("not known"), std::string::npos);
  server_.is_away = false;
  EXPECT_TRUE(write("c").ok());
}

TEST_F(GroupCommit, AWorkWhoseConnectionBrokeRunsAgainOnAnother) {
  bool broken = false;
  const auto status = database_.write([&](Session& session) -> Status {
    WATTLE_RETURN_IF_ERROR(session.execute(std::exchange(broken, true) ? "a" : "break"));
    return {};
  });
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(server_.committed, std::vector<std::string>{"a"});
}

TEST_F(GroupCommit, AServerThatIsAwayIsTold) {
  server_.is_away = true;
  EXPECT_EQ(write("a").error().code(), ErrorCode::kUnavailable);
  EXPECT_EQ(database_.read([](Session&) { return Status(); }).error().code(),
            ErrorCode::kUnavailable);
}

/// Writes from many threads at once until a group of several has formed.
template <typename Write>
void write_in_groups(const FakeServer& server, const Write& write) {
  constexpr int kThreads = 8;
  for (int round = 0; server.largest_group < 3 && round < 1000; ++round) {
    std::latch begin(kThreads);
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        begin.arrive_and_wait();
        write(round * kThreads + t);
      });
    }
    for (auto& thread : threads) {
      thread.join();
    }
  }
  EXPECT_GE(server.largest_group, 3U);
}

TEST_F(GroupCommit, OneThatFailsTakesNobodyAlong) {
  std::atomic<int> good{0};
  write_in_groups(server_, [&](int number) {
    const bool fails = number % 3 == 0;
    EXPECT_EQ(write(fails ? "fail" : "good").ok(), !fails);
    good += fails ? 0 : 1;
  });
  EXPECT_EQ(std::ssize(server_.committed), good.load());
}

TEST_F(GroupCommit, OneThatFillsTheDiskFailsAloneAlthoughItTookTheTransactionAlong) {
  std::atomic<int> good{0};
  write_in_groups(server_, [&](int number) {
    const bool fills = number % 8 == 5;
    const auto status = write(fills ? "fill" : "good");
    EXPECT_EQ(status.ok(), !fills);
    if (fills) {
      EXPECT_EQ(status.error().code(), ErrorCode::kIo);
    }
    good += fills ? 0 : 1;
  });
  EXPECT_EQ(std::ssize(server_.committed), good.load());
}

TEST_F(GroupCommit, ARefusedCommitIsTheErrorOfWhoIsAloneInIt) {
  server_.fates = {Fate::kRefuses};
  EXPECT_EQ(write("a").error().code(), ErrorCode::kIo);
  EXPECT_TRUE(write("b").ok());
  EXPECT_EQ(server_.committed, std::vector<std::string>{"b"});
}

TEST_F(GroupCommit, AWriteWithinAWriteIsABugAndSaysSo) {
  EXPECT_DEATH(
      { (void)database_.write([&](Session&) { return write("inner"); }).ok(); }, "wait for itself");
}

}  // namespace
}  // namespace wattle::store
