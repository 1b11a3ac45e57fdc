// The parsers of single words on any bytes: numbers, integers, instants; and what must hold of a
// text whatever it is.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "wattle/base/check.h"
#include "wattle/base/text.h"
#include "wattle/base/time.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);  // NOLINT
  const auto number = wattle::parse_number(text);
  WATTLE_CHECK(!number.ok() || std::isfinite(*number), "a number is finite");
  const auto integer = wattle::parse_integer(text);
  WATTLE_CHECK(!integer.ok() || number.ok(), "an integer is a number");
  if (const auto instant = wattle::parse_rfc3339(text); instant.ok()) {
    const auto again = wattle::parse_rfc3339(wattle::to_rfc3339(*instant));
    WATTLE_CHECK(again.ok(), "an instant is read back");
  }
  WATTLE_CHECK(!wattle::split(text, ',').empty(), "a text has a first part");
  WATTLE_CHECK(wattle::trim(text).size() <= text.size(), "trimming adds nothing");
  return 0;
}
