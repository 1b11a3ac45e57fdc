#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "wattle/base/text.h"
#include "wattle/messages/json_codec.h"
#include "wattle/messages/number_words.h"
#include "wattle/messages/shown_text.h"

namespace wattle::messages {
namespace {

/// The integer that the value is, also when it is written as 1.0 or 1e3; nullopt: none of 64 bits.
std::optional<std::int64_t> integer_in(const Json& json) {
  if (json.is_number_unsigned()) {
    const auto value = json.get<std::uint64_t>();
    constexpr auto kMost = std::uint64_t{std::numeric_limits<std::int64_t>::max()};
    return value <= kMost ? std::optional(static_cast<std::int64_t>(value)) : std::nullopt;
  }
  if (json.is_number_integer()) {
    return json.get<std::int64_t>();
  }
  // Beyond 2^53 a double is not the integer that was written.
  constexpr double kExact = 9'007'199'254'740'992;
  const double value = json.is_number_float() ? json.get<double>() : std::nan("");
  const bool is_exact = std::abs(value) < kExact && std::trunc(value) == value;
  return is_exact ? std::optional(static_cast<std::int64_t>(value)) : std::nullopt;
}

std::optional<double> number_in(const Json& json) {
  if (json.is_number()) {
    return json.get<double>();
  }
  if (!json.is_string()) {
    return std::nullopt;
  }
  const auto& word = json.get_ref<const std::string&>();
  constexpr double kEndless = std::numeric_limits<double>::infinity();
  return word == kNotANumber      ? std::optional(std::numeric_limits<double>::quiet_NaN())
         : word == kInfinity      ? std::optional(kEndless)
         : word == kMinusInfinity ? std::optional(-kEndless)
                                  : std::nullopt;
}

/// As JSON Schema counts: characters, not bytes.
std::size_t length_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

/// "an integer from 0 to 100", "a number of at least 0".
std::string bounded(std::string_view noun, std::optional<std::int64_t> least,
                    std::optional<std::int64_t> most) {
  using Limits = std::numeric_limits<std::int64_t>;
  if (least == Limits::min() && most == Limits::max()) {
    return concat(noun, " of 64 bits");
  }
  if (least && most) {
    return concat(noun, " from ", *least, " to ", *most);
  }
  return least  ? concat(noun, " of at least ", *least)
         : most ? concat(noun, " of at most ", *most)
                : std::string(noun);
}

/// One reading. `pointer_` is the JSON pointer of the value that is looked at.
class Reader {
 public:
  explicit Reader(const ReadOptions& options) : options_(options) {}

  Status read(const Type& type, const Json& json, void* value, const Rules& rules);

 private:
  bool is_strict() const { return options_.unknown_keys == UnknownKeys::kRefused; }

  /// "body: /a/b: " before what is wrong there.
  Error fault(const std::string& what) const {
    return {ErrorCode::kInvalidArgument,
            concat(options_.what, ": ", pointer_.empty() ? "" : shown(pointer_) + ": ", what)};
  }
  Error unexpected(std::string_view expected, const Json& json) const {
    return fault(concat("expected ", expected, ", found ", found_words(json)));
  }

  /// Reads a part, whose key or index is put behind the pointer meanwhile.
  Status read_part(std::string_view key, const Type& type, const Json& json, void* value,
                   const Rules& rules) {
    const auto length = pointer_.size();
    enter(key);
    Status status = read(type, json, value, rules);
    pointer_.resize(length);
    return status;
  }
  void enter(std::string_view key) {
    pointer_ += '/';
    for (const char c : key) {  // RFC 6901
      pointer_ += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
    }
  }

  Status read_text(const Json& json, std::string& text, const Rules& rules) const;
  Status read_time(const Json& json, UtcTime& time) const;
  Status read_object_text(const Json& json, JsonObject& object) const;
  Status read_integer(const IntegerType& type, const Json& json, void* value,
                      const Rules& rules) const;
  Status read_number(const NumberType& type, const Json& json, void* value,
                     const Rules& rules) const;
  Status read_word(const WordType& type, const Json& json, void* value) const;
  Status read_optional(const OptionalType& type, const Json& json, void* value, const Rules& rules);
  Status read_list(const ListType& type, const Json& json, void* value, const Rules& rules);
  Status read_map(const MapType& type, const Json& json, void* value, const Rules& rules);
  Status read_field(const Field& field, const Json* json, void* owner);
  Status read_struct(const StructType& type, const Json& json, void* value);

  Status check_items(const Json& json, const Rules& rules) const;
  Status check_key(const std::string& key) const;
  Error unknown_key(const StructType& type, const std::string& key) const;

