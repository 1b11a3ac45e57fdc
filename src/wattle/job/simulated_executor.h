// For tests of the dispatcher: a host whose attempts are numbers in memory and files in a folder,
// with the promises of executor.h, and a point at which the process that asks is killed.
//
// Units:    Seconds of the simulated clock. Errors: those that are scripted.
// Threads:  one. Lifetime: the host outlives every dispatcher, as a real one does.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <string>

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "wattle/base/file.h"
#include "wattle/base/rng.h"
#include "wattle/base/text.h"
#include "wattle/executor/attempt_documents.h"
#include "wattle/executor/executor.h"
#include "wattle/executor/lost_attempt.h"
#include "wattle/store/database.h"

namespace wattle::job {

/// Thrown in the place of SIGKILL: everything that the process had is thrown away then.
struct Crash {};

/// Kills at the n-th operation from when it is armed, before or after that takes effect.
class KillPoint {
 public:
  void arm(std::uint64_t operation, bool after) {
    left_ = operation;
    after_ = after;
  }
  void disarm() { left_ = 0; }

  template <typename Work>
  auto around(const Work& work) {
    const bool is_here = left_ > 0 && --left_ == 0;
    if (is_here && !after_) {
      throw Crash();
    }
    auto result = work();
    if (is_here) {
      throw Crash();
    }
    return result;
  }

 private:
  std::uint64_t left_ = 0;  // 0: never
  bool after_ = false;
};

/// A database whose process may be killed before or after a commit.
class MortalDatabase final : public store::Database {
 public:
  MortalDatabase(store::Database& real, KillPoint& kill) : real_(real), kill_(kill) {}
  Status write(const Work& work) override {
    return kill_.around([&] { return is_full ? full() : real_.write(work); });
  }
  Status read(const Work& work) override { return real_.read(work); }
  store::Backend backend() const override { return real_.backend(); }

  bool is_full = false;  // its disk

 private:
  static Status full() { return Error(ErrorCode::kIo, "writing the database: no space left"); }
  store::Database& real_;
  KillPoint& kill_;
};

/// How an attempt goes when nobody interferes.
struct Script {
  executor::Outcome outcome = executor::Outcome::kExited;
  int exit_code = 0;
  Seconds takes{1};
  std::optional<ErrorCode> start_fails;
};

class SimulatedExecutor final : public executor::Executor {
 public:
  using Scripts = std::function<Script(const executor::AttemptSpec&)>;

  struct Attempt {
    executor::AttemptSpec spec;
    Script script;
    UtcTime ends;
    UtcTime started;
    bool lives = true;  // its supervisor
    bool is_frozen = false;
    int asked_to_stop = 0;
    int asked_to_interrupt = 0;
  };

  SimulatedExecutor(FileSystem& files, SimulatedClock& clock, Scripts scripts)
      : files_(files), clock_(clock), scripts_(std::move(scripts)) {}

  KillPoint kill_point;

  const std::map<std::string, Attempt>& attempts() const { return attempts_; }
  /// Lets everything happen that is due.
  void tick() {
    for (auto& [folder, attempt] : attempts_) {
      if (attempt.lives && !attempt.is_frozen && attempt.ends <= clock_.utc_now()) {
        end(folder, attempt, attempt.script.outcome, attempt.script.exit_code);
      }
    }
  }
  std::optional<UtcTime> next() const {
    std::optional<UtcTime> next;
    for (const auto& [folder, attempt] : attempts_) {
      if (attempt.lives && !attempt.is_frozen) {
        next = next ? std::min(*next, attempt.ends) : attempt.ends;
      }
    }
    return next;
  }
  /// kill -9 of a supervisor; its processes go with it.
  void lose(const std::string& folder) {
    auto& attempt = attempts_.at(folder);
    end(folder, attempt, executor::Outcome::kLost, 0);
  }

