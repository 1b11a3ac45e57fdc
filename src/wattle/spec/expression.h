// ${params.lr}, ${env.HOME}, ${inputs.train}, ${outputs.model} inside texts; "$$" stands for "$".
//
// There is no language behind it: a name is replaced by a text, which may itself hold expressions.
//
// Units:    none.
// Errors:   unknown names (with the nearest one), unset variables, secrets, cycles, and texts that
//           grow beyond limits::kSpecTextBytes, or all of them beyond limits::kSpecFileBytes, are
//           problems at the place of the expression.
// Threads:  one at a time. Lifetime: borrows the document, the environment and the problems.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/spec/document.h"
#include "wattle/spec/problems.h"

namespace wattle::spec {

/// The caller's environment: what ${env.X} reads.
using Environment = std::map<std::string, std::string, std::less<>>;

enum class Expressions {
  kReplace,
  kKeep,  // of a stored document, in which they have been replaced
};

class Expander {
 public:
  Expander(const Document& document, const Environment& environment, Problems& problems);

  /// The scalar's text with every expression replaced; nothing after a problem, named with `key`.
  std::optional<std::string> expand(const Node& scalar, const std::string& key);

 private:
  /// A scalar that is being expanded, for messages and to find cycles.
  struct Step {
    const Node& scalar;
    std::string key;
    std::size_t searched = 0;  // how far the source was searched for the expression's place
  };

  std::optional<std::string> expand_step(Step step);
  std::optional<std::string> value_of(std::string_view name, Step& step);
  std::optional<std::string> environment_value(std::string_view name, Step& step);
  std::optional<std::string> document_value(std::string_view section, std::string_view name,
                                            Step& step);
  bool is_listed_secret(std::string_view name) const;
  std::nullopt_t fail(Step& step, std::string_view expression, std::string_view message);
  Position place_of(Step& step, std::string_view expression) const;

  const Document& document_;
  const Environment& environment_;
  Problems& problems_;
  std::vector<std::string> open_;  // "params.a", ...: what is being expanded
  std::map<std::string, std::optional<std::string>, std::less<>> known_;
  std::size_t bytes_ = 0;  // of all texts given so far
};

}  // namespace wattle::spec
