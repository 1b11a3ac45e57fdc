// How each C++ type stands in wattle.yaml: Codec<T> gives its Type, reads it and writes it.
//
// The type of a struct's field decides the units and the messages: a Seconds is a duration. Modules
// need nothing here but a Codec for a type of their own, if they have one.
//
// Units:    the C++ types'. Errors: read() is empty after a problem was added to the Reader.
// Threads:  pure functions. Lifetime: none.
#pragma once

#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "wattle/base/units.h"
#include "wattle/spec/reader.h"

namespace wattle::spec {

template <typename T>
struct Codec;

template <Kind kKind>
struct ScalarCodec {
  static Type type() {
    Type type;
    type.kind = kKind;
    return type;
  }
};

template <>
struct Codec<std::string> : ScalarCodec<Kind::kString> {
  static std::optional<std::string> read(const Type& type, const Node& node, Reader& reader) {
    return reader.string(type, node);
  }
  static Node write(const std::string& value) { return Node::string(value); }
};

template <>
struct Codec<bool> : ScalarCodec<Kind::kBoolean> {
  static std::optional<bool> read(const Type& type, const Node& node, Reader& reader) {
    return reader.boolean(type, node);
  }
  static Node write(bool value) { return Node::plain(value ? "true" : "false"); }
};

template <>
struct Codec<std::int64_t> : ScalarCodec<Kind::kInteger> {
  static std::optional<std::int64_t> read(const Type& type, const Node& node, Reader& reader) {
    return reader.integer(type, node);
  }
  static Node write(std::int64_t value) { return Node::plain(std::to_string(value)); }
};

template <>
struct Codec<double> : ScalarCodec<Kind::kNumber> {
  static std::optional<double> read(const Type& type, const Node& node, Reader& reader) {
    return reader.number(type, node);
  }
  static Node write(double value) { return Node::plain(format_number(value)); }
};

template <>
struct Codec<Price> : ScalarCodec<Kind::kPrice> {
  static std::optional<Price> read(const Type& type, const Node& node, Reader& reader) {
    return reader.price(type, node);
  }
  static Node write(const Price& value) { return Node::string(format_price(value)); }
};

template <>
struct Codec<Count> : ScalarCodec<Kind::kCount> {
  static std::optional<Count> read(const Type& type, const Node& node, Reader& reader) {
    return reader.count(type, node);
  }
  static Node write(const Count& value) { return Node::plain(format_count(value)); }
};

template <>
struct Codec<UtcTime> : ScalarCodec<Kind::kTimestamp> {
  static std::optional<UtcTime> read(const Type& type, const Node& node, Reader& reader) {
    return reader.timestamp(type, node);
  }
  static Node write(UtcTime value) { return Node::string(to_rfc3339(value)); }
};

template <>
struct Codec<Parameter> : ScalarCodec<Kind::kParameter> {
  static std::optional<Parameter> read(const Type& type, const Node& node, Reader& reader) {
    return reader.parameter(type, node);
  }
  static Node write(const Parameter& value) {
    return value.kind == ScalarKind::kText ? Node::string(value.text) : Node::plain(value.text);
  }
};

template <typename T, Dimension kDimension>
struct QuantityCodec {
  static Type type() {
    Type type;
    type.kind = Kind::kQuantity;
    type.dimension = kDimension;
    return type;
  }
  static std::optional<T> read(const Type& type, const Node& node, Reader& reader) {
    const auto value = reader.quantity(type, node);
    if constexpr (std::is_same_v<T, Bytes>) {
      return value ? std::optional(Bytes(std::llround(*value))) : std::nullopt;
    } else {
      return value ? std::optional(T{*value}) : std::nullopt;
    }
  }
  static Node write(const T& value) { return Node::plain(format_quantity(kDimension, raw(value))); }

