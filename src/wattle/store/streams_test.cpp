// Outbox, timers, leases and counters, on SQLite and on PostgreSQL.
#include <thread>

#include "wattle/store/counters.h"
#include "wattle/store/database_fixture.h"
#include "wattle/store/leader_lease.h"
#include "wattle/store/outbox.h"
#include "wattle/store/store_schema.h"
#include "wattle/store/timers.h"

namespace wattle::store {
namespace {

using std::int64_t;

class Streams : public OnBothDatabases {
 protected:
  void SetUp() override {
    OnBothDatabases::SetUp();
    if (database_) {
      const std::vector<Schema> schemas{store_schema()};
      const auto made = migrate(*database_, schemas, clock_, {.program = "test"});
      ASSERT_TRUE(made.ok()) << made.error().message();
    }
  }

  Event event(const std::string& subject) const {
    return {.topic = "job.state",
            .project = "default",
            .actor = "ada",
            .subject = subject,
            .payload = R"({"state":"running"})",
            .at = clock_.utc_now()};
  }
  /// Appends in a transaction that fails if it is told to.
  Status append(const std::string& subject, bool fails = false) const {
    return database_->write([&](Session& session) -> Status {
      WATTLE_RETURN_IF_ERROR(Outbox::append(session, event(subject)));
      return fails ? Status(Error(ErrorCode::kCancelled, "no")) : Status();
    });
  }
  Status acknowledge(const std::string& consumer, int64_t sequence) const {
    return database_->write(
        [&](Session& session) { return Outbox::acknowledge(session, consumer, sequence); });
  }
  static std::string subjects(const Result<std::vector<Event>>& events) {
    std::string all;
    for (const auto& one : *events) {
      all += one.subject;
    }
    return all;
  }

  SimulatedClock clock_;
};

TEST_P(Streams, EventsComeBackWholeInOrderAndWithoutGaps) {
  Outbox outbox(*database_);
  EXPECT_EQ(*outbox.last(), 0);
  ASSERT_TRUE(append("a").ok());
  EXPECT_FALSE(append("lost", true).ok());
  ASSERT_TRUE(append("b").ok());
  ASSERT_TRUE(append("c").ok());
  const auto events = *outbox.read(0, 100);
  ASSERT_EQ(events.size(), 3U);
  Event first = event("a");
  first.sequence = 1;
  EXPECT_EQ(events[0], first);
  EXPECT_EQ(events[2].sequence, 3);
  EXPECT_EQ(subjects(outbox.read(1, 1)), "b");
  EXPECT_EQ(*outbox.last(), 3);
}

TEST_P(Streams, EventsOfManyThreadsHaveNoGapsAndNoDuplicates) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(append("e", (t + i) % 3 == 0).ok(), (t + i) % 3 != 0);
      }
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  Outbox outbox(*database_);
  const auto events = *outbox.read(0, 1000);
  EXPECT_EQ(events.size(), 53U);  // 80 less those whose thread and turn add up to a multiple of 3
  for (std::size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ(events[i].sequence, static_cast<int64_t>(i) + 1);
  }
}

