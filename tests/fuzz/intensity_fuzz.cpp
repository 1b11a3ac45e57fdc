// Any text as a file of grid intensities: refused with its line, or read.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "wattle/carbon/intensity_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  wattle::carbon::IntensityFileOptions options;
  options.zone = "DE";
  (void)wattle::carbon::IntensityFile::from_text("fuzz.csv", text, options).ok();
  return 0;
}
