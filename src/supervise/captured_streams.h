// The job's two output streams on their way into its log.
//
// Units:    bytes. Errors: as job_output.h: counted, never in the job's way.
// Threads:  one thread. Lifetime: borrows its EventLoop and Clock, which outlive it.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "event_sources.h"
#include "job_output.h"

namespace wattle::supervise {

class CapturedStreams {
 public:
  struct Options {
    std::string path;  // of the log
    Bytes limit{0};
    std::vector<std::string> secrets{};  // kept out of it
  };
  CapturedStreams(EventLoop& loop, const Clock& clock, Options options);
  ~CapturedStreams();
  CapturedStreams(const CapturedStreams&) = delete;
  CapturedStreams& operator=(const CapturedStreams&) = delete;

  /// Takes the read ends of the pipes.
  void open(int output, int error);
  /// Records what waits for the end of its line: once a tick, so that a prompt or a progress bar is
  /// seen.
  void flush();
  /// Reads what is still in the pipes, without waiting for more, and makes the log durable.
  void finish();

  const BoundedLog& log() const { return log_; }

 private:
  struct Stream {
    LineCutter cutter;
    OwnedDescriptor pipe{};
  };
  /// False when there is nothing to read now.
  bool read(Stream& stream);
  void close(Stream& stream);

  EventLoop& loop_;
  BoundedLog log_;
  std::array<Stream, 2> streams_;
};

}  // namespace wattle::supervise
