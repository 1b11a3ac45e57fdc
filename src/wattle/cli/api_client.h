// The command line's end of the API: messages to the server and back.
//
// The server is the home's own, over its socket; where there is none it is started, and one whose
// program was replaced on the disk is asked to make room for the new one. With WATTLE_SERVER it is
// a team's, over HTTPS, with the token of WATTLE_TOKEN.
//
// A change carries an idempotency key, so that a server that is killed while it answers costs
// nothing: the same change is sent again to the next one.
//
// Units:    none.
// Errors:   those that the server answers, with its words; kUnavailable: it cannot be started or is
//           not reached.
// Threads:  one thread. Lifetime: borrows the context.
// See:      docs/reference/api.md
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "wattle/base/result.h"
#include "wattle/cli/context.h"
#include "wattle/messages/json_text.h"
#include "wattle/net/event_stream.h"
#include "wattle/net/http_client.h"

namespace wattle::cli {

class ApiClient {
 public:
  static Result<std::unique_ptr<ApiClient>> connect(Context& context);

  template <messages::DescribedStruct T>
  Result<T> get(const std::string& target) {
    return read<T>(exchange({.method = "GET", .target = target}));
  }
  /// The body as it is.
  Result<std::string> get_text(const std::string& target);

  /// `key` "": a new one, so that the change is made once however often it is sent.
  template <messages::DescribedStruct T, messages::DescribedStruct B>
  Result<T> post(const std::string& target, const B& body, const std::string& key = "") {
    return read<T>(change("POST", target, to_text(body), key));
  }
  template <messages::DescribedStruct T>
  Result<T> post(const std::string& target, const std::string& key = "") {
    return read<T>(change("POST", target, "", key));
  }
  template <messages::DescribedStruct T, messages::DescribedStruct B>
  Result<T> put(const std::string& target, const B& body) {
    return read<T>(change("PUT", target, to_text(body), ""));
  }
  Status remove(const std::string& target);

  /// False ends the stream.
  using OnEvent = std::function<bool(const net::ServerSentEvent&)>;
  /// Follows a stream until `on_event` has enough, through servers that come and go: after a break
  /// it goes on behind the last event that `parser` has seen. `cancel` (-1: none) ends it when it
  /// turns readable: kCancelled.
  Status follow(const std::string& target, net::EventStreamParser& parser, const OnEvent& on_event,
                int cancel);
  /// Each piece of a long answer as it comes.
  Status download(const std::string& target, const net::OnBytes& on_bytes);

 private:
  using Response = Result<net::ClientResponse>;

  explicit ApiClient(Context& context) : context_(context) {}

  template <messages::DescribedStruct T>
  static Result<T> read(const Response& response) {
    WATTLE_RETURN_IF_ERROR(response.ok() ? Status() : Status(response.error()));
    return messages::from_json_text<T>(response->body,
                                       {.unknown_keys = messages::UnknownKeys::kIgnored,
                                        .max_bytes = limits::kHttpAnswerBytes,
                                        .what = "the server's answer"});
  }
  template <messages::DescribedStruct B>
  static std::string to_text(const B& body) {
    return messages::to_json_text(body, messages::Layout::kOneLine);
  }

  Response change(std::string method, const std::string& target, std::string body,
                  const std::string& key);
  Response exchange(net::ClientRequest request);
  Response with_server(const std::function<Response()>& send);
  Status follow_once(net::ClientRequest request, net::EventStreamParser& parser,
                     const OnEvent& on_event, int cancel, bool& is_done);
  Status check(const net::ClientResponse& response);
  Status replace_if_outdated(const net::ClientResponse& response);
  void add_headers(net::ClientRequest& request);

  Context& context_;
  std::unique_ptr<net::HttpClient> http_;
  bool is_local_ = true;
  bool has_replaced_ = false;
  std::string token_;
};

/// "/api/v1/runs?limit=5&filter=…": parameters without a value are left out.
std::string api_target(
    std::string_view path,
    std::initializer_list<std::pair<std::string_view, std::optional<std::string>>> parameters = {});

}  // namespace wattle::cli
