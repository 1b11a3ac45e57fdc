// What the API answers: messages as JSON, and the one shape that every error has.
//
// Units:    none. Errors: none. Threads: pure functions. Lifetime: value types.
// See:      docs/reference/api.md
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "wattle/base/result.h"
#include "wattle/messages/json_text.h"
#include "wattle/net/http_message.h"

namespace wattle::api {

net::HttpResponse json_answer(std::string text, int status = 200);

template <messages::DescribedStruct T>
net::HttpResponse answer(const T& message, int status = 200) {
  return json_answer(messages::to_json_text(message, messages::Layout::kOneLine), status);
}

/// With its ETag, which If-Match takes.
template <messages::DescribedStruct T>
net::HttpResponse versioned_answer(const T& message, int status = 200) {
  auto response = answer(message, status);
  response.headers.set("ETag", "\"" + std::to_string(message.version) + "\"");
  return response;
}

/// 201, with where the new thing is.
template <messages::DescribedStruct T>
net::HttpResponse created(const T& message, const std::string& location) {
  auto response = answer(message, 201);
  response.headers.set("Location", location);
  return response;
}

/// 204.
net::HttpResponse nothing();

/// The error as {"error": {...}}, with the status of its code, or another one that fits better.
net::HttpResponse error_answer(const Error& error, std::string_view request_id,
                               std::optional<int> status = std::nullopt);

}  // namespace wattle::api
