#include "wattle/base/log.h"

#include <array>
#include <cstdio>

#include <unistd.h>

namespace wattle {
namespace {

/// Length of the valid UTF-8 sequence at the front of `text`, or 0.
std::size_t utf8_length(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t length = lead < 0x80   ? 1
                             : lead < 0xc2 ? 0
                             : lead < 0xe0 ? 2
                             : lead < 0xf0 ? 3
                             : lead < 0xf5 ? 4
                                           : 0;
  if (length == 0 || text.size() < length) {
    return 0;
  }
  for (std::size_t i = 1; i < length; ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) {
      return 0;
    }
  }
  const auto second = length > 1 ? static_cast<unsigned char>(text[1]) : 0;
  const bool overlong = (lead == 0xe0 && second < 0xa0) || (lead == 0xf0 && second < 0x90);
  const bool outside = (lead == 0xed && second >= 0xa0) || (lead == 0xf4 && second >= 0x90);
  return overlong || outside ? 0 : length;
}

void append_escaped(std::string& into, char c) {
  switch (c) {
    case '"':
      into += "\\\"";
      return;
    case '\\':
      into += "\\\\";
      return;
    case '\n':
      into += "\\n";
      return;
    case '\t':
      into += "\\t";
      return;
    case '\r':
      into += "\\r";
      return;
    default:
      break;
  }
  if (static_cast<unsigned char>(c) < 0x20) {
    std::array<char, 8> escape{};
    std::snprintf(escape.data(), escape.size(), "\\u%04x", static_cast<unsigned>(c));
    into += escape.data();
  } else {
    into += c;
  }
}

std::string json_line(const std::string& time, LogLevel level, std::string_view event,
                      std::initializer_list<LogField> fields) {
  std::string line = concat("{\"time\":\"", time, "\",\"level\":\"", to_string(level),
                            "\",\"event\":", json_quote(event));
  for (const auto& field : fields) {
    line += concat(",", json_quote(field.name()), ":",
                   field.quoted() ? json_quote(field.value()) : field.value());
  }
  return line + "}\n";
}

std::string text_line(LogLevel level, std::string_view event,
                      std::initializer_list<LogField> fields) {
  std::string line =
      level >= LogLevel::kWarning ? concat(to_string(level), ": ", event) : std::string(event);
  for (const auto& field : fields) {
    line += concat(" ", field.name(), "=", field.value());
  }
  return line + "\n";
}

}  // namespace

std::string_view to_string(LogLevel level) {
  constexpr std::array<std::string_view, 5> kNames{"debug", "info", "notice", "warning", "error"};
  return kNames[static_cast<std::size_t>(level)];
}

std::string json_quote(std::string_view text) {
  std::string quoted = "\"";
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0) {
      quoted += "\xef\xbf\xbd";
      text.remove_prefix(1);
    } else if (length == 1) {
      append_escaped(quoted, text[0]);
      text.remove_prefix(1);
    } else {
      quoted += text.substr(0, length);
      text.remove_prefix(length);
    }
  }
  return quoted + "\"";
}

void Log::write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  if (level < options_.least) {
    return;
  }
  const std::string line = options_.format == LogFormat::kJson
                               ? json_line(to_rfc3339(clock_.utc_now()), level, event, fields)
                               : text_line(level, event, fields);
  const std::lock_guard lock(mutex_);
  // One write per line keeps lines of several processes whole; a log that cannot be written has
  // nowhere to say so.
  [[maybe_unused]] const ssize_t written = ::write(options_.descriptor, line.data(), line.size());
}

}  // namespace wattle