  Status start(const executor::AttemptSpec& spec) override {
    return kill_point.around([&]() -> Status {
      const auto earlier = attempts_.find(spec.folder);
      EXPECT_EQ(earlier, attempts_.end()) << "started twice: " << spec.folder;
      for (const auto& [folder, attempt] : attempts_) {
        EXPECT_FALSE(attempt.lives && attempt.spec.run == spec.run)
            << "two live attempts of " << spec.run;
        EXPECT_FALSE(attempt.spec.run == spec.run && attempt.spec.attempt >= spec.attempt);
      }
      const auto script = scripts_(spec);
      if (script.start_fails) {
        return Error(*script.start_fails, "it cannot be started");
      }
      begin(spec, script);
      return {};
    });
  }
  Result<executor::AttemptState> state(const std::string& folder) override {
    if (files_.exists(executor::exit_file(folder))) {
      return executor::AttemptState::kEnded;
    }
    if (!files_.exists(folder)) {
      return Error(ErrorCode::kNotFound, "there is no attempt in " + folder);
    }
    const auto found = attempts_.find(folder);
    if (found == attempts_.end()) {
      // Fresh folders are given time, as LocalExecutor does.
      const auto [seen, is_new] = folders_.try_emplace(folder, clock_.utc_now());
      return clock_.utc_now() - seen->second < Seconds(30) ? executor::AttemptState::kStarting
                                                           : executor::AttemptState::kLost;
    }
    return found->second.lives ? executor::AttemptState::kRunning : executor::AttemptState::kLost;
  }
  Status stop(const std::string& folder) override {
    return kill_point.around([&] {
      return with_live(folder, [&](Attempt& attempt) {
        EXPECT_EQ(++attempt.asked_to_stop, 1) << "a second request kills: " << folder;
        attempt.is_frozen = false;
        attempt.script = {.outcome = executor::Outcome::kStopped};
        attempt.ends = std::min(attempt.ends, clock_.utc_now() + Seconds(2));
      });
    });
  }
  Status kill(const std::string& folder) override {
    return kill_point.around([&] {
      return with_live(
          folder, [&](Attempt& attempt) { end(folder, attempt, executor::Outcome::kStopped, 0); });
    });
  }
  Status request_checkpoint(const std::string&) override { return {}; }
  Status interrupt(const std::string& folder) override {
    return kill_point.around([&] {
      return with_live(folder, [&](Attempt& attempt) {
        ++attempt.asked_to_interrupt;
        attempt.is_frozen = false;
        if (attempt.asked_to_stop == 0) {
          attempt.script = {.outcome = executor::Outcome::kInterrupted};
        }
        attempt.ends = std::min(attempt.ends, clock_.utc_now() + Seconds(3));
      });
    });
  }
  Status freeze(const std::string& folder) override {
    return kill_point.around([&]() -> Status {
      const auto found = attempts_.find(folder);
      if (found == attempts_.end() || !found->second.lives) {
        return Error(ErrorCode::kFailedPrecondition, "it has ended");
      }
      found->second.is_frozen = true;
      return {};
    });
  }
  Status thaw(const std::string& folder) override {
    return kill_point.around(
        [&] { return with_live(folder, [](Attempt& attempt) { attempt.is_frozen = false; }); });
  }
  Result<bool> is_frozen(const std::string& folder) override {
    const auto found = attempts_.find(folder);
    return found != attempts_.end() && found->second.lives && found->second.is_frozen;
  }
  Result<std::vector<executor::CheckpointRecord>> checkpoints(const std::string&) override {
    return std::vector<executor::CheckpointRecord>();
  }
  Result<Descriptor> open_end(const std::string& folder) override {
    const auto found = attempts_.find(folder);
    if (found == attempts_.end() && !files_.exists(executor::exit_file(folder))) {
      return Error(ErrorCode::kUnavailable, "it is only starting");
    }
    return found != attempts_.end() && found->second.lives
               ? Descriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC))
               : Descriptor();
  }
  Result<executor::ExitRecord> wait(const std::string& folder, int) override {
    return exit_record(folder);
  }
  Result<executor::ExitRecord> exit_record(const std::string& folder) override {
    WATTLE_ASSIGN_OR_RETURN(const auto now, state(folder));
    if (now == executor::AttemptState::kLost) {
      return executor::settle_lost(files_, clock_, folder);
    }
    if (now != executor::AttemptState::kEnded) {
      return Error(ErrorCode::kFailedPrecondition, "it has not ended");
    }
    return executor::read_exit(files_, folder);
  }

 private:
  template <typename Act>
  Status with_live(const std::string& folder, const Act& act) {
    const auto found = attempts_.find(folder);
    if (found != attempts_.end() && found->second.lives) {
      act(found->second);
    }
    return {};
  }
  void begin(const executor::AttemptSpec& spec, const Script& script) {
    const auto now = clock_.utc_now();
    attempts_[spec.folder] = {
        .spec = spec, .script = script, .ends = now + script.takes, .started = now};
    const auto text =
        fmt::format(R"({{"protocol":2,"pid":1,"owner":"{}/{}","boot_id":"{}","started_utc_ns":{},)"
                    R"("started_boot_ns":{}}})",
                    spec.run, spec.attempt, clock_.boot_id() + "x", now.ns, clock_.boot_now().ns);
    EXPECT_TRUE(files_.write_atomic(executor::supervisor_file(spec.folder), text).ok());
  }
  void end(const std::string& folder, Attempt& attempt, executor::Outcome outcome, int exit_code) {
    attempt.lives = false;
    attempt.is_frozen = false;
    if (outcome == executor::Outcome::kLost) {
      return;  // nobody writes it down
    }
    const executor::ExitRecord record{
        .outcome = outcome,
        .exit_code = exit_code,
        .reason =
            exit_code == 0 && outcome == executor::Outcome::kExited ? "" : "as its script says",
        .started = attempt.started,
        .ended = clock_.utc_now(),
        .started_boot = clock_.boot_now(),
        .ended_boot = clock_.boot_now()};
    EXPECT_TRUE(
        files_
            .write_atomic(executor::exit_file(folder), executor::to_json(record, clock_.boot_id()))
            .ok());
  }

  FileSystem& files_;
  SimulatedClock& clock_;
  Scripts scripts_;
  std::map<std::string, Attempt> attempts_;
  std::map<std::string, UtcTime> folders_;  // without a supervisor: when they were first seen
};

}  // namespace wattle::job
