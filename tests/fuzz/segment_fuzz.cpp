// Any bytes as a record segment, and any payload as each kind of record: refused or read, never
// more.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "wattle/energy/records.h"
#include "wattle/store/segment.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  (void)wattle::store::parse_segment(bytes).ok();
  for (const int type : {1, 2, 16, 17}) {
    const wattle::Record record{static_cast<std::uint8_t>(type), std::string(bytes)};
    (void)wattle::energy::decode_node_description(record).ok();
    (void)wattle::energy::decode_node_sample(record).ok();
    (void)wattle::energy::decode_group_description(record).ok();
    (void)wattle::energy::decode_group_sample(record).ok();
  }
  return 0;
}
