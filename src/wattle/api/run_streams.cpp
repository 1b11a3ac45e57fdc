// /api/v1/runs/RUN/output and /stream: what a run writes, and how it goes on.
#include "wattle/api/answer.h"
#include "wattle/api/operations.h"
#include "wattle/api/resources.h"
#include "wattle/api/run_access.h"
#include "wattle/api/run_stream.h"

namespace wattle::api {
namespace {

using net::HttpResponse;

HttpResponse streamed(std::unique_ptr<net::BodySource> source, const std::string& type) {
  HttpResponse response;
  response.headers.set("Content-Type", type);
  response.source = std::move(source);
  return response;
}

Result<HttpResponse> show_output(Services& services, const Call& call) {
  WATTLE_ASSIGN_OR_RETURN(const auto row, run_of(services, call, access::Scope::kRead));
  return streamed(whole_output(services, row), "application/x-ndjson");
}

Result<HttpResponse> stream_run(Services& services, const Call& call) {
  WATTLE_ASSIGN_OR_RETURN(const auto row, run_of(services, call, access::Scope::kRead));
  RunStreamOptions options{.run = row.run,
                           .last_event_id = call.header("Last-Event-ID").value_or("")};
  if (call.query("output")) {
    WATTLE_ASSIGN_OR_RETURN(options.wants_output, call.query_flag("output"));
  }
  WATTLE_ASSIGN_OR_RETURN(const auto after, call.query_integer("after_attempt", 0, UINT32_MAX));
  options.after_attempt = static_cast<std::uint32_t>(after.value_or(0));
  WATTLE_ASSIGN_OR_RETURN(auto source, follow_run(services, std::move(options)));
  return streamed(std::move(source), "text/event-stream");
}

}  // namespace

void add_run_stream_routes(Router& router, Services& services) {
  router.add({.method = HttpMethod::kGet,
              .path = "/api/v1/runs/{run}/output",
              .id = "getOutput",
              .summary = "What a run has written until now",
              .description = "Of every attempt, the oldest first: a JSON object a line, each as "
                             "the schema LogLine has it.",
              .tags = {"runs"},
              .parameters = {run_parameter()},
              .responses = {{.status = 200,
                             .about = "LogLines.",
                             .type = nullptr,
                             .media_type = "application/x-ndjson"}},
              .scope = "read"},
             [&services](const Call& call) { return show_output(services, call); });
  router.add({.method = HttpMethod::kGet,
              .path = "/api/v1/runs/{run}/stream",
              .id = "streamRun",
              .summary = "A run as it goes on, until its end",
              .description = "Server-sent events: state and end (RunSummary), output (LogLine). "
                             "After a break, Last-Event-ID goes on behind the last one.",
              .tags = {"runs"},
              .parameters = {run_parameter(),
                             flag_parameter("output", "Whether output is wanted; it is."),
                             {.name = "after_attempt",
                              .about = "Only the output of attempts after this one.",
                              .type = &messages::type_of<std::int64_t>,
                              .rules = {.minimum = 0}},
                             {.name = "Last-Event-ID",
                              .place = messages::ParameterPlace::kHeader,
                              .about = "Id of the last event that was seen."}},
              .responses = {{.status = 200,
                             .about = "The events.",
                             .type = nullptr,
                             .media_type = "text/event-stream"}},
              .scope = "read"},
             [&services](const Call& call) { return stream_run(services, call); });
}

}  // namespace wattle::api
