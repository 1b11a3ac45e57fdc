// Record segments: append-only files of CRC-framed records, written by one process, readable at any
// time.
//
// A folder holds the segments of one writer role ("node meter of host H", "usage of attempt 2").
// Each segment opens with a header that ties the boot clock to UTC; a start of the writer, a step
// of the UTC clock and a full file each open a new segment, so that within one segment UTC = boot
// time + a constant.
//
// Units:    nanoseconds (BootTime, UtcTime), bytes.
// Errors:   as FileSystem; a record over limits::kRecordBytes is kInvalidArgument. A torn or
// damaged frame ends
//           its segment when read and is reported, never an error of the other segments.
// Threads:  one thread per writer. Lifetime: a writer borrows its FileSystem and Clock.
// Format:   frame = u32 length of payload, u32 CRC-32 of type and payload, u8 type, payload;
// little-endian.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/file.h"
#include "wattle/base/record.h"
#include "wattle/base/result.h"
#include "wattle/base/time.h"

namespace wattle::store {

/// Who wrote a segment, and how its boot clock relates to UTC.
struct SegmentHeader {
  std::string role;     // "node", "usage"
  std::string host;     // host name
  std::string boot_id;  // Clock::boot_id
  UtcTime utc;          // the two clocks, read together
  BootTime boot;

  UtcTime to_utc(BootTime instant) const { return {utc.ns + (instant.ns - boot.ns)}; }
};

struct Segment {
  SegmentHeader header;
  std::vector<Record> records;
  bool torn = false;  // its end was cut or damaged: the writer died, or the disk did
};

class SegmentWriter final : public RecordSink {
 public:
  struct Options {
    std::string folder;
    std::string role;
    std::string host;
    std::int64_t segment_bytes = limits::kSegmentBytes;
    Seconds sync_every{10};    // fdatasync at most this often; a host crash loses no more than this
    Seconds clock_step{0.25};  // a larger change of UTC against the boot clock opens a new segment
  };
  /// Records that each new segment must begin with (a description of what follows), made when it is
  /// opened.
  using Preamble = std::function<std::vector<Record>()>;

  /// Makes the folder if needed and numbers on after the segments that are there.
  static Result<std::unique_ptr<SegmentWriter>> open(FileSystem& files, const Clock& clock,
                                                     Options options, Preamble preamble);

  /// Survives the death of this process once it returns. After an error (a full disk) the next
  /// append begins a new segment, so that what follows is readable once there is space again.
  Status append(const Record& record) override;
  Status sync() override;

 private:
  SegmentWriter(FileSystem& files, const Clock& clock, Options options, Preamble preamble);
  Status begin_segment();
  Status write_beginning(const std::string& path);
  Status append_frame(const Record& record);
  bool utc_stepped() const;

  FileSystem& files_;
  const Clock& clock_;
  Options options_;
  Preamble preamble_;
  std::uint64_t next_number_ = 1;
  std::unique_ptr<AppendFile> file_;
  SegmentHeader header_;
  BootTime last_sync_;
};

/// The segments of the folder that may hold records from `since` on, in the order of writing; a few
/// older ones may come with them. No folder is no segments. What lies further back is not even
/// opened, so that a long history costs nothing; a UTC clock that was ever set back by more than a
/// day may hide what was written before that.
Result<std::vector<Segment>> read_segments(FileSystem& files, const std::string& folder,
                                           UtcTime since = {});

/// The numbers of the segments of a folder, in order, and the path of one.
Result<std::vector<std::uint64_t>> segment_numbers(FileSystem& files, const std::string& folder);
std::string segment_path(const std::string& folder, std::uint64_t number);

/// Whole frames at the beginning of some bytes of a segment.
struct Frames {
  std::vector<Record> records;
  std::size_t bytes = 0;  // that they take; what follows is cut, damaged or not there yet
};
Frames parse_frames(std::string_view bytes);
/// The header at the beginning of a segment's bytes, and where what follows begins.
struct HeaderFrame {
  SegmentHeader header;
  std::size_t bytes = 0;
};
Result<HeaderFrame> parse_header_frame(std::string_view bytes);

/// One segment out of its bytes; `torn` tells whether they end or break before the last frame does.
/// Bytes that do not begin with a header give kParse.
Result<Segment> parse_segment(std::string_view bytes);
std::string encode_frame(const Record& record);

}  // namespace wattle::store
