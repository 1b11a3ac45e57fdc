// What the queue's tables promise, on SQLite and on PostgreSQL.
#include "wattle/job/job_store.h"

#include "wattle/base/ids.h"
#include "wattle/job/job_schema.h"
#include "wattle/job/run_catalog.h"
#include "wattle/store/database_fixture.h"

namespace wattle::job {
namespace {

using store::Backend;
using store::name_of;
using enum JobState;

class JobStoreTest : public store::OnBothDatabases {
 protected:
  void SetUp() override {
    OnBothDatabases::SetUp();
    if (database_) {
      const auto made = store::migrate(*database_, all_schemas(), clock_, {.program = "test"});
      ASSERT_TRUE(made.ok()) << made.error().message();
      jobs_ = std::make_unique<JobStore>(*database_, clock_, rng_);
    }
  }

  RunRecord record(const std::string& name = "digits") {
    clock_.advance(Seconds(1));
    RunRecord record{
        .id = make_ulid(clock_, rng_), .actor = "me", .created = clock_.utc_now(), .folder = "/"};
    record.job.name = name;
    record.job.run = std::vector<std::string>{"true"};
    return record;
  }
  std::string accept(const RunRecord& record, const std::string& key = "") {
    const auto accepted = jobs_->accept(record, key);
    EXPECT_TRUE(accepted.ok()) << accepted.error().message();
    return accepted.ok() ? accepted->run : "";
  }
  std::string accept() { return accept(record()); }
  ErrorCode refused(const RunRecord& record, const std::string& key = "") {
    const auto accepted = jobs_->accept(record, key);
    EXPECT_FALSE(accepted.ok());
    return accepted.ok() ? ErrorCode::kInternal : accepted.error().code();
  }
  /// Walks a job along states; each must follow the one before.
  void walk(const std::string& run, std::initializer_list<JobState> states) {
    for (const auto to : states) {
      const auto job = *jobs_->get(run);
      StateChange change{.from = job.state, .to = to};
      if (to == kStarting) {
        change.attempt = job.attempt + 1;
      }
      const auto changed = jobs_->change(run, change);
      ASSERT_TRUE(changed.ok()) << changed.error().message();
    }
  }
  Wish wish_of(const std::string& run) { return jobs_->get(run)->wish; }
  messages::Receipt receipt_of(const RunRecord& record, const std::string& state) {
    messages::Receipt receipt;
    receipt.run.id = record.id;
    receipt.run.state = state;
    receipt.time = {.created = record.created,
                    .started = record.created,
                    .ended = clock_.utc_now(),
                    .wall_seconds = 2};
    return receipt;
  }

