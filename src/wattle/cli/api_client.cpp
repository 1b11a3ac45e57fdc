#include "wattle/cli/api_client.h"

#include "wattle/base/ids.h"
#include "wattle/base/rng.h"
#include "wattle/base/text.h"
#include "wattle/cli/server_link.h"
#include "wattle/messages/problem.h"
#include "wattle/messages/server_info.h"
#include "wattle/net/target.h"

namespace wattle::cli {
namespace {

constexpr int kMostTries = 6;
// Submitting reads the job's inputs to the end, however large they are; a server that is gone shows
// at once, because its socket closes.
constexpr Seconds kTimeout{3600};

std::string variable(const Context& context, std::string_view name) {
  const auto found = context.environment().find(name);
  return found == context.environment().end() ? "" : found->second;
}

/// Nobody answered, or the answer broke off: whether it was done is not known.
bool is_worth_another_try(const Error& error) {
  return error.code() == ErrorCode::kUnavailable || error.code() == ErrorCode::kIo;
}

}  // namespace

std::string api_target(
    std::string_view path,
    std::initializer_list<std::pair<std::string_view, std::optional<std::string>>> parameters) {
  std::string target(path);
  char separator = '?';
  for (const auto& [name, value] : parameters) {
    if (value) {
      target += concat(std::string_view(&separator, 1), name, "=", net::percent_encode(*value));
      separator = '&';
    }
  }
  return target;
}

Result<std::unique_ptr<ApiClient>> ApiClient::connect(Context& context) {
  std::unique_ptr<ApiClient> client(new ApiClient(context));  // NOLINT: private constructor
  const auto server = variable(context, "WATTLE_SERVER");
  if (server.empty()) {
    WATTLE_ASSIGN_OR_RETURN(const auto home, context.home());
    client->http_ = net::unix_client(home.server_socket());
    return client;
  }
  client->is_local_ = false;
  client->token_ = variable(context, "WATTLE_TOKEN");
  const auto authorities = variable(context, "WATTLE_CA_FILE");
  WATTLE_ASSIGN_OR_RETURN(
      client->http_,
      net::remote_client(
          {.base_url = server,
           .ca_file = authorities.empty() ? std::nullopt : std::optional(authorities)}));
  return client;
}

void ApiClient::add_headers(net::ClientRequest& request) {
  request.headers.set("Accept", "application/json");
  if (!token_.empty()) {
    request.headers.set("Authorization", "Bearer " + token_);
  }
  if (!request.body.empty()) {
    request.headers.set("Content-Type", "application/json");
  }
}

ApiClient::Response ApiClient::change(std::string method, const std::string& target,
                                      std::string body, const std::string& key) {
  net::ClientRequest request{
      .method = std::move(method), .target = target, .body = std::move(body)};
  auto rng = Rng::from_entropy();
  request.headers.set("Idempotency-Key", key.empty() ? make_ulid(context_.clock(), rng) : key);
  return exchange(std::move(request));
}

/// Sends until somebody answers: the home's server is started when there is none.
ApiClient::Response ApiClient::with_server(const std::function<Response()>& send) {
  for (int left = kMostTries;; --left) {
    auto response = send();
    const bool is_over = response.ok() || !is_local_ || left == 0;
    if (is_over || !is_worth_another_try(response.error())) {
      return response;
    }
    WATTLE_RETURN_IF_ERROR(ensure_server(context_));
  }
}

ApiClient::Response ApiClient::exchange(net::ClientRequest request) {
  add_headers(request);
  request.timeout = kTimeout;
  auto response = with_server([&] { return http_->send(request); });
  WATTLE_RETURN_IF_ERROR(response.ok() ? Status() : Status(response.error()));
  WATTLE_RETURN_IF_ERROR(replace_if_outdated(*response));
  WATTLE_RETURN_IF_ERROR(check(*response));
  return response;
}

Status ApiClient::check(const net::ClientResponse& response) {
  if (response.status < 400) {
    return {};
  }
  const auto problem = messages::from_json_text<messages::ProblemAnswer>(
      response.body, {.unknown_keys = messages::UnknownKeys::kIgnored});
  return problem.ok()
             ? messages::error_of(*problem)
             : Error(ErrorCode::kParse, concat("the server answered with status ", response.status,
                                               " and no word of why; is it a Wattle server?"));
}

/// Once for each command: a server that runs what is no longer there ends, and the next request
/// starts one of the new program. Jobs go on meanwhile.
Status ApiClient::replace_if_outdated(const net::ClientResponse& response) {
  if (!is_local_ || has_replaced_ || !response.headers.find("Wattle-Outdated")) {
    return {};
  }
  has_replaced_ = true;
  net::ClientRequest request{.method = "POST", .target = "/api/v1/server/drain"};
  add_headers(request);
  (void)http_->send(request).ok();  // it is on its way out, whatever it says
  return await_server_end(context_);
}

Result<std::string> ApiClient::get_text(const std::string& target) {
  auto response = exchange({.method = "GET", .target = target});
  WATTLE_RETURN_IF_ERROR(response.ok() ? Status() : Status(response.error()));
  return std::move(response->body);
}

Status ApiClient::remove(const std::string& target) {
  const auto response = change("DELETE", target, "", "");
  return response.ok() ? Status() : Status(response.error());
}

Status ApiClient::download(const std::string& target, const net::OnBytes& on_bytes) {
  net::ClientRequest request{.method = "GET", .target = target};
  add_headers(request);
  bool has_begun = false;
  const auto take = [&](std::string_view bytes) {
    has_begun = true;
    return on_bytes(bytes);
  };
  auto response = with_server([&]() -> Response {
    auto answer = http_->stream(request, take, -1);
    // What was printed cannot be taken back, so it is not begun again.
    return !answer.ok() && has_begun && is_worth_another_try(answer.error())
               ? Error(ErrorCode::kInternal, answer.error().message())
               : std::move(answer);
  });
  return response.ok() ? check(*response) : Status(response.error());
}

/// One connection's worth of the stream.
Status ApiClient::follow_once(net::ClientRequest request, net::EventStreamParser& parser,
                              const OnEvent& on_event, int cancel, bool& is_done) {
  if (!parser.last_event_id().empty()) {
    request.headers.set("Last-Event-ID", parser.last_event_id());
  }
  Status failed;
  const auto take = [&](std::string_view bytes) {
    const auto events = parser.feed(bytes);
    if (!events.ok()) {
      failed = events.error();
      return false;
    }
    for (const auto& event : *events) {
      if (!on_event(event)) {
        is_done = true;
        return false;
      }
    }
    return true;
  };
  const auto response = http_->stream(request, take, cancel);
  WATTLE_RETURN_IF_ERROR(std::move(failed));
  if (is_done) {
    return {};
  }
  return response.ok() ? check(*response) : Status(response.error());
}

Status ApiClient::follow(const std::string& target, net::EventStreamParser& parser,
                         const OnEvent& on_event, int cancel) {
  net::ClientRequest request{.method = "GET", .target = target};
  add_headers(request);
  request.headers.set("Accept", "text/event-stream");
  for (int left = kMostTries; left > 0; --left) {
    bool is_done = false;
    parser.begin_again();
    const auto last = parser.last_event_id();
    const auto status = follow_once(request, parser, on_event, cancel, is_done);
    if (is_done || (!status.ok() && !is_worth_another_try(status.error()))) {
      return status;
    }
    if (parser.last_event_id() != last) {
      left = kMostTries;  // it came forward
    }
    WATTLE_RETURN_IF_ERROR(is_local_ ? ensure_server(context_) : Status());
  }
  return Error(ErrorCode::kUnavailable, "the server ends each time before it tells anything");
}

}  // namespace wattle::cli
