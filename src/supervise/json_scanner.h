// Reads JSON (RFC 8259) piece by piece, for documents of a few known keys in a program that links
// no parser.
//
// Units:    bytes. Errors: nullopt or false: what is next is something else; the position is then
//           no longer of use.
// Threads:  one thread. Lifetime: borrows its text.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace wattle::supervise {

/// JSON is UTF-8: no other bytes are text.
bool is_utf8(std::string_view text);

class JsonScanner {
 public:
  explicit JsonScanner(std::string_view text) : text_(text) {}

  std::size_t offset() const { return at_; }
  /// Only white space is left.
  bool at_end();
  /// Takes the character when it comes next, white space before it too.
  bool take(char wanted);
  /// "true", "false" or "null".
  bool take_word(std::string_view word);
  /// With its escapes replaced: UTF-8.
  std::optional<std::string> string();
  /// As it is written.
  std::optional<std::string_view> number();
  /// Whatever comes next, nested at most kDepth deep.
  bool skip_value();

 private:
  static constexpr int kDepth = 16;
  void skip_space();
  bool skip_nested(int depth);
  bool skip_members(int depth, char close);
  bool escape(std::string& into);
  std::optional<unsigned> hexadecimal();
  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace wattle::supervise
