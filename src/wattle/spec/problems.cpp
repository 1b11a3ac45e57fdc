#include "wattle/spec/problems.h"

#include <algorithm>
#include <tuple>

#include "wattle/base/limits.h"
#include "wattle/base/text.h"

namespace wattle::spec {

void Problems::add(const Document& document, const Position& at, std::string_view key,
                   std::string_view message) {
  const std::string subject = key.empty() ? "" : concat("key '", one_line(key), "': ");
  std::string line = concat(document.locate(at), ": ", subject, message);
  if (std::ranges::find(problems_, line, &Problem::line) != problems_.end()) {
    return;
  }
  if (is_full()) {
    has_more_ = true;
    return;
  }
  problems_.push_back({at, std::move(line)});
}

bool Problems::is_full() const {
  return problems_.size() >= limits::kSpecProblems;
}

std::vector<std::string> Problems::lines() const {
  std::vector<Problem> sorted = problems_;
  std::ranges::sort(sorted, {}, [](const Problem& problem) {
    return std::tuple(problem.at.source, problem.at.line, problem.at.column, problem.line);
  });
  std::vector<std::string> lines;
  for (Problem& problem : sorted) {
    lines.push_back(std::move(problem.line));
  }
  if (has_more_) {
    lines.push_back(concat("... and more; these ", lines.size(), " come first"));
  }
  return lines;
}

Error Problems::to_error() const {
  const std::size_t others = problems_.size() - 1;
  std::string message = lines().front();
  if (others > 0) {
    message += concat(" (and ", others, has_more_ ? " or more" : "", " other problem",
                      others > 1 ? "s)" : ")");
  }
  return {ErrorCode::kInvalidArgument, message};
}

std::string one_line(std::string_view text) {
  constexpr std::size_t kShown = 80;
  std::size_t end = std::min(text.size(), kShown);
  while (end < text.size() && end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
    --end;
  }
  std::string line(text.substr(0, end));
  std::ranges::replace_if(
      line, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
  return end < text.size() ? line + "..." : line;
}

}  // namespace wattle::spec
