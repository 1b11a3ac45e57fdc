#include "wattle/net/chunked_decoder.h"

#include <algorithm>

#include "wattle/base/limits.h"
#include "wattle/net/ascii.h"

namespace wattle::net {

std::size_t ChunkedDecoder::feed(std::string_view bytes, std::string& body) {
  std::size_t used = 0;
  while (used < bytes.size() && !is_complete() && !refusal_) {
    if (state_ == State::kData) {
      used += take_data(bytes.substr(used), body);
    } else {
      take_framing(bytes[used++]);
    }
  }
  return used;
}

std::size_t ChunkedDecoder::take_data(std::string_view bytes, std::string& body) {
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(chunk_left_, bytes.size()));
  body.append(bytes.substr(0, count));
  chunk_left_ -= count;
  if (chunk_left_ == 0) {
    state_ = State::kDataReturn;
  }
  return count;
}

void ChunkedDecoder::take_framing(char c) {
  if (state_ == State::kDataReturn || state_ == State::kDataNewline) {
    if (c != (state_ == State::kDataReturn ? '\r' : '\n')) {
      refuse(400, "a chunk of the body is longer than it says");
    }
    state_ = state_ == State::kDataReturn ? State::kDataNewline : State::kSizeLine;
    return;
  }
  const bool after_return = line_.ends_with('\r');
  if ((c == '\n') != after_return || (c != '\n' && c != '\r' && c != '\t' && is_control(c))) {
    refuse(400, "a line of the chunked body does not end with CR LF, or has a control character");
    return;
  }
  if (c != '\n') {
    line_ += c;
    const bool is_trailer = state_ == State::kTrailer;
    if (is_trailer && trailer_bytes_ + line_.size() > limits::kHttpTrailerBytes) {
      refuse(431, "the fields after the body are too long");
    } else if (!is_trailer && line_.size() > limits::kHttpChunkLineBytes) {
      refuse(400, "the extensions of a chunk are too long");
    }
    return;
  }
  line_.pop_back();
  state_ == State::kTrailer ? end_trailer_line() : end_size_line();
  line_.clear();
}

void ChunkedDecoder::end_size_line() {
  std::size_t digits = 0;
  std::uint64_t size = 0;
  for (; digits < line_.size() && hex_value(line_[digits]) >= 0; ++digits) {
    size = size * 16 + static_cast<std::uint64_t>(hex_value(line_[digits]));
  }
  // 15 digits always fit.
  if (digits == 0 || digits > 15) {
    refuse(400, "the size of a chunk is no hexadecimal number");
    return;
  }
  // What blanks before an extension mean is where programs differ.
  if (digits < line_.size() && line_[digits] != ';') {
    refuse(400, "the size of a chunk is followed by something else than an extension");
    return;
  }
  extension_bytes_ += line_.size() - digits;
  if (extension_bytes_ > limits::kHttpExtensionBytes) {
    refuse(400, "the extensions of the chunks are too long");
    return;
  }
  if (size > left_to_take_) {
    refuse(413, "the body is too large");
    return;
  }
  left_to_take_ -= size;
  chunk_left_ = size;
  state_ = size == 0 ? State::kTrailer : State::kData;
}

void ChunkedDecoder::end_trailer_line() {
  if (line_.empty()) {
    state_ = State::kComplete;
    return;
  }
  trailer_bytes_ += line_.size() + 2;
  const auto colon = line_.find(':');
  if (colon == std::string::npos || !is_token(std::string_view(line_).substr(0, colon))) {
    refuse(400, "a field after the body has no name followed directly by a colon");
  }
}

}  // namespace wattle::net
