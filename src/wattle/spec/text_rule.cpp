#include "wattle/spec/text_rule.h"

#include <regex>

namespace wattle::spec {

bool follows(const TextRule& rule, std::string_view text) {
  // The standard library's matcher recurses once a character: longer texts could end the stack.
  constexpr std::size_t kLongest = 1000;
  if (text.size() > kLongest) {
    return false;
  }
  const std::regex pattern(rule.pattern, std::regex::ECMAScript);
  return std::regex_match(text.begin(), text.end(), pattern);
}

Result<std::size_t> count_groups(const std::string& pattern) {
  try {
    return std::size_t{std::regex(pattern, std::regex::ECMAScript).mark_count()};
  } catch (const std::regex_error& error) {
    return Error(ErrorCode::kParse, std::string("is no regular expression: ") + error.what());
  }
}

}  // namespace wattle::spec
