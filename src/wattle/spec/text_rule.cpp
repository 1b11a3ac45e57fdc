#include "wattle/spec/text_rule.h"

#include <re2/re2.h>

namespace wattle::spec {
namespace {

RE2::Options quiet() {
  RE2::Options options;
  options.set_log_errors(false);  // we tell them ourselves
  return options;
}

}  // namespace

bool follows(const TextRule& rule, std::string_view text) {
  const RE2 pattern(rule.pattern, quiet());
  return RE2::FullMatch(re2::StringPiece(text.data(), text.size()), pattern);
}

Result<std::size_t> count_groups(const std::string& pattern) {
  const RE2 compiled(pattern, quiet());
  if (!compiled.ok()) {
    return Error(ErrorCode::kParse, "is no regular expression: " + compiled.error());
  }
  return static_cast<std::size_t>(compiled.NumberOfCapturingGroups());
}

}  // namespace wattle::spec
