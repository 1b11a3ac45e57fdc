#include "wattle/net/message_writer.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

#include "wattle/base/text.h"
#include "wattle/net/ascii.h"

namespace wattle::net {
namespace {

/// Fields that say how a message is sent, which is not for a handler or a caller to say.
bool is_ours(std::string_view name, std::string_view also) {
  return same_word(name, "content-length") || same_word(name, "transfer-encoding") ||
         same_word(name, "connection") || same_word(name, also);
}

void append_field(std::string& head, std::string_view name, std::string_view value) {
  head += name;
  head += ": ";
  head += value;
  head += "\r\n";
}

void append_fields(std::string& head, const Headers& headers, std::string_view left_out) {
  for (const auto& [name, value] : headers.all()) {
    if (!is_ours(name, left_out)) {
      append_field(head, name, value);
    }
  }
}

}  // namespace

ResponsePlan plan_response(const HttpResponse& response, std::string_view method, bool is_http_1_1,
                           bool keeps_alive) {
  ResponsePlan plan;
  plan.keeps_alive = keeps_alive;
  const auto length = response.source == nullptr
                          ? std::optional<std::uint64_t>(response.body.size())
                          : response.source->length();
  plan.length = length.value_or(0);
  if (response.status == 204 || response.status == 304) {
    plan.framing = Framing::kNone;
    plan.says_length = false;
  } else if (method == "HEAD") {
    plan.framing = Framing::kNone;
    plan.says_length = length.has_value();
  } else if (!length) {
    plan.framing = is_http_1_1 ? Framing::kChunked : Framing::kClose;
    plan.says_length = false;
    plan.keeps_alive = keeps_alive && is_http_1_1;
  }
  return plan;
}

bool is_sendable(const Headers& headers) {
  return std::all_of(headers.all().begin(), headers.all().end(), [](const auto& field) {
    return is_token(field.first) && std::none_of(field.second.begin(), field.second.end(),
                                                 [](char c) { return c != '\t' && is_control(c); });
  });
}

std::string response_head(const HttpResponse& response, const ResponsePlan& plan,
                          std::string_view date) {
  std::string head =
      concat("HTTP/1.1 ", response.status, " ", reason_phrase(response.status), "\r\n");
  append_field(head, "Date", date);
  append_fields(head, response.headers, "date");
  if (plan.framing == Framing::kChunked) {
    append_field(head, "Transfer-Encoding", "chunked");
  } else if (plan.says_length) {
    append_field(head, "Content-Length", std::to_string(plan.length));
  }
  append_field(head, "Connection", plan.keeps_alive ? "keep-alive" : "close");
  return head + "\r\n";
}

std::string request_head(std::string_view method, std::string_view target, const Headers& headers,
                         std::string_view host, std::optional<std::uint64_t> length) {
  std::string head = concat(method, " ", target, " HTTP/1.1\r\n");
  append_field(head, "Host", host);
  append_fields(head, headers, "host");
  if (length) {
    append_field(head, "Content-Length", std::to_string(*length));
  }
  return head + "\r\n";
}

std::string chunk_line(std::size_t bytes) {
  std::array<char, 24> text{};
  std::snprintf(text.data(), text.size(), "%zx\r\n", bytes);
  return text.data();
}

std::string http_date(UtcTime time) {
  constexpr std::array<const char*, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t seconds = time.ns / kNanosPerSecond;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  // Not by strftime: the names of days must not follow the locale.
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                kDays.at(static_cast<std::size_t>(parts.tm_wday)), parts.tm_mday,
                kMonths.at(static_cast<std::size_t>(parts.tm_mon)), parts.tm_year + 1900,
                parts.tm_hour, parts.tm_min, parts.tm_sec);
  return text.data();
}

}  // namespace wattle::net