  const ReadOptions& options_;
  std::string pointer_;
};

}  // namespace

/// Makes a JsonObject of what is known to be one.
class JsonObjectAccess {
 public:
  static JsonObject make(std::string text) { return JsonObject(std::move(text)); }
};

namespace {

Status Reader::read(const Type& type, const Json& json, void* value, const Rules& rules) {
  switch (type.shape()) {
    case Shape::kBoolean:
      if (!json.is_boolean()) {
        return unexpected("true or false", json);
      }
      *static_cast<bool*>(value) = json.get<bool>();
      return {};
    case Shape::kText:
      return read_text(json, *static_cast<std::string*>(value), rules);
    case Shape::kTime:
      return read_time(json, *static_cast<UtcTime*>(value));
    case Shape::kJson:
      return read_object_text(json, *static_cast<JsonObject*>(value));
    case Shape::kInteger:
      return read_integer(static_cast<const IntegerType&>(type), json, value, rules);
    case Shape::kNumber:
      return read_number(static_cast<const NumberType&>(type), json, value, rules);
    case Shape::kWord:
      return read_word(static_cast<const WordType&>(type), json, value);
    case Shape::kOptional:
      return read_optional(static_cast<const OptionalType&>(type), json, value, rules);
    case Shape::kList:
      return read_list(static_cast<const ListType&>(type), json, value, rules);
    case Shape::kMap:
      return read_map(static_cast<const MapType&>(type), json, value, rules);
    case Shape::kStruct:
      return read_struct(static_cast<const StructType&>(type), json, value);
  }
  return {};
}

Status Reader::read_text(const Json& json, std::string& text, const Rules& rules) const {
  if (!json.is_string()) {
    return unexpected("text", json);
  }
  const auto& found = json.get_ref<const std::string&>();
  const auto length = length_of(found);
  if (rules.max_length && length > *rules.max_length) {
    return fault(
        concat("has ", length, " characters; at most ", *rules.max_length, " are allowed"));
  }
  if (rules.min_length && length < *rules.min_length) {
    return unexpected(length == 0 ? std::string("text that is not empty")
                                  : concat("at least ", *rules.min_length, " characters"),
                      json);
  }
  if (!rules.constant.empty() && found != rules.constant) {
    return unexpected(in_quotes(rules.constant), json);
  }
  if (rules.pattern != nullptr && !rules.pattern->matches(found)) {
    return unexpected(rules.pattern->words, json);
  }
  if (is_strict() && found.find('\0') != std::string::npos) {
    return fault("holds a NUL character, which no text may");
  }
  text = found;
  return {};
}

Status Reader::read_time(const Json& json, UtcTime& time) const {
  if (!json.is_string()) {
    return unexpected("a time as in RFC 3339", json);
  }
  const auto parsed = parse_rfc3339(json.get_ref<const std::string&>());
  if (!parsed.ok()) {
    return unexpected("a time as in RFC 3339, of the years 1678 to 2261", json);
  }
  time = *parsed;
  return {};
}

Status Reader::read_object_text(const Json& json, JsonObject& object) const {
  if (!json.is_object()) {
    return unexpected("an object", json);
  }
  object = JsonObjectAccess::make(text_of(json, Layout::kOneLine));
  return {};
}

Status Reader::read_integer(const IntegerType& type, const Json& json, void* value,
                            const Rules& rules) const {
  const auto least = std::max(type.least(), rules.minimum.value_or(type.least()));
  const auto most = std::min(type.most(), rules.maximum.value_or(type.most()));
  const auto integer = integer_in(json);
  if (!integer || *integer < least || *integer > most) {
    return unexpected(json.is_number() ? bounded("an integer", least, most) : "an integer", json);
  }
  type.set(value, *integer);
  return {};
}

Status Reader::read_number(const NumberType& type, const Json& json, void* value,
                           const Rules& rules) const {
  const auto number = number_in(json);
  const bool is_bounded = rules.minimum || rules.maximum;
  if (!number || (is_bounded && !json.is_number()) ||
      (rules.minimum && *number < static_cast<double>(*rules.minimum)) ||
      (rules.maximum && *number > static_cast<double>(*rules.maximum))) {
    return unexpected(bounded("a number", rules.minimum, rules.maximum), json);
  }
  type.set(value, *number);
  return {};
}

Status Reader::read_word(const WordType& type, const Json& json, void* value) const {
  const auto words = type.words();
  const auto found =
      json.is_string() ? std::ranges::find(words, json.get_ref<const std::string&>()) : words.end();
  if (found == words.end()) {
    std::string expected;
    for (const auto word : words) {
      expected += (expected.empty() ? "" : ", ") + in_quotes(word);
    }
    return unexpected("one of " + expected, json);
  }
  type.set(value, static_cast<std::size_t>(found - words.begin()));
  return {};
}

Status Reader::read_optional(const OptionalType& type, const Json& json, void* value,
                             const Rules& rules) {
  if (!json.is_null()) {
    return read(type.element(), json, type.emplace(value), rules);
  }
  type.reset(value);
  if (type.element().shape() == Shape::kOptional) {
    type.emplace(value);  // absent is nothing; null is something unknown
  }
  return {};
}

Status Reader::check_items(const Json& json, const Rules& rules) const {
  return rules.max_items && json.size() > *rules.max_items
             ? Status(fault(concat("has ", json.size(), " entries; at most ", *rules.max_items,
                                   " are allowed")))
             : Status();
}

Status Reader::read_list(const ListType& type, const Json& json, void* value, const Rules& rules) {
  if (!json.is_array()) {
    return unexpected("a list", json);
  }
  WATTLE_RETURN_IF_ERROR(check_items(json, rules));
  type.clear(value);
  std::size_t index = 0;
  for (const auto& element : json) {
    WATTLE_RETURN_IF_ERROR(
        read_part(std::to_string(index++), type.element(), element, type.append(value), rules));
  }
  return {};
}

Status Reader::check_key(const std::string& key) const {
  return is_strict() && key.find('\0') != std::string::npos
             ? Status(fault("has a key with a NUL character, which no text may hold"))
             : Status();
}

Status Reader::read_map(const MapType& type, const Json& json, void* value, const Rules& rules) {
  if (!json.is_object()) {
    return unexpected("an object", json);
  }
  WATTLE_RETURN_IF_ERROR(check_items(json, rules));
  type.clear(value);
  for (const auto& [key, element] : json.get_ref<const Json::object_t&>()) {
    WATTLE_RETURN_IF_ERROR(check_key(key));
    WATTLE_RETURN_IF_ERROR(read_part(key, type.element(), element, type.insert(value, key), rules));
  }
  return {};
}

Error Reader::unknown_key(const StructType& type, const std::string& key) const {
  std::vector<std::string_view> known;
  std::string all;
  for (const auto& field : type.fields()) {
    known.push_back(field.key);
    all += concat(all.empty() ? "" : ", ", field.key);
  }
  // A long word is no typing error, and the distance of two words takes time.
  constexpr std::size_t kLongestWord = 64;
  const auto near = key.size() > kLongestWord ? std::string_view() : nearest(key, known);
  Reader there(options_);
  there.pointer_ = pointer_;
  there.enter(key);
  return {
      ErrorCode::kInvalidArgument,
      concat(options_.what, ": unknown key '", shown(key), "' at ", shown(there.pointer_),
             near.empty() ? concat("; known are ", all) : concat("; did you mean '", near, "'?"))};
}

/// `json` null: the key of an optional field is absent, and nothing is there.
Status Reader::read_field(const Field& field, const Json* json, void* owner) {
  bool is_read = false;
  const Status written = field.member->write(owner, [&](void* part) {
    Status status;
    if (json == nullptr) {
      static_cast<const OptionalType&>(field.type()).reset(part);
    } else {
      status = read_part(field.key, field.type(), *json, part, field.rules);
    }
    is_read = status.ok();
    return status;
  });
  // What a setter refuses does not know where it stands.
  return written.ok() || !is_read
             ? written
             : Status(fault(concat("the key '", field.key, "': ", written.error().message())));
}

Status Reader::read_struct(const StructType& type, const Json& json, void* value) {
  if (!json.is_object()) {
    return unexpected("an object", json);
  }
  const auto fields = type.fields();
  std::vector<const Json*> found(fields.size(), nullptr);
  for (const auto& [key, part] : json.get_ref<const Json::object_t&>()) {
    const auto field = std::ranges::find(fields, std::string_view(key), &Field::key);
    if (field != fields.end()) {
      found[static_cast<std::size_t>(field - fields.begin())] = &part;
    } else if (is_strict()) {
      return unknown_key(type, key);
    }
  }
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const auto& field = fields[i];
    if (found[i] == nullptr && field.is_needed()) {
      return fault(concat("the key '", field.key, "' is missing: ", field.about));
    }
    if (found[i] != nullptr || field.is_optional()) {
      WATTLE_RETURN_IF_ERROR(read_field(field, found[i], value));
    }
  }
  const auto checked = type.check(value);
  return checked.ok() ? Status() : Status(fault(checked.error().message()));
}

}  // namespace

Status read_value(const StructType& type, const Json& json, void* message,
                  const ReadOptions& options) {
  return Reader(options).read(type, json, message, {});
}

Status read_json(const StructType& type, std::string_view text, void* message,
                 const ReadOptions& options) {
  WATTLE_ASSIGN_OR_RETURN(const auto json, parse_json(text, options));
  return read_value(type, json, message, options);
}

}  // namespace wattle::messages
