// Reads one message of HTTP/1.x out of bytes that come in pieces of any size: the same code for a
// connection, a test and a fuzzer. Beast reads the heads, and is known to the source alone.
//
// Units:    bytes.
// Errors:   a RequestReader ends in a Refusal, a ResponseReader in a text.
// Threads:  one thread per object. Lifetime: owns what it has read.
// See:      head_rules.h, chunked_decoder.h
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "wattle/net/chunked_decoder.h"
#include "wattle/net/head_rules.h"
#include "wattle/net/http_message.h"

namespace wattle::net {

class RequestReader {
 public:
  enum class State {
    kHead,      // feed() it
    kHeadRead,  // ask head(), then accept_body()
    kBody,      // feed() it
    kComplete,
    kRefused,
  };

  State state() const { return state_; }
  /// Some byte of a request came.
  bool has_begun() const { return has_begun_; }
  /// How many of the bytes were used; the rest is for later. Bytes of the body are appended to
  /// `body`.
  std::size_t feed(std::string_view bytes, std::string& body);
  /// The body may follow; over `most_bytes` it is refused, if possible before it comes.
  void accept_body(std::uint64_t most_bytes);

  const RequestFacts& facts() const { return facts_; }
  const Headers& headers() const { return headers_; }
  Headers take_headers() { return std::move(headers_); }
  /// The client expects to go on after this request.
  bool keeps_alive() const { return keeps_alive_; }
  const Refusal& refusal() const { return *refusal_; }

 private:
  std::size_t feed_head(std::string_view bytes);
  std::size_t feed_body(std::string_view bytes, std::string& body);
  void end_head();
  void refuse(Refusal refusal);

  State state_ = State::kHead;
  bool has_begun_ = false;
  bool keeps_alive_ = false;
  std::string head_;
  HeadScanner scanner_;
  RequestFacts facts_;
  Headers headers_;
  std::uint64_t body_left_ = 0;
  std::optional<ChunkedDecoder> chunks_;
  std::optional<Refusal> refusal_;
};

/// Interim answers (1xx) are read over.
class ResponseReader {
 public:
  enum class State { kHead, kBody, kComplete, kBroken };
  enum class Body { kAsSaid, kNone };  // kNone: the answer of a HEAD

  explicit ResponseReader(Body body) : expects_(body) {}

  State state() const { return state_; }
  /// Returns after the head, so that the caller can look at it before the body; then feeds on.
  std::size_t feed(std::string_view bytes, std::string& body);
  /// The other end has closed: the end of some bodies, a break of others.
  void feed_end();

  int status() const { return status_; }
  const Headers& headers() const { return headers_; }
  Headers take_headers() { return std::move(headers_); }
  /// The connection can be used again once the message is complete.
  bool keeps_alive() const { return keeps_alive_; }
  const std::string& problem() const { return problem_; }

 private:
  std::size_t feed_head(std::string_view bytes);
  std::size_t feed_body(std::string_view bytes, std::string& body);
  bool parse_head();
  void end_head();
  bool read_framing();
  void break_off(std::string problem);

  Body expects_;
  State state_ = State::kHead;
  int status_ = 0;
  bool keeps_alive_ = false;
  std::string head_;
  HeadScanner scanner_;
  Headers headers_;
  std::optional<std::uint64_t> body_left_;  // nullopt: until the end of the connection
  std::optional<ChunkedDecoder> chunks_;
  std::string problem_;
};

}  // namespace wattle::net
