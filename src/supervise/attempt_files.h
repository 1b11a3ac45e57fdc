// The files of one attempt that the supervisor owns: lock, the documents, usage records.
//
// Units:    none.
// Errors:   kUnavailable: another supervisor has the attempt. kFailedPrecondition: it has ended
//           before.
// Threads:  one thread.
// Lifetime: borrows its FileSystem and Clock; the lock is held until the object ends.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "documents.h"
#include "options.h"

#include "wattle/base/file.h"
#include "wattle/store/segment.h"

namespace wattle::supervise {

class AttemptFiles {
 public:
  static Result<std::unique_ptr<AttemptFiles>> open(FileSystem& files, const Clock& clock,
                                                    const Options& options);

  std::string path(std::string_view name) const { return path_join(folder_, name); }
  Status write_start(const SupervisorDocument& document);
  Status write_freeze(const FreezeDocument& document);
  /// Begins the usage records.
  Status begin_usage(const energy::GroupDescription& description);
  /// A sample that cannot be written is counted: the job goes on.
  void append(const energy::GroupSample& sample);
  void append(const energy::Observation& observation);
  std::int64_t dropped_samples() const { return dropped_samples_; }
  /// Gives back the space that was set aside for the end. Call it before the last sample.
  void free_reserve();
  /// Makes the end durable. On a full disk it gives up the older half of the output, then waits for
  /// space for a while.
  Status write_end(const ExitDocument& document);

 private:
  AttemptFiles(FileSystem& files, const Clock& clock, std::string folder, FileLock lock)
      : files_(files), clock_(clock), folder_(std::move(folder)), lock_(std::move(lock)) {}

  void append_record(const Record& record);

  FileSystem& files_;
  const Clock& clock_;
  std::string folder_;
  FileLock lock_;
  std::unique_ptr<store::SegmentWriter> usage_;
  std::int64_t dropped_samples_ = 0;
};

std::string host_name();

}  // namespace wattle::supervise
