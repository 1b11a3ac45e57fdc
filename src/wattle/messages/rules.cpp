#include "wattle/messages/rules.h"

#include <algorithm>

#include "wattle/base/ids.h"

namespace wattle::messages {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_sha256(std::string_view text) {
  constexpr std::size_t kDigits = 64;
  return text.size() == kDigits &&
         std::ranges::all_of(text, [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_plain_name(std::string_view text) {
  return !text.empty() && (is_letter(text.front()) || is_digit(text.front())) &&
         std::ranges::all_of(text, [](char c) {
           return is_letter(c) || is_digit(c) || c == '_' || c == '-' || c == '.';
         });
}

}  // namespace

const Pattern kUlid{.expression = "^[0-7][0-9A-HJKMNP-TV-Z]{25}$",
                    .words = "a ULID (26 characters)",
                    .matches = is_ulid};
const Pattern kSha256{.expression = "^[0-9a-f]{64}$",
                      .words = "a SHA-256 (64 digits, 0-9 and a-f)",
                      .matches = is_sha256};
const Pattern kPlainName{
    .expression = "^[A-Za-z0-9][A-Za-z0-9_.-]*$",
    .words = "a name of letters, digits, '_', '-' and '.' that begins with a letter or digit",
    .matches = is_plain_name};

}  // namespace wattle::messages
