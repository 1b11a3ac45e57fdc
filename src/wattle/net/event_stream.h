// Server-sent events (text/event-stream of the HTML standard): written, and read piece by piece.
//
// Units:    bytes.
// Errors:   reading: kParse when a line or an event is longer than limits::kEventBytes.
// Threads:  one thread per parser. Lifetime: value types.
// See:      https://html.spec.whatwg.org/multipage/server-sent-events.html
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/result.h"

namespace wattle::net {

struct ServerSentEvent {
  std::string id;     // "": as before
  std::string event;  // "": "message"
  std::string data;   // any lines

  bool operator==(const ServerSentEvent&) const = default;
};

/// With its blank line at the end. Data is split into lines; its line breaks all read back as LF.
/// Line breaks and NULs within id and event are left out.
std::string to_text(const ServerSentEvent& event);
/// A line that readers skip: keeps a connection alive. Line breaks are left out.
std::string event_stream_comment(std::string_view comment);

/// Lines may end in CR, LF or CRLF, and may be torn anywhere. Comments and unknown fields are
/// skipped; what comes after the last blank line is no event.
class EventStreamParser {
 public:
  /// The events that these bytes complete, each with the id that was last said. After an error the
  /// parser is of no more use.
  Result<std::vector<ServerSentEvent>> feed(std::string_view bytes);
  /// After a break: what was torn is forgotten, the last id is kept.
  void begin_again();
  /// What to ask for as Last-Event-ID after a break.
  const std::string& last_event_id() const { return last_id_; }

 private:
  void end_line(std::vector<ServerSentEvent>& events);
  void dispatch(std::vector<ServerSentEvent>& events);

  std::string line_;
  ServerSentEvent event_;
  std::string id_;       // of the event that is being read
  std::string last_id_;  // of the last one that was whole: a torn event is asked for again
  bool has_data_ = false;
  bool is_first_line_ = true;
  bool after_carriage_return_ = false;
};

}  // namespace wattle::net
