// Arrays of numbers in files: NPY (NumPy, versions 1 and 2) and IDX (the format of MNIST), plain or
// gzipped, as 32-bit floats.
//
// Units:    those of the data. Threads: pure functions. Lifetime: a value type.
// Errors:   kParse with the file and what is wrong with it: another format, order or type, fewer
//           or more bytes than its header says; kInvalidArgument for more than kValuesLimit.
// Source:   numpy.lib.format (NEP 1); Y. LeCun, "The MNIST database", file formats.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/result.h"

namespace wattle::networks {

/// Numbers in one file: 8 GB in memory.
inline constexpr std::uint64_t kValuesLimit = 2'000'000'000;
inline constexpr std::size_t kDimensionsLimit = 4;

struct Array {
  std::vector<std::uint64_t> shape;
  std::vector<float> values;  // the last dimension runs fastest
};

/// True for the beginning of an NPY, IDX or gzipped IDX file, as told by its content.
bool is_array_file(const std::string& path);

Result<Array> read_array(const std::string& path);
/// The same from bytes that are in memory; `name` stands for the file in messages.
Result<Array> parse_array(const std::string& name, std::string_view bytes);

}  // namespace wattle::networks
