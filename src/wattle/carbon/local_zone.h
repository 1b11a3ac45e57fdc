// The local time of a place: how far its clocks are from UTC at an instant.
//
// Units:    Seconds east of UTC.
// Errors:   kNotFound when the zone database lacks the name; kParse for a damaged file.
// Threads:  after loading, any thread.
// Lifetime: owns what it read.
// Source:   TZif files of the system's zone database (RFC 8536).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/file.h"
#include "wattle/base/result.h"
#include "wattle/base/time.h"
#include "wattle/carbon/recurring_offset.h"

namespace wattle::carbon {

class LocalZone {
 public:
  static LocalZone utc() { return LocalZone("UTC", 0); }
  /// "UTC", "+05:30", "-08:00", or a name of the zone database: "Europe/Berlin". `root` is put
  /// before /usr/share/zoneinfo.
  static Result<LocalZone> load(FileSystem& files, std::string_view name,
                                const std::string& root = "");
  /// Reads the bytes of a TZif file; `name` stands for it in messages.
  static Result<LocalZone> from_tzif(std::string name, std::string_view bytes);

  const std::string& name() const { return name_; }
  Seconds offset_at(UtcTime time) const;
  /// 0 to 23, as a clock on the wall shows.
  int hour_at(UtcTime time) const;

 private:
  struct Transition {
    std::int64_t at;  // seconds since 1970
    std::int32_t offset;
  };
  LocalZone(std::string name, std::int32_t offset)
      : name_(std::move(name)), first_offset_(offset) {}

  std::string name_;
  std::int32_t first_offset_;  // before the first transition
  std::vector<Transition> transitions_;
  std::optional<RecurringOffset> after_;  // beyond the last transition
};

}  // namespace wattle::carbon
