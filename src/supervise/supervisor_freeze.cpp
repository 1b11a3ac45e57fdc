// A job that stands still: its clock stands still too, and freeze.json says so.
#include "supervisor.h"

#include "wattle/base/text.h"

namespace wattle::supervise {

void Supervisor::freeze() {
  if (main_ended_ || cause_ != Cause::kNone || frozen_since_) {
    return;  // it is being ended, or stands still already
  }
  auto means = group_->freeze();
  if (!means.ok()) {
    journal_->write(concat("it cannot be frozen: ", means.error().message()));
    return;
  }
  freeze_means_ = std::move(*means);
  freeze_changed_ = {clock_.utc_now(), clock_.boot_now()};
  frozen_since_ = freeze_changed_.boot;
  sources_->limit.stop();
  if (checkpoints_) {
    checkpoints_->pause();
  }
  save_freeze();
  if (!freeze_saved_) {
    thaw();  // nobody could know that it is to be thawed
  }
}

void Supervisor::thaw() {
  if (!frozen_since_) {
    return;
  }
  group_->thaw();
  freeze_changed_ = {clock_.utc_now(), clock_.boot_now()};
  const Seconds frozen = freeze_changed_.boot - *frozen_since_;
  frozen_since_.reset();
  if (limit_at_) {
    limit_at_ = *limit_at_ + frozen;
    sources_->limit.start(*limit_at_ - freeze_changed_.boot);
  }
  if (checkpoints_) {
    checkpoints_->resume();
  }
  end_.frozen = end_.frozen + frozen;
  save_freeze();
}

/// Tried again at each tick, until it is known.
void Supervisor::save_freeze() {
  const auto saved = attempt_->write_freeze({
      .protocol = options_.protocol,
      .frozen = frozen_since_.has_value(),
      .means = frozen_since_ ? freeze_means_ : "",
      .changed_utc = freeze_changed_.utc,
      .changed_boot = freeze_changed_.boot,
      .before = end_.frozen,
  });
  if (!saved.ok() && freeze_saved_) {
    journal_->write(saved.error().message());
  }
  freeze_saved_ = saved.ok();
}

}  // namespace wattle::supervise
