#include "array_file.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>

#include <zlib.h>

#include "wattle/base/text.h"

namespace wattle::networks {
namespace {

constexpr std::string_view kNpyMagic = "\x93NUMPY";
constexpr std::size_t kHeaderLimit = 64 << 10;
constexpr std::size_t kBlockBytes = 1 << 20;
constexpr std::uint64_t kBytesLimit = 8 * kValuesLimit + kHeaderLimit;

enum class NumberType { kInt8, kUint8, kInt16, kUint16, kInt32, kInt64, kFloat32, kFloat64 };

struct Layout {
  NumberType type = NumberType::kFloat32;
  bool is_big_endian = false;
  std::vector<std::uint64_t> shape;
};

std::size_t size_of(NumberType type) {
  switch (type) {
    case NumberType::kInt8:
    case NumberType::kUint8:
      return 1;
    case NumberType::kInt16:
    case NumberType::kUint16:
      return 2;
    case NumberType::kInt32:
    case NumberType::kFloat32:
      return 4;
    case NumberType::kInt64:
    case NumberType::kFloat64:
      break;
  }
  return 8;
}

Error bad(const std::string& name, std::string_view what) {
  return {ErrorCode::kParse, concat(name, ": ", what)};
}

/// The product of the dimensions, or nothing when it is beyond the limit.
std::optional<std::uint64_t> count_of(const std::vector<std::uint64_t>& shape) {
  std::uint64_t count = 1;
  for (const auto size : shape) {
    if (size != 0 && count > kValuesLimit / size) {
      return std::nullopt;
    }
    count *= size;
  }
  return count;
}

template <typename Number>
float number_at(const char* bytes, bool is_big_endian) {
  std::array<char, sizeof(Number)> raw{};
  std::memcpy(raw.data(), bytes, sizeof(Number));
  if (is_big_endian) {
    std::reverse(raw.begin(), raw.end());
  }
  return static_cast<float>(std::bit_cast<Number>(raw));
}

using Reader = float (*)(const char* bytes, bool is_big_endian);

Reader reader_of(NumberType type) {
  switch (type) {
    case NumberType::kInt8:
      return number_at<std::int8_t>;
    case NumberType::kUint8:
      return number_at<std::uint8_t>;
    case NumberType::kInt16:
      return number_at<std::int16_t>;
    case NumberType::kUint16:
      return number_at<std::uint16_t>;
    case NumberType::kInt32:
      return number_at<std::int32_t>;
    case NumberType::kInt64:
      return number_at<std::int64_t>;
    case NumberType::kFloat64:
      return number_at<double>;
    case NumberType::kFloat32:
      break;
  }
  return number_at<float>;
}

Result<Array> read_numbers(const std::string& name, Layout layout, std::string_view bytes) {
  if (layout.shape.empty() || layout.shape.size() > kDimensionsLimit) {
    return bad(name, concat("it has ", layout.shape.size(), " dimensions; 1 to ", kDimensionsLimit,
                            " can be used"));
  }
  const auto count = count_of(layout.shape);
  if (!count) {
    return Error(ErrorCode::kInvalidArgument,
                 concat(name, ": its header promises more than ", kValuesLimit, " numbers"));
  }
  const std::size_t size = size_of(layout.type);
  if (bytes.size() != *count * size) {
    return bad(name, concat("it ", bytes.size() < *count * size ? "is truncated" : "goes on",
                            ": its header promises ", *count * size, " bytes of numbers, and ",
                            bytes.size(), " follow"));
  }
  Array array{std::move(layout.shape), std::vector<float>(*count)};
  const Reader read = reader_of(layout.type);
  for (std::size_t i = 0; i < array.values.size(); ++i) {
    array.values[i] = read(bytes.data() + i * size, layout.is_big_endian);
  }
  return array;
}

/// The value of a key in the Python dictionary that is an NPY file's header.
std::string_view value_after(std::string_view header, std::string_view key) {
  const std::string quoted = concat("'", key, "':");
  const auto found = header.find(quoted);
  return found == std::string_view::npos ? "" : trim(header.substr(found + quoted.size()));
}

Result<std::vector<std::uint64_t>> parse_shape(const std::string& name, std::string_view text) {
  const auto close = text.find(')');
  if (!text.starts_with('(') || close == std::string_view::npos) {
    return bad(name, "its header names no shape");
  }
  std::vector<std::uint64_t> shape;
  for (const auto part : split(text.substr(1, close - 1), ',')) {
    if (trim(part).empty()) {
      continue;  // "(3,)"
    }
    const auto size = parse_integer(trim(part));
    if (!size.ok() || *size < 0) {
      return bad(name, concat("'", trim(part), "' in its shape is no size"));
    }
    shape.push_back(static_cast<std::uint64_t>(*size));
  }
  return shape;
}

Result<Layout> parse_type(const std::string& name, std::string_view text) {
  constexpr std::array<std::pair<std::string_view, NumberType>, 9> kTypes{
      {{"i1", NumberType::kInt8},
       {"u1", NumberType::kUint8},
       {"b1", NumberType::kUint8},
       {"i2", NumberType::kInt16},
       {"u2", NumberType::kUint16},
       {"i4", NumberType::kInt32},
       {"i8", NumberType::kInt64},
       {"f4", NumberType::kFloat32},
       {"f8", NumberType::kFloat64}}};
  const std::string_view quoted = text.substr(0, text.find('\'', 1));
  const std::string_view order = quoted.substr(0, 2);  // "'<", and then the type
  for (const auto& [word, type] : kTypes) {
    const bool is_known = order == "'<" || order == "'>" || order == "'|";
    if (is_known && quoted.substr(2) == word) {
      return Layout{type, order == "'>", {}};
    }
  }
  return bad(name, concat("numbers of type ", quoted.empty() ? "?" : quoted.substr(1),
                          " cannot be read; save it as float32 or int64"));
}

Result<Array> parse_npy(const std::string& name, std::string_view bytes) {
  if (bytes.size() < 10) {
    return bad(name, "it is truncated within its header");
  }
  const auto byte = [&](std::size_t i) {
    return static_cast<std::size_t>(static_cast<unsigned char>(bytes[i]));
  };
  const std::size_t version = byte(6);
  if (version != 1 && version != 2) {
    return bad(name, concat("it is NPY of version ", version, "; 1 and 2 can be read"));
  }
  const std::size_t start = version == 1 ? 10 : 12;
  if (bytes.size() < start) {
    return bad(name, "it is truncated within its header");
  }
  const std::size_t length =
      byte(8) + (byte(9) << 8) + (version == 1 ? 0 : (byte(10) << 16) + (byte(11) << 24));
  if (length > kHeaderLimit || bytes.size() - start < length) {
    return bad(name, "it is truncated within its header");
  }
  const std::string_view header = bytes.substr(start, length);
  if (!value_after(header, "fortran_order").starts_with("False")) {
    return bad(name, "its numbers are in Fortran order; save numpy.ascontiguousarray(...)");
  }
  WATTLE_ASSIGN_OR_RETURN(Layout layout, parse_type(name, value_after(header, "descr")));
  WATTLE_ASSIGN_OR_RETURN(layout.shape, parse_shape(name, value_after(header, "shape")));
  return read_numbers(name, std::move(layout), bytes.substr(start + length));
}

std::optional<NumberType> idx_type(unsigned char code) {
  switch (code) {
    case 0x08:
      return NumberType::kUint8;
    case 0x09:
      return NumberType::kInt8;
    case 0x0B:
      return NumberType::kInt16;
    case 0x0C:
      return NumberType::kInt32;
    case 0x0D:
      return NumberType::kFloat32;
    case 0x0E:
      return NumberType::kFloat64;
    default:
      return std::nullopt;
  }
}

Result<Array> parse_idx(const std::string& name, std::string_view bytes) {
  const auto type = idx_type(static_cast<unsigned char>(bytes[2]));
  const std::size_t dimensions = static_cast<unsigned char>(bytes[3]);
  const std::size_t start = 4 + 4 * dimensions;
  if (!type || dimensions == 0 || dimensions > kDimensionsLimit) {
    return bad(name, "its first four bytes are not those of an IDX file that can be read");
  }
  if (bytes.size() < start) {
    return bad(name, "it is truncated within its header");
  }
  Layout layout{*type, true, {}};
  for (std::size_t at = 4; at < start; at += 4) {
    std::uint64_t size = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      size = (size << 8) | static_cast<unsigned char>(bytes[at + i]);
    }
    layout.shape.push_back(size);
  }
  return read_numbers(name, std::move(layout), bytes.substr(start));
}

/// IDX begins with two zeros, then a type and the number of dimensions.
bool begins_as_idx(std::string_view bytes) {
  return bytes.size() >= 4 && bytes[0] == 0 && bytes[1] == 0 && bytes[2] >= 0x08 &&
         bytes[2] <= 0x0E;
}

struct CloseGzip {
  void operator()(gzFile file) const { ::gzclose(file); }
};

/// At most `limit` bytes of a plain or gzipped file.
Result<std::string> read_bytes(const std::string& path, std::uint64_t limit) {
  errno = 0;
  const std::unique_ptr<gzFile_s, CloseGzip> file(::gzopen(path.c_str(), "rbe"));
  if (file == nullptr) {
    return error_from_errno(errno == 0 ? ENOMEM : errno, "opening " + path);
  }
  std::string bytes;
  while (bytes.size() < limit) {
    const std::size_t before = bytes.size();
    bytes.resize(std::min<std::uint64_t>(limit, before + kBlockBytes));
    const int count =
        ::gzread(file.get(), bytes.data() + before, static_cast<unsigned>(bytes.size() - before));
    bytes.resize(before + static_cast<std::size_t>(std::max(count, 0)));
    int code = Z_OK;
    const char* const words = ::gzerror(file.get(), &code);
    if (count < 0 || (code != Z_OK && code != Z_STREAM_END)) {
      return code == Z_ERRNO ? error_from_errno(errno, "reading " + path)
                             : bad(path, concat("its gzip is damaged or truncated (", words, ")"));
    }
    if (count == 0) {
      break;
    }
  }
  return bytes;
}

}  // namespace

bool is_array_file(const std::string& path) {
  const auto start = read_bytes(path, kNpyMagic.size());
  return start.ok() && (start->starts_with(kNpyMagic) || begins_as_idx(*start));
}

Result<Array> parse_array(const std::string& name, std::string_view bytes) {
  if (bytes.starts_with(kNpyMagic)) {
    return parse_npy(name, bytes);
  }
  if (begins_as_idx(bytes)) {
    return parse_idx(name, bytes);
  }
  return bad(name, "it is neither NPY nor IDX");
}

Result<Array> read_array(const std::string& path) {
  WATTLE_ASSIGN_OR_RETURN(const std::string bytes, read_bytes(path, kBytesLimit));
  return parse_array(path, bytes);
}

}  // namespace wattle::networks
