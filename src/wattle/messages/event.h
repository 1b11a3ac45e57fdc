// What happened, in the order in which it was committed.
//
// Units:    none. Errors: none. Threads: value type. Lifetime: value type.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "wattle/messages/page.h"

namespace wattle::messages {

struct Event {
  std::int64_t sequence = 0;
  std::string topic;
  std::string project;
  std::string actor;
  std::string subject;
  UtcTime at;
  JsonObject payload;

  static constexpr std::string_view kName = "Event";
  static constexpr std::string_view kAbout = "Something that happened.";
  static void fields(auto& f) {
    f("sequence", &Event::sequence,
      "Its number, without gaps: whoever has read N has missed nothing up to N.");
    f("topic", &Event::topic, "What kind of thing happened: job.state, model.version.");
    f("project", &Event::project, "Where.");
    f("actor", &Event::actor, "Who did it.");
    f("subject", &Event::subject, "Id of what it is about.");
    f("at", &Event::at, "When.");
    f("payload", &Event::payload, "What else there is to say, by topic.");
  }
  bool operator==(const Event&) const = default;
};

extern template const Type& type_of<Event>();
extern template const Type& type_of<Page<Event>>();

}  // namespace wattle::messages
