// Walks a document and turns its nodes into typed values, collecting every problem on the way.
//
// Codecs (codec.h) and sections (section.h) share one Reader; modules meet it in Section::check().
//
// Units:    the types of base/units.h; limits of a Type in the unit of its kind.
// Errors:   nothing is thrown or returned: an empty optional means that a problem was added.
// Threads:  one at a time. Lifetime: borrows the document, the environment and the problems.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/spec/expression.h"
#include "wattle/spec/problems.h"
#include "wattle/spec/quantity.h"
#include "wattle/spec/type.h"

namespace wattle::spec {

/// One value of `params`: its text as written, and what it looks like.
struct Parameter {
  ScalarKind kind = ScalarKind::kText;
  std::string text;

  friend bool operator==(const Parameter&, const Parameter&) = default;
};

class Reader {
 public:
  Reader(const Document& document, const Environment& environment, Expressions expressions,
         Problems& problems);

  /// Adds a problem with the key that is being read.
  void fail(const Position& at, std::string_view message);
  void fail(const Position& at, const Error& error) { fail(at, error.message()); }
  const Problems& problems() const { return problems_; }

  std::optional<std::string> string(const Type& type, const Node& node);
  std::optional<bool> boolean(const Type& type, const Node& node);
  std::optional<std::int64_t> integer(const Type& type, const Node& node);
  std::optional<double> number(const Type& type, const Node& node);
  /// In the unit of the type's dimension.
  std::optional<double> quantity(const Type& type, const Node& node);
  std::optional<Price> price(const Type& type, const Node& node);
  std::optional<Count> count(const Type& type, const Node& node);
  std::optional<UtcTime> timestamp(const Type& type, const Node& node);
  std::optional<Parameter> parameter(const Type& type, const Node& node);

  /// True for a list within the type's bounds; nothing stands for an empty one.
  bool is_list(const Type& type, const Node& node);
  /// True for a map within the type's bounds whose keys follow the type's rule.
  bool is_map(const Type& type, const Node& node);
  /// True for a map, or for nothing.
  bool is_section(const Node& node);
  /// Says what is wanted instead of what stands there.
  void fail_kind(const Type& type, const Node& node);

  /// While it lives, problems name the key within the one that is being read.
  class Within {
   public:
    Within(Reader& reader, std::string_view key) : reader_(reader) {
      reader_.path_.emplace_back(key);
    }
    Within(Reader& reader, std::size_t index)
        : Within(reader, std::string_view(std::to_string(index))) {}
    ~Within() { reader_.path_.pop_back(); }
    Within(const Within&) = delete;
    Within& operator=(const Within&) = delete;

   private:
    Reader& reader_;
  };

 private:
  /// The scalar with its expressions replaced.
  struct Scalar {
    std::string text;
    bool is_text = false;  // in quotes: never a number or a boolean
  };
  std::optional<Scalar> scalar(const Type& type, const Node& node);
  bool check_text(const Type& type, const Node& node, std::string_view text);
  bool check_range(const Type& type, const Node& node, double value);
  std::string current_key() const;

  const Document& document_;
  Problems& problems_;
  Expressions expressions_;
  Expander expander_;
  std::vector<std::string> path_;
};

}  // namespace wattle::spec
