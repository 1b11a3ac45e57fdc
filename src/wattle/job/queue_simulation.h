// A queue in simulated time: the real dispatcher, desks and tables on SQLite, over a host that is
// made up; killed, resumed and asked for things at random, by a seed.
//
// Units:    Seconds of the simulated clock. Errors: a broken promise fails the test, with the seed.
// Threads:  one. Lifetime: a temporary folder, removed with the object.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>

#include "wattle/base/ids.h"
#include "wattle/base/log.h"
#include "wattle/job/dispatcher.h"
#include "wattle/job/job_schema.h"
#include "wattle/job/simulated_executor.h"
#include "wattle/store/artifact_disk.h"
#include "wattle/store/artifact_store.h"
#include "wattle/store/open_database.h"
#include "wattle/support/temporary_folder.h"

namespace wattle::job {

class QueueSimulation {
 public:
  explicit QueueSimulation(std::uint64_t seed)
      : seed_(seed),
        dice_(seed),
        host_(files_, clock_, [this](const executor::AttemptSpec& spec) { return script(spec); }) {
    EXPECT_TRUE(files_.make_directories(folder_ / "home").ok());
    EXPECT_TRUE(files_.make_directories(folder_ / "root").ok());
    boot();
  }

  /// The process that has the queue; made anew after it was killed.
  struct Process {
    std::unique_ptr<store::Database> database;
    std::unique_ptr<MortalDatabase> mortal;
    std::unique_ptr<JobStore> jobs;
    std::unique_ptr<JobStore> users;  // of commands, which are not killed with it
    std::unique_ptr<Surroundings> around;
    std::unique_ptr<RunDesk> desk;
    store::ArtifactDisk disk;
    std::unique_ptr<store::ArtifactStore> artifacts;
    std::unique_ptr<RunKeeper> keeper;
    std::unique_ptr<Dispatcher> dispatcher;
  };

  JobStore& jobs() { return *process_->jobs; }
  RunDesk& desk() { return *process_->desk; }
  Dispatcher& dispatcher() { return *process_->dispatcher; }
  SimulatedExecutor& host() { return host_; }
  SimulatedClock& clock() { return clock_; }
  MortalDatabase& database() { return *process_->mortal; }

  /// Every attempt of the run goes like this, instead of at random.
  void set_script(const std::string& run, Script script) { scripts_[run] = script; }

  RunRecord record() {
    clock_.advance(Seconds(0.01));
    RunRecord record{.id = make_ulid(clock_, ids_),
                     .actor = "me",
                     .created = clock_.utc_now(),
                     .folder = folder_.path()};
    record.job.name = "job";
    record.job.run = std::vector<std::string>{"true"};
    return record;
  }
  std::string submit(const RunRecord& record) {
    EXPECT_TRUE(desk().attempts().keep_caller(record).ok());
    EXPECT_TRUE(desk().catalog().add(record).ok());
    const auto accepted = process_->users->accept(record, "");
    EXPECT_TRUE(accepted.ok()) << accepted.error().message();
    accepted_.push_back(record);
    return record.id;
  }

  /// One step of the process, which may be killed in it; nullopt when it was.
  std::optional<Outlook> step() {
    try {
      const auto outlook = dispatcher().step();
      check_capacity();
      if (!outlook.ok()) {
        return Outlook{.next = clock_.utc_now() + Seconds(2), .active = 1};
      }
      return *outlook;
    } catch (const Crash&) {
      boot();
      return std::nullopt;
    }
  }
  /// Steps and lets time pass until nothing moves any more.
  void run_to_rest(int most_steps = 2000) {
    for (int i = 0; i < most_steps; ++i) {
      const auto outlook = step();
      if (!outlook) {
        continue;
      }
      if (outlook->active == 0) {
        return;
      }
      const auto event = host_.next();
      const bool is_watched = outlook->descriptors.empty() ? false : event.has_value();
      if (!outlook->next && !is_watched) {
        if (only_frozen_or_held()) {
          return;
        }
        FAIL() << "the queue sleeps for ever, seed " << seed_ << ": " << describe();
      }
      auto at = outlook->next.value_or(UtcTime{INT64_MAX});
      at = event ? std::min(at, *event) : at;
      clock_.advance(std::max(Seconds(0.001), at - clock_.utc_now()));
      host_.tick();
    }
    FAIL() << "the queue does not come to rest, seed " << seed_ << ": " << describe();
  }

