#include "wattle/carbon/recurring_offset.h"

#include <chrono>

#include "wattle/base/text.h"

namespace wattle::carbon {

class RecurringOffset::Parser {
 public:
  explicit Parser(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }
  bool next_is(char c) const { return !rest_.empty() && rest_.front() == c; }

  bool take(char c) {
    if (!next_is(c)) {
      return false;
    }
    rest_.remove_prefix(1);
    return true;
  }

  bool take_name() {
    const std::size_t before = rest_.size();
    if (take('<')) {
      const auto end = rest_.find('>');
      rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
      return end != std::string_view::npos;
    }
    while (!rest_.empty() && ((rest_.front() | 0x20) >= 'a') && ((rest_.front() | 0x20) <= 'z')) {
      rest_.remove_prefix(1);
    }
    return before - rest_.size() >= 3;
  }

  bool take_number(int& value) {
    value = 0;
    bool any = false;
    while (!rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9' && value < 100'000) {
      value = value * 10 + (rest_.front() - '0');
      rest_.remove_prefix(1);
      any = true;
    }
    return any;
  }

  /// [+-]hh[:mm[:ss]]
  bool take_time(std::int32_t& seconds) {
    const bool negative = next_is('-');
    if (!take('-')) {
      take('+');
    }
    int hours = 0;
    int minutes = 0;
    int rest = 0;
    if (!take_number(hours) || hours > 167 || (take(':') && !take_number(minutes)) ||
        (take(':') && !take_number(rest))) {
      return false;
    }
    seconds = (hours * 3600 + minutes * 60 + rest) * (negative ? -1 : 1);
    return true;
  }

  bool take_rule(Rule& rule) {
    if (!take(',') || !take('M') || !take_number(rule.month) || !take('.') ||
        !take_number(rule.week) || !take('.') || !take_number(rule.weekday)) {
      return false;
    }
    const bool sane = rule.month >= 1 && rule.month <= 12 && rule.week >= 1 && rule.week <= 5 &&
                      rule.weekday <= 6;
    return sane && (!take('/') || take_time(rule.seconds));
  }

 private:
  std::string_view rest_;
};

Result<RecurringOffset> RecurringOffset::parse(std::string_view text) {
  const Error error(ErrorCode::kParse, concat("'", text, "' is no rule of a time zone"));
  RecurringOffset offset;
  Parser parser(text);
  if (!parser.take_name() || !parser.take_time(offset.standard_)) {
    return error;
  }
  offset.standard_ = -offset.standard_;  // POSIX counts west of Greenwich
  if (parser.at_end()) {
    return offset;
  }
  if (!parser.take_name()) {
    return error;
  }
  offset.daylight_ = offset.standard_ + 3600;
  if (!parser.next_is(',')) {
    if (!parser.take_time(offset.daylight_)) {
      return error;
    }
    offset.daylight_ = -offset.daylight_;
  }
  Rule begin;
  if (!parser.take_rule(begin) || !parser.take_rule(offset.end_) || !parser.at_end()) {
    return error;
  }
  offset.begin_ = begin;
  return offset;
}

std::int64_t RecurringOffset::local_seconds(const Rule& rule, int year) {
  using std::chrono::month;
  using std::chrono::weekday;
  const auto month_of_year = std::chrono::year(year) / month(static_cast<unsigned>(rule.month));
  const weekday day(static_cast<unsigned>(rule.weekday));
  const std::chrono::sys_days date =
      rule.week == 5 ? std::chrono::sys_days(month_of_year / day[std::chrono::last])
                     : std::chrono::sys_days(month_of_year / day[static_cast<unsigned>(rule.week)]);
  return date.time_since_epoch().count() * std::int64_t{86400} + rule.seconds;
}

std::int32_t RecurringOffset::offset_at(std::int64_t utc_seconds) const {
  if (!begin_) {
    return standard_;
  }
  const auto days = std::chrono::floor<std::chrono::days>(
      std::chrono::sys_seconds(std::chrono::seconds(utc_seconds + standard_)));
  const int year = static_cast<int>(std::chrono::year_month_day(days).year());
  const std::int64_t begin = local_seconds(*begin_, year) - standard_;
  const std::int64_t end = local_seconds(end_, year) - daylight_;
  const bool northern = begin < end;
  const bool between = northern ? utc_seconds >= begin && utc_seconds < end
                                : utc_seconds >= end && utc_seconds < begin;
  return between == northern ? daylight_ : standard_;
}

}  // namespace wattle::carbon
