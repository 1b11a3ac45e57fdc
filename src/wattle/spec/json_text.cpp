#include <algorithm>
#include <array>

#include "wattle/spec/node.h"

namespace wattle::spec {
namespace {

enum class Layout { kCanonical, kPretty };

void append_string(std::string_view text, std::string& out) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (byte < 0x20 || byte == 0x7f) {
      out += "\\u00";
      out += kHex[byte >> 4U];
      out += kHex[byte & 0xfU];
    } else {
      out += c;
    }
  }
  out += '"';
}

class JsonWriter {
 public:
  explicit JsonWriter(Layout layout) : layout_(layout) {}

  void write(const Node& node) {
    switch (node.kind) {
      case NodeKind::kNull:
        out_ += "null";
        return;
      case NodeKind::kScalar:
        write_scalar(node);
        return;
      case NodeKind::kSequence:
        write_sequence(node);
        return;
      case NodeKind::kMap:
        write_map(node);
        return;
    }
  }
  std::string finish() { return std::move(out_); }

 private:
  void write_scalar(const Node& node) {
    if (!node.quoted && scalar_kind(node.text) != ScalarKind::kText) {
      out_ += node.text;
    } else {
      append_string(node.text, out_);
    }
  }

  void write_sequence(const Node& node) {
    open('[');
    for (const Node& item : node.items) {
      separate();
      write(item);
    }
    close(']', node.items.empty());
  }

  void write_map(const Node& node) {
    std::vector<const Entry*> order;
    for (const Entry& entry : node.entries) {
      order.push_back(&entry);
    }
    if (layout_ == Layout::kCanonical) {
      std::ranges::sort(order, {}, [](const Entry* entry) { return std::string_view(entry->key); });
    }
    open('{');
    for (const Entry* entry : order) {
      separate();
      append_string(entry->key, out_);
      out_ += layout_ == Layout::kPretty ? ": " : ":";
      write(entry->value);
    }
    close('}', order.empty());
  }

  void open(char bracket) {
    out_ += bracket;
    first_ = true;
    ++depth_;
  }

  void separate() {
    if (!first_) {
      out_ += ',';
    }
    first_ = false;
    break_line();
  }

  void close(char bracket, bool is_empty) {
    --depth_;
    if (!is_empty) {
      break_line();
    }
    out_ += bracket;
    first_ = false;
  }

  void break_line() {
    if (layout_ == Layout::kPretty) {
      out_ += '\n';
      out_.append(2 * depth_, ' ');
    }
  }

  Layout layout_;
  std::string out_;
  std::size_t depth_ = 0;
  bool first_ = true;
};

std::string to_json(const Node& node, Layout layout) {
  JsonWriter writer(layout);
  writer.write(node);
  return writer.finish();
}

}  // namespace

std::string to_canonical_json(const Node& node) {
  return to_json(node, Layout::kCanonical);
}

std::string to_pretty_json(const Node& node) {
  return to_json(node, Layout::kPretty) + "\n";
}

}  // namespace wattle::spec
