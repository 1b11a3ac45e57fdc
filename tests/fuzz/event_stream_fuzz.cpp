// Any bytes as a stream of events: the same events in whatever pieces they come, and each is read
// back when it is written.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/check.h"
#include "wattle/net/event_stream.h"

namespace {

using wattle::net::EventStreamParser;
using wattle::net::ServerSentEvent;

std::vector<ServerSentEvent> read(std::string_view bytes, std::size_t piece) {
  EventStreamParser parser;
  std::vector<ServerSentEvent> all;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    auto events = parser.feed(bytes.substr(at, piece));
    if (!events.ok()) {
      break;
    }
    all.insert(all.end(), events->begin(), events->end());
  }
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);  // NOLINT
  const std::size_t piece = 1 + (size == 0 ? 0 : data[size - 1] % 16U);
  const auto events = read(bytes, std::max<std::size_t>(size, 1));
  WATTLE_CHECK(events == read(bytes, piece), "pieces do not matter");
  for (auto event : events) {
    const auto again = read(to_text(event), piece);
    std::erase(event.event, '\0');
    WATTLE_CHECK(again == std::vector{event}, "an event is read back");
  }
  return 0;
}
