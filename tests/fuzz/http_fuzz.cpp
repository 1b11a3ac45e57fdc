// Any bytes as a connection sends them, in pieces of any size: read as a request, or refused with
// one line; the same in whatever pieces; and what was read is read back when it is written.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "wattle/base/check.h"
#include "wattle/base/limits.h"
#include "wattle/net/message_reader.h"
#include "wattle/net/message_writer.h"

namespace {

using wattle::net::RequestReader;
using wattle::net::ResponseReader;
using State = RequestReader::State;

constexpr std::uint64_t kMostBody = 4096;

struct Read {
  RequestReader reader;
  std::string body;
  std::size_t used = 0;
};

Read read(std::string_view bytes, std::size_t piece) {
  Read result;
  while (result.used < bytes.size()) {
    const auto part = bytes.substr(result.used, piece);
    const std::size_t used = result.reader.feed(part, result.body);
    WATTLE_CHECK(used <= part.size(), "no more is used than is there");
    result.used += used;
    const bool is_head = result.reader.state() == State::kHeadRead;
    if (is_head) {
      result.reader.accept_body(kMostBody);
    }
    if (used == 0 && !is_head) {
      break;
    }
  }
  return result;
}

void check_refusal(const wattle::net::Refusal& refusal) {
  WATTLE_CHECK(refusal.status >= 400 && refusal.status < 600, "a refusal has a status");
  WATTLE_CHECK(!refusal.message.empty() && refusal.message.find('\n') == std::string::npos,
               "a refusal is one line");
}

void check_read_back(const Read& request) {
  const auto& facts = request.reader.facts();
  WATTLE_CHECK(facts.target.starts_with('/'), "a target is a path");
  WATTLE_CHECK(request.body.size() <= kMostBody, "a body is bounded");
  WATTLE_CHECK(wattle::net::is_sendable(request.reader.headers()), "fields have no line breaks");
  const std::string host(request.reader.headers().find("Host").value_or("h"));
  const std::string again_bytes =
      wattle::net::request_head(facts.method, facts.target, request.reader.headers(), host,
                                request.body.size()) +
      request.body;
  // What was bound to fit as it came may be longer as it is written.
  if (again_bytes.size() - request.body.size() > wattle::limits::kHttpHeadBytes ||
      request.reader.headers().all().size() + 2 > wattle::limits::kHttpFields) {
    return;
  }
  const Read again = read(again_bytes, again_bytes.size());
  WATTLE_CHECK(again.reader.state() == State::kComplete, again_bytes);
  WATTLE_CHECK(again.used == again_bytes.size(), "and nothing is left");
  WATTLE_CHECK(again.body == request.body, "the body is the same");
  WATTLE_CHECK(again.reader.facts().method == facts.method, "the method is the same");
  WATTLE_CHECK(again.reader.facts().target == facts.target, "the target is the same");
}

void check_answer(std::string_view bytes, std::size_t piece) {
  ResponseReader reader(ResponseReader::Body::kAsSaid);
  std::string body;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t used = reader.feed(bytes.substr(at, piece), body);
    at += used;
    if (used == 0) {
      break;
    }
  }
  reader.feed_end();
  WATTLE_CHECK(reader.state() == ResponseReader::State::kComplete ||
                   reader.state() == ResponseReader::State::kBroken,
               "an answer ends");
  WATTLE_CHECK(body.size() <= bytes.size(), "a body comes from its bytes");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);  // NOLINT
  const std::size_t piece = 1 + (size == 0 ? 0 : data[size - 1] % 64U);
  const Read whole = read(bytes, std::max<std::size_t>(size, 1));
  const Read torn = read(bytes, piece);
  WATTLE_CHECK(whole.reader.state() == torn.reader.state(), "pieces do not matter");
  if (whole.reader.state() == State::kRefused) {
    check_refusal(whole.reader.refusal());
    WATTLE_CHECK(whole.reader.refusal().status == torn.reader.refusal().status,
                 "pieces do not matter to a refusal");
  } else {
    WATTLE_CHECK(whole.used == torn.used && whole.body == torn.body, "pieces do not matter");
  }
  if (whole.reader.state() == State::kComplete) {
    check_read_back(whole);
  }
  check_answer(bytes, piece);
  return 0;
}
