// How a message describes itself: once, at the place of its definition. From the description come
// its JSON (json_text.h, json_codec.h), its strict reader, and its JSON Schema (json_schema.h).
//
//   struct Alias {
//     std::string alias;
//     std::int64_t version = 0;
//
//     static constexpr std::string_view kName = "Alias";        // of the schema's component
//     static constexpr std::string_view kAbout = "A word for a version.";
//     static void fields(auto& f) {
//       f("alias", &Alias::alias, "The word.", {.max_length = 255});
//       f("version", &Alias::version, "The version that it points to.");
//     }
//   };
//   extern template const Type& type_of<Alias>();  // and `template const …` in one source
//
// The order of the fields is that of the keys. A field may be computed: `f(key, getter, setter,
// about)`. A struct that clients send has `static constexpr bool kIsRequest = true;` and may have
// `Status check() const;` for what no rule of one field says. A field is a bool, an integer of up
// to 64 bits signed, a double or a quantity, a std::string, UtcTime, JsonObject, an enum with
// Words, a described struct; or a std::optional, std::vector or std::map<std::string, …> of these.
//
// Units:    none. Errors: none: a type that cannot be described does not compile.
// Threads:  pure functions. Lifetime: a Type lives as long as the program.
#pragma once

#include <array>
#include <concepts>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "wattle/base/time.h"
#include "wattle/base/units.h"
#include "wattle/messages/described_type.h"
#include "wattle/messages/json_object.h"
#include "wattle/messages/rules.h"

namespace wattle::messages {

/// Specialised for each enum: kName, kAbout, and kWords in the order of the enumerators, from 0.
template <typename Enum>
struct Words;

template <typename Enum>
constexpr std::string_view word_of(Enum value) {
  return Words<Enum>::kWords.at(static_cast<std::size_t>(value));
}

template <typename Enum>
constexpr std::optional<Enum> value_of_word(std::string_view word) {
  for (std::size_t i = 0; i < Words<Enum>::kWords.size(); ++i) {
    if (Words<Enum>::kWords[i] == word) {
      return static_cast<Enum>(i);
    }
  }
  return std::nullopt;
}

template <typename T>
concept DescribedStruct = requires { T::kName; };
template <typename T>
concept DescribedEnum = std::is_enum_v<T> && requires { Words<T>::kWords; };

template <typename T>
class TypeOf;

template <typename T>
const Type& type_of() {
  static const TypeOf<T> type;
  return type;
}

template <DescribedStruct T>
const StructType& struct_of() {
  return static_cast<const StructType&>(type_of<T>());
}

// --- the simple types ---

template <Shape kShape>
class PlainType : public Type {
 public:
  PlainType() : Type(kShape) {}
};
template <>
class TypeOf<bool> final : public PlainType<Shape::kBoolean> {};
template <>
class TypeOf<std::string> final : public PlainType<Shape::kText> {};
template <>
class TypeOf<UtcTime> final : public PlainType<Shape::kTime> {};
template <>
class TypeOf<JsonObject> final : public PlainType<Shape::kJson> {};

template <std::integral T>
class TypeOf<T> final : public IntegerType {
  static_assert(!std::is_same_v<T, std::uint64_t>, "readers of JSON have signed integers");

 public:
  std::int64_t least() const override { return std::numeric_limits<T>::min(); }
  std::int64_t most() const override { return std::numeric_limits<T>::max(); }
  std::int64_t get(const void* value) const override { return *static_cast<const T*>(value); }
  void set(void* value, std::int64_t integer) const override {
    *static_cast<T*>(value) = static_cast<T>(integer);
  }
};

template <>
class TypeOf<double> final : public NumberType {
 public:
  double get(const void* value) const override { return *static_cast<const double*>(value); }
  void set(void* value, double number) const override { *static_cast<double*>(value) = number; }
};

template <typename Tag>
class TypeOf<Quantity<Tag, double>> final : public NumberType {
  using T = Quantity<Tag, double>;

 public:
  double get(const void* value) const override { return static_cast<const T*>(value)->value(); }
  void set(void* value, double number) const override { *static_cast<T*>(value) = T(number); }
};

template <DescribedEnum T>
class TypeOf<T> final : public WordType {
 public:
  std::string_view name() const override { return Words<T>::kName; }
  std::string_view about() const override { return Words<T>::kAbout; }
  std::span<const std::string_view> words() const override { return Words<T>::kWords; }
  std::size_t get(const void* value) const override {
    return static_cast<std::size_t>(*static_cast<const T*>(value));
  }
  void set(void* value, std::size_t index) const override {
    *static_cast<T*>(value) = static_cast<T>(index);
  }
};

// --- those that hold others ---

template <typename E>
class TypeOf<std::optional<E>> final : public OptionalType {
  using T = std::optional<E>;

