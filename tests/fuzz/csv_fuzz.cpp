// The CSV reader on any bytes: it ends, with rows as wide as the header or with an error.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "wattle/base/check.h"
#include "wattle/base/csv.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);  // NOLINT
  auto reader = wattle::CsvReader::from_text("input", text);
  if (!reader.ok()) {
    return 0;
  }
  const std::size_t width = (*reader)->header().size();
  for (auto row = (*reader)->next(); row.ok() && *row != nullptr; row = (*reader)->next()) {
    WATTLE_CHECK((*row)->size() == width, "a row as wide as the header");
  }
  return 0;
}
