// What the operations of the API have in common: parameters that many take, and how they are put
// into words for the OpenAPI document.
//
// Units:    none. Errors: none. Threads: pure functions. Lifetime: views of constants.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "wattle/messages/openapi.h"

namespace wattle::api {

using messages::HttpMethod;
using messages::Operation;
using messages::Parameter;

template <typename T>
messages::RequestBody body_of(std::string_view about) {
  return {.type = &messages::type_of<T>, .about = about};
}
template <typename T>
messages::Response response_of(std::string_view about, int status = 200) {
  return {.status = status, .about = about, .type = &messages::type_of<T>};
}

/// `path` of the operation, "run" of "/runs/{run}".
inline Parameter path_parameter(std::string_view name, std::string_view about) {
  return {.name = name, .place = messages::ParameterPlace::kPath, .about = about};
}
inline Parameter query_parameter(std::string_view name, std::string_view about) {
  return {.name = name, .about = about};
}
inline Parameter run_parameter() {
  return path_parameter("run", "Id of the run, the beginning of one, or last.");
}
inline Parameter project_parameter() {
  return query_parameter("project", "Only of this project. Without it: of all that may be read.");
}
inline Parameter cursor_parameter() {
  return query_parameter("cursor", "next_cursor of the page before. Without it: the first page.");
}
/// How many there may be on a page.
inline Parameter limit_parameter(std::int64_t most) {
  return {.name = "limit",
          .about = "How many there may be on a page.",
          .type = &messages::type_of<std::int64_t>,
          .rules = {.minimum = 1, .maximum = most}};
}
inline Parameter flag_parameter(std::string_view name, std::string_view about) {
  return {.name = name, .about = about, .type = &messages::type_of<bool>};
}
inline Parameter idempotency_parameter() {
  return {.name = "Idempotency-Key",
          .place = messages::ParameterPlace::kHeader,
          .about =
              "The same key again does not do it again: it answers what was made the first "
              "time. Whoever got no answer sends the same once more.",
          .rules = {.max_length = limits::kIdempotencyKeyBytes}};
}
inline Parameter version_parameter() {
  return {.name = "If-Match",
          .place = messages::ParameterPlace::kHeader,
          .about =
              "The ETag of what was read: somebody else's change in between is refused "
              "(failed_precondition). Without it: any.",
          .rules = {.max_length = 100}};
}

}  // namespace wattle::api