  /// What must hold when everything has come to rest.
  void check_everything() {
    for (const auto& record : accepted_) {
      const auto job = jobs().get(record.id);
      ASSERT_TRUE(job.ok()) << "an accepted job is lost, seed " << seed_;
      check_history(*job);
      check_attempts(*job, record);
    }
  }

  Rng& dice() { return dice_; }
  std::uint64_t seed() const { return seed_; }
  const std::vector<RunRecord>& accepted() const { return accepted_; }

  std::string describe() {
    std::string text;
    for (const auto& record : accepted_) {
      const auto job = jobs().get(record.id);
      text +=
          concat("\n", record.id, " ", job.ok() ? to_string(job->state) : "gone", " wish ",
                 job.ok() ? to_string(job->wish) : "", " attempt ", job.ok() ? job->attempt : 0,
                 job.ok() && job->is_frozen ? " frozen" : "", ": ", job.ok() ? job->reason : "");
    }
    return text;
  }

 private:
  void boot() {
    process_.reset();
    process_ = std::make_unique<Process>();
    auto& now = *process_;
    now.database = std::move(*store::open_database({.home = folder_ / "home"}));
    now.mortal = std::make_unique<MortalDatabase>(*now.database, host_.kill_point);
    const auto made = store::migrate(*now.database, all_schemas(), clock_, {.program = "test"});
    EXPECT_TRUE(made.ok()) << made.error().message();
    now.jobs = std::make_unique<JobStore>(*now.mortal, clock_, ids_);
    now.users = std::make_unique<JobStore>(*now.database, clock_, ids_);
    now.around = std::make_unique<Surroundings>(Surroundings{.files = files_,
                                                             .clock = clock_,
                                                             .rng = ids_,
                                                             .subprocess = subprocess_,
                                                             .executor = host_,
                                                             .environment = {},
                                                             .home = store::Home(folder_ / "home"),
                                                             .program_folder = "/nowhere",
                                                             .root = folder_ / "root",
                                                             .host_nodes = folder_ / "nodes",
                                                             .index = now.jobs.get()});
    now.desk = std::make_unique<RunDesk>(*now.around);
    now.artifacts = std::move(*store::ArtifactStore::open(*now.mortal, now.disk, clock_,
                                                          {.folder = folder_ / "home/artifacts"}));
    now.keeper = std::make_unique<RunKeeper>(*now.mortal, *now.artifacts, *now.around);
    now.dispatcher = std::make_unique<Dispatcher>(Dispatcher::Parts{.jobs = *now.jobs,
                                                                    .desk = *now.desk,
                                                                    .keeper = *now.keeper,
                                                                    .executor = host_,
                                                                    .clock = clock_,
                                                                    .log = log_});
  }

  Script script(const executor::AttemptSpec& spec) {
    if (const auto known = scripts_.find(spec.run); known != scripts_.end()) {
      return known->second;
    }
    const auto face = dice_.below(100);
    Script script{.takes = Seconds(static_cast<double>(dice_.below(30)))};
    if (face < 15) {
      script.exit_code = 1;
    } else if (face < 30) {
      script.outcome = executor::Outcome::kLost;
    } else if (face < 40) {
      script.start_fails = face < 35 ? ErrorCode::kIo : ErrorCode::kUnavailable;
    }
    return script;
  }

  bool only_frozen_or_held() {
    const auto active = jobs().active();
    return active.ok() && std::ranges::all_of(*active, [](const JobRow& job) {
             return job.state == JobState::kInterrupted || job.state == JobState::kPending;
           });
  }

  void check_capacity() {
    double cpus = 0;
    for (const auto& [folder, attempt] : host_.attempts()) {
      const auto record = std::ranges::find(accepted_, attempt.spec.run, &RunRecord::id);
      // To stop nobody waits for room, also when it was frozen.
      const bool counts = attempt.lives && !attempt.is_frozen && attempt.asked_to_stop == 0 &&
                          record != accepted_.end();
      cpus += counts ? needs(*record) : 0;
    }
    EXPECT_LE(cpus, desk().capacity().cpus + 1e-6) << "seed " << seed_ << describe();
  }
  static double needs(const RunRecord& record) {
    const auto& cpus = record.job.resources.cpus;
    return cpus ? static_cast<double>(cpus->value) : 1;
  }

