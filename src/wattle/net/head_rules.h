// What the head of a request must be beyond what a parser of HTTP takes: where two programs could
// read one head in two ways, it is refused.
//
// Refused: line ends other than CRLF, folded fields, blanks before a colon, control characters, a
// missing or second Host, Content-Length that is no plain number or stands twice or beside
// Transfer-Encoding, encodings other than "chunked", targets other than paths, CONNECT and TRACE.
//
// Units:    bytes. Errors: a Refusal. Threads: pure functions.
// Lifetime: HeadLines points into the bytes that were split.
// See:      RFC 9112, sections 2 to 7 and 11.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wattle/net/refusal.h"

namespace wattle::net {

/// Finds the end of a head in bytes that come piece by piece, and what must not stand in it.
class HeadScanner {
 public:
  /// REQUIRES: `head` begins as in the call before, and more follows. The size of the head with its
  /// blank line, once that is there.
  std::optional<std::size_t> scan(std::string_view head, std::size_t most_bytes);
  const std::optional<Refusal>& refusal() const { return refusal_; }
  /// Where the first line ends; 0: not yet.
  std::size_t first_line() const { return first_line_; }

 private:
  void refuse(int status, std::string message) { refusal_ = {status, std::move(message)}; }

  std::size_t scanned_ = 0;
  std::size_t line_begin_ = 0;
  std::size_t first_line_ = 0;
  std::optional<Refusal> refusal_;
};

/// How the body of a request is told from what follows.
struct RequestFacts {
  std::string method;
  std::string target;  // a path: of an absolute target what follows the authority
  bool is_http_1_1 = true;
  bool is_chunked = false;
  std::uint64_t content_length = 0;
  bool expects_continue = false;
};

/// REQUIRES: a whole head, as HeadScanner found it. Fills `facts`, or says what is wrong.
std::optional<Refusal> check_request_head(std::string_view head, RequestFacts& facts);

}  // namespace wattle::net