  SimulatedClock clock_;
  Rng rng_{7};
  std::unique_ptr<JobStore> jobs_;
};

WATTLE_ON_BOTH_DATABASES(JobStoreTest);

TEST_P(JobStoreTest, KeepsWhatWasAccepted) {
  auto asked = record();
  asked.job.project = "vision";
  asked.job.priority = 7;
  asked.job.resources = {.cpus = spec::Count{.value = 3},
                         .gpus = 1,
                         .memory = Bytes(2'000'000'000),
                         .time_limit = Seconds(90)};
  const auto job = *jobs_->get(accept(asked));
  EXPECT_EQ(job.run, asked.id);
  EXPECT_EQ(job.state, kPending);
  EXPECT_EQ(job.project, "vision");
  EXPECT_EQ(job.actor, "me");
  EXPECT_EQ(job.priority, 7);
  EXPECT_EQ(job.needs, (Needs{.cpus = 3, .memory_bytes = 2'000'000'000, .gpus = 1}));
  EXPECT_EQ(job.at_most, Seconds(90));
  EXPECT_EQ(job.attempt, 0U);
  EXPECT_EQ(to_json(*jobs_->record(asked.id)), to_json(asked));
}

TEST_P(JobStoreTest, AnUnknownRunIsNotFound) {
  EXPECT_EQ(jobs_->get("01").error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(jobs_->record("01").error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(jobs_->receipt_json("01").error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(jobs_->wish("01", Wish::kStop).error().code(), ErrorCode::kNotFound);
}

TEST_P(JobStoreTest, ARunIsAcceptedOnce) {
  const auto asked = record();
  accept(asked);
  EXPECT_EQ(refused(asked), ErrorCode::kAlreadyExists);
}

TEST_P(JobStoreTest, TheSameKeyWithTheSameJobIsTheSameRun) {
  const auto first = accept(record(), "nightly");
  const auto again = jobs_->accept(record(), "nightly");
  ASSERT_TRUE(again.ok()) << again.error().message();
  EXPECT_EQ(again->run, first);
  EXPECT_FALSE(again->is_new);
  EXPECT_EQ(integer("SELECT COUNT(*) FROM jobs"), 1);
}

TEST_P(JobStoreTest, TheSameKeyWithAnotherJobIsRefused) {
  const auto first = accept(record("digits"), "nightly");
  const auto other = jobs_->accept(record("letters"), "nightly");
  ASSERT_FALSE(other.ok());
  EXPECT_EQ(other.error().code(), ErrorCode::kAlreadyExists);
  EXPECT_NE(other.error().message().find(first), std::string::npos);
}

TEST_P(JobStoreTest, AKeyBelongsToAnActorAndAProject) {
  accept(record(), "nightly");
  auto of_another = record();
  of_another.actor = "you";
  accept(of_another, "nightly");
  auto elsewhere = record();
  elsewhere.job.project = "vision";
  accept(elsewhere, "nightly");
  accept(record());
  accept(record());
  EXPECT_EQ(integer("SELECT COUNT(*) FROM jobs"), 5) << "without a key each is a run of its own";
}

TEST_P(JobStoreTest, DependenciesAreFoundByTheBeginningsOfTheirIds) {
  const auto first = accept();
  const auto second = accept();
  auto after = record();
  after.job.after = {first.substr(0, 25), second};
  // Ids of one test begin alike, so the last letter tells them apart.
  ASSERT_NE(first.substr(0, 25), second.substr(0, 25));
  accept(after);
  using Needed = std::vector<std::pair<std::string, JobState>>;
  EXPECT_EQ(*jobs_->dependencies(after.id), (Needed{{first, kPending}, {second, kPending}}));
  walk(first, {kWaiting, kStopped});
  EXPECT_EQ((*jobs_->dependencies(after.id))[0].second, kStopped);
}

TEST_P(JobStoreTest, ADependencyThatIsNotThereRefusesTheWholeJob) {
  auto after = record();
  after.job.after = {accept(), "01NOSUCH"};
  EXPECT_EQ(refused(after), ErrorCode::kNotFound);
  EXPECT_EQ(jobs_->get(after.id).error().code(), ErrorCode::kNotFound);
  auto after_itself = record();
  after_itself.job.after = {"last", "last"};
  EXPECT_EQ(accept(after_itself), after_itself.id) << "named twice is needed once";
}

TEST_P(JobStoreTest, ARunIsFoundByTheBeginningOfItsIdInAnyCase) {
  const auto first = accept();
  const auto second = accept();
  EXPECT_EQ(*jobs_->find(first), first);
  std::string lower = first;
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
  EXPECT_EQ(*jobs_->find(lower), first);
  EXPECT_EQ(*jobs_->find("last"), second);
  EXPECT_EQ(jobs_->find(first.substr(0, 4)).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(jobs_->find("zzz").error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(jobs_->find("").error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(jobs_->find("%").error().code(), ErrorCode::kNotFound);
}

TEST_P(JobStoreTest, OfTwoThatChangeTheSameJobOneFails) {
  const auto run = accept();
  const StateChange change{.from = kPending, .to = kWaiting};
  EXPECT_TRUE(jobs_->change(run, change).ok());
  EXPECT_EQ(jobs_->change(run, change).error().code(), ErrorCode::kFailedPrecondition);
  EXPECT_EQ(jobs_->history(run)->size(), 1U);
}

TEST_P(JobStoreTest, AChangeThatCannotBeMadeWholeIsNotMade) {
  const auto run = accept();
  const auto failed = jobs_->change(run, {.from = kPending, .to = kWaiting}, [](auto&) -> Status {
    return Error(ErrorCode::kIo, "no space left");
  });
  EXPECT_EQ(failed.error().code(), ErrorCode::kIo);
  EXPECT_EQ(jobs_->get(run)->state, kPending);
  EXPECT_TRUE(jobs_->history(run)->empty());
}

TEST_P(JobStoreTest, TheHistoryTellsEachChangeInOrder) {
  const auto run = accept();
  ASSERT_TRUE(jobs_->change(run, {.from = kPending, .to = kWaiting}).ok());
  clock_.advance(Seconds(3));
  const StateChange start{.from = kWaiting, .to = kStarting, .reason = "its turn", .attempt = 1};
  ASSERT_TRUE(jobs_->change(run, start).ok());
  const auto history = *jobs_->history(run);
  ASSERT_EQ(history.size(), 2U);
  EXPECT_EQ(history[0].to, kWaiting);
  EXPECT_EQ(history[1].from, kWaiting);
  EXPECT_EQ(history[1].to, kStarting);
  EXPECT_EQ(history[1].reason, "its turn");
  EXPECT_EQ(history[1].attempt, 1U);
  EXPECT_EQ(history[1].at - history[0].at, Seconds(3));
}

TEST_P(JobStoreTest, AChangeWritesWhatItNamesAndLeavesTheRest) {
  const auto run = accept();
  walk(run, {kWaiting});
  const UtcTime ready = clock_.utc_now() + Seconds(60);
  ASSERT_TRUE(jobs_
                  ->change(run, {.from = kWaiting,
                                 .to = kStarting,
                                 .ready = ready,
                                 .attempt = 1,
                                 .gpus = std::vector{0, 2},
                                 .further_attempts = 1,
                                 .is_frozen = true,
                                 .exhausted_budget = "spent"})
                  .ok());
  ASSERT_TRUE(jobs_->change(run, {.from = kStarting, .to = kRunning}).ok());
  const auto job = *jobs_->get(run);
  EXPECT_EQ(job.ready, ready);
  EXPECT_EQ(job.gpus, (std::vector{0, 2}));
  EXPECT_EQ(job.attempt, 1U);
  EXPECT_EQ(job.further_attempts, 1);
  EXPECT_TRUE(job.is_frozen);
  EXPECT_EQ(job.exhausted_budget, "spent");
}

TEST_P(JobStoreTest, AStrongerWishStays) {
  const auto run = accept();
  for (const auto& [wish, then] : {std::pair{Wish::kPause, Wish::kPause},
                                   {Wish::kResume, Wish::kResume},
                                   {Wish::kStop, Wish::kStop},
                                   {Wish::kPause, Wish::kStop},
                                   {Wish::kResume, Wish::kStop},
                                   {Wish::kKill, Wish::kKill},
                                   {Wish::kStop, Wish::kKill}}) {
    EXPECT_TRUE(jobs_->wish(run, wish).ok());
    EXPECT_EQ(wish_of(run), then) << to_string(wish);
  }
}

TEST_P(JobStoreTest, NothingIsAskedOfWhatHasEnded) {
  const auto stopped = accept();
  walk(stopped, {kWaiting, kStopped});
  for (const auto wish : {Wish::kPause, Wish::kStop, Wish::kKill}) {
    EXPECT_EQ(jobs_->wish(stopped, wish).error().code(), ErrorCode::kFailedPrecondition);
  }
  EXPECT_TRUE(jobs_->wish(stopped, Wish::kResume).ok());
  const auto done = accept();
  walk(done, {kWaiting, kStarting, kRunning, kUploading, kSucceeded});
  EXPECT_EQ(jobs_->wish(done, Wish::kResume).error().code(), ErrorCode::kFailedPrecondition);
}

TEST_P(JobStoreTest, AWishThatComesWhileAnotherIsFulfilledIsNotLost) {
  const auto run = accept();
  ASSERT_TRUE(jobs_->wish(run, Wish::kPause).ok());
  ASSERT_TRUE(jobs_->wish(run, Wish::kStop).ok());  // after the dispatcher has read the first
  const StateChange held{
      .from = kPending, .to = kInterrupted, .seen = Wish::kPause, .fulfils_wish = true};
  ASSERT_TRUE(jobs_->change(run, held).ok());
  EXPECT_EQ(wish_of(run), Wish::kStop);
  ASSERT_TRUE(jobs_->fulfil_wish(run, Wish::kPause).ok());
  EXPECT_EQ(wish_of(run), Wish::kStop);
  ASSERT_TRUE(jobs_->note_asked(run, Wish::kStop).ok());
  ASSERT_TRUE(jobs_->fulfil_wish(run, Wish::kStop).ok());
  EXPECT_EQ(wish_of(run), Wish::kNone);
  EXPECT_EQ(jobs_->get(run)->asked, Wish::kNone);
}

TEST_P(JobStoreTest, AnEndFulfilsWhateverWasAsked) {
  const auto run = accept();
  ASSERT_TRUE(jobs_->wish(run, Wish::kStop).ok());
  ASSERT_TRUE(jobs_->note_asked(run, Wish::kStop).ok());
  walk(run, {kWaiting, kFailed});
  EXPECT_EQ(wish_of(run), Wish::kNone);
  EXPECT_EQ(jobs_->get(run)->asked, Wish::kNone);
}

TEST_P(JobStoreTest, WhatWasAskedIsRememberedBesideTheWish) {
  const auto run = accept();
  ASSERT_TRUE(jobs_->wish(run, Wish::kStop).ok());
  ASSERT_TRUE(jobs_->note_asked(run, Wish::kStop).ok());
  walk(run, {kWaiting});
  const auto job = *jobs_->get(run);
  EXPECT_EQ(job.wish, Wish::kStop);
  EXPECT_EQ(job.asked, Wish::kStop);
}

TEST_P(JobStoreTest, TheNewestAreListedFirst) {
  const auto first = accept();
  const auto second = accept();
  const auto newest = *jobs_->newest(1);
  ASSERT_EQ(newest.size(), 1U);
  EXPECT_EQ(newest[0].run, second);
  EXPECT_EQ(jobs_->newest(~std::size_t{0})->back().run, first);
}

TEST_P(JobStoreTest, ActiveIsWhatMovesOrIsToMove) {
  const auto pending = accept();
  const auto done = accept();
  walk(done, {kWaiting, kStopped});
  const auto at_rest = accept();
  walk(at_rest, {kInterrupted});
  const auto resumed = accept();
  walk(resumed, {kInterrupted});
  ASSERT_TRUE(jobs_->wish(resumed, Wish::kResume).ok());
  const auto frozen = accept();
  walk(frozen, {kWaiting, kStarting, kRunning, kInterrupting});
  ASSERT_TRUE(
      jobs_->change(frozen, {.from = kInterrupting, .to = kInterrupted, .is_frozen = true}).ok());
  std::vector<std::string> runs;
  const auto active = *jobs_->active();
  std::ranges::transform(active, std::back_inserter(runs), &JobRow::run);
  EXPECT_EQ(runs, (std::vector<std::string>{pending, resumed, frozen})) << "oldest first";
}

TEST_P(JobStoreTest, TellsWhichRunsHadAnAttemptInAPeriod) {
  const auto before = clock_.utc_now();
  const auto run = accept();
  walk(run, {kWaiting, kStarting, kRunning});
  const auto started = clock_.utc_now();
  accept();  // never begun
  clock_.advance(Seconds(100));
  using Runs = std::vector<std::string>;
  EXPECT_EQ(*jobs_->during(clock_.utc_now(), {}), Runs{run}) << "it goes on";
  ASSERT_TRUE(jobs_->note_attempt_end(run, 1, {.ended = started + Seconds(10)}).ok());
  EXPECT_EQ(*jobs_->during(started + Seconds(5), started + Seconds(6)), Runs{run});
  EXPECT_TRUE(jobs_->during(started + Seconds(11), {})->empty());
  EXPECT_TRUE(jobs_->during(before - Seconds(9), before)->empty());
}

TEST_P(JobStoreTest, TheSameJobIsOfTheSameFolderAndHasSucceeded) {
  const auto one = accept(record());
  const auto two = accept(record());
  auto elsewhere = record();
  elsewhere.folder = "/tmp";
  const auto three = accept(elsewhere);
  accept(record("letters"));
  for (const auto& run : {one, two, three}) {
    walk(run, {kWaiting, kStarting, kRunning, kUploading});
  }
  EXPECT_TRUE(jobs_->same_job(record(), 9)->empty()) << "none has succeeded yet";
  walk(one, {kSucceeded});
  walk(two, {kSucceeded});
  walk(three, {kSucceeded});
  EXPECT_EQ(*jobs_->same_job(record(), 9), (std::vector<std::string>{two, one}));
  EXPECT_EQ(*jobs_->same_job(record(), 1), std::vector<std::string>{two});
}

TEST_P(JobStoreTest, AReceiptIsReplacedByALaterOne) {
  const auto asked = record();
  accept(asked);
  for (const auto* state : {"interrupted", "succeeded"}) {
    const auto receipt = receipt_of(asked, state);
    ASSERT_TRUE(
        database_
            ->write([&](store::Session& session) { return jobs_->save_receipt(session, receipt); })
            .ok());
    EXPECT_EQ(*jobs_->receipt_json(asked.id), messages::to_json(receipt));
  }
}

TEST_P(JobStoreTest, ARunThatWasMeasuredIsTakenInOnce) {
  auto measured = record();
  measured.kind = "measure";
  int also = 0;
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(jobs_
                    ->adopt(measured, kSucceeded, 1,
                            [&](auto&) {
                              ++also;
                              return Status();
                            })
                    .ok());
  }
  EXPECT_EQ(also, 1);
  const auto job = *jobs_->get(measured.id);
  EXPECT_EQ(job.state, kSucceeded);
  EXPECT_EQ(job.attempt, 1U);
  EXPECT_EQ(integer("SELECT COUNT(*) FROM job_attempts"), 1);
}

TEST_P(JobStoreTest, TheFoldersOfAHomeTellTheSameAsTheDatabase) {
  RealFileSystem files;
  RunCatalog catalog(files, store::Home(folder_ / "home"));
  std::vector<RunRecord> records;
  for (const auto* name : {"digits", "digits", "letters"}) {
    records.push_back(record(name));
    const auto& asked = records.back();
    ASSERT_TRUE(catalog.add(asked).ok());
    accept(asked);
    walk(asked.id, {kWaiting, kStarting, kRunning, kUploading, kSucceeded});
    clock_.advance(Seconds(10));
    ASSERT_TRUE(jobs_->note_attempt_end(asked.id, 1, {.ended = clock_.utc_now()}).ok());
    ASSERT_TRUE(catalog.save_receipt(receipt_of(asked, "succeeded")).ok());
  }
  RunIndex& folders = catalog;
  RunIndex& rows = *jobs_;
  EXPECT_EQ(*folders.same_job(record("digits"), 9), *rows.same_job(record("digits"), 9));
  const auto sorted = [](std::vector<std::string> runs) {
    std::ranges::sort(runs);
    return runs;
  };
  const auto begin = records.front().created;
  for (double from = -5; from < 60; from += 3) {
    for (double to = from; to < 60; to += 3) {
      EXPECT_EQ(sorted(*folders.during(begin + Seconds(from), begin + Seconds(to))),
                sorted(*rows.during(begin + Seconds(from), begin + Seconds(to))))
          << from << " s to " << to << " s";
    }
  }
}

}  // namespace
}  // namespace wattle::job
