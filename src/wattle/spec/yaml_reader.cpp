#include "wattle/spec/yaml_reader.h"

#include <algorithm>
#include <map>
#include <sstream>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include "wattle/base/limits.h"
#include "wattle/base/text.h"
#include "wattle/spec/problems.h"

namespace wattle::spec {
namespace {

/// Leaves the library's parser from inside a callback; caught in read_yaml().
struct Refusal {
  Position at;
  std::string message;
};

std::string place(const Position& at) {
  return concat(at.line, ":", at.column);
}

/// Whether the quoted scalar that begins at `offset` ends. The library takes the end of the file
/// for its end.
bool is_quote_closed(std::string_view text, std::size_t offset) {
  const char quote = text[offset];
  for (std::size_t i = offset + 1; i < text.size(); ++i) {
    if (text[i] == '\\' && quote == '"') {
      ++i;
    } else if (text[i] == quote) {
      if (quote == '"' || i + 1 >= text.size() || text[i + 1] != quote) {
        return true;
      }
      ++i;
    }
  }
  return false;
}

/// What a copy of a tree costs.
struct Extent {
  std::size_t nodes = 1;
  std::size_t bytes = 0;
  std::size_t depth = 0;

  void include(const Extent& child) {
    nodes += child.nodes;
    bytes += child.bytes;
    depth = std::max(depth, child.depth + 1);
  }
};

Extent extent_of(const Node& node) {
  Extent extent;
  extent.bytes = node.text.size();
  for (const Node& item : node.items) {
    extent.include(extent_of(item));
  }
  for (const Entry& entry : node.entries) {
    extent.bytes += entry.key.size();
    extent.include(extent_of(entry.value));
  }
  return extent;
}

/// Turns offsets into places. They come nearly in order, so that a file is walked about once.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {
    for (std::size_t end = text.find('\n'); end != std::string_view::npos;
         end = text.find('\n', end + 1)) {
      starts_.push_back(end + 1);
    }
  }

  Position at(std::size_t offset) {
    const auto next = std::ranges::upper_bound(starts_, offset);
    const std::size_t start = *std::prev(next);
    if (start > last_.offset || offset < last_.offset) {
      last_ = {0, static_cast<std::uint32_t>(next - starts_.begin()), 1, start};
    }
    for (; last_.offset < offset; ++last_.offset) {
      last_.column += begins_character(text_[last_.offset]) ? 1U : 0U;
    }
    return last_;
  }

  static bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }

 private:
  std::string_view text_;
  std::vector<std::size_t> starts_{0};
  Position last_{0, 1, 1, 0};
};

/// Builds the tree from the parser's events and enforces every bound while it grows.
class TreeBuilder final : public YAML::EventHandler {
 public:
  explicit TreeBuilder(const std::string& text) : text_(text), cursor_(text) {}

