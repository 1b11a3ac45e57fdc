// Any text as a receipt: refused, or read and written again as the same receipt.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "wattle/base/check.h"
#include "wattle/messages/receipt.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto receipt = wattle::messages::parse_receipt({reinterpret_cast<const char*>(data), size});
  if (receipt.ok()) {
    WATTLE_CHECK(wattle::messages::parse_receipt(wattle::messages::to_json(*receipt)).ok(),
                 "written, not read");
  }
  return 0;
}
