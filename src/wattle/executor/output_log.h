// Reads the captured output of an attempt: output.log and its older half output.log.1, whole or as
// it grows.
//
// Units:    UTC with nanoseconds. Format: that of the Container Runtime Interface, as the
// supervisor writes it:
//           "2026-11-23T18:17:26.123456789Z stdout F text"; P instead of F: the line goes on in the
//           stream's next record.
// Errors:   kNotFound: no such folder to follow. kIo as the kernel's. No output is no error; a
// record that is cut or damaged is
//           left out.
// Threads:  one thread per reader, beside the supervisor that writes. Lifetime: views last as long
// as the callback.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "wattle/base/descriptor.h"
#include "wattle/base/result.h"
#include "wattle/base/time.h"
#include "wattle/executor/line_splitter.h"

namespace wattle::executor {

struct OutputLine {
  enum class Stream { kOutput, kError };
  UtcTime time;
  Stream stream = Stream::kOutput;
  std::string text;      // without its end of line
  bool partial = false;  // the line goes on in the next record of this stream
};

using OutputCallback = std::function<void(const OutputLine&)>;

/// nullopt: it is no record.
std::optional<OutputLine> parse_output_line(std::string_view record);

/// Follows the two halves through their rotation: each call gives what has been written since the
/// last one.
class OutputReader {
 public:
  explicit OutputReader(std::string attempt_folder);
  Status read_new(const OutputCallback& callback);
  /// The same, but about `bytes` at most. True when there is more.
  Result<bool> read_some(std::size_t bytes, const OutputCallback& callback);

 private:
  /// The half after the one that is open, or not open when there is none.
  Result<Descriptor> open_next() const;
  /// Takes what it reads from `bytes`. False when these did not suffice.
  Result<bool> read_half(std::size_t& bytes, const OutputCallback& callback);

  std::string newer_;
  std::string older_;
  Descriptor half_;  // held open, so that its inode names no other file
  std::int64_t offset_ = 0;
  LineSplitter records_;
};

/// Everything that there is now, oldest first.
Status read_output(const std::string& attempt_folder, const OutputCallback& callback);

class OutputFollower {
 public:
  /// Gives what there is and what comes, until `stop_descriptor` is readable (-1: for ever); then
  /// what is left.
  Status follow(const std::string& attempt_folder, int stop_descriptor,
                const OutputCallback& callback);
};

}  // namespace wattle::executor