  Node take_root() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) {
      throw Refusal{at(mark), "a second document begins here; a wattle.yaml holds one"};
    }
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Node node;
    node.at = at(mark);
    put(std::move(node), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) {
      throw Refusal{at(mark), "this alias stands inside its own anchor"};
    }
    const Extent extent = extent_of(found->second);
    if (open_.size() + extent.depth > limits::kSpecDepth) {
      refuse_depth(at(mark));
    }
    alias_bytes_ += extent.bytes;
    if (alias_bytes_ > limits::kSpecFileBytes) {
      throw Refusal{at(mark), concat("aliases bring more than ", limits::kSpecFileBytes, " bytes")};
    }
    count(extent.nodes, at(mark));
    put(Node(found->second), 0);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Node node = Node::plain(value);
    node.at = at(mark);
    node.quoted = tag == "!";
    refuse_tag(tag, node.at);
    if (value.find('\0') != std::string::npos) {
      throw Refusal{node.at, "a text must not hold the character NUL"};
    }
    const char first = node.at.offset < text_.size() ? text_[node.at.offset] : ' ';
    if (node.quoted && (first == '"' || first == '\'') && !is_quote_closed(text_, node.at.offset)) {
      throw Refusal{node.at, "the quote that opens here is never closed"};
    }
    put(std::move(node), anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    begin(Node::sequence(), mark, tag, anchor);
  }
  void OnSequenceEnd() override { end(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    begin(Node::map(), mark, tag, anchor);
  }
  void OnMapEnd() override { end(); }

 private:
  /// A sequence or map whose end has not come.
  struct Open {
    Node node;
    YAML::anchor_t anchor = 0;
    bool has_key = false;
    std::string key;
    Position key_at;
    std::map<std::string, Position, std::less<>> seen;
  };

  Position at(const YAML::Mark& mark) {
    const auto offset = static_cast<std::size_t>(std::max(mark.pos, 0));
    return cursor_.at(std::min(offset, text_.size()));
  }

  [[noreturn]] static void refuse_depth(const Position& where) {
    throw Refusal{where, concat("nested deeper than ", limits::kSpecDepth, " levels")};
  }

  static void refuse_tag(const std::string& tag, const Position& where) {
    if (!tag.empty() && tag != "?" && tag != "!") {
      throw Refusal{where, "tags such as '!!str' are not supported; quote a value to make it text"};
    }
  }

  void count(std::size_t nodes, const Position& where) {
    nodes_ += nodes;
    if (nodes_ > limits::kSpecNodes) {
      throw Refusal{where, concat("more than ", limits::kSpecNodes, " values, aliases included")};
    }
  }

  void begin(Node node, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    node.at = at(mark);
    refuse_tag(tag, node.at);
    if (open_.size() >= limits::kSpecDepth) {
      refuse_depth(node.at);
    }
    Open open;
    open.node = std::move(node);
    open.anchor = anchor;
    open_.push_back(std::move(open));
  }

  void end() {
    Open open = std::move(open_.back());
    open_.pop_back();
    put(std::move(open.node), open.anchor);
  }

  void put(Node node, YAML::anchor_t anchor) {
    count(1, node.at);
    if (anchor != 0) {
      count(extent_of(node).nodes, node.at);
      anchors_.insert_or_assign(anchor, node);
    }
    if (open_.empty()) {
      root_ = std::move(node);
    } else if (open_.back().node.kind == NodeKind::kSequence) {
      open_.back().node.items.push_back(std::move(node));
    } else if (!open_.back().has_key) {
      put_key(std::move(node), open_.back());
    } else {
      Open& map = open_.back();
      if (node.kind == NodeKind::kNull) {
        node.at = map.key_at;
      }
      map.node.entries.push_back({std::move(map.key), map.key_at, std::move(node)});
      map.has_key = false;
    }
  }

  static void put_key(Node node, Open& map) {
    if (node.kind != NodeKind::kScalar || node.text.empty()) {
      throw Refusal{node.at, concat("a key must be a word, and here is ", kind_words(node))};
    }
    const auto [same, is_new] = map.seen.emplace(node.text, node.at);
    if (!is_new) {
      throw Refusal{node.at, concat("key '", one_line(node.text), "' stands twice: first at ",
                                    place(same->second), ", again here")};
    }
    map.key = std::move(node.text);
    map.key_at = node.at;
    map.has_key = true;
  }

  const std::string& text_;
  Cursor cursor_;
  Node root_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Node> anchors_;
  std::size_t nodes_ = 0;
  std::size_t alias_bytes_ = 0;
  std::size_t documents_ = 0;
};

bool is_indented_by_tab(std::string_view text, std::size_t offset) {
  const std::size_t line_break =
      offset == 0 ? std::string_view::npos : text.rfind('\n', offset - 1);
  const std::size_t start = line_break == std::string_view::npos ? 0 : line_break + 1;
  const std::size_t content = text.find_first_not_of(" \t", start);
  return text.substr(start, content - start).find('\t') != std::string_view::npos;
}

/// The library's wording, with what the user should look at.
std::string explain(const std::string& reason) {
  struct Row {
    std::string_view reason;
    std::string_view words;
  };
  static constexpr Row kRows[] = {
      {"illegal map value",
       "a ':' where no key can stand; check the indentation, and quote a text that holds ': '"},
      {"end of map not found", "this line does not fit the keys above; check the indentation"},
      {"end of sequence not found", "this line does not fit the list above; check the indentation"},
      {"end of map flow not found", "a '{' is never closed by '}'"},
      {"end of sequence flow not found", "a '[' is never closed by ']'"},
      {"unknown token", "a value cannot begin with this character; put it in quotes"},
      {"the referenced anchor is not defined", "this alias has no anchor before it"},
  };
  const auto* row = std::ranges::find(kRows, std::string_view(reason), &Row::reason);
  return row != std::end(kRows) ? std::string(row->words) : "no valid YAML: " + reason;
}

Error refused(const Position& where, std::string_view message) {
  return {ErrorCode::kParse, concat(place(where), ": ", message)};
}

}  // namespace

Position position_of(std::string_view text, std::size_t offset) {
  return Cursor(text).at(offset);
}

Result<Node> read_yaml(const std::string& text) {
  TreeBuilder builder(text);
  try {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Refusal& refusal) {
    return refused(refusal.at, refusal.message);
  } catch (const YAML::Exception& exception) {
    const auto offset = static_cast<std::size_t>(std::max(exception.mark.pos, 0));
    const Position where = position_of(text, std::min(offset, text.size()));
    if (is_indented_by_tab(text, where.offset)) {
      return refused(where, "this line is indented by a tab; YAML takes spaces only");
    }
    return refused(where, explain(exception.msg));
  } catch (const std::exception& exception) {
    return refused({0, 1, 1, 0}, concat("no valid YAML: ", exception.what()));
  }
  Node root = builder.take_root();
  if (root.at.line == 0) {
    root.at = {0, 1, 1, 0};
  }
  return root;
}

}  // namespace wattle::spec
