// The tree that a YAML document becomes: nulls, scalars, sequences and maps, each with its place.
//
// Units:    lines and columns count from 1, columns in characters; offsets in bytes from 0.
// Errors:   none; what is no valid document never becomes a tree.
// Threads:  a value type. Lifetime: owns its children; at most limits::kSpecDepth deep.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wattle::spec {

/// Where something is written. Source 0 is the file; the others are the overrides of the command
/// line, which have neither line nor column (see Document::locate).
struct Position {
  std::uint32_t source = 0;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::size_t offset = 0;
};

enum class NodeKind { kNull, kScalar, kSequence, kMap };

struct Entry;

struct Node {
  NodeKind kind = NodeKind::kNull;
  Position at;
  bool quoted = false;         // a scalar in quotes: a text, whatever it looks like
  std::string text;            // of a scalar
  std::vector<Node> items;     // of a sequence
  std::vector<Entry> entries;  // of a map, in the order of the file; no key stands twice

  static Node plain(std::string text);
  static Node string(std::string text);
  static Node sequence();
  static Node map();

  /// The value of a key of a map, or null.
  const Node* find(std::string_view key) const;
  Node* find(std::string_view key);
  /// Appends a key that is not there yet, and returns its value.
  Node& add(std::string key, Node value);
};

/// One key of a map.
struct Entry {
  std::string key;
  Position at;
  Node value;
};

/// "a text", "a list", ...: how messages call what stands there.
std::string_view kind_words(const Node& node);

/// How a plain scalar is understood: as JSON writes booleans and numbers; the rest is text.
enum class ScalarKind { kText, kBoolean, kInteger, kNumber };
ScalarKind scalar_kind(std::string_view text);

/// The tree as JSON on one line: keys sorted, plain booleans and numbers bare, every other scalar a
/// string. The same tree always gives the same bytes.
std::string to_canonical_json(const Node& node);
/// The tree as JSON, indented by two spaces, keys in their order.
std::string to_pretty_json(const Node& node);

}  // namespace wattle::spec
