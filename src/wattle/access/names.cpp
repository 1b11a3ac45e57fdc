#include "wattle/access/names.h"

#include <algorithm>

#include "wattle/base/limits.h"
#include "wattle/base/text.h"

namespace wattle::access {
namespace {

Error wrong(std::string_view what, std::string_view text, std::string_view why) {
  constexpr std::size_t kShown = 80;
  return {ErrorCode::kInvalidArgument, concat(what, " '", text.substr(0, kShown), "' ", why)};
}

bool is_first_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

Status check_length(std::string_view what, std::string_view text, std::size_t most) {
  if (text.empty()) {
    return wrong(what, text, "is empty");
  }
  return text.size() <= most ? Status()
                             : Status(wrong(what, text, concat("is longer than ", most, " bytes")));
}

}  // namespace

Status check_name(std::string_view what, std::string_view name) {
  WATTLE_RETURN_IF_ERROR(check_length(what, name, limits::kAccessNameBytes));
  const bool is_name = is_first_character(name.front()) && std::ranges::all_of(name, [](char c) {
                         return is_first_character(c) || c == '.' || c == '_' || c == '-';
                       });
  return is_name ? Status()
                 : Status(wrong(what, name,
                                "is no name; write a-z, 0-9, '.', '_' and '-', a letter or digit "
                                "first"));
}

Status check_label(std::string_view what, std::string_view text) {
  WATTLE_RETURN_IF_ERROR(check_length(what, text, limits::kAccessLabelBytes));
  return std::ranges::none_of(text, is_control)
             ? Status()
             : Status(wrong(what, "", "holds a control character; write one line of text"));
}

Status check_description(std::string_view what, std::string_view text) {
  return text.size() <= limits::kDescriptionBytes
             ? Status()
             : Status(wrong(what, text,
                            concat("is longer than ", limits::kDescriptionBytes, " bytes")));
}

Status check_unix_account(std::string_view account) {
  WATTLE_RETURN_IF_ERROR(check_length("account", account, limits::kAccessLabelBytes));
  const bool is_account = account.front() != '-' && std::ranges::none_of(account, [](char c) {
                            return is_control(c) || c == ' ' || c == ':' || c == '/';
                          });
  return is_account ? Status()
                    : Status(wrong("account", "",
                                   "may hold no spaces, ':', '/' or control characters, "
                                   "and no '-' first"));
}

}  // namespace wattle::access
