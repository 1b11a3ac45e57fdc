// Takes a chunked body apart, byte by byte where it must be exact and in pieces where it is large.
//
// Extensions and trailers are read over, within bounds: nobody here uses them, and both are where
// messages have been smuggled.
//
// Units:    bytes. Errors: a Refusal. Threads: one. Lifetime: owns nothing.
// See:      RFC 9112, section 7.1.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "wattle/net/refusal.h"

namespace wattle::net {

class ChunkedDecoder {
 public:
  explicit ChunkedDecoder(std::uint64_t most_bytes) : left_to_take_(most_bytes) {}

  /// How many of the bytes were used: all, unless the body ended or was refused (413: over
  /// `most_bytes`; 400). The body is appended to `body`.
  std::size_t feed(std::string_view bytes, std::string& body);
  bool is_complete() const { return state_ == State::kComplete; }
  const std::optional<Refusal>& refusal() const { return refusal_; }

 private:
  enum class State { kSizeLine, kData, kDataReturn, kDataNewline, kTrailer, kComplete };

  std::size_t take_data(std::string_view bytes, std::string& body);
  void take_framing(char c);
  void end_size_line();
  void end_trailer_line();
  void refuse(int status, std::string message) { refusal_ = {status, std::move(message)}; }

  State state_ = State::kSizeLine;
  std::string line_;
  std::uint64_t left_to_take_;
  std::uint64_t chunk_left_ = 0;
  std::size_t extension_bytes_ = 0;
  std::size_t trailer_bytes_ = 0;
  std::optional<Refusal> refusal_;
};

}  // namespace wattle::net
