#include "json_scanner.h"

#include <algorithm>
#include <charconv>

namespace wattle::supervise {
namespace {

constexpr unsigned kHighSurrogate = 0xD800;
constexpr unsigned kLowSurrogate = 0xDC00;
constexpr unsigned kAfterSurrogates = 0xE000;

void append_utf8(std::string& into, unsigned code) {
  const auto continuation = [&](unsigned shift) {
    into += static_cast<char>(0x80U | ((code >> shift) & 0x3FU));
  };
  if (code < 0x80) {
    into += static_cast<char>(code);
  } else if (code < 0x800) {
    into += static_cast<char>(0xC0U | (code >> 6U));
    continuation(0);
  } else if (code < 0x10000) {
    into += static_cast<char>(0xE0U | (code >> 12U));
    continuation(6);
    continuation(0);
  } else {
    into += static_cast<char>(0xF0U | (code >> 18U));
    continuation(12);
    continuation(6);
    continuation(0);
  }
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Bytes of the character that begins with `lead`; 0: none does.
std::size_t utf8_length(unsigned char lead) {
  return lead < 0x80   ? 1
         : lead < 0xC2 ? 0
         : lead < 0xE0 ? 2
         : lead < 0xF0 ? 3
         : lead < 0xF5 ? 4
                       : 0;
}

/// Overlong forms, surrogates and what is beyond U+10FFFF, told by the second byte.
bool is_utf8_pair(unsigned char lead, unsigned char second) {
  const unsigned least = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const unsigned most = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  return second >= least && second <= most;
}

}  // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const auto length = utf8_length(byte(0));
    if (length == 0 || length > text.size() || (length > 1 && !is_utf8_pair(byte(0), byte(1)))) {
      return false;
    }
    for (std::size_t i = 2; i < length; ++i) {
      if ((byte(i) & 0xC0U) != 0x80U) {
        return false;
      }
    }
    text.remove_prefix(length);
  }
  return true;
}

void JsonScanner::skip_space() {
  at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size());
}

bool JsonScanner::at_end() {
  skip_space();
  return at_ == text_.size();
}

bool JsonScanner::take(char wanted) {
  skip_space();
  const bool taken = at_ < text_.size() && text_[at_] == wanted;
  at_ += taken ? 1U : 0U;
  return taken;
}

bool JsonScanner::take_word(std::string_view word) {
  skip_space();
  const bool taken = text_.substr(at_).starts_with(word);
  at_ += taken ? word.size() : 0;
  return taken;
}

std::optional<std::string> JsonScanner::string() {
  if (!take('"')) {
    return std::nullopt;
  }
  std::string value;
  while (at_ < text_.size() && static_cast<unsigned char>(text_[at_]) >= 0x20) {
    const char c = text_[at_++];
    if (c == '"') {
      return value;
    }
    if (c != '\\') {
      value += c;
    } else if (!escape(value)) {
      return std::nullopt;
    }
  }
  return std::nullopt;
}

bool JsonScanner::escape(std::string& into) {
  constexpr std::string_view kNames = "\"\\/bfnrt";
  constexpr std::string_view kValues = "\"\\/\b\f\n\r\t";
  const char name = at_ < text_.size() ? text_[at_++] : '\0';
  if (const auto known = kNames.find(name); known != std::string_view::npos) {
    into += kValues[known];
    return true;
  }
  auto code = name == 'u' ? hexadecimal() : std::nullopt;
  if (code && *code >= kHighSurrogate && *code < kLowSurrogate &&
      text_.substr(at_).starts_with("\\u")) {
    at_ += 2;
    const auto low = hexadecimal();
    if (!low || *low < kLowSurrogate || *low >= kAfterSurrogates) {
      return false;
    }
    code = 0x10000U + ((*code - kHighSurrogate) << 10U) + (*low - kLowSurrogate);
  }
  if (!code || (*code >= kHighSurrogate && *code < kAfterSurrogates)) {
    return false;
  }
  append_utf8(into, *code);
  return true;
}

std::optional<unsigned> JsonScanner::hexadecimal() {
  constexpr std::size_t kDigits = 4;
  const auto digits = text_.substr(at_, kDigits);
  unsigned value = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  at_ += digits.size();
  const bool whole = digits.size() == kDigits && read.ec == std::errc() &&
                     read.ptr == digits.data() + digits.size();
  return whole ? std::optional(value) : std::nullopt;
}

std::optional<std::string_view> JsonScanner::number() {
  skip_space();
  const auto begin = at_;
  const auto digits = [&] {
    const auto first = at_;
    while (at_ < text_.size() && is_digit(text_[at_])) {
      ++at_;
    }
    return at_ > first;
  };
  const auto next_is = [&](std::string_view any) {
    return at_ < text_.size() && any.find(text_[at_]) != std::string_view::npos;
  };
  at_ += next_is("-") ? 1U : 0U;
  const auto whole = at_;
  bool valid = digits() && (text_[whole] != '0' || at_ == whole + 1);
  if (valid && next_is(".")) {
    ++at_;
    valid = digits();
  }
  if (valid && next_is("eE")) {
    ++at_;
    at_ += next_is("+-") ? 1U : 0U;
    valid = digits();
  }
  return valid ? std::optional(text_.substr(begin, at_ - begin)) : std::nullopt;
}

bool JsonScanner::skip_value() {
  return skip_nested(0);
}

bool JsonScanner::skip_nested(int depth) {
  skip_space();
  const char next = at_ < text_.size() ? text_[at_] : '\0';
  if (next == '{' || next == '[') {
    ++at_;
    return depth < kDepth && skip_members(depth + 1, next == '{' ? '}' : ']');
  }
  if (next == '"') {
    return string().has_value();
  }
  return take_word("true") || take_word("false") || take_word("null") || number().has_value();
}

bool JsonScanner::skip_members(int depth, char close) {
  if (take(close)) {
    return true;
  }
  do {
    if ((close == '}' && (!string() || !take(':'))) || !skip_nested(depth)) {
      return false;
    }
  } while (take(','));
  return take(close);
}

}  // namespace wattle::supervise
