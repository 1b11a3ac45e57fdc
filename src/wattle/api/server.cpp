// /api/v1/server: which server this is, and how it makes room for another one.
#include "wattle/api/answer.h"
#include "wattle/api/operations.h"
#include "wattle/api/resources.h"

namespace wattle::api {
namespace {

using net::HttpResponse;

Result<HttpResponse> show_server(Services& services, const Call&) {
  return answer(services.server_info());
}

Result<HttpResponse> drain(Services& services, const Call& call) {
  WATTLE_RETURN_IF_ERROR(call.identity().require_everywhere(access::Scope::kAdmin));
  services.drain();
  auto info = services.server_info();
  info.is_draining = true;
  return answer(info, 202);
}

}  // namespace

void add_server_routes(Router& router, Services& services) {
  router.add({.method = HttpMethod::kGet,
              .path = "/api/v1/server",
              .id = "getServer",
              .summary = "Which server answers, and what it is doing",
              .tags = {"server"},
              .responses = {response_of<messages::ServerInfo>("The server.")},
              .scope = "read"},
             [&services](const Call& call) { return show_server(services, call); });
  router.add({.method = HttpMethod::kPost,
              .path = "/api/v1/server/drain",
              .id = "drainServer",
              .summary = "Make room for a server of a newer program",
              .description = "It ends once this is answered. Jobs go on; the next server of the "
                             "home takes them up.",
              .tags = {"server"},
              .responses = {response_of<messages::ServerInfo>("It ends.", 202)},
              .scope = "admin"},
             [&services](const Call& call) { return drain(services, call); });
}

}  // namespace wattle::api
