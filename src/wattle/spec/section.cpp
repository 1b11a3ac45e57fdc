#include "wattle/spec/section.h"

#include <algorithm>

#include "wattle/base/text.h"

namespace wattle::spec {
namespace {

/// The texts inside a type: itself, the elements of a list or map, the alternatives.
template <typename Change>
void for_each_part(Type& type, const Change& change) {
  change(type);
  for (Type& part : type.parts) {
    for_each_part(part, change);
  }
}

/// Where else the name is a key: "resources.cpus" for a "cpus" at the top.
std::string place_within(const SectionInfo& info, std::string_view name) {
  for (const KeyInfo& key : info.keys) {
    if (key.type.kind == Kind::kSection && key.type.section->find(name) != nullptr) {
      return concat(key.name, ".", name);
    }
  }
  return {};
}

std::string unknown_key(const SectionInfo& info, std::string_view name,
                        const std::vector<std::string_view>& others) {
  if (name == "<<") {
    return "merge keys are not supported; write the keys out";
  }
  std::vector<std::string_view> known = others;
  std::vector<std::string> names;
  for (const KeyInfo& key : info.keys) {
    known.push_back(key.name);
  }
  if (const std::string inside = place_within(info, name); !inside.empty()) {
    return concat("unknown key; did you mean '", inside, "'?");
  }
  if (const auto near = nearest(name, known); !near.empty()) {
    return concat("unknown key; did you mean '", near, "'?");
  }
  names.assign(known.begin(), known.end());
  return concat("unknown key; there are ", join(names, ", "));
}

}  // namespace

NodeKind node_kind_of(const Type& type) {
  switch (type.kind) {
    case Kind::kList:
      return NodeKind::kSequence;
    case Kind::kMap:
    case Kind::kSection:
      return NodeKind::kMap;
    default:
      return NodeKind::kScalar;
  }
}

const KeyInfo* SectionInfo::find(std::string_view name) const {
  const auto found = std::ranges::find(keys, name, &KeyInfo::name);
  return found == keys.end() ? nullptr : &*found;
}

void read_section(const SectionInfo& info, const Node& node, Reader& reader, void* target,
                  const std::vector<std::string_view>& others) {
  if (!reader.is_section(node)) {
    return;
  }
  const std::size_t before = reader.problems().size();
  for (const Entry& entry : node.entries) {
    const KeyInfo* key = info.find(entry.key);
    const Reader::Within within(reader, entry.key);
    if (key != nullptr) {
      key->read(key->type, entry.value, reader, target);
    } else if (std::ranges::find(others, entry.key) == others.end()) {
      const bool is_shown = !reader.problems().is_full();
      reader.fail(entry.at, is_shown ? unknown_key(info, entry.key, others) : "unknown key");
    }
  }
  for (const KeyInfo& key : info.keys) {
    if (key.is_required && node.find(key.name) == nullptr) {
      const Reader::Within within(reader, key.name);
      const std::string line =
          key.examples.empty() ? key.name : concat(key.name, ": ", key.examples.front());
      reader.fail(node.at, concat("missing; write ", wanted_words(key.type), ", e.g. ", line));
    }
  }
  if (reader.problems().size() == before) {
    for (const auto& check : info.checks) {
      check(target, node, reader);
    }
  }
}

Node write_section(const SectionInfo& info, const void* source) {
  Node node = Node::map();
  for (const KeyInfo& key : info.keys) {
    Node value = key.write(source);
    const bool is_empty = value.kind == NodeKind::kNull ||
                          (value.kind == NodeKind::kSequence && value.items.empty()) ||
                          (value.kind == NodeKind::kMap && value.entries.empty());
    if (!is_empty) {
      node.add(key.name, std::move(value));
    }
  }
  return node;
}

KeyBuilder& KeyBuilder::required() {
  key_.is_required = true;
  return *this;
}

KeyBuilder& KeyBuilder::choices(std::vector<std::string> choices) {
  key_.type.choices = std::move(choices);
  return *this;
}

KeyBuilder& KeyBuilder::minimum(double value) {
  key_.type.minimum = value;
  return *this;
}

KeyBuilder& KeyBuilder::maximum(double value) {
  key_.type.maximum = value;
  return *this;
}

KeyBuilder& KeyBuilder::matching(TextRule rule) {
  for_each_part(key_.type, [&rule](Type& type) { type.rule = rule; });
  return *this;
}

KeyBuilder& KeyBuilder::named(TextRule rule) {
  key_.type.key_rule = std::move(rule);
  return *this;
}

KeyBuilder& KeyBuilder::may_be_empty() {
  const bool is_either = key_.type.kind == Kind::kEither;
  for_each_part(key_.type, [](Type& type) { type.may_be_empty = true; });
  for (Type& part : key_.type.parts) {
    part.may_be_empty = !is_either || part.kind != Kind::kString;
  }
  return *this;
}

KeyBuilder& KeyBuilder::literal() {
  for_each_part(key_.type, [](Type& type) { type.is_literal = true; });
  return *this;
}

KeyBuilder& KeyBuilder::items(std::size_t least, std::size_t most) {
  for_each_part(key_.type, [least, most](Type& type) {
    type.least_items = least;
    type.most_items = most;
  });
  return *this;
}

KeyBuilder& KeyBuilder::default_words(std::string words) {
  key_.default_words = std::move(words);
  return *this;
}

KeyBuilder& KeyBuilder::example(std::string text) {
  key_.examples.push_back(std::move(text));
  return *this;
}

}  // namespace wattle::spec
