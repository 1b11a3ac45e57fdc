// Any text as each message: refused in one bounded line, or read, and then written and read again
// as the same message. What a server takes, a client takes, too.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "wattle/base/check.h"
#include "wattle/messages/every_message.h"
#include "wattle/messages/json_text.h"

namespace {

using wattle::messages::from_json_text;
using wattle::messages::Layout;
using wattle::messages::ReadOptions;
using wattle::messages::to_json_text;
using wattle::messages::UnknownKeys;

void check_refusal(std::string_view message) {
  constexpr std::size_t kMostBytes = 2000;
  WATTLE_CHECK(message.size() < kMostBytes, "an error without end");
  WATTLE_CHECK(message.find('\n') == std::string_view::npos, "an error of several lines");
}

template <typename T>
void check(std::string_view text) {
  const ReadOptions client{.unknown_keys = UnknownKeys::kIgnored};
  const auto strict = from_json_text<T>(text);
  const auto lenient = from_json_text<T>(text, client);
  if (!strict.ok()) {
    check_refusal(strict.error().message());
  }
  WATTLE_CHECK(!strict.ok() || lenient.ok(), "a server takes it, a client does not");
  if (lenient.ok()) {
    const auto written = to_json_text(*lenient, Layout::kOneLine);
    const auto again = from_json_text<T>(written, client);
    WATTLE_CHECK(again.ok(), "written, not read");
    WATTLE_CHECK(to_json_text(*again, Layout::kOneLine) == written, "another message");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto check_one = [text]<typename T>() { check<T>(text); };
  wattle::messages::Requests::each(check_one);
  wattle::messages::Answers::each(check_one);
  return 0;
}
