// /api/v1/events: what happened, a page at a time or as it happens.
#include <algorithm>

#include "wattle/api/answer.h"
#include "wattle/api/operations.h"
#include "wattle/api/resources.h"
#include "wattle/api/run_access.h"
#include "wattle/base/text.h"
#include "wattle/messages/event.h"
#include "wattle/net/event_stream.h"

namespace wattle::api {
namespace {

using net::HttpResponse;

constexpr std::size_t kUsualEvents = 100;
constexpr std::size_t kMostEvents = 1000;
constexpr std::size_t kEventsAtOnce = 500;     // events that one look passes over
constexpr std::size_t kMostLookedAt = 20'000;  // for one page, wanted or not
constexpr Seconds kEventsHeartbeat{30};

/// Which events are wanted. Those of a project are for whoever may read it; those of none, such as
/// users and tokens, are for admins of everything.
struct Wanted {
  access::Identity by;
  std::optional<std::string> project;
  std::vector<std::string> topics;  // "job.state", or "job." for all that begin so; none: all
  std::string subject;              // "": any

  bool holds(const store::Event& event) const {
    const bool may = event.project.empty() ? by.may_everywhere(access::Scope::kAdmin)
                                           : by.may(access::Scope::kRead, event.project);
    const bool is_topic =
        topics.empty() || std::ranges::any_of(topics, [&](const auto& topic) {
          return topic.ends_with('.') ? event.topic.starts_with(topic) : event.topic == topic;
        });
    return may && is_topic && (!project || event.project == *project) &&
           (subject.empty() || event.subject == subject);
  }
};

messages::Event message_of(const store::Event& event) {
  auto payload = messages::JsonObject::parse(event.payload);
  return {.sequence = event.sequence,
          .topic = event.topic,
          .project = event.project,
          .actor = event.actor,
          .subject = event.subject,
          .at = event.at,
          .payload = payload.ok() ? std::move(*payload) : messages::JsonObject()};
}

class EventStream final : public net::BodySource {
 public:
  EventStream(Services& services, Wanted wanted, std::int64_t after)
      : services_(services), wanted_(std::move(wanted)), after_(after) {}

  Result<Chunk> read() override {
    Chunk chunk;
    WATTLE_ASSIGN_OR_RETURN(const auto events, services_.feed.after(after_, kEventsAtOnce));
    for (const auto& event : events) {
      after_ = event.sequence;
      if (wanted_.holds(event)) {
        chunk.bytes += net::to_text(
            {.id = std::to_string(event.sequence),
             .event = event.topic,
             .data = messages::to_json_text(message_of(event), messages::Layout::kOneLine)});
      }
    }
    const auto now = services_.clock.boot_now();
    const bool is_silent = chunk.bytes.empty() && now - told_ >= kEventsHeartbeat;
    if (is_silent || events.size() == kEventsAtOnce) {
      // Also while nothing of much was wanted: the server asks again only after some bytes.
      chunk.bytes += net::event_stream_comment("alive");
    }
    told_ = chunk.bytes.empty() ? told_ : now;
    return chunk;
  }
  std::shared_ptr<net::Bell> bell() const override { return services_.feed.bell(); }
  std::optional<Seconds> heartbeat() const override { return kEventsHeartbeat; }

 private:
  Services& services_;
  Wanted wanted_;
  std::int64_t after_;
  BootTime told_ = services_.clock.boot_now();
};

Result<Wanted> wanted_of(const Call& call) {
  WATTLE_ASSIGN_OR_RETURN(auto project, asked_project(call));
  return Wanted{.by = call.identity(),
                .project = std::move(project),
                .topics = call.query_list("topic"),
                .subject = call.query("subject").value_or("")};
}

Result<std::int64_t> number_of(const std::string& text) {
  const auto number = parse_integer(text);
  return number.ok() && *number >= 0
             ? number
             : Error(ErrorCode::kInvalidArgument,
                     concat("'", text, "' is no number of an event; it counts from 0"));
}

/// A page tells the number of the last event that was looked at, wanted or not.
Result<HttpResponse> page_of(Services& services, const Call& call, const Wanted& wanted,
                             std::int64_t after) {
  WATTLE_ASSIGN_OR_RETURN(const auto asked, call.page(kUsualEvents, kMostEvents));
  messages::Page<messages::Event> page;
  for (std::size_t looked_at = 0;; looked_at += kEventsAtOnce) {
    WATTLE_ASSIGN_OR_RETURN(const auto events, services.feed.after(after, kEventsAtOnce));
    if (looked_at >= kMostLookedAt && !events.empty()) {
      page.next_cursor = std::to_string(after);
      return answer(page);
    }
    for (const auto& event : events) {
      if (page.items.size() == asked.limit) {
        page.next_cursor = std::to_string(after);
        return answer(page);
      }
      after = event.sequence;
      if (wanted.holds(event)) {
        page.items.push_back(message_of(event));
      }
    }
    if (events.size() < kEventsAtOnce) {
      return answer(page);
    }
  }
}

Result<HttpResponse> list_events(Services& services, const Call& call) {
  WATTLE_ASSIGN_OR_RETURN(auto wanted, wanted_of(call));
  const bool is_stream = call.header("Accept").value_or("").starts_with("text/event-stream");
  const auto last_seen = call.header("Last-Event-ID");
  const auto from = last_seen ? last_seen : call.query("cursor");
  std::int64_t after = 0;
  if (from && !from->empty()) {
    WATTLE_ASSIGN_OR_RETURN(after, number_of(*from));
  } else if (is_stream) {
    WATTLE_ASSIGN_OR_RETURN(after, services.feed.last());  // what happens from now on
  }
  if (!is_stream) {
    return page_of(services, call, wanted, after);
  }
  HttpResponse response;
  response.headers.set("Content-Type", "text/event-stream");
  response.source = std::make_unique<EventStream>(services, std::move(wanted), after);
  return response;
}

}  // namespace

void add_event_routes(Router& router, Services& services) {
  router.add(
      {.method = HttpMethod::kGet,
       .path = "/api/v1/events",
       .id = "listEvents",
       .summary = "What happened, in the order of commits",
       .description = "With Accept: text/event-stream what happens from now on, or, with "
                      "Last-Event-ID, from behind that event on: nothing is left out. Else a page.",
       .tags = {"events"},
       .parameters = {project_parameter(),
                      limit_parameter(kMostEvents),
                      cursor_parameter(),
                      query_parameter("topic",
                                      "Only these, by commas: job.state, or model. for "
                                      "all that begin so."),
                      query_parameter("subject", "Only about this: the id of a run."),
                      {.name = "Last-Event-ID",
                       .place = messages::ParameterPlace::kHeader,
                       .about = "Number of the last event that was seen."}},
       .responses = {response_of<messages::Page<messages::Event>>("A page of them.")},
       .scope = "read"},
      [&services](const Call& call) { return list_events(services, call); });
}

}  // namespace wattle::api
