// The bytes of a message: heads, and the frames of a chunked body.
//
// Units:    bytes. Errors: fields that cannot be sent are told by is_sendable().
// Threads:  pure functions. Lifetime: none.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "wattle/base/time.h"
#include "wattle/net/http_message.h"

namespace wattle::net {

/// How a client learns where the body of a response ends.
enum class Framing { kLength, kChunked, kClose, kNone };

struct ResponsePlan {
  Framing framing = Framing::kLength;
  std::uint64_t length = 0;  // of kLength; of kNone where `says_length`
  bool says_length = true;
  bool keeps_alive = true;
};

/// REQUIRES: the request's method, and whether it spoke HTTP/1.1.
ResponsePlan plan_response(const HttpResponse& response, std::string_view method, bool is_http_1_1,
                           bool keeps_alive);

/// No name is other than a token, no value has a line break, a NUL or another control character.
bool is_sendable(const Headers& headers);

/// With the blank line. `date`: "Sun, 06 Nov 1994 08:49:37 GMT".
std::string response_head(const HttpResponse& response, const ResponsePlan& plan,
                          std::string_view date);

/// The head of a request with a body of that length, if it has one.
std::string request_head(std::string_view method, std::string_view target, const Headers& headers,
                         std::string_view host, std::optional<std::uint64_t> length);

/// "1a\r\n", before the bytes of a chunk; "\r\n" follows them, and kLastChunk ends the body.
std::string chunk_line(std::size_t bytes);
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

std::string http_date(UtcTime time);

}  // namespace wattle::net