 private:
  static double raw(const T& value) {
    if constexpr (std::is_same_v<T, Ratio>) {
      return value.value;
    } else {
      return static_cast<double>(value.value());
    }
  }
};

template <>
struct Codec<Seconds> : QuantityCodec<Seconds, Dimension::kDuration> {};
template <>
struct Codec<Bytes> : QuantityCodec<Bytes, Dimension::kBytes> {};
template <>
struct Codec<Joules> : QuantityCodec<Joules, Dimension::kEnergy> {};
template <>
struct Codec<GramsCo2e> : QuantityCodec<GramsCo2e, Dimension::kEmissions> {};
template <>
struct Codec<Watts> : QuantityCodec<Watts, Dimension::kPower> {};
template <>
struct Codec<GramsPerKwh> : QuantityCodec<GramsPerKwh, Dimension::kIntensity> {};
template <>
struct Codec<Ratio> : QuantityCodec<Ratio, Dimension::kRatio> {};

/// A key that may be left out and has no default.
template <typename T>
struct Codec<std::optional<T>> {
  static Type type() { return Codec<T>::type(); }
  static std::optional<std::optional<T>> read(const Type& type, const Node& node, Reader& reader) {
    auto value = Codec<T>::read(type, node, reader);
    return value ? std::optional(std::optional<T>(*std::move(value))) : std::nullopt;
  }
  static Node write(const std::optional<T>& value) {
    return value ? Codec<T>::write(*value) : Node();
  }
};

template <typename T>
struct Codec<std::vector<T>> {
  static Type type() {
    Type type;
    type.kind = Kind::kList;
    type.parts = {Codec<T>::type()};
    return type;
  }
  static std::optional<std::vector<T>> read(const Type& type, const Node& node, Reader& reader) {
    if (!reader.is_list(type, node)) {
      return std::nullopt;
    }
    std::vector<T> values;
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      const Reader::Within within(reader, i);
      if (auto value = Codec<T>::read(type.parts.front(), node.items[i], reader)) {
        values.push_back(*std::move(value));
      }
    }
    return values.size() == node.items.size() ? std::optional(std::move(values)) : std::nullopt;
  }
  static Node write(const std::vector<T>& values) {
    Node node = Node::sequence();
    for (const T& value : values) {
      node.items.push_back(Codec<T>::write(value));
    }
    return node;
  }
};

template <typename T>
struct Codec<std::map<std::string, T>> {
  static Type type() {
    Type type;
    type.kind = Kind::kMap;
    type.parts = {Codec<T>::type()};
    return type;
  }
  static std::optional<std::map<std::string, T>> read(const Type& type, const Node& node,
                                                      Reader& reader) {
    bool good = reader.is_map(type, node);
    std::map<std::string, T> values;
    for (const Entry& entry : node.entries) {
      const Reader::Within within(reader, entry.key);
      auto value = Codec<T>::read(type.parts.front(), entry.value, reader);
      good = good && value.has_value();
      if (value) {
        values.insert_or_assign(entry.key, *std::move(value));
      }
    }
    return good ? std::optional(std::move(values)) : std::nullopt;
  }
  static Node write(const std::map<std::string, T>& values) {
    Node node = Node::map();
    for (const auto& [key, value] : values) {
      node.add(key, Codec<T>::write(value));
    }
    return node;
  }
};

/// Which kind of node a type is written as.
NodeKind node_kind_of(const Type& type);

/// Alternatives are told apart by what stands there, so each must be another kind of node.
template <typename... T>
struct Codec<std::variant<T...>> {
  using Value = std::variant<T...>;

  static Type type() {
    Type type;
    type.kind = Kind::kEither;
    type.parts = {Codec<T>::type()...};
    return type;
  }
  static std::optional<Value> read(const Type& type, const Node& node, Reader& reader) {
    std::optional<Value> value;
    std::size_t part = 0;
    const bool found = (read_if<T>(type.parts[part++], node, reader, value) || ...);
    if (!found) {
      reader.fail_kind(type, node);
    }
    return value;
  }
  static Node write(const Value& value) {
    return std::visit(
        [](const auto& held) { return Codec<std::remove_cvref_t<decltype(held)>>::write(held); },
        value);
  }

 private:
  template <typename Part>
  static bool read_if(const Type& type, const Node& node, Reader& reader,
                      std::optional<Value>& value) {
    if (node_kind_of(type) != node.kind) {
      return false;
    }
    if (auto part = Codec<Part>::read(type, node, reader)) {
      value = Value(*std::move(part));
    }
    return true;
  }
};

}  // namespace wattle::spec
