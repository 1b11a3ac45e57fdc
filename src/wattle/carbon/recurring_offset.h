// The rule by which a zone changes its clocks every year: "CET-1CEST,M3.5.0,M10.5.0/3".
//
// Units:    seconds east of UTC; seconds since 1970.
// Errors:   kParse when the text has another form (Julian days are not used by the zone database).
// Threads:  value type. Lifetime: value type.
// Source:   POSIX.1-2017, environment variable TZ; RFC 8536 3.3.1 for hours beyond 24.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "wattle/base/result.h"

namespace wattle::carbon {

class RecurringOffset {
 public:
  static Result<RecurringOffset> parse(std::string_view text);
  std::int32_t offset_at(std::int64_t utc_seconds) const;

 private:
  /// The `week`-th (5: the last) `weekday` (0: Sunday) of `month`, at `seconds` of local time.
  struct Rule {
    int month = 1;
    int week = 1;
    int weekday = 0;
    std::int32_t seconds = 7200;
  };
  class Parser;
  static std::int64_t local_seconds(const Rule& rule, int year);

  std::int32_t standard_ = 0;
  std::int32_t daylight_ = 0;
  std::optional<Rule> begin_;  // of daylight time; none: standard time all year
  Rule end_;
};

}  // namespace wattle::carbon
