#include "attempt_files.h"

#include <array>

#include <poll.h>
#include <unistd.h>

namespace wattle::supervise {
namespace {

constexpr std::size_t kReserveBytes = 32 << 10;
constexpr std::string_view kReserve = "exit.reserve";
constexpr int kLockTries = 20;
constexpr int kLockPauseMilliseconds = 5;
constexpr int kEndTries = 60;
constexpr int kEndPauseMilliseconds = 1000;

/// Whoever looks whether an attempt lives holds its lock for a moment: not a reason to give up.
Result<FileLock> take_lock(FileSystem& files, const std::string& path) {
  for (int tries = 1;; ++tries) {
    auto lock = files.try_lock(path);
    if (lock.ok() || lock.error().code() != ErrorCode::kUnavailable || tries == kLockTries) {
      return lock;
    }
    ::poll(nullptr, 0, kLockPauseMilliseconds);
  }
}

}  // namespace

std::string host_name() {
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  return name.data();
}

Result<std::unique_ptr<AttemptFiles>> AttemptFiles::open(FileSystem& files, const Clock& clock,
                                                         const Options& options) {
  WATTLE_RETURN_IF_ERROR(files.make_directories(options.folder));
  WATTLE_ASSIGN_OR_RETURN(auto lock,
                          take_lock(files, path_join(options.folder, "supervisor.lock")));
  if (files.exists(path_join(options.folder, "exit.json"))) {
    return Error(ErrorCode::kFailedPrecondition,
                 "attempt " + options.owner() + " has ended already; start the next attempt");
  }
  if (files.exists(path_join(options.folder, "supervisor.json"))) {
    return Error(ErrorCode::kFailedPrecondition, "attempt " + options.owner() +
                                                     " was begun before, and its supervisor is "
                                                     "lost; start the next attempt");
  }
  std::unique_ptr<AttemptFiles> attempt(  // NOLINT: the constructor is private
      new AttemptFiles(files, clock, options.folder, std::move(lock)));
  WATTLE_RETURN_IF_ERROR(
      files.write_atomic(attempt->path(kReserve), std::string(kReserveBytes, '\0')));
  return attempt;
}

Status AttemptFiles::write_start(const SupervisorDocument& document) {
  return files_.write_atomic(path("supervisor.json"), to_json(document));
}

Status AttemptFiles::write_freeze(const FreezeDocument& document) {
  return files_.write_atomic(path("freeze.json"), to_json(document));
}

Status AttemptFiles::begin_usage(const energy::GroupDescription& description) {
  store::SegmentWriter::Options options{
      .folder = path("usage"), .role = "usage", .host = host_name()};
  WATTLE_ASSIGN_OR_RETURN(
      usage_, store::SegmentWriter::open(files_, clock_, std::move(options), [description] {
        return std::vector<Record>{energy::encode(description)};
      }));
  return {};
}

void AttemptFiles::append(const energy::GroupSample& sample) {
  append_record(energy::encode(sample));
}

void AttemptFiles::append(const energy::Observation& observation) {
  append_record(energy::encode(observation));
}

void AttemptFiles::append_record(const Record& record) {
  if (usage_ && !usage_->append(record).ok()) {
    ++dropped_samples_;
  }
}

void AttemptFiles::free_reserve() {
  (void)files_.remove_all(path(kReserve)).ok();
}

Status AttemptFiles::write_end(const ExitDocument& document) {
  if (usage_) {
    (void)usage_->sync().ok();
  }
  free_reserve();
  const std::string json = to_json(document);
  auto status = files_.write_atomic(path("exit.json"), json);
  for (int tried = 0; !status.ok() && tried < kEndTries; ++tried) {
    if (tried == 0) {
      (void)files_.remove_all(path("output.log.1")).ok();
    } else {
      ::poll(nullptr, 0, kEndPauseMilliseconds);
    }
    status = files_.write_atomic(path("exit.json"), json);
  }
  return status;
}

}  // namespace wattle::supervise