 public:
  TypeOf() : OptionalType(&type_of<E>) {}
  const void* get(const void* value) const override {
    const auto& optional = *static_cast<const T*>(value);
    return optional ? &*optional : nullptr;
  }
  void* emplace(void* value) const override { return &static_cast<T*>(value)->emplace(); }
  void reset(void* value) const override { static_cast<T*>(value)->reset(); }
};

template <typename E>
class TypeOf<std::vector<E>> final : public ListType {
  static_assert(!std::is_same_v<E, bool>, "its elements have no address");
  using T = std::vector<E>;

 public:
  TypeOf() : ListType(&type_of<E>) {}
  std::size_t size(const void* value) const override {
    return static_cast<const T*>(value)->size();
  }
  const void* at(const void* value, std::size_t index) const override {
    return &static_cast<const T*>(value)->at(index);
  }
  void clear(void* value) const override { static_cast<T*>(value)->clear(); }
  void* append(void* value) const override { return &static_cast<T*>(value)->emplace_back(); }
};

template <typename E>
class TypeOf<std::map<std::string, E>> final : public MapType {
  using T = std::map<std::string, E>;

 public:
  TypeOf() : MapType(&type_of<E>) {}
  void each(const void* value, const Visitor& visit) const override {
    for (const auto& [key, element] : *static_cast<const T*>(value)) {
      visit(key, &element);
    }
  }
  void clear(void* value) const override { static_cast<T*>(value)->clear(); }
  void* insert(void* value, const std::string& key) const override {
    return &(*static_cast<T*>(value))[key];
  }
};

// --- structs ---

/// A field that is a member of T, or of a base of T.
template <typename T, typename Owner, typename M>
class DirectMember final : public Member {
 public:
  explicit DirectMember(M Owner::* member) : member_(member) {}
  void read(const void* owner, const Reader& use) const override {
    use(&(static_cast<const T*>(owner)->*member_));
  }
  Status write(void* owner, const Filler& fill) const override {
    return fill(&(static_cast<T*>(owner)->*member_));
  }

 private:
  M Owner::* member_;
};

/// A field that a pair of functions gives and takes; the setter may return a Status.
template <typename T, typename Getter, typename Setter>
class ComputedMember final : public Member {
 public:
  using M = std::remove_cvref_t<std::invoke_result_t<Getter, const T&>>;

  ComputedMember(Getter getter, Setter setter) : getter_(getter), setter_(setter) {}
  void read(const void* owner, const Reader& use) const override {
    const M value = getter_(*static_cast<const T*>(owner));
    use(&value);
  }
  Status write(void* owner, const Filler& fill) const override {
    M value{};
    WATTLE_RETURN_IF_ERROR(fill(&value));
    if constexpr (std::is_void_v<std::invoke_result_t<Setter, T&, M>>) {
      setter_(*static_cast<T*>(owner), std::move(value));
      return {};
    } else {
      return setter_(*static_cast<T*>(owner), std::move(value));
    }
  }

 private:
  Getter getter_;
  Setter setter_;
};

/// The `f` of a description.
template <typename T>
class FieldCollector {
 public:
  explicit FieldCollector(std::vector<Field>& fields) : fields_(fields) {}

  template <typename Owner, typename M>
    requires std::derived_from<T, Owner>
  void operator()(std::string_view key, M Owner::* member, std::string_view about,
                  const Rules& rules = {}) {
    fields_.push_back(
        {key, about, rules, &type_of<M>, std::make_unique<DirectMember<T, Owner, M>>(member)});
  }

  template <typename Getter, typename Setter>
    requires std::invocable<Getter, const T&>
  void operator()(std::string_view key, Getter getter, Setter setter, std::string_view about,
                  const Rules& rules = {}) {
    using Computed = ComputedMember<T, Getter, Setter>;
    fields_.push_back({key, about, rules, &type_of<typename Computed::M>,
                       std::make_unique<Computed>(getter, setter)});
  }

 private:
  std::vector<Field>& fields_;
};

template <DescribedStruct T>
class TypeOf<T> final : public StructType {
 public:
  TypeOf() {
    FieldCollector<T> collector(fields_);
    T::fields(collector);
  }
  std::string_view name() const override { return T::kName; }
  std::string_view about() const override { return T::kAbout; }
  bool is_request() const override {
    if constexpr (requires { T::kIsRequest; }) {
      return T::kIsRequest;
    }
    return false;
  }
  Status check(const void* value) const override {
    if constexpr (requires(const T& message) { message.check(); }) {
      return static_cast<const T*>(value)->check();
    }
    return {};
  }
};

}  // namespace wattle::messages
