// Manifests of any bytes: what is read stays within its folder, and is written as it was read.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "wattle/base/check.h"
#include "wattle/store/artifact_manifest.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);  // NOLINT
  const auto entries = wattle::store::parse_manifest(text);
  if (!entries.ok()) {
    return 0;
  }
  for (const auto& entry : *entries) {
    WATTLE_CHECK(!entry.path.empty() && entry.path.front() != '/', "a path is relative");
    WATTLE_CHECK(("/" + entry.path + "/").find("/../") == std::string::npos, "and stays inside");
  }
  const auto written = wattle::store::encode_manifest(*entries);
  WATTLE_CHECK(written.ok(), "what was read can be written");
  const auto again = wattle::store::parse_manifest(*written);
  WATTLE_CHECK(again.ok() && again->size() == entries->size(), "and read again");
  return 0;
}
