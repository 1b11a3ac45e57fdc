#include "wattle/api/router.h"

#include <array>
#include <optional>

#include "wattle/base/text.h"

namespace wattle::api {
namespace {

using PathParts = std::map<std::string, std::string, std::less<>>;

bool is_name(std::string_view part) {
  return part.starts_with('{') && part.ends_with('}');
}

std::optional<PathParts> match(const std::vector<std::string>& pattern,
                               const std::vector<std::string>& segments) {
  if (pattern.size() != segments.size()) {
    return std::nullopt;
  }
  PathParts parts;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (is_name(pattern[i])) {
      parts[pattern[i].substr(1, pattern[i].size() - 2)] = segments[i];
    } else if (pattern[i] != segments[i]) {
      return std::nullopt;
    }
  }
  return parts;
}

std::string method_of(messages::HttpMethod method) {
  constexpr std::array<std::string_view, 5> kMethods{"GET", "POST", "PUT", "PATCH", "DELETE"};
  return std::string(kMethods.at(static_cast<std::size_t>(method)));
}

}  // namespace

void Router::add(messages::Operation operation, Handle handle) {
  Route route{.operation = std::move(operation), .handle = std::move(handle)};
  route.method = method_of(route.operation.method);
  for (const auto part : split(route.operation.path.substr(1), '/')) {
    route.pattern.emplace_back(part);
  }
  for (const auto& parameter : route.operation.parameters) {
    if (parameter.place == messages::ParameterPlace::kQuery) {
      route.parameters.emplace_back(parameter.name);
    }
  }
  routes_.push_back(std::move(route));
}

std::vector<messages::Operation> Router::operations() const {
  std::vector<messages::Operation> operations;
  for (const auto& route : routes_) {
    operations.push_back(route.operation);
  }
  return operations;
}

RouteMatch Router::find(std::string_view method, const std::vector<std::string>& segments) const {
  RouteMatch found;
  for (const auto& route : routes_) {
    auto parts = match(route.pattern, segments);
    if (!parts) {
      continue;
    }
    found.allowed.push_back(route.method);
    const bool is_it = route.method == method || (route.method == "GET" && method == "HEAD");
    if (found.route == nullptr && is_it) {
      found.route = &route;
      found.path = std::move(*parts);
    }
  }
  return found;
}

}  // namespace wattle::api
