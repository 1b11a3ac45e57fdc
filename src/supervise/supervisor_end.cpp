// How an attempt comes to its end: on request, by interruption, or by itself; and what is said
// about it.
#include <algorithm>
#include <csignal>

#include "supervisor.h"

#include "wattle/base/text.h"

namespace wattle::supervise {
namespace {

constexpr Seconds kRestGrace{1};     // for what the main process leaves behind
constexpr Seconds kKillPause{0.05};  // between rounds of SIGKILL where cgroup.kill is not had
constexpr Seconds kKillTime{30};     // then a process is stuck in the kernel

}  // namespace

void Supervisor::end_rest() {
  // One that was asked for a checkpoint and the end may end before its children have made it.
  const bool still_saving = awaiting_ && options_.checkpoint.asks_for_the_end();
  if (!asked_to_end_ && !still_saving && !resting_ && !killing_since_ && !group_->empty()) {
    awaiting_ = false;
    resting_ = true;
    thaw();
    group_->signal(SIGTERM);
    group_->signal(SIGCONT);
    sources_->ending.start(std::min(kRestGrace, options_.grace));
  }
}

void Supervisor::stop(Cause cause) {
  if (awaiting_ || (!main_ended_ && cause_ == Cause::kNone)) {
    // A time limit that passes while a checkpoint is awaited ends the wait, not the interruption.
    cause_ = awaiting_ && cause == Cause::kTimeLimit ? cause_ : cause;
    ask_to_end();
  } else if (cause == Cause::kStopped) {
    cause_ = cause_ == Cause::kInterrupted ? cause : cause_;
    has_ended_ ? checkpoints_->abandon() : kill_all();  // asked twice: no more patience
  }
}

void Supervisor::interrupt() {
  if (main_ended_ || cause_ != Cause::kNone) {
    return;
  }
  cause_ = Cause::kInterrupted;
  thaw();
  if (!options_.checkpoint.can_ask()) {
    ask_to_end();
    return;
  }
  awaiting_ = true;
  checkpoints_->request(Checkpoints::Why::kInterruption);
  if (awaiting_) {
    journal_->write("to be interrupted: a checkpoint is awaited");
  }
}

void Supervisor::on_request_settled() {
  if (awaiting_ && !has_ended_) {
    ask_to_end();
  }
}

void Supervisor::ask_to_end() {
  awaiting_ = false;
  asked_to_end_ = true;
  if (checkpoints_) {
    checkpoints_->stop_asking();
  }
  thaw();
  group_->signal(SIGTERM);
  group_->signal(SIGCONT);  // a stopped process could not act on it
  sources_->ending.start(options_.grace);
}

void Supervisor::on_ending() {
  sources_->ending.acknowledge();
  if (!has_ended_) {
    kill_all();
  }
}

void Supervisor::kill_all() {
  if (!killing_since_) {
    killing_since_ = clock_.boot_now();
  }
  given_up_ = clock_.boot_now() - *killing_since_ > kKillTime;
  group_->kill();
  thaw();
  sources_->ending.start(kKillPause);
}

bool Supervisor::is_over() {
  if (given_up_ || !main_ended_ || (group_ && !group_->empty())) {
    return given_up_;
  }
  if (!checkpoints_) {
    return true;
  }
  if (!has_ended_) {
    note_end();
    sources_->ending.stop();
  }
  checkpoints_->look();  // what was confirmed with the last breath
  return checkpoints_->is_idle();
}

std::string Supervisor::how_it_ended() const {
  return end_.status.signal != 0 ? concat("signal ", end_.status.signal)
                                 : concat("exit code ", end_.status.code);
}

/// The command has finished while a checkpoint was awaited. Where the request asks for the end as
/// well, nobody can tell a finished job from one that has saved: that one goes on later.
bool Supervisor::finished_by_itself() const {
  return cause_ == Cause::kInterrupted && ended_unasked_ && end_.status.success() &&
         !options_.checkpoint.asks_for_the_end();
}

std::string Supervisor::describe_interruption() const {
  if (!checkpoints_ || !options_.checkpoint.can_ask()) {
    return "interrupted without a checkpoint: the job makes none on request";
  }
  const std::string last =
      checkpoints_->last_number() > 0
          ? concat("checkpoint ", checkpoints_->last_number(), " (", checkpoints_->last_path(), ")")
          : "";
  if (checkpoints_->last_request_counts()) {
    return concat("interrupted with ", last);
  }
  const std::string why = checkpoints_->obstacle().empty() ? "it ended before it confirmed one"
                                                           : checkpoints_->obstacle();
  return last.empty() ? concat("interrupted without a checkpoint: ", why)
                      : concat("interrupted; ", why, "; the last one is ", last);
}

void Supervisor::describe_end() {
  if (end_.outcome == Outcome::kNotStarted) {
    return;
  }
  end_.memory_kills = group_->memory_kills();
  const auto how = how_it_ended();
  if (cause_ == Cause::kTimeLimit) {
    end_.outcome = Outcome::kTimeLimit;
    end_.reason =
        concat("the time limit of ", format_duration(options_.time_limit), " passed (", how, ")");
  } else if (cause_ == Cause::kStopped && options_.observed && end_.status.success()) {
    end_.outcome = Outcome::kExited;  // the only end that watching has by itself
  } else if (cause_ == Cause::kStopped) {
    end_.outcome = Outcome::kStopped;
    end_.reason = concat("stopped on request (", how, ")");
  } else if (cause_ == Cause::kInterrupted && !finished_by_itself()) {
    end_.outcome = Outcome::kInterrupted;
    end_.reason = concat(describe_interruption(), " (", how, ")");
  } else if (end_.memory_kills > 0 && !end_.status.success()) {
    end_.outcome = Outcome::kMemoryLimit;
    end_.reason = concat(
        "the kernel killed ", end_.memory_kills, " of its processes: out of memory",
        options_.memory.value() > 0 ? concat(" at the limit of ", options_.memory.value(), " bytes")
                                    : std::string(),
        " (", how, ")");
  } else {
    end_.outcome = end_.status.signal != 0 ? Outcome::kSignaled : Outcome::kExited;
    end_.reason = end_.status.signal != 0 ? concat("ended by ", how) : "";
  }
  if (given_up_) {
    end_.reason += concat(end_.reason.empty() ? "" : "; ", group_->members().size(),
                          " processes could not be ended");
  }
}

}  // namespace wattle::supervise
