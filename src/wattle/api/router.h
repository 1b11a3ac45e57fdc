// Finds the route of a request. A route is an operation of the OpenAPI document and the function
// that carries it out, in one place, so that the document cannot say something else.
//
// Units:    none.
// Errors:   find(): kNotFound: no such path; RouteMatch tells what a path allows when the method is
//           another.
// Threads:  after the last add() from any. Lifetime: owns its routes.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/access/grant.h"
#include "wattle/api/call.h"
#include "wattle/base/result.h"
#include "wattle/messages/openapi.h"
#include "wattle/net/http_message.h"

namespace wattle::api {

using Handle = std::function<Result<net::HttpResponse>(const Call&)>;

struct Route {
  messages::Operation operation;  // its path has parts in braces: "/api/v1/runs/{run}"
  Handle handle;
  std::string method;                   // of the operation: "GET"
  std::vector<std::string> pattern;     // its path, by segments
  std::vector<std::string> parameters;  // of the query
};

struct RouteMatch {
  const Route* route = nullptr;                          // null: nothing of that method
  std::map<std::string, std::string, std::less<>> path;  // by the names in braces
  std::vector<std::string> allowed;                      // methods of this path; empty: no path
};

class Router {
 public:
  void add(messages::Operation operation, Handle handle);
  /// HEAD is as GET.
  RouteMatch find(std::string_view method, const std::vector<std::string>& segments) const;
  std::vector<messages::Operation> operations() const;

 private:
  std::vector<Route> routes_;
};

}  // namespace wattle::api
