// checkpoints.jsonl: the checkpoints of an attempt that count, a line each, durable before they do.
//
// Units:    nanoseconds of UTC and of the boot clock, seconds, bytes: the key's last word.
// Errors:   kIo as FileSystem: then the line does not count; a part of it that was written is no
//           line to any reader.
// Threads:  one thread. Lifetime: borrows its FileSystem.
// See:      docs/reference/supervisor-protocol.md
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "confirmation.h"

#include "wattle/base/file.h"
#include "wattle/base/path_digest.h"
#include "wattle/base/time.h"

namespace wattle::supervise {

struct ClockReading {
  UtcTime utc;
  BootTime boot;
};

struct CheckpointEntry {
  std::int64_t number = 0;
  Confirmation confirmation;
  PathDigest digest;
  std::optional<ClockReading> requested;  // nullopt: by nobody, or so long ago that it is forgotten
  ClockReading confirmed;
  std::optional<Seconds> cost;
};

std::string to_json(const CheckpointEntry& entry);

class CheckpointLog {
 public:
  /// `limit`: when the file has grown to it, its older half goes.
  CheckpointLog(FileSystem& files, std::string path, Bytes limit)
      : files_(files), path_(std::move(path)), limit_(limit) {}

  Status append(const CheckpointEntry& entry);

 private:
  Status open();
  Status halve();
  FileSystem& files_;
  std::string path_;
  Bytes limit_;
  std::unique_ptr<AppendFile> file_;
  bool torn_ = false;  // the file may end in a part of a line
};

}  // namespace wattle::supervise
