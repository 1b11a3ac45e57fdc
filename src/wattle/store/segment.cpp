#include "wattle/store/segment.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "wattle/base/bytes.h"
#include "wattle/base/hash.h"
#include "wattle/base/text.h"

namespace wattle::store {
namespace {

constexpr std::uint8_t kHeaderType = 0;
constexpr std::string_view kMagic = "wattle-segment-1";
constexpr std::string_view kSuffix = ".seg";
constexpr std::size_t kFrameOverhead = 9;

std::string encode_header(const SegmentHeader& header) {
  ByteWriter writer;
  writer.text(kMagic);
  writer.text(header.role);
  writer.text(header.host);
  writer.text(header.boot_id);
  writer.i64(header.utc.ns);
  writer.i64(header.boot.ns);
  return writer.bytes();
}

Result<SegmentHeader> decode_header(std::string_view payload) {
  ByteReader reader(payload);
  if (reader.text() != kMagic) {
    return Error(ErrorCode::kParse, "no record segment of this version");
  }
  SegmentHeader header;
  header.role = reader.text();
  header.host = reader.text();
  header.boot_id = reader.text();
  header.utc.ns = reader.i64();
  header.boot.ns = reader.i64();
  if (!reader.ok()) {
    return Error(ErrorCode::kParse, "the header of a record segment is cut");
  }
  return header;
}

/// The next frame of `bytes`, or false when it is cut or damaged.
bool take_frame(std::string_view& bytes, Record& record) {
  ByteReader reader(bytes);
  const std::uint32_t length = reader.u32();
  const std::uint32_t crc = reader.u32();
  if (!reader.ok() || length > limits::kRecordBytes || bytes.size() < kFrameOverhead + length) {
    return false;
  }
  const auto guarded = bytes.substr(kFrameOverhead - 1, length + 1);
  if (crc32_of(guarded) != crc) {
    return false;
  }
  record.type = static_cast<std::uint8_t>(guarded.front());
  record.payload = guarded.substr(1);
  bytes.remove_prefix(kFrameOverhead + length);
  return true;
}

/// 12 for "000012.seg", 0 for anything else.
std::uint64_t segment_number(std::string_view name) {
  if (!name.ends_with(kSuffix)) {
    return 0;
  }
  const auto number = parse_integer(name.substr(0, name.size() - kSuffix.size()));
  return number.ok() && *number > 0 ? static_cast<std::uint64_t>(*number) : 0;
}

std::string segment_name(std::uint64_t number) {
  std::array<char, 32> name{};
  std::snprintf(name.data(), name.size(), "%08llu.seg", static_cast<unsigned long long>(number));
  return name.data();
}

}  // namespace

Result<std::vector<std::uint64_t>> segment_numbers(FileSystem& files, const std::string& folder) {
  std::vector<std::uint64_t> numbers;
  WATTLE_ASSIGN_OR_RETURN(const auto names, files.list(folder));
  for (const auto& name : names) {
    if (const auto number = segment_number(name); number != 0) {
      numbers.push_back(number);
    }
  }
  std::ranges::sort(numbers);
  return numbers;
}

std::string segment_path(const std::string& folder, std::uint64_t number) {
  return path_join(folder, segment_name(number));
}

Frames parse_frames(std::string_view bytes) {
  Frames frames;
  const std::size_t size = bytes.size();
  Record record;
  while (!bytes.empty() && take_frame(bytes, record)) {
    frames.records.push_back(record);
  }
  frames.bytes = size - bytes.size();
  return frames;
}

Result<HeaderFrame> parse_header_frame(std::string_view bytes) {
  const std::size_t size = bytes.size();
  Record record;
  if (!take_frame(bytes, record) || record.type != kHeaderType) {
    return Error(ErrorCode::kParse, "no record segment, or its header is damaged");
  }
  WATTLE_ASSIGN_OR_RETURN(SegmentHeader header, decode_header(record.payload));
  return HeaderFrame{std::move(header), size - bytes.size()};
}

std::string encode_frame(const Record& record) {
  std::string guarded(1, static_cast<char>(record.type));
  guarded += record.payload;
  ByteWriter writer;
  writer.u32(static_cast<std::uint32_t>(record.payload.size()));
  writer.u32(crc32_of(guarded));
  return writer.bytes() + guarded;
}

Result<Segment> parse_segment(std::string_view bytes) {
  WATTLE_ASSIGN_OR_RETURN(HeaderFrame first, parse_header_frame(bytes));
  bytes.remove_prefix(first.bytes);
  Frames frames = parse_frames(bytes);
  return Segment{std::move(first.header), std::move(frames.records), frames.bytes < bytes.size()};
}

Result<std::vector<Segment>> read_segments(FileSystem& files, const std::string& folder,
                                           UtcTime since) {
  constexpr Seconds kClockSlack{86'400};
  std::vector<Segment> segments;
  if (!files.exists(folder)) {
    return segments;
  }
  WATTLE_ASSIGN_OR_RETURN(auto numbers, segment_numbers(files, folder));
  std::ranges::reverse(numbers);
  for (const auto number : numbers) {
    const std::string path = path_join(folder, segment_name(number));
    WATTLE_ASSIGN_OR_RETURN(const auto bytes,
                            files.read(path, static_cast<std::size_t>(limits::kSegmentBytes) * 2));
    // A writer that died while it wrote the header leaves a segment without records: nothing is
    // lost with it.
    if (auto segment = parse_segment(bytes); segment.ok()) {
      segments.push_back(std::move(*segment));
      if (segments.back().header.utc + kClockSlack < since) {
        break;  // it began before; those before it have ended before
      }
    }
  }
  std::ranges::reverse(segments);
  return segments;
}

SegmentWriter::SegmentWriter(FileSystem& files, const Clock& clock, Options options,
                             Preamble preamble)
    : files_(files), clock_(clock), options_(std::move(options)), preamble_(std::move(preamble)) {}

Result<std::unique_ptr<SegmentWriter>> SegmentWriter::open(FileSystem& files, const Clock& clock,
                                                           Options options, Preamble preamble) {
  WATTLE_RETURN_IF_ERROR(files.make_directories(options.folder));
  WATTLE_ASSIGN_OR_RETURN(const auto numbers, segment_numbers(files, options.folder));
  std::unique_ptr<SegmentWriter> writer(  // NOLINT: the constructor is private
      new SegmentWriter(files, clock, std::move(options), std::move(preamble)));
  writer->next_number_ = numbers.empty() ? 1 : numbers.back() + 1;
  WATTLE_RETURN_IF_ERROR(writer->begin_segment());
  return writer;
}

Status SegmentWriter::append(const Record& record) {
  if (record.payload.size() > limits::kRecordBytes) {
    return Error(ErrorCode::kInvalidArgument,
                 concat("a record of ", record.payload.size(), " bytes is over the limit"));
  }
  if (!file_ || file_->size().value() >= options_.segment_bytes || utc_stepped()) {
    WATTLE_RETURN_IF_ERROR(begin_segment());
  }
  WATTLE_RETURN_IF_ERROR(append_frame(record));
  return clock_.boot_now() - last_sync_ >= options_.sync_every ? sync() : Status();
}

Status SegmentWriter::sync() {
  last_sync_ = clock_.boot_now();
  return file_ ? file_->sync() : Status();
}

bool SegmentWriter::utc_stepped() const {
  const Seconds drift = clock_.utc_now() - header_.to_utc(clock_.boot_now());
  return std::abs(drift.value()) > options_.clock_step.value();
}

Status SegmentWriter::begin_segment() {
  const std::string path = path_join(options_.folder, segment_name(next_number_));
  auto status = write_beginning(path);
  if (status.ok()) {
    ++next_number_;
    return sync();
  }
  // A beginning that did not fit holds nothing; on a full disk there must not be one for every try.
  file_.reset();
  (void)files_.remove_all(path).ok();
  return status;
}

Status SegmentWriter::write_beginning(const std::string& path) {
  WATTLE_ASSIGN_OR_RETURN(file_, files_.open_append(path));
  header_ = {.role = options_.role,
             .host = options_.host,
             .boot_id = clock_.boot_id(),
             .utc = clock_.utc_now(),
             .boot = clock_.boot_now()};
  WATTLE_RETURN_IF_ERROR(append_frame({kHeaderType, encode_header(header_)}));
  for (const auto& record : preamble_()) {
    WATTLE_RETURN_IF_ERROR(append_frame(record));
  }
  return {};
}

Status SegmentWriter::append_frame(const Record& record) {
  auto status = file_->append(encode_frame(record));
  if (!status.ok()) {
    file_.reset();  // its end may be torn: nothing may follow it
  }
  return status;
}

}  // namespace wattle::store
