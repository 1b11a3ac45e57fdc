// How a module describes its keys of wattle.yaml: once, beside the struct that they fill.
//
//   Section<Resources> resources("What the job may use.");
//   resources.key("cpus", &Resources::cpus, "CPU cores.").minimum(1).example("4+");
//
// The same description reads and checks documents, writes structs, and becomes the JSON Schema and
// the reference. A key's default is what the struct's own initialiser says.
//
// Units:    the fields' own types; minimum and maximum take them.
// Errors:   a wrong description is a bug: WATTLE_CHECK. Wrong documents: see reader.h.
// Threads:  describe on one thread; a finished description is constant.
// Lifetime: descriptions own their texts; inner sections are shared.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "wattle/spec/codec.h"

namespace wattle::spec {

struct KeyInfo {
  std::string name;
  Type type;
  std::string description;
  std::string default_words;  // of a key without a plain default
  Node default_value;         // null: none
  bool is_required = false;
  std::vector<std::string> examples;  // as they are written in the file

  std::function<void(const Type&, const Node&, Reader&, void*)> read;
  std::function<Node(const void*)> write;
};

struct SectionInfo {
  std::string description;
  std::vector<KeyInfo> keys;
  /// Conditions over several keys; called when every key was read.
  std::vector<std::function<void(const void*, const Node&, Reader&)>> checks;

  const KeyInfo* find(std::string_view name) const;
};

/// Reads the keys of a section into its struct. Keys that are neither the section's nor among
/// `others` are problems.
void read_section(const SectionInfo& info, const Node& node, Reader& reader, void* target,
                  const std::vector<std::string_view>& others = {});
/// Every key that has a value, in the order of the description.
Node write_section(const SectionInfo& info, const void* source);

/// Refines the key that was just described.
class KeyBuilder {
 public:
  explicit KeyBuilder(KeyInfo& key) : key_(key) {}

  KeyBuilder& required();
  /// The document must hold one of these.
  KeyBuilder& choices(std::vector<std::string> choices);
  KeyBuilder& minimum(double value);
  KeyBuilder& maximum(double value);
  template <typename Tag, typename Rep>
  KeyBuilder& minimum(Quantity<Tag, Rep> value) {
    return minimum(static_cast<double>(value.value()));
  }
  template <typename Tag, typename Rep>
  KeyBuilder& maximum(Quantity<Tag, Rep> value) {
    return maximum(static_cast<double>(value.value()));
  }
  /// The text, or each text of the list or map, must match the whole pattern (RE2).
  KeyBuilder& matching(TextRule rule);
  /// Each key of the map must.
  KeyBuilder& named(TextRule rule);
  /// The text, or each text of the list or map, may be empty; one beside a list still may not.
  KeyBuilder& may_be_empty();
  /// "$" means nothing in it.
  KeyBuilder& literal();
  KeyBuilder& items(std::size_t least, std::size_t most);
  KeyBuilder& default_words(std::string words);
  KeyBuilder& example(std::string text);

 private:
  KeyInfo& key_;
};

template <typename T>
class Section {
 public:
  explicit Section(std::string description) : info_(std::make_shared<SectionInfo>()) {
    info_->description = std::move(description);
  }

  /// A key that fills a field whose type has a Codec.
  template <typename M>
  KeyBuilder key(std::string name, M T::* member, std::string description) {
    KeyInfo key = describe(std::move(name), std::move(description), Codec<M>::type());
    key.read = [member](const Type& type, const Node& node, Reader& reader, void* target) {
      if (auto value = Codec<M>::read(type, node, reader)) {
        static_cast<T*>(target)->*member = *std::move(value);
      }
    };
    key.write = [member](const void* source) {
      return Codec<M>::write(static_cast<const T*>(source)->*member);
    };
    return add(std::move(key));
  }

  /// A key that holds a section of its own.
  template <typename M>
  KeyBuilder section(std::string name, M T::* member, const Section<M>& inner) {
    Type section_type;
    section_type.kind = Kind::kSection;
    section_type.section = inner.info();
    KeyInfo key = describe(std::move(name), inner.info()->description, std::move(section_type));
    key.read = [member](const Type& type, const Node& node, Reader& reader, void* target) {
      read_section(*type.section, node, reader, &(static_cast<T*>(target)->*member));
    };
    key.write = [member, info = inner.info()](const void* source) {
      Node node = write_section(*info, &(static_cast<const T*>(source)->*member));
      return node.entries.empty() ? Node() : node;
    };
    return add(std::move(key));
  }

  /// A key that holds a list of sections.
  template <typename M>
  KeyBuilder list_of(std::string name, std::vector<M> T::* member, const Section<M>& inner) {
    Type list_type;
    list_type.kind = Kind::kList;
    list_type.parts.resize(1);
    list_type.parts.front().kind = Kind::kSection;
    list_type.parts.front().section = inner.info();
    KeyInfo key = describe(std::move(name), inner.info()->description, std::move(list_type));
    key.read = [member](const Type& type, const Node& node, Reader& reader, void* target) {
      if (!reader.is_list(type, node)) {
        return;
      }
      auto& values = static_cast<T*>(target)->*member;
      values.assign(node.items.size(), M());
      for (std::size_t i = 0; i < values.size(); ++i) {
        const Reader::Within within(reader, i);
        read_section(*type.parts.front().section, node.items[i], reader, &values[i]);
      }
    };
    key.write = [member, info = inner.info()](const void* source) {
      Node node = Node::sequence();
      for (const M& value : static_cast<const T*>(source)->*member) {
        node.items.push_back(write_section(*info, &value));
      }
      return node;
    };
    return add(std::move(key));
  }

  /// A condition over several keys: it adds its problems to the reader.
  Section& check(std::function<void(const T&, const Node&, Reader&)> condition) {
    info_->checks.push_back(
        [condition = std::move(condition)](const void* value, const Node& node, Reader& reader) {
          condition(*static_cast<const T*>(value), node, reader);
        });
    return *this;
  }

  std::shared_ptr<const SectionInfo> info() const { return info_; }

 private:
  static KeyInfo describe(std::string name, std::string description, Type type) {
    KeyInfo key;
    key.name = std::move(name);
    key.description = std::move(description);
    key.type = std::move(type);
    return key;
  }

  KeyBuilder add(KeyInfo key) {
    WATTLE_CHECK(info_->find(key.name) == nullptr, "key described twice: " + key.name);
    const T defaults{};
    key.default_value = key.write(&defaults);
    // Builders refer to keys: they must not move while a description is being written.
    info_->keys.reserve(kMostKeys);
    WATTLE_CHECK(info_->keys.size() < kMostKeys, "more keys than a section may have");
    info_->keys.push_back(std::move(key));
    return KeyBuilder(info_->keys.back());
  }

  static constexpr std::size_t kMostKeys = 64;
  std::shared_ptr<SectionInfo> info_;
};

}  // namespace wattle::spec
