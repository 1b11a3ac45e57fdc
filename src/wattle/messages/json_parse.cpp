// Text to values of the JSON library, bounded, and with each key once. The library's own parser
// keeps the last of two equal keys, and its lookup of a key takes time that grows with the object.
#include <optional>
#include <set>
#include <vector>

#include "wattle/base/text.h"
#include "wattle/messages/json_codec.h"
#include "wattle/messages/shown_text.h"

namespace wattle::messages {
namespace {

class Builder final : public nlohmann::json_sax<Json> {
 public:
  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value); }
  bool number_unsigned(number_unsigned_t value) override { return add(value); }
  bool number_float(number_float_t value, const string_t& /*text*/) override { return add(value); }
  bool string(string_t& value) override { return add(std::move(value)); }
  bool binary(binary_t& /*value*/) override { return false; }  // JSON has none

  bool start_object(std::size_t /*size*/) override {
    keys_.emplace_back();
    return open(Json::object());
  }
  bool key(string_t& name) override {
    if (!keys_.back().insert(name).second) {
      return refuse(concat("the key ", in_quotes(name), " is there twice in one object"));
    }
    key_ = std::move(name);
    return true;
  }
  bool end_object() override {
    keys_.pop_back();
    open_.pop_back();
    return true;
  }
  bool start_array(std::size_t /*size*/) override { return open(Json::array()); }
  bool end_array() override {
    open_.pop_back();
    return true;
  }
  bool parse_error(std::size_t /*position*/, const std::string& /*last_token*/,
                   const nlohmann::detail::exception& exception) override {
    const std::string_view text = exception.what();  // "[json.exception.parse_error.101] parse …"
    const auto end = text.find("] ");
    error_ =
        Error(ErrorCode::kParse,
              "no JSON: " + shown(end == std::string_view::npos ? text : text.substr(end + 2)));
    return false;
  }

  Json take() { return std::move(root_); }
  const std::optional<Error>& error() const { return error_; }

 private:
  bool refuse(std::string message) {
    error_ = Error(ErrorCode::kInvalidArgument, std::move(message));
    return false;
  }

  bool add(Json value) { return place(std::move(value)) != nullptr; }

  bool open(Json container) {
    if (open_.size() >= limits::kMessageDepth) {
      return refuse(
          concat("lists and objects are nested deeper than ", limits::kMessageDepth, " levels"));
    }
    Json* placed = place(std::move(container));
    if (placed != nullptr) {
      open_.push_back(placed);
    }
    return placed != nullptr;
  }

  /// Where the value is now; null when there are too many. A container that is open does not move:
  /// nothing is added beside it until it is closed.
  Json* place(Json value) {
    if (++values_ > limits::kMessageValues) {
      refuse(concat("there are more than ", limits::kMessageValues, " values"));
      return nullptr;
    }
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    Json& parent = *open_.back();
    if (parent.is_array()) {
      return &parent.get_ref<Json::array_t&>().emplace_back(std::move(value));
    }
    return &parent.get_ref<Json::object_t&>()
                .emplace_back(std::move(key_), std::move(value))
                .second;
  }

  Json root_;
  std::vector<Json*> open_;
  std::vector<std::set<std::string>> keys_;  // of each open object
  std::string key_;
  std::size_t values_ = 0;
  std::optional<Error> error_;
};

}  // namespace

Result<Json> parse_json(std::string_view text, const ReadOptions& options) {
  if (text.size() > options.max_bytes) {
    return Error(ErrorCode::kInvalidArgument,
                 concat(options.what, ": has ", text.size(), " bytes; at most ", options.max_bytes,
                        " are read"));
  }
  Builder builder;
  const bool is_whole = Json::sax_parse(text.begin(), text.end(), &builder);
  if (builder.error()) {
    return builder.error()->with_context(options.what);
  }
  WATTLE_CHECK(is_whole, "the parser stopped without a reason");
  return builder.take();
}

Result<JsonObject> JsonObject::parse(std::string_view text) {
  WATTLE_ASSIGN_OR_RETURN(const auto json, parse_json(text, {.what = "JSON object"}));
  if (!json.is_object()) {
    return Error(ErrorCode::kInvalidArgument,
                 concat("JSON object: expected an object, found ", found_words(json)));
  }
  return JsonObject(text_of(json, Layout::kOneLine));
}

}  // namespace wattle::messages
