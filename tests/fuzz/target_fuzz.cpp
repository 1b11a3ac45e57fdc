// Any bytes as the target of a request: refused with one line, or taken apart and put together
// again. And as an address.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "wattle/base/check.h"
#include "wattle/net/address.h"
#include "wattle/net/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);  // NOLINT
  const auto target = wattle::net::parse_target(text);
  if (target.ok()) {
    const auto again = wattle::net::parse_target(to_text(*target));
    WATTLE_CHECK(again.ok() && *again == *target, "a target is read back");
  } else {
    WATTLE_CHECK(!target.error().message().empty(), "a refusal says why");
  }
  const auto address = wattle::net::IpAddress::parse(text);
  if (address.ok()) {
    const auto again = wattle::net::IpAddress::parse(address->to_text());
    WATTLE_CHECK(again.ok() && again->bytes() == address->bytes(), "an address is read back");
    WATTLE_CHECK(again->kind() == address->kind(), "and is of the same kind");
  }
  return 0;
}
