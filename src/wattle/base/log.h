// The structured log: an event in a lower-case sentence, with fields. JSON lines to a file or a
// pipe, text on a terminal. Level error means that somebody must act.
//
// Pure code does not log; it returns what happened.
//
// Units:    fields name their unit last ("wait_seconds").
// Errors:   a log that cannot be written is dropped.
// Threads:  a Log may be used from any thread.
// Lifetime: a Log borrows its Clock and its descriptor.
#pragma once

#include <initializer_list>
#include <mutex>
#include <string>
#include <string_view>

#include "wattle/base/text.h"
#include "wattle/base/time.h"

namespace wattle {

enum class LogLevel { kDebug, kInfo, kNotice, kWarning, kError };
enum class LogFormat { kText, kJson };

std::string_view to_string(LogLevel level);

/// One named value of an event. Numbers are written as JSON numbers.
class LogField {
 public:
  LogField(std::string_view name, std::string_view value)
      : name_(name), value_(value), quoted_(true) {}
  LogField(std::string_view name, const char* value) : LogField(name, std::string_view(value)) {}
  LogField(std::string_view name, const std::string& value)
      : LogField(name, std::string_view(value)) {}
  template <typename Number>
    requires std::is_arithmetic_v<Number>
  LogField(std::string_view name, Number value)
      : name_(name), value_(std::to_string(value)), quoted_(false) {}

  std::string_view name() const { return name_; }
  const std::string& value() const { return value_; }
  bool quoted() const { return quoted_; }

 private:
  std::string_view name_;
  std::string value_;
  bool quoted_;
};

class Log {
 public:
  struct Options {
    int descriptor = 2;
    LogFormat format = LogFormat::kText;
    LogLevel least = LogLevel::kNotice;
  };

  Log(const Clock& clock, Options options) : clock_(clock), options_(options) {}

  void write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});

 private:
  const Clock& clock_;
  Options options_;
  std::mutex mutex_;
};

/// The text as a JSON string with its quotes. Bytes that are no UTF-8 become U+FFFD.
std::string json_quote(std::string_view text);

}  // namespace wattle
