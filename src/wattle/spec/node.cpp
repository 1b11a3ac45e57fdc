#include "wattle/spec/node.h"

#include <algorithm>

namespace wattle::spec {
namespace {

Node scalar(std::string text, bool quoted) {
  Node node;
  node.kind = NodeKind::kScalar;
  node.text = std::move(text);
  node.quoted = quoted;
  return node;
}

std::size_t skip_digits(std::string_view text, std::size_t from) {
  while (from < text.size() && text[from] >= '0' && text[from] <= '9') {
    ++from;
  }
  return from;
}

}  // namespace

Node Node::plain(std::string text) {
  return scalar(std::move(text), false);
}

Node Node::string(std::string text) {
  return scalar(std::move(text), true);
}

Node Node::sequence() {
  Node node;
  node.kind = NodeKind::kSequence;
  return node;
}

Node Node::map() {
  Node node;
  node.kind = NodeKind::kMap;
  return node;
}

const Node* Node::find(std::string_view key) const {
  const auto found = std::ranges::find(entries, key, &Entry::key);
  return found == entries.end() ? nullptr : &found->value;
}

Node* Node::find(std::string_view key) {
  const auto found = std::ranges::find(entries, key, &Entry::key);
  return found == entries.end() ? nullptr : &found->value;
}

Node& Node::add(std::string key, Node value) {
  entries.push_back({std::move(key), value.at, std::move(value)});
  return entries.back().value;
}

std::string_view kind_words(const Node& node) {
  switch (node.kind) {
    case NodeKind::kNull:
      return "nothing";
    case NodeKind::kScalar:
      return "a single value";
    case NodeKind::kSequence:
      return "a list";
    case NodeKind::kMap:
      return "a map of keys";
  }
  return "nothing";
}

ScalarKind scalar_kind(std::string_view text) {
  if (text == "true" || text == "false") {
    return ScalarKind::kBoolean;
  }
  const std::size_t first = text.starts_with('-') ? 1 : 0;
  std::size_t end = skip_digits(text, first);
  if (end == first || (text[first] == '0' && end > first + 1)) {
    return ScalarKind::kText;
  }
  if (end == text.size()) {
    return ScalarKind::kInteger;
  }
  if (text[end] == '.') {
    const std::size_t fraction = end + 1;
    end = skip_digits(text, fraction);
    if (end == fraction) {
      return ScalarKind::kText;
    }
  }
  if (end < text.size() && (text[end] == 'e' || text[end] == 'E')) {
    std::size_t exponent = end + 1;
    if (exponent < text.size() && (text[exponent] == '+' || text[exponent] == '-')) {
      ++exponent;
    }
    end = skip_digits(text, exponent);
    if (end == exponent) {
      return ScalarKind::kText;
    }
  }
  return end == text.size() ? ScalarKind::kNumber : ScalarKind::kText;
}

}  // namespace wattle::spec
