// The native REST API, below /api/v1: routes, their checks, and the OpenAPI document that says what
// they are.
//
// Who asks is known before (server/doorkeeper.h); what that somebody may do is checked here.
//
// Units:    none. Errors: none: they are answers. Threads: handle() from any.
// Lifetime: borrows the Services.
// See:      docs/reference/api.md
#pragma once

#include <string>

#include "wattle/access/grant.h"
#include "wattle/api/router.h"
#include "wattle/api/services.h"
#include "wattle/net/http_message.h"

namespace wattle::api {

class Api {
 public:
  explicit Api(Services& services);

  /// `id` is of the request: for the log and for error answers.
  net::HttpResponse handle(net::HttpRequest request, const access::Identity& identity,
                           const std::string& id) const;
  /// OpenAPI 3.1, as JSON.
  const std::string& document() const { return document_; }

 private:
  net::HttpResponse dispatch(Call call) const;

  Services& services_;
  Router router_;
  std::string document_;
};

}  // namespace wattle::api
