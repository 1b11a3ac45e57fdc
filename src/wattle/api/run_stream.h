// A run as it goes on, as server-sent events: its states, its output, its end.
//
//   id: 1.1764070000123456789.1/running:1764070000000000000:     (place in the output, state told)
//   event: state | output | end        (data: RunSummary | LogLine | RunSummary)
//
// Units:    none.
// Errors:   kInvalidArgument for a Last-Event-ID that is none of ours; those of the database.
// Threads:  as net/body_source.h. Lifetime: borrows the Services.
// See:      docs/reference/api.md#streams
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "wattle/api/run_output.h"
#include "wattle/api/services.h"
#include "wattle/net/body_source.h"

namespace wattle::api {

struct RunStreamOptions {
  std::string run;
  bool wants_output = true;
  std::string last_event_id;        // "": from the beginning
  std::uint32_t after_attempt = 0;  // the output of this one and those before is not wanted
};

Result<std::unique_ptr<net::BodySource>> follow_run(Services& services, RunStreamOptions options);

/// The output that there is, of every attempt or of one, a JSON object a line.
std::unique_ptr<net::BodySource> whole_output(Services& services, const job::JobRow& row);

}  // namespace wattle::api
