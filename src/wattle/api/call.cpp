#include "wattle/api/call.h"

#include <algorithm>

#include "wattle/base/limits.h"
#include "wattle/base/text.h"

namespace wattle::api {
namespace {

Error bad_parameter(std::string_view name, std::string_view wanted, std::string_view found) {
  return {ErrorCode::kInvalidArgument,
          concat("parameter '", name, "' takes ", wanted, ", not '", found, "'")};
}

}  // namespace

std::optional<std::string> Call::query(std::string_view name) const {
  const auto found = target_.parameter(name);
  return found ? std::optional<std::string>(*found) : std::nullopt;
}

std::vector<std::string> Call::query_list(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [key, value] : target_.query) {
    if (key != name) {
      continue;
    }
    for (const auto part : split(value, ',')) {
      if (!part.empty()) {
        values.emplace_back(part);
      }
    }
  }
  return values;
}

Result<bool> Call::query_flag(std::string_view name) const {
  const auto text = query(name);
  if (!text || *text == "false" || *text == "0") {
    return false;
  }
  if (text->empty() || *text == "true" || *text == "1") {
    return true;
  }
  return bad_parameter(name, "true or false", *text);
}

Result<std::optional<std::int64_t>> Call::query_integer(std::string_view name, std::int64_t least,
                                                        std::int64_t most) const {
  const auto text = query(name);
  if (!text) {
    return std::optional<std::int64_t>();
  }
  const auto number = parse_integer(*text);
  if (!number.ok() || *number < least || *number > most) {
    return bad_parameter(name, concat("a whole number from ", least, " to ", most), *text);
  }
  return std::optional(*number);
}

Result<PageRequest> Call::page(std::size_t usual, std::size_t most) const {
  WATTLE_ASSIGN_OR_RETURN(const auto limit,
                          query_integer("limit", 1, static_cast<std::int64_t>(most)));
  return PageRequest{.limit = limit ? static_cast<std::size_t>(*limit) : usual,
                     .cursor = query("cursor").value_or("")};
}

Status Call::check_query(const std::vector<std::string>& known) const {
  for (const auto& [key, value] : target_.query) {
    if (std::ranges::find(known, key) == known.end()) {
      const auto near = nearest(key, std::vector<std::string_view>(known.begin(), known.end()));
      return Error(ErrorCode::kInvalidArgument, concat("there is no parameter '", key, "' here",
                                                       near.empty() ? "" : "; did you mean '",
                                                       near.empty() ? "" : concat(near, "'?")));
    }
  }
  return {};
}

std::optional<std::string> Call::header(std::string_view name) const {
  const auto found = request_.headers.find(name);
  return found ? std::optional<std::string>(*found) : std::nullopt;
}

Result<std::optional<std::int64_t>> Call::expected_version() const {
  const auto text = header("If-Match");
  if (!text || *text == "*") {
    return std::optional<std::int64_t>();
  }
  const bool is_quoted = text->size() > 2 && text->front() == '"' && text->back() == '"';
  const auto number =
      parse_integer(is_quoted ? std::string_view(*text).substr(1, text->size() - 2) : "");
  if (!number.ok()) {
    return Error(
        ErrorCode::kInvalidArgument,
        concat("If-Match takes the ETag that came with what you read, such as \"3\", not ", *text));
  }
  return std::optional(*number);
}

Result<std::string> Call::idempotency_key() const {
  const auto text = header("Idempotency-Key").value_or("");
  const bool is_visible = std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
  if (!is_visible || text.size() > limits::kIdempotencyKeyBytes) {
    return Error(ErrorCode::kInvalidArgument,
                 concat("Idempotency-Key takes at most ", limits::kIdempotencyKeyBytes,
                        " visible characters of ASCII"));
  }
  return text;
}

Status Call::check_json() const {
  const auto type = header("Content-Type").value_or("application/json");
  const auto media = trim(std::string_view(type).substr(0, type.find(';')));
  return media == "application/json"
             ? Status()
             : Status(Error(ErrorCode::kInvalidArgument,
                            concat("the body is to be application/json, not ", media)));
}

}  // namespace wattle::api
