#include <array>

#include "wattle/base/text.h"
#include "wattle/spec/yaml_reader.h"

namespace wattle::spec {
namespace {

/// Length of the UTF-8 sequence at the front (Unicode 15, table 3-7), or 0 if there is none.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&text](std::size_t i) -> unsigned {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto follows = [&byte](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned first = byte(0);
  if (first < 0x80) {
    return 1;
  }
  if (first >= 0xC2 && first <= 0xDF) {
    return follows(1) ? 2 : 0;
  }
  if (first >= 0xE0 && first <= 0xEF) {
    const bool overlong = first == 0xE0 && byte(1) < 0xA0;
    const bool surrogate = first == 0xED && byte(1) > 0x9F;
    return follows(1) && follows(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool overlong = first == 0xF0 && byte(1) < 0x90;
    const bool beyond = first == 0xF4 && byte(1) > 0x8F;
    return follows(1) && follows(2) && follows(3) && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

bool is_forbidden_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7f;
}

Error refused(std::string_view text, std::size_t offset, std::string_view message) {
  const Position at = position_of(text, offset);
  return {ErrorCode::kParse, concat(at.line, ":", at.column, ": ", message)};
}

}  // namespace

Status check_encoding(std::string& text) {
  constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF";
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
    return refused(text, 0, "the file is UTF-16; save it as UTF-8");
  }
  if (text.starts_with(kUtf8Mark)) {
    text.erase(0, kUtf8Mark.size());
  }
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = sequence_length(std::string_view(text).substr(i));
    if (length == 0) {
      return refused(text, i, "a byte that is no UTF-8; save the file as UTF-8");
    }
    if (is_forbidden_control(text[i])) {
      return refused(text, i, "a control character; only tabs and line ends are allowed");
    }
    i += length;
  }
  return {};
}

}  // namespace wattle::spec
