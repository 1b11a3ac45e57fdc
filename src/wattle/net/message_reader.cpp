#include "wattle/net/message_reader.h"

#include <algorithm>
#include <limits>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include "wattle/base/limits.h"
#include "wattle/base/text.h"
#include "wattle/net/ascii.h"

namespace wattle::net {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using boost::beast::string_view;

/// Reads a head that is there as a whole; bodies are ours, since the parser's reading of chunks is
/// made of assertions that a client can reach (a last chunk that comes in two pieces).
template <bool is_request>
class HeadParser final : public http::basic_parser<is_request> {
 public:
  HeadParser() {
    this->skip(true);
    this->header_limit(std::numeric_limits<std::uint32_t>::max());
  }

  /// "": all of it was read.
  std::string parse(std::string_view head) {
    error_code error;
    this->eager(true);
    const std::size_t used = this->put(boost::asio::const_buffer(head.data(), head.size()), error);
    if (error) {
      return error.message();
    }
    return used == head.size() && this->is_header_done() ? "" : "the head does not end";
  }
  Headers take_headers() { return std::move(headers_); }
  int status() const { return status_; }

 private:
  void on_request_impl(http::verb /*verb*/, string_view /*method*/, string_view /*target*/,
                       int /*version*/, error_code& error) override {
    error = {};
  }
  void on_response_impl(int status, string_view /*reason*/, int /*version*/,
                        error_code& error) override {
    status_ = status;
    error = {};
  }
  void on_field_impl(http::field /*field*/, string_view name, string_view value,
                     error_code& error) override {
    headers_.add({name.data(), name.size()}, {value.data(), value.size()});
    error = {};
  }
  void on_header_impl(error_code& error) override { error = {}; }
  void on_body_init_impl(const boost::optional<std::uint64_t>& /*length*/,
                         error_code& error) override {
    error = {};
  }
  std::size_t on_body_impl(string_view body, error_code& error) override {
    error = {};
    return body.size();
  }
  void on_chunk_header_impl(std::uint64_t /*size*/, string_view /*extensions*/,
                            error_code& error) override {
    error = {};
  }
  std::size_t on_chunk_body_impl(std::uint64_t /*remain*/, string_view body,
                                 error_code& error) override {
    error = {};
    return body.size();
  }
  void on_finish_impl(error_code& error) override { error = {}; }

  Headers headers_;
  int status_ = 0;
};

/// The bytes up to the end of the head, taken over into it; their number.
std::size_t take_head(std::string_view bytes, std::string& head, HeadScanner& scanner,
                      std::size_t most, bool& is_whole) {
  const std::size_t before = head.size();
  head += bytes;
  const auto size = scanner.scan(head, most);
  is_whole = size.has_value();
  head.resize(size.value_or(head.size()));
  return head.size() - before;
}

}  // namespace

std::size_t RequestReader::feed(std::string_view bytes, std::string& body) {
  switch (state_) {
    case State::kHead:
      return feed_head(bytes);
    case State::kBody:
      return feed_body(bytes, body);
    default:
      return 0;
  }
}

std::size_t RequestReader::feed_head(std::string_view bytes) {
  std::size_t skipped = 0;
  // One blank line before a request is read over, as old clients send it after a body.
  while (!has_begun_ && skipped < bytes.size() && head_.size() < 2 &&
         bytes[skipped] == "\r\n"[head_.size()]) {
    head_ += bytes[skipped++];
  }
  if (!has_begun_ && skipped < bytes.size()) {
    has_begun_ = true;
    if (head_.size() == 2) {
      head_.clear();
    }
  }
  bytes.remove_prefix(skipped);
  if (!has_begun_) {
    return skipped;
  }
  bool is_whole = false;
  const std::size_t used = take_head(bytes, head_, scanner_, limits::kHttpHeadBytes, is_whole);
  // Method and version beside the target.
  const std::size_t line = scanner_.first_line() == 0 ? head_.size() : scanner_.first_line();
  if (scanner_.refusal() && scanner_.refusal()->status != 431) {
    refuse(*scanner_.refusal());
  } else if (line > limits::kHttpTargetBytes + 64) {
    refuse({414, concat("the target of the request has more than ", limits::kHttpTargetBytes,
                        " bytes")});
  } else if (scanner_.refusal()) {
    refuse(*scanner_.refusal());
  } else if (is_whole) {
    end_head();
  }
  return skipped + used;
}

void RequestReader::end_head() {
  if (auto refusal = check_request_head(head_, facts_)) {
    refuse(std::move(*refusal));
    return;
  }
  HeadParser<true> parser;
  if (const std::string problem = parser.parse(head_); !problem.empty()) {
    refuse({400, "the head of the request is not HTTP: " + problem});
    return;
  }
  keeps_alive_ = parser.keep_alive();
  headers_ = parser.take_headers();
  head_ = {};
  state_ = State::kHeadRead;
}

