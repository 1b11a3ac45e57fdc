#include "wattle/executor/lost_attempt.h"

#include <cerrno>

#include <fcntl.h>
#include <sys/file.h>

#include "wattle/base/descriptor.h"
#include "wattle/energy/process_group.h"
#include "wattle/energy/records.h"
#include "wattle/executor/attempt_documents.h"
#include "wattle/executor/checkpoint_records.h"
#include "wattle/store/segment.h"

namespace wattle::executor {
namespace {

constexpr std::string_view kReason =
    "the supervisor ended without an exit record (it was killed, or the host restarted)";

/// Waits for it, where FileSystem::try_lock refuses: the other observer is about to be done.
Result<Descriptor> lock(const std::string& path) {
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  int locked = file.is_open() ? 1 : -1;
  while (file.is_open() && (locked = ::flock(file.get(), LOCK_EX)) != 0 && errno == EINTR) {
  }
  if (locked != 0) {
    return error_from_errno(errno, "locking " + path);
  }
  return file;
}

/// What the last sample tells. The record stays as it is when there is none.
void add_usage(FileSystem& files, const std::string& folder, ExitRecord& record) {
  const auto segments = store::read_segments(files, path_join(folder, "usage"));
  if (!segments.ok()) {
    return;
  }
  for (const auto& segment : *segments) {
    for (const auto& bytes : segment.records) {
      const auto sample = energy::decode_group_sample(bytes);
      if (!sample.ok()) {
        continue;  // a description, or a record of a later version
      }
      record.ended = segment.header.to_utc(sample->at);
      record.ended_boot = sample->at;
      record.cpu_microseconds = sample->cpu_microseconds;
      record.memory_peak_bytes = sample->memory_peak_bytes;
      record.read_bytes = sample->read_bytes;
      record.written_bytes = sample->written_bytes;
    }
  }
}

/// What is known of its checkpoints, and of how long it stood still.
void add_life(FileSystem& files, const std::string& folder, ExitRecord& record) {
  const auto checkpoints = read_checkpoints(files, folder);
  if (checkpoints.ok() && !checkpoints->empty()) {
    record.checkpoint = checkpoints->back().number;
    record.checkpoint_path = checkpoints->back().path;
  }
  if (const auto freeze = read_freeze(files, folder); freeze.ok()) {
    const bool until_the_end = freeze->frozen && freeze->changed_boot < record.ended_boot;
    record.frozen =
        freeze->before + (until_the_end ? record.ended_boot - freeze->changed_boot : Seconds(0));
  }
}

/// REQUIRES: the lock of the attempt.
Result<ExitRecord> settle(FileSystem& files, const Clock& clock, const std::string& folder) {
  auto supervisor = read_supervisor(files, folder);
  ExitRecord record;
  record.outcome = Outcome::kLost;
  record.reason = kReason;
  record.ended = clock.utc_now();
  record.ended_boot = clock.boot_now();
  record.started = record.ended;
  record.started_boot = record.ended_boot;
  std::string boot_id = clock.boot_id();
  if (supervisor.ok()) {
    record.started = supervisor->started;
    record.started_boot = supervisor->started_boot;
    record.accounting = supervisor->accounting;
    // What ran before a restart of the host is gone, and its names may be others' now.
    if (supervisor->boot_id == boot_id) {
      const auto ended = energy::end_group(supervisor->cgroups, supervisor->owner);
      record.reason += ended.ok() ? "" : "; " + ended.error().message();
    } else {
      record.ended_boot = record.started_boot;
      boot_id = supervisor->boot_id;
    }
    add_usage(files, folder, record);
    add_life(files, folder, record);
  }
  (void)files.remove_all(path_join(folder, "exit.reserve")).ok();  // space for just this
  WATTLE_RETURN_IF_ERROR(files.write_atomic(exit_file(folder), to_json(record, boot_id)));
  return record;
}

}  // namespace

Result<ExitRecord> settle_lost(FileSystem& files, const Clock& clock, const std::string& folder) {
  WATTLE_ASSIGN_OR_RETURN(const auto held, lock(lock_file(folder)));
  if (files.exists(exit_file(folder))) {
    return read_exit(files, folder);
  }
  return settle(files, clock, folder);
}

}  // namespace wattle::executor
