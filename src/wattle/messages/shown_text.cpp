#include "wattle/messages/shown_text.h"

#include "wattle/base/text.h"

namespace wattle::messages {
namespace {

constexpr std::size_t kShownBytes = 200;

bool continues_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

}  // namespace

std::string in_quotes(std::string_view text) {
  std::string head(text.substr(0, kShownBytes));
  if (text.size() > kShownBytes) {
    while (!head.empty() && continues_character(text[head.size()])) {
      head.pop_back();
    }
    head += "…";
  }
  return text_of(Json(std::move(head)), Layout::kOneLine);
}

std::string shown(std::string_view text) {
  const auto whole = in_quotes(text);
  return whole.substr(1, whole.size() - 2);
}

std::string found_words(const Json& json) {
  switch (json.type()) {
    case Json::value_t::object:
      return "an object";
    case Json::value_t::array:
      return "a list";
    case Json::value_t::string:
      return "text " + in_quotes(json.get_ref<const std::string&>());
    default:
      return text_of(json, Layout::kOneLine);
  }
}

}  // namespace wattle::messages
