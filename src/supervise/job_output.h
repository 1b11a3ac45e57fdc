// Writes a job's two output streams into one file of bounded size, line by line with the time and
// the stream.
//
// Format:   the log format of the Container Runtime Interface:
//           "2026-11-23T18:17:26.123456789Z stdout F text". P instead of F: the line goes on in the
//           next record of that stream.
// Units:    bytes; UTC with nanoseconds.
// Errors:   what cannot be written (a full disk) is counted and left out; the job never waits for
//           it.
// Threads:  one thread. Lifetime: borrows its Clock.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "secret_redactor.h"

#include "wattle/base/time.h"
#include "wattle/base/units.h"

namespace wattle::supervise {

/// Two halves: when `path` has grown to half the limit it becomes `path`.1, and the older half
/// goes.
class BoundedLog {
 public:
  BoundedLog(std::string path, Bytes limit);
  ~BoundedLog();
  BoundedLog(const BoundedLog&) = delete;
  BoundedLog& operator=(const BoundedLog&) = delete;

  /// `records` are whole lines.
  void append(std::string_view records);
  void sync();
  /// Bytes that could not be written.
  std::int64_t dropped_bytes() const { return dropped_bytes_; }
  /// Bytes of older halves, which went to keep the limit.
  std::int64_t discarded_bytes() const { return discarded_bytes_; }

 private:
  void begin_half();
  /// How many bytes of the front of `records` still go into this half: whole lines, at least one in
  /// an empty half.
  std::size_t fitting(std::string_view records) const;
  void write(std::string_view records);

  std::string path_;
  std::int64_t half_;
  int file_ = -1;
  std::int64_t size_ = 0;
  std::int64_t older_size_ = 0;
  std::int64_t dropped_bytes_ = 0;
  std::int64_t discarded_bytes_ = 0;
};

/// Cuts one stream into records.
class LineCutter {
 public:
  LineCutter(std::string_view stream, const Clock& clock, std::vector<std::string> secrets = {})
      : stream_(stream), clock_(clock), redactor_(std::move(secrets)) {}

  /// The records that `bytes` complete. A line longer than limits::kLogLineBytes comes in pieces.
  std::string cut(std::string_view bytes);
  /// What waits for its end of line, as a record that says so; "" when nothing waits. What may be
  /// the beginning of a secret waits on.
  std::string flush();
  /// Whatever waits: nothing comes after it.
  std::string finish();

 private:
  void add_record(std::string& into, std::string_view text, char tag);

  std::string stream_;
  const Clock& clock_;
  SecretRedactor redactor_;
  std::string waiting_;
  UtcTime waiting_since_;
};

/// With nine digits of a second, as the format wants it.
std::string to_log_time(UtcTime time);

}  // namespace wattle::supervise
