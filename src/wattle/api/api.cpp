#include "wattle/api/api.h"

#include "wattle/api/answer.h"
#include "wattle/api/resources.h"
#include "wattle/base/check.h"
#include "wattle/base/text.h"
#include "wattle/messages/json_codec.h"
#include "wattle/net/target.h"

namespace wattle::api {
namespace {

/// Operations that contradict each other are a bug of ours, found by the first test that runs.
std::string make_document(const Router& router, const std::string& version) {
  const auto document = messages::openapi_document(
      {.title = "Wattle",
       .version = version,
       .description = "Runs, models and their energy. Errors have one shape; listings have pages; "
                      "changes take an Idempotency-Key."},
      router.operations());
  WATTLE_CHECK(document.ok(), document.error().message());
  return messages::text_of(*document, messages::Layout::kOneLine);
}

}  // namespace

Api::Api(Services& services) : services_(services) {
  add_server_routes(router_, services);
  add_run_routes(router_, services);
  add_run_stream_routes(router_, services);
  add_event_routes(router_, services);
  document_ = make_document(router_, services.server_info().version);
}

net::HttpResponse Api::handle(net::HttpRequest request, const access::Identity& identity,
                              const std::string& id) const {
  auto target = net::parse_target(request.target);
  if (!target.ok()) {
    return error_answer(target.error(), id);
  }
  Call call(std::move(request), std::move(*target), identity, id);
  call.set_now(services_.clock.utc_now());
  return dispatch(std::move(call));
}

net::HttpResponse Api::dispatch(Call call) const {
  const auto& request = call.request();
  if (call.target().segments == std::vector<std::string>{"api", "v1", "openapi.json"}) {
    return json_answer(document_);
  }
  auto found = router_.find(request.method, call.target().segments);
  if (found.route == nullptr && found.allowed.empty()) {
    return error_answer(
        Error(ErrorCode::kNotFound, concat("there is nothing at ", request.target,
                                           "; /api/v1/openapi.json tells what there is")),
        call.id());
  }
  if (found.route == nullptr) {
    auto answer = error_answer(
        Error(ErrorCode::kInvalidArgument, concat(request.method, " is not for ", request.target,
                                                  "; it takes ", join(found.allowed, ", "))),
        call.id(), 405);
    answer.headers.set("Allow", join(found.allowed, ", "));
    return answer;
  }
  call.set_path(std::move(found.path));
  const auto known = call.check_query(found.route->parameters);
  auto answer = known.ok() ? found.route->handle(call) : Result<net::HttpResponse>(known.error());
  return answer.ok() ? std::move(*answer) : error_answer(answer.error(), call.id());
}

}  // namespace wattle::api
