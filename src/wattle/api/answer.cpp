#include "wattle/api/answer.h"

#include "wattle/messages/problem.h"

namespace wattle::api {

net::HttpResponse json_answer(std::string text, int status) {
  net::HttpResponse response;
  response.status = status;
  response.headers.set("Content-Type", "application/json");
  response.body = std::move(text);
  return response;
}

net::HttpResponse nothing() {
  net::HttpResponse response;
  response.status = 204;
  return response;
}

net::HttpResponse error_answer(const Error& error, std::string_view request_id,
                               std::optional<int> status) {
  auto response = json_answer(
      messages::to_json_text(messages::answer_of(error, request_id), messages::Layout::kOneLine),
      status.value_or(describe(error.code()).http_status));
  if (response.status == 503) {
    response.headers.set("Retry-After", "1");
  }
  return response;
}

}  // namespace wattle::api
