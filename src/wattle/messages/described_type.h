// What the codec, the schema and the tests know of a type: its shape, and how to reach its parts
// through an untyped address. Built once for each type by described.h, from its description.
//
// A table that is walked, instead of a template for each walk: JSON is then known to a few sources,
// and whoever describes or uses a message pays for neither.
//
// Units:    none. Errors: none; `check` of a StructType is kInvalidArgument.
// Threads:  constant after construction. An address is as safe as the object there.
// Lifetime: a Type lives as long as the program. An address is of an object of exactly the C++ type
//           that the Type was made for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/result.h"
#include "wattle/messages/rules.h"

namespace wattle::messages {

/// The C++ type behind the first four is always the same; the others have a class below.
enum class Shape {
  kBoolean,  // bool
  kText,     // std::string
  kTime,     // UtcTime
  kJson,     // JsonObject
  kInteger,
  kNumber,
  kWord,
  kOptional,
  kList,
  kMap,
  kStruct,
};

class Type {
 public:
  explicit Type(Shape shape) : shape_(shape) {}
  virtual ~Type() = default;
  Type(const Type&) = delete;
  Type& operator=(const Type&) = delete;

  Shape shape() const { return shape_; }

 private:
  Shape shape_;
};

/// Asked for when it is needed, so that a struct may hold itself.
using TypeGetter = const Type& (*)();

class IntegerType : public Type {
 public:
  IntegerType() : Type(Shape::kInteger) {}
  virtual std::int64_t least() const = 0;
  virtual std::int64_t most() const = 0;
  virtual std::int64_t get(const void* value) const = 0;
  /// REQUIRES: least() <= integer <= most().
  virtual void set(void* value, std::int64_t integer) const = 0;
};

class NumberType : public Type {
 public:
  NumberType() : Type(Shape::kNumber) {}
  virtual double get(const void* value) const = 0;
  virtual void set(void* value, double number) const = 0;
};

/// An enum, told as one of its words.
class WordType : public Type {
 public:
  WordType() : Type(Shape::kWord) {}
  virtual std::string_view name() const = 0;
  virtual std::string_view about() const = 0;
  virtual std::span<const std::string_view> words() const = 0;
  virtual std::size_t get(const void* value) const = 0;
  virtual void set(void* value, std::size_t index) const = 0;
};

class OptionalType : public Type {
 public:
  explicit OptionalType(TypeGetter element_type) : Type(Shape::kOptional), element_(element_type) {}
  const Type& element() const { return element_(); }
  /// Null when there is nothing.
  virtual const void* get(const void* value) const = 0;
  virtual void* emplace(void* value) const = 0;
  virtual void reset(void* value) const = 0;

 private:
  TypeGetter element_;
};

class ListType : public Type {
 public:
  explicit ListType(TypeGetter element_type) : Type(Shape::kList), element_(element_type) {}
  const Type& element() const { return element_(); }
  virtual std::size_t size(const void* value) const = 0;
  virtual const void* at(const void* value, std::size_t index) const = 0;
  virtual void clear(void* value) const = 0;
  /// The new last element; addresses of the others are void.
  virtual void* append(void* value) const = 0;

 private:
  TypeGetter element_;
};

/// Keys are text.
class MapType : public Type {
 public:
  using Visitor = std::function<void(const std::string& key, const void* element)>;

  explicit MapType(TypeGetter element_type) : Type(Shape::kMap), element_(element_type) {}
  const Type& element() const { return element_(); }
  virtual void each(const void* value, const Visitor& visit) const = 0;
  virtual void clear(void* value) const = 0;
  virtual void* insert(void* value, const std::string& key) const = 0;

 private:
  TypeGetter element_;
};

/// How a field is reached in its struct. What is computed has no address of its own, so a value is
/// lent for the time of a call.
class Member {
 public:
  using Reader = std::function<void(const void* value)>;
  using Filler = std::function<Status(void* value)>;

  Member() = default;
  virtual ~Member() = default;
  Member(const Member&) = delete;
  Member& operator=(const Member&) = delete;

  virtual void read(const void* owner, const Reader& use) const = 0;
  virtual Status write(void* owner, const Filler& fill) const = 0;
};

struct Field {
  std::string_view key;
  std::string_view about;
  Rules rules;
  TypeGetter type;
  std::unique_ptr<Member> member;

  bool is_optional() const { return type().shape() == Shape::kOptional; }
  /// Whoever writes it always writes its key.
  bool is_always_written() const { return !is_optional() || rules.presence == Presence::kOrNull; }
  /// Whoever reads it misses it.
  bool is_needed() const { return !is_optional() && rules.presence == Presence::kAlways; }
};

class StructType : public Type {
 public:
  StructType() : Type(Shape::kStruct) {}
  virtual std::string_view name() const = 0;
  virtual std::string_view about() const = 0;
  /// It comes from clients: the schema allows no other keys.
  virtual bool is_request() const = 0;
  /// What no rule of a single field says.
  virtual Status check(const void* value) const = 0;

  std::span<const Field> fields() const { return fields_; }

 protected:
  std::vector<Field> fields_;  // NOLINT(*-non-private-member-variables-in-classes): filled below
};

}  // namespace wattle::messages
