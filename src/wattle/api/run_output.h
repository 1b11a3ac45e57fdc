// The output of a run as it is asked for over the network: from a place on, across attempts.
//
// A place names the last line that was told by its time, and by how many lines of that very time
// were told, so that it holds when the older half of a log has gone.
//
// Units:    nanoseconds of UTC.
// Errors:   kInvalidArgument for a place that is none; those of executor/output_log.h.
// Threads:  one thread. Lifetime: value types; a reader holds its log open.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/executor/output_log.h"
#include "wattle/messages/run.h"
#include "wattle/store/home.h"

namespace wattle::api {

struct OutputPlace {
  std::uint32_t attempt = 0;  // 0: before the first
  std::int64_t time_ns = 0;
  std::int64_t lines = 0;  // of that time

  /// "1.1764070000123456789.2"
  std::string text() const;
  static Result<OutputPlace> parse(std::string_view text);
};

class RunOutput {
 public:
  RunOutput(store::Home home, std::string run, OutputPlace place)
      : home_(std::move(home)), run_(std::move(run)), place_(place) {}

  struct Lines {
    std::vector<messages::LogLine> lines;
    bool has_more = false;  // that can be read now
  };
  /// What was written since, of attempts up to `newest`, the oldest first; about `bytes` at most.
  Result<Lines> read(std::uint32_t newest, std::size_t bytes);
  /// Of the last line that was given.
  const OutputPlace& place() const { return place_; }
  /// The folder of the attempt that is read; "" before the first.
  std::string folder() const { return reading_ == 0 ? "" : home_.attempt(run_, reading_); }

 private:
  void take(const executor::OutputLine& line, std::vector<messages::LogLine>& lines);

  store::Home home_;
  std::string run_;
  OutputPlace place_;
  std::unique_ptr<executor::OutputReader> reader_;
  std::uint32_t reading_ = 0;        // the attempt of the reader
  std::optional<OutputPlace> seen_;  // while the reader comes to where the place is
};

}  // namespace wattle::api
