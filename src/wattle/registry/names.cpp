#include "wattle/registry/names.h"

#include <algorithm>
#include <cctype>

#include "wattle/base/limits.h"
#include "wattle/base/text.h"

namespace wattle::registry {
namespace {

Error wrong(std::string_view what, std::string_view text, std::string_view why) {
  constexpr std::size_t kShown = 80;
  return {ErrorCode::kInvalidArgument, concat(what, " '", text.substr(0, kShown), "' ", why)};
}

bool is_decimal_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_word_character(char c) {
  return is_decimal_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_decimal_digit);
}

Status check_length(std::string_view what, std::string_view text, std::size_t most) {
  if (text.empty()) {
    return wrong(what, text, "is empty");
  }
  return text.size() <= most ? Status()
                             : Status(wrong(what, text, concat("is longer than ", most, " bytes")));
}

Status check_value(std::string_view what, const KeyValue& pair, std::size_t most) {
  WATTLE_RETURN_IF_ERROR(check_key(what, pair.key));
  return pair.value.size() <= most
             ? Status()
             : Status(wrong(what, pair.key, concat("has a value of more than ", most, " bytes")));
}

}  // namespace

Status check_key(std::string_view what, std::string_view key) {
  WATTLE_RETURN_IF_ERROR(check_length(what, key, limits::kRegistryKeyBytes));
  constexpr std::string_view kOthers = "-. :/";
  if (!std::ranges::all_of(key, [&](char c) {
        return is_word_character(c) || kOthers.find(c) != std::string_view::npos;
      })) {
    return wrong(what, key, "may hold letters, digits, '_', '-', '.', ':', '/' and spaces only");
  }
  for (const std::string_view part : split(key, '/')) {
    if (part.empty() || part == "." || part == "..") {
      return wrong(what, key, "is no path: it has an empty part, '.' or '..' between slashes");
    }
  }
  return {};
}

Status check_param(const KeyValue& param) {
  return check_value("param", param, limits::kParamValueBytes);
}

Status check_tag(const KeyValue& tag) {
  return check_value("tag", tag, limits::kTagValueBytes);
}

Status check_name(std::string_view what, std::string_view name) {
  WATTLE_RETURN_IF_ERROR(check_length(what, name, limits::kRegistryNameBytes));
  return std::ranges::none_of(name, [](char c) { return static_cast<unsigned char>(c) < 0x20; })
             ? Status()
             : Status(wrong(what, name, "holds a control character"));
}

Status check_alias(std::string_view alias) {
  WATTLE_RETURN_IF_ERROR(check_length("alias", alias, limits::kAliasBytes));
  if (!std::ranges::all_of(alias, [](char c) { return is_word_character(c) || c == '-'; })) {
    return wrong("alias", alias, "may hold letters, digits, '_' and '-' only");
  }
  const std::string_view behind_v = alias.front() == 'v' ? alias.substr(1) : alias;
  if (alias == "latest" || is_number(alias) || is_number(behind_v)) {
    return wrong("alias", alias, "already means a version; choose a word such as 'champion'");
  }
  return {};
}

std::string value_head(std::string_view value) {
  if (value.size() <= limits::kIndexedValueBytes) {
    return std::string(value);
  }
  std::size_t end = limits::kIndexedValueBytes;
  // Not within a character of UTF-8.
  while (end > 0 && (static_cast<unsigned char>(value[end]) & 0xC0) == 0x80) {
    --end;
  }
  return std::string(value.substr(0, end));
}

}  // namespace wattle::registry