  void check_history(const JobRow& job) {
    const auto history = jobs().history(job.run);
    ASSERT_TRUE(history.ok());
    auto state = JobState::kPending;
    std::uint32_t attempt = 0;
    for (const auto& step : *history) {
      EXPECT_EQ(step.from, state) << "seed " << seed_;
      EXPECT_TRUE(may_follow(step.from, step.to)) << "seed " << seed_;
      EXPECT_GE(step.attempt, attempt) << "attempts only grow, seed " << seed_;
      EXPECT_LE(step.attempt, attempt + 1);
      state = step.to;
      attempt = step.attempt;
    }
    EXPECT_EQ(state, job.state) << "seed " << seed_;
  }

  void check_attempts(const JobRow& job, const RunRecord& record) {
    std::int64_t open = 0;
    const auto read = process_->database->read([&](store::Session& session) {
      return session.query("SELECT COUNT(*) FROM job_attempts WHERE run = ? AND ended_ns IS NULL",
                           {job.run}, [&](const store::SqlRow& row) {
                             open = row.integer(0);
                             return Status();
                           });
    });
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(open, job.is_frozen ? 1 : 0)
        << "attempts without an end, seed " << seed_ << describe();
    std::int64_t begun = 0;
    for (const auto& [folder, attempt] : host_.attempts()) {
      begun += attempt.spec.run == job.run ? 1 : 0;
    }
    EXPECT_LE(begun, 1 + record.job.retry.attempts + resumed_[job.run])
        << "begun too often, seed " << seed_ << describe();
    EXPECT_TRUE(job.state != JobState::kSucceeded || begun > 0) << "seed " << seed_;
  }

 public:
  /// Asks, as a command does. A resume allows one attempt more.
  void ask(const std::string& run, Wish wish) {
    const auto asked = process_->users->wish(run, wish);
    resumed_[run] += asked.ok() && wish == Wish::kResume ? 1 : 0;
  }

 private:
  std::uint64_t seed_;
  support::TemporaryFolder folder_;
  RealFileSystem files_;
  SimulatedClock clock_;
  Rng dice_;
  Rng ids_{1};
  RealSubprocess subprocess_;
  Descriptor null_{::open("/dev/null", O_WRONLY | O_CLOEXEC)};
  Log log_{clock_, {.descriptor = null_.get()}};
  SimulatedExecutor host_;
  std::map<std::string, Script> scripts_;
  std::map<std::string, std::int64_t> resumed_;
  std::vector<RunRecord> accepted_;
  std::unique_ptr<Process> process_;
};

/// Jobs, wishes, kills and full disks by a seed, to the end; then everything that must hold.
inline void simulate(std::uint64_t seed) {
  QueueSimulation queue(seed);
  auto& dice = queue.dice();
  const auto count = 1 + dice.below(dice.below(8) == 0 ? 30 : 5);
  for (std::uint64_t i = 0; i < count; ++i) {
    auto record = queue.record();
    record.job.priority = static_cast<std::int64_t>(dice.below(3));
    record.job.retry.attempts = static_cast<std::int64_t>(dice.below(3));
    record.job.resources.cpus = spec::Count{.value = static_cast<std::int64_t>(1 + dice.below(2))};
    if (dice.below(3) == 0) {
      record.job.checkpoint.request = "SIGUSR1";
    }
    if (dice.below(6) == 0) {
      record.job.budget.time = Seconds(static_cast<double>(1 + dice.below(10)));
    }
    if (!queue.accepted().empty() && dice.below(4) == 0) {
      record.job.after = {queue.accepted()[dice.below(queue.accepted().size())].id};
    }
    queue.submit(record);
  }
  const auto rounds = 3 * count + 10;
  for (std::uint64_t round = 0; round < rounds; ++round) {
    if (dice.below(3) == 0) {
      queue.host().kill_point.arm(1 + dice.below(12), dice.below(2) == 0);
    }
    const auto outlook = queue.step();
    queue.host().kill_point.disarm();
    queue.database().is_full = dice.below(15) == 0;
    if (dice.below(2) == 0) {
      constexpr std::array kWishes{Wish::kPause, Wish::kResume, Wish::kStop, Wish::kKill};
      queue.ask(queue.accepted()[dice.below(count)].id, kWishes.at(dice.below(kWishes.size())));
    }
    if (outlook) {
      queue.clock().advance(Seconds(static_cast<double>(dice.below(8))));
    }
    queue.host().tick();
  }
  queue.database().is_full = false;
  queue.run_to_rest();
  queue.check_everything();
}

}  // namespace wattle::job
