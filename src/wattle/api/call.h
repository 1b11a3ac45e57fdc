// One request to the API: who asks, for what, with which parameters and which body.
//
// Units:    none.
// Errors:   kInvalidArgument: a parameter that cannot be read, named. body(): as
//           messages/json_text.h.
// Threads:  one thread. Lifetime: as its request.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/access/grant.h"
#include "wattle/base/result.h"
#include "wattle/messages/json_text.h"
#include "wattle/net/http_message.h"
#include "wattle/net/target.h"

namespace wattle::api {

/// How much of a listing is asked for.
struct PageRequest {
  std::size_t limit = 0;
  std::string cursor;  // "": the first page
};

class Call {
 public:
  Call(net::HttpRequest request, net::Target target, access::Identity identity, std::string id)
      : request_(std::move(request)),
        target_(std::move(target)),
        identity_(std::move(identity)),
        id_(std::move(id)) {}

  const net::HttpRequest& request() const { return request_; }
  const net::Target& target() const { return target_; }
  const access::Identity& identity() const { return identity_; }
  /// Of this request: in the log, and in the answer.
  const std::string& id() const { return id_; }
  UtcTime now() const { return now_; }

  /// The part of the path that the route calls `name`. REQUIRES: it does.
  const std::string& path(std::string_view name) const { return path_.find(name)->second; }
  void set_path(std::map<std::string, std::string, std::less<>> path) { path_ = std::move(path); }
  void set_now(UtcTime now) { now_ = now; }

  std::optional<std::string> query(std::string_view name) const;
  /// Each of that name; a value may hold several, separated by commas.
  std::vector<std::string> query_list(std::string_view name) const;
  Result<bool> query_flag(std::string_view name) const;
  Result<std::optional<std::int64_t>> query_integer(std::string_view name, std::int64_t least,
                                                    std::int64_t most) const;
  /// `limit` and `cursor`.
  Result<PageRequest> page(std::size_t usual, std::size_t most) const;
  /// Refuses parameters that the route does not know: a typing error must not be taken for no
  /// condition.
  Status check_query(const std::vector<std::string>& known) const;

  std::optional<std::string> header(std::string_view name) const;
  /// The version of If-Match: "3"; nullopt without one.
  Result<std::optional<std::int64_t>> expected_version() const;
  /// At most 255 visible characters; "" without one.
  Result<std::string> idempotency_key() const;

  template <messages::DescribedStruct T>
  Result<T> body() const {
    WATTLE_RETURN_IF_ERROR(check_json());
    return messages::from_json_text<T>(request_.body);
  }

 private:
  Status check_json() const;

  net::HttpRequest request_;
  net::Target target_;
  access::Identity identity_;
  std::string id_;
  UtcTime now_;
  std::map<std::string, std::string, std::less<>> path_;
};

}  // namespace wattle::api