TEST_P(Streams, AConsumerGoesOnWhereItAcknowledgedAndNeverBack) {
  Outbox outbox(*database_);
  for (const auto* subject : {"a", "b", "c"}) {
    ASSERT_TRUE(append(subject).ok());
  }
  ASSERT_TRUE(outbox.add_consumer("mail", 0).ok());
  EXPECT_EQ(subjects(outbox.pending("mail", 10)), "abc");
  ASSERT_TRUE(acknowledge("mail", 2).ok());
  EXPECT_EQ(subjects(outbox.pending("mail", 10)), "c");
  ASSERT_TRUE(acknowledge("mail", 1).ok());
  ASSERT_TRUE(outbox.add_consumer("mail", 0).ok());
  EXPECT_EQ(*outbox.acknowledged("mail"), 2);
  EXPECT_EQ(acknowledge("mail", 4).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(acknowledge("nobody", 1).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(outbox.pending("nobody", 1).error().code(), ErrorCode::kNotFound);
}

TEST_P(Streams, TrimmingKeepsWhatSomebodyHasStillToReadAndWhatIsYoung) {
  Outbox outbox(*database_);
  ASSERT_TRUE(outbox.add_consumer("slow", 0).ok());
  ASSERT_TRUE(outbox.add_consumer("fast", 0).ok());
  for (const auto* subject : {"a", "b", "c", "d"}) {
    ASSERT_TRUE(append(subject).ok());
    clock_.advance(Seconds(60));
  }
  ASSERT_TRUE(acknowledge("fast", 4).ok());
  EXPECT_EQ(*outbox.trim(clock_.utc_now()), 0);
  ASSERT_TRUE(acknowledge("slow", 3).ok());
  EXPECT_EQ(*outbox.trim(clock_.utc_now() - Seconds(150)), 2) << "c is younger than that";
  EXPECT_EQ(subjects(outbox.read(0, 10)), "cd");
  EXPECT_EQ(*outbox.trim(clock_.utc_now()), 1);
  ASSERT_TRUE(outbox.remove_consumer("slow").ok());
  EXPECT_EQ(*outbox.trim(clock_.utc_now()), 1);
  ASSERT_TRUE(append("e").ok());
  EXPECT_EQ((*outbox.read(0, 10)).front().sequence, 5) << "numbers are not given twice";
}

TEST_P(Streams, APayloadOverTheBoundIsRefused) {
  Event big = event("a");
  big.payload = std::string(Outbox::kMostPayloadBytes + 1, ' ');
  const auto refused = database_->write([&](Session& session) -> Status {
    WATTLE_RETURN_IF_ERROR(Outbox::append(session, big));
    return {};
  });
  EXPECT_EQ(refused.error().code(), ErrorCode::kInvalidArgument);
}

TEST_P(Streams, TimersGoOffInOrderOnceAndNotBefore) {
  Timers timers(*database_);
  EXPECT_EQ(*timers.next_due(), std::nullopt);
  const UtcTime now = clock_.utc_now();
  const Timer soon{"soon", now + Seconds(10), R"({"n":1})"};
  const Timer later{"later", now + Seconds(20), "{}"};
  ASSERT_TRUE(database_
                  ->write([&](Session& session) -> Status {
                    WATTLE_RETURN_IF_ERROR(Timers::set(session, later));
                    return Timers::set(session, soon);
                  })
                  .ok());
  EXPECT_EQ(*timers.next_due(), soon.due);
  EXPECT_TRUE(timers.due(now + Seconds(9), 10)->empty());
  EXPECT_EQ(*timers.due(now + Seconds(30), 10), (std::vector<Timer>{soon, later}));
  EXPECT_EQ(*timers.due(now + Seconds(30), 1), std::vector<Timer>{soon});

  std::vector<bool> taken;
  const auto take = [&](const Timer& timer) {
    ASSERT_TRUE(database_
                    ->write([&](Session& session) -> Status {
                      WATTLE_ASSIGN_OR_RETURN(const bool one, Timers::take(session, timer));
                      taken.push_back(one);
                      return {};
                    })
                    .ok());
  };
  take(soon);
  take(soon);
  EXPECT_EQ(taken, (std::vector<bool>{true, false}));
  EXPECT_EQ(*timers.next_due(), later.due);
}

TEST_P(Streams, ATimerThatWasMovedOrCancelledHasNoEffect) {
  Timers timers(*database_);
  const UtcTime now = clock_.utc_now();
  const Timer first{"retry", now, "{}"};
  const Timer moved{"retry", now + Seconds(60), "{}"};
  std::vector<bool> answers;
  ASSERT_TRUE(database_
                  ->write([&](Session& session) -> Status {
                    WATTLE_RETURN_IF_ERROR(Timers::set(session, first));
                    WATTLE_RETURN_IF_ERROR(Timers::set(session, moved));
                    for (const Timer* timer : {&first, &moved}) {
                      WATTLE_ASSIGN_OR_RETURN(const bool taken, Timers::take(session, *timer));
                      answers.push_back(taken);
                    }
                    WATTLE_RETURN_IF_ERROR(Timers::set(session, first));
                    for (int i = 0; i < 2; ++i) {
                      WATTLE_ASSIGN_OR_RETURN(const bool there, Timers::cancel(session, "retry"));
                      answers.push_back(there);
                    }
                    return {};
                  })
                  .ok());
  EXPECT_EQ(answers, (std::vector<bool>{false, true, true, false}));
  EXPECT_EQ(*timers.next_due(), std::nullopt);
}

TEST_P(Streams, ALeaseIsHeldByOneAndTheStaleHolderIsFencedOff) {
  LeaderLease first(*database_, clock_, {.name = "server", .holder = "host-a"});
  LeaderLease second(*database_, clock_, {.name = "server", .holder = "host-b"});
  ASSERT_TRUE(first.acquire().ok());
  const auto refused = second.acquire();
  EXPECT_EQ(refused.error().code(), ErrorCode::kUnavailable);
  EXPECT_NE(refused.error().message().find("host-a"), std::string::npos);
  clock_.advance(Seconds(10));
  ASSERT_TRUE(first.renew().ok());
  clock_.advance(Seconds(10));
  EXPECT_FALSE(second.acquire().ok()) << "it was renewed";

  clock_.advance(Seconds(10));  // the first sleeps through its time
  ASSERT_TRUE(second.acquire().ok());
  EXPECT_GT(second.token(), first.token());
  const auto write_as = [&](const LeaderLease& lease) {
    return database_->write([&](Session& session) -> Status {
      WATTLE_RETURN_IF_ERROR(lease.check(session));
      WATTLE_RETURN_IF_ERROR(next_number(session, "writes"));
      return {};
    });
  };
  EXPECT_EQ(write_as(first).error().code(), ErrorCode::kFailedPrecondition);
  EXPECT_EQ(first.renew().error().code(), ErrorCode::kFailedPrecondition);
  EXPECT_TRUE(write_as(second).ok());
  EXPECT_EQ(integer("SELECT value FROM counters WHERE name = 'writes'"), 1);
}

TEST_P(Streams, AReleasedLeaseIsFreeAndTokensGoOnRising) {
  LeaderLease first(*database_, clock_, {.name = "server", .holder = "host-a"});
  LeaderLease second(*database_, clock_, {.name = "server", .holder = "host-b"});
  ASSERT_TRUE(first.acquire().ok());
  ASSERT_TRUE(first.release().ok());
  ASSERT_TRUE(second.acquire().ok());
  EXPECT_EQ(second.token(), 2);
  ASSERT_TRUE(first.release().ok()) << "of what it holds no more: without effect";
  EXPECT_TRUE(second.renew().ok());
}

TEST_P(Streams, AnExpiredLeaseThatNobodyTookIsStillItsHolders) {
  LeaderLease lease(*database_, clock_, {.name = "server", .holder = "host-a"});
  EXPECT_EQ(lease.renew().error().code(), ErrorCode::kFailedPrecondition) << "never acquired";
  ASSERT_TRUE(lease.acquire().ok());
  clock_.advance(Seconds(3600));
  EXPECT_TRUE(lease.renew().ok());
}

WATTLE_ON_BOTH_DATABASES(Streams);

}  // namespace
}  // namespace wattle::store
