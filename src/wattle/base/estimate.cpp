#include "wattle/base/estimate.h"

#include <array>

namespace wattle {
namespace {
constexpr std::array<std::string_view, 5> kNames{"counter", "integrated", "modelled", "published",
                                                 "claimed"};
}

std::string_view to_string(Quality quality) {
  return kNames[static_cast<std::size_t>(quality)];
}

std::optional<Quality> quality_from(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) {
      return static_cast<Quality>(i);
    }
  }
  return std::nullopt;
}

void accumulate_errors(std::vector<ErrorTerm>& into, const std::vector<ErrorTerm>& terms,
                       double factor) {
  for (const auto& term : terms) {
    const auto same = std::ranges::find(into, term.cause, &ErrorTerm::cause);
    if (same != into.end()) {
      same->sigma += term.sigma * factor;
    } else {
      into.push_back({term.cause, term.sigma * factor});
    }
  }
}

double combined_sigma(const std::vector<ErrorTerm>& terms) {
  double squares = 0;
  for (const auto& term : terms) {
    squares += term.sigma * term.sigma;
  }
  return std::sqrt(squares);
}

}  // namespace wattle