void RequestReader::accept_body(std::uint64_t most_bytes) {
  if (!facts_.is_chunked && facts_.content_length > most_bytes) {
    refuse({413, concat("the body has ", facts_.content_length, " bytes: at most ", most_bytes,
                        " are taken here")});
    return;
  }
  body_left_ = facts_.content_length;
  if (facts_.is_chunked) {
    chunks_.emplace(most_bytes);
  }
  state_ = facts_.is_chunked || body_left_ > 0 ? State::kBody : State::kComplete;
}

std::size_t RequestReader::feed_body(std::string_view bytes, std::string& body) {
  if (!chunks_) {
    const auto used = static_cast<std::size_t>(std::min<std::uint64_t>(body_left_, bytes.size()));
    body.append(bytes.substr(0, used));
    body_left_ -= used;
    state_ = body_left_ == 0 ? State::kComplete : State::kBody;
    return used;
  }
  const std::size_t used = chunks_->feed(bytes, body);
  if (chunks_->refusal()) {
    refuse(*chunks_->refusal());
  } else if (chunks_->is_complete()) {
    state_ = State::kComplete;
  }
  return used;
}

void RequestReader::refuse(Refusal refusal) {
  refusal_ = std::move(refusal);
  state_ = State::kRefused;
}

std::size_t ResponseReader::feed(std::string_view bytes, std::string& body) {
  switch (state_) {
    case State::kHead:
      return feed_head(bytes);
    case State::kBody:
      return feed_body(bytes, body);
    default:
      return 0;
  }
}

std::size_t ResponseReader::feed_head(std::string_view bytes) {
  bool is_whole = false;
  const std::size_t used =
      take_head(bytes, head_, scanner_, limits::kHttpAnswerHeadBytes, is_whole);
  if (scanner_.refusal()) {
    break_off(scanner_.refusal()->message);
  } else if (is_whole) {
    end_head();
  }
  return used;
}

void ResponseReader::end_head() {
  if (!parse_head()) {
    return;
  }
  const bool is_interim = status_ >= 100 && status_ < 200 && status_ != 101;
  head_.clear();
  if (is_interim) {
    headers_ = {};
    scanner_ = {};
    return;
  }
  const bool has_body = expects_ == Body::kAsSaid && status_ != 204 && status_ != 304;
  state_ = State::kBody;
  if (!has_body) {
    state_ = State::kComplete;
  } else if (read_framing() && body_left_ == 0U) {
    state_ = State::kComplete;
  }
}

bool ResponseReader::parse_head() {
  HeadParser<false> parser;
  if (const std::string problem = parser.parse(head_); !problem.empty()) {
    break_off("its head is not HTTP: " + problem);
    return false;
  }
  keeps_alive_ = parser.keep_alive();
  status_ = parser.status();
  headers_ = parser.take_headers();
  return true;
}

/// Where the body ends; false: that is not to be known.
bool ResponseReader::read_framing() {
  const auto encoding = headers_.find("Transfer-Encoding");
  const auto length = headers_.find("Content-Length");
  if (encoding && (length || !same_word(*encoding, "chunked"))) {
    break_off("it says in two ways, or in one that is not known, where its body ends");
    return false;
  }
  if (encoding) {
    chunks_.emplace(std::numeric_limits<std::uint64_t>::max());
    return true;
  }
  if (!length) {
    keeps_alive_ = false;
    return true;
  }
  const auto number = parse_integer(*length);
  if (!number.ok() || *number < 0) {
    break_off("its Content-Length is no number of bytes");
    return false;
  }
  body_left_ = static_cast<std::uint64_t>(*number);
  return true;
}

std::size_t ResponseReader::feed_body(std::string_view bytes, std::string& body) {
  if (chunks_) {
    const std::size_t used = chunks_->feed(bytes, body);
    if (chunks_->refusal()) {
      break_off(chunks_->refusal()->message);
    } else if (chunks_->is_complete()) {
      state_ = State::kComplete;
    }
    return used;
  }
  const auto used = static_cast<std::size_t>(
      std::min<std::uint64_t>(body_left_.value_or(bytes.size()), bytes.size()));
  body.append(bytes.substr(0, used));
  if (body_left_) {
    *body_left_ -= used;
    state_ = *body_left_ == 0 ? State::kComplete : State::kBody;
  }
  return used;
}

void ResponseReader::feed_end() {
  if (state_ == State::kBody && !chunks_ && !body_left_) {
    state_ = State::kComplete;
  } else if (state_ != State::kComplete) {
    break_off("the connection was closed before its end");
  }
}

void ResponseReader::break_off(std::string problem) {
  problem_ = std::move(problem);
  state_ = State::kBroken;
  keeps_alive_ = false;
}

}  // namespace wattle::net
