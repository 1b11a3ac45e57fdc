#include "checkpoints.h"

#include <algorithm>
#include <array>

#include "young_interval.h"
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wattle/base/text.h"

namespace wattle::supervise {
namespace {

constexpr std::string_view kRequestFile = "checkpoint.request";
// In a folder of its own, the only one of the attempt that a sandboxed job may write.
constexpr std::string_view kConfirmationFolder = "checkpoint";
constexpr std::string_view kConfirmationFile = "checkpoint/confirmation.json";
constexpr std::size_t kMostWaiting = 4;  // confirmations behind the one that is being verified
constexpr std::size_t kMostAsked = 64;   // requests whose times are remembered
constexpr int kNiceness = 5;             // of the verifier, when nobody waits for it
constexpr Seconds kVerifyTime{600};      // then the disk hangs
constexpr std::size_t kEventBytes = 4096;

}  // namespace

std::vector<std::string> Checkpoints::environment(const CheckpointOptions& options,
                                                  const std::string& attempt_folder) {
  if (options.folder.empty()) {
    return {};
  }
  const std::string folder = absolute_path(attempt_folder);
  return {"WATTLE_CHECKPOINT_DIR=" + options.folder,
          "WATTLE_CHECKPOINT_REQUEST=" + path_join(folder, kRequestFile),
          "WATTLE_CHECKPOINT_CONFIRM=" + path_join(folder, kConfirmationFile)};
}

Result<std::unique_ptr<Checkpoints>> Checkpoints::create(const Around& around,
                                                         const CheckpointOptions& options,
                                                         Hooks hooks) {
  WATTLE_RETURN_IF_ERROR(around.files.make_directories(options.folder));
  WATTLE_RETURN_IF_ERROR(
      around.files.make_directories(path_join(around.folder, kConfirmationFolder)));
  WATTLE_ASSIGN_OR_RETURN(auto timer, Timer::create());
  std::unique_ptr<Checkpoints> made(  // NOLINT: the constructor is private
      new Checkpoints(around, options, std::move(hooks), std::move(timer)));
  made->watch();
  around.loop.add(made->timer_.descriptor(), [raw = made.get()] { raw->on_timer(); });
  return made;
}

Checkpoints::~Checkpoints() {
  around_.loop.remove(timer_.descriptor());
  if (watch_.is_open()) {
    around_.loop.remove(watch_.get());
  }
}

/// Without a watch (this user's are used up) the ticks look.
void Checkpoints::watch() {
  const std::string folder = path_join(around_.folder, kConfirmationFolder);
  watch_ = OwnedDescriptor(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (watch_.is_open() &&
      ::inotify_add_watch(watch_.get(), folder.c_str(), IN_MOVED_TO | IN_ONLYDIR) < 0) {
    watch_.reset();
  }
  if (watch_.is_open()) {
    around_.loop.add(watch_.get(), [this] { on_watch(); });
  }
}

void Checkpoints::on_watch() {
  // Which file it was does not matter: a look is cheap, and few files are renamed here.
  std::array<char, kEventBytes> buffer;  // NOLINT: filled by read
  while (::read(watch_.get(), buffer.data(), buffer.size()) > 0) {
  }
  look();
}

bool Checkpoints::asks_at_intervals() const {
  return options_.can_ask() && !options_.asks_for_the_end();
}

Seconds Checkpoints::interval() const {
  if (options_.interval.value() > 0) {
    return options_.interval;
  }
  const Seconds cost =
      measured_ > 0 ? Seconds(costs_ / static_cast<double>(measured_)) : kAssumedCost;
  return young_interval(cost, options_.mean_time_between_interruptions);
}

void Checkpoints::start() {
  schedule_next();
}

void Checkpoints::schedule_next() {
  if (asks_at_intervals()) {
    next_request_ = around_.clock.boot_now() + interval();
  }
  arm();
}

/// The timer is set for whatever comes first.
void Checkpoints::arm() {
  std::optional<BootTime> first;
  const auto consider = [&](std::optional<BootTime> at) {
    first = at && (!first || *at < *first) ? at : first;
  };
  consider(open_ ? std::optional(open_->deadline) : next_request_);
  consider(verify_by_);
  if (first && !paused_) {
    timer_.start(*first - around_.clock.boot_now());
  } else {
    timer_.stop();
  }
}

void Checkpoints::on_timer() {
  timer_.acknowledge();
  const BootTime at = around_.clock.boot_now();
  if (verify_by_ && *verify_by_ <= at) {
    verify_by_.reset();
    verifier_.abort();
  }
  if (open_ && open_->deadline <= at) {
    close_request(concat("request ", open_->number, " was not confirmed in ",
                         format_duration(options_.timeout)));
  } else if (!open_ && next_request_ && *next_request_ <= at) {
    request(Why::kInterval);
  }
  arm();
}

void Checkpoints::request(Why why) {
  if (!open_) {
    const auto number = ++requests_;
    open_ = Open{.number = number, .deadline = around_.clock.boot_now() + options_.timeout};
    asked_[number] = {.at = now()};
    if (asked_.size() > kMostAsked) {
      asked_.erase(asked_.begin());
    }
    next_request_.reset();
    last_request_counts_ = false;
    obstacle_.clear();
    const auto written =
        around_.files.write_atomic(path_join(around_.folder, kRequestFile), concat(number, "\n"));
    const int signal = options_.signal();
    if (!written.ok()) {
      close_request(written.error().message());
    } else if (signal != 0 && hooks_.signal_job(signal) == 0) {
      close_request(concat("no process of the job has a handler for ", options_.request));
    }
  }
  if (open_ && why == Why::kInterruption) {
    open_->urgent = true;
  }
  arm();
}

void Checkpoints::close_request(std::string obstacle) {
  open_.reset();
  last_request_counts_ = obstacle.empty();
  obstacle_ = std::move(obstacle);
  if (!obstacle_.empty()) {
    around_.journal.write(obstacle_);
  }
  schedule_next();
  hooks_.settled();
}

void Checkpoints::stop_asking() {
  options_.request = "none";
  next_request_.reset();
  open_.reset();
  arm();
}

void Checkpoints::pause() {
  paused_ = around_.clock.boot_now();
  arm();
}

void Checkpoints::resume() {
  if (!paused_) {
    return;
  }
  const Seconds frozen = around_.clock.boot_now() - *paused_;
  paused_.reset();
  for (auto& [number, asked] : asked_) {
    asked.frozen = asked.frozen + frozen;
  }
  if (open_) {
    open_->deadline = open_->deadline + frozen;
  }
  if (next_request_) {
    next_request_ = *next_request_ + frozen;
  }
  arm();
}

void Checkpoints::look() {
  const std::string path = path_join(around_.folder, kConfirmationFile);
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) {
    return;
  }
  const Identity identity{
      .inode = info.st_ino,
      .changed_ns = info.st_ctim.tv_sec * kNanosPerSecond + info.st_ctim.tv_nsec};
  if (seen_ == identity) {
    return;
  }
  seen_ = identity;
  const auto text = around_.files.read(path, kConfirmationBytes);
  auto confirmation = text.ok() ? parse_confirmation(*text) : text.error();
  if (!confirmation.ok()) {
    around_.journal.write(confirmation.error().message());
    return;
  }
  waiting_.push_back(confirmed_now(std::move(*confirmation)));
  if (waiting_.size() > kMostWaiting) {
    around_.journal.write(concat("checkpoint '", waiting_.front().confirmation.path,
                                 "' is left out: the job confirms faster than can be read"));
    waiting_.pop_front();
  }
  verify_next();
}

Checkpoints::Confirmed Checkpoints::confirmed_now(Confirmation confirmation) const {
  Confirmed confirmed{.confirmation = std::move(confirmation), .at = now()};
  const auto asked = asked_.find(confirmed.confirmation.request);
  if (asked != asked_.end()) {
    confirmed.requested = asked->second.at;
    const BootTime until = paused_.value_or(confirmed.at.boot);
    confirmed.cost = until - asked->second.at.boot - asked->second.frozen;
  }
  return confirmed;
}

void Checkpoints::verify_next() {
  while (!verifier_.is_running() && !waiting_.empty()) {
    verified_ = std::move(waiting_.front());
    waiting_.pop_front();
    const auto& confirmation = verified_->confirmation;
    const bool answers = open_ && confirmation.request == open_->number;
    const auto path = resolve_checkpoint(options_.folder, confirmation.path);
    const bool urgent = open_ && open_->urgent;
    const auto started =
        path.ok() ? verifier_.start(options_.folder, *path, urgent ? 0 : kNiceness) : path.error();
    if (!started.ok()) {
      around_.journal.write(started.error().message());
      continue;
    }
    hooks_.exclude(verifier_.pid());
    verify_by_ = around_.clock.boot_now() + std::max(options_.timeout, kVerifyTime);
    if (answers) {
      open_->deadline = std::max(open_->deadline, *verify_by_);  // it was confirmed in time
    }
    arm();
  }
}

bool Checkpoints::reaped(pid_t pid, const rusage& usage) {
  if (!verifier_.is_running() || pid != verifier_.pid()) {
    return false;
  }
  verify_by_.reset();
  take(verifier_.reaped(usage));
  verify_next();
  arm();
  return true;
}

void Checkpoints::take(Result<PathDigest> digest) {
  const Confirmed confirmed = std::move(*verified_);
  verified_.reset();
  const auto& [path, step, request] = confirmed.confirmation;
  const bool answers = open_ && request == open_->number;
  if (!digest.ok()) {
    around_.journal.write(
        concat("checkpoint '", path, "' does not count: ", digest.error().message()));
    if (answers) {
      // The job may confirm another one, for as long as it had anyway.
      open_->deadline = around_.clock.boot_now() + options_.timeout;
    }
    return;
  }
  if (is_repeated(confirmed, *digest)) {
    around_.journal.write(concat("checkpoint '", path, "' was confirmed again"));
    return;
  }
  record(confirmed, std::move(*digest));
}

bool Checkpoints::is_repeated(const Confirmed& confirmed, const PathDigest& digest) const {
  return last_ && last_->confirmation == confirmed.confirmation && last_->digest == digest;
}

void Checkpoints::record(const Confirmed& confirmed, PathDigest digest) {
  CheckpointEntry entry{.number = ++numbers_,
                        .confirmation = confirmed.confirmation,
                        .digest = std::move(digest),
                        .requested = confirmed.requested,
                        .confirmed = confirmed.at,
                        .cost = confirmed.cost};
  const auto written = log_.append(entry);
  if (!written.ok()) {
    around_.journal.write(concat("checkpoint '", entry.confirmation.path,
                                 "' does not count: ", written.error().message()));
    return;
  }
  if (entry.cost) {
    costs_ += entry.cost->value();
    ++measured_;
  }
  const bool answers = open_ && entry.confirmation.request == open_->number;
  last_ = std::move(entry);
  if (answers) {
    close_request("");
  } else if (!open_) {
    schedule_next();
  }
}

void Checkpoints::abandon() {
  waiting_.clear();
  verifier_.abort();
}

}  // namespace wattle::supervise
