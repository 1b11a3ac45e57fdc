#include "wattle/carbon/local_zone.h"

#include <algorithm>
#include <array>

#include "wattle/base/text.h"

namespace wattle::carbon {
namespace {

/// Big-endian integers from the front of the bytes; turns bad at the end and then yields zeros.
class BigEndianReader {
 public:
  explicit BigEndianReader(std::string_view bytes) : rest_(bytes) {}

  std::uint64_t take(std::size_t width) {
    if (rest_.size() < width) {
      ok_ = false;
      rest_ = {};
      return 0;
    }
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < width; ++i) {
      value = value << 8 | static_cast<unsigned char>(rest_[i]);
    }
    rest_.remove_prefix(width);
    return value;
  }
  std::int32_t i32() { return static_cast<std::int32_t>(static_cast<std::uint32_t>(take(4))); }
  std::int64_t i64() { return static_cast<std::int64_t>(take(8)); }
  void skip(std::size_t bytes) {
    ok_ = ok_ && bytes <= rest_.size();
    rest_.remove_prefix(std::min(bytes, rest_.size()));
  }
  std::string_view rest() const { return rest_; }
  bool ok() const { return ok_; }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

/// The counts of a TZif header (RFC 8536 3.1).
struct Header {
  char version = 0;
  std::size_t ut_indicators = 0;
  std::size_t standard_indicators = 0;
  std::size_t leap_seconds = 0;
  std::size_t transitions = 0;
  std::size_t types = 0;
  std::size_t characters = 0;

  std::size_t block_bytes(std::size_t time_bytes) const {
    return transitions * (time_bytes + 1) + types * 6 + characters +
           leap_seconds * (time_bytes + 4) + standard_indicators + ut_indicators;
  }
};

std::optional<Header> take_header(BigEndianReader& reader) {
  if (!reader.rest().starts_with("TZif")) {
    return std::nullopt;
  }
  reader.skip(4);
  Header header;
  header.version = static_cast<char>(reader.take(1));
  reader.skip(15);
  for (std::size_t* count :
       {&header.ut_indicators, &header.standard_indicators, &header.leap_seconds,
        &header.transitions, &header.types, &header.characters}) {
    *count = reader.take(4);
  }
  const bool sane = header.transitions < 100'000 && header.types > 0 && header.types <= 256 &&
                    header.characters < 10'000 && header.leap_seconds < 10'000 &&
                    header.standard_indicators <= 256 && header.ut_indicators <= 256;
  return reader.ok() && sane ? std::optional(header) : std::nullopt;
}

/// "+05:30" as seconds.
std::optional<std::int32_t> parse_offset(std::string_view text) {
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') {
    return std::nullopt;
  }
  const auto hours = parse_integer(text.substr(1, 2));
  const auto minutes = parse_integer(text.substr(4, 2));
  if (!hours || !minutes || *hours < 0 || *hours > 14 || *minutes < 0 || *minutes > 59) {
    return std::nullopt;
  }
  const auto seconds = static_cast<std::int32_t>(*hours * 3600 + *minutes * 60);
  return text[0] == '-' ? -seconds : seconds;
}

bool is_safe_name(std::string_view name) {
  return !name.empty() && name.front() != '/' && name.find("..") == std::string_view::npos;
}

}  // namespace

Result<LocalZone> LocalZone::load(FileSystem& files, std::string_view name,
                                  const std::string& root) {
  if (name == "UTC" || name == "Z") {
    return utc();
  }
  if (const auto offset = parse_offset(name)) {
    return LocalZone(std::string(name), *offset);
  }
  const Error unknown(ErrorCode::kNotFound,
                      concat("no time zone '", name,
                             "'; write UTC, an offset (+01:00), or a name of the zone database "
                             "(Europe/Berlin; Debian package tzdata)"));
  if (!is_safe_name(name)) {
    return unknown;
  }
  const auto bytes = files.read(concat(root, "/usr/share/zoneinfo/", name));
  if (!bytes) {
    return unknown;
  }
  return from_tzif(std::string(name), *bytes);
}

Result<LocalZone> LocalZone::from_tzif(std::string name, std::string_view bytes) {
  const Error damaged(ErrorCode::kParse,
                      concat("the time zone file of '", name, "' is no TZif file of version 2"));
  BigEndianReader reader(bytes);
  const auto first = take_header(reader);
  if (!first || first->version < '2') {
    return damaged;
  }
  reader.skip(first->block_bytes(4));
  const auto header = take_header(reader);
  if (!header) {
    return damaged;
  }
  std::vector<std::int64_t> times(header->transitions);
  std::ranges::generate(times, [&] { return reader.i64(); });
  std::vector<std::size_t> indices(header->transitions);
  std::ranges::generate(indices, [&] { return static_cast<std::size_t>(reader.take(1)); });
  std::vector<std::int32_t> offsets(header->types);
  for (auto& offset : offsets) {
    offset = reader.i32();
    reader.skip(2);  // daylight flag and name
  }
  reader.skip(header->characters + header->leap_seconds * 12 + header->standard_indicators +
              header->ut_indicators);
  if (!reader.ok() || !std::ranges::is_sorted(times) ||
      std::ranges::any_of(indices, [&](std::size_t i) { return i >= offsets.size(); })) {
    return damaged;
  }
  LocalZone zone(std::move(name), offsets.front());
  for (std::size_t i = 0; i < times.size(); ++i) {
    zone.transitions_.push_back({times[i], offsets[indices[i]]});
  }
  const std::string_view footer = trim(reader.rest());
  if (!footer.empty()) {
    WATTLE_ASSIGN_OR_RETURN(zone.after_, RecurringOffset::parse(footer));
  }
  return zone;
}

Seconds LocalZone::offset_at(UtcTime time) const {
  const std::int64_t seconds = time.ns / kNanosPerSecond - (time.ns % kNanosPerSecond < 0 ? 1 : 0);
  const auto after = std::ranges::upper_bound(transitions_, seconds, {}, &Transition::at);
  if (after == transitions_.end() && after_) {
    return Seconds(after_->offset_at(seconds));
  }
  return Seconds(after == transitions_.begin() ? first_offset_ : std::prev(after)->offset);
}

int LocalZone::hour_at(UtcTime time) const {
  const std::int64_t local = (time + offset_at(time)).ns / kNanosPerSecond;
  return static_cast<int>((local % 86400 + 86400) % 86400 / 3600);
}

}  // namespace wattle::carbon
