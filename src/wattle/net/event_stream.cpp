#include "wattle/net/event_stream.h"

#include <algorithm>

#include "wattle/base/limits.h"
#include "wattle/base/text.h"

namespace wattle::net {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::string in_one_line(std::string_view text) {
  std::string line(text);
  std::erase_if(line, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
  return line;
}

}  // namespace

std::string to_text(const ServerSentEvent& event) {
  std::string text;
  if (!event.id.empty()) {
    text += "id: " + in_one_line(event.id) + "\n";
  }
  if (!event.event.empty()) {
    text += "event: " + in_one_line(event.event) + "\n";
  }
  text += "data: ";
  for (std::size_t i = 0; i < event.data.size(); ++i) {
    const char c = event.data[i];
    if (c == '\r' && i + 1 < event.data.size() && event.data[i + 1] == '\n') {
      continue;
    }
    if (c == '\r' || c == '\n') {
      text += "\ndata: ";
    } else {
      text += c;
    }
  }
  return text + "\n\n";
}

std::string event_stream_comment(std::string_view comment) {
  return ": " + in_one_line(comment) + "\n\n";
}

Result<std::vector<ServerSentEvent>> EventStreamParser::feed(std::string_view bytes) {
  std::vector<ServerSentEvent> events;
  for (const char c : bytes) {
    const bool ends_pair = after_carriage_return_ && c == '\n';
    after_carriage_return_ = c == '\r';
    if (ends_pair) {
      continue;
    }
    if (c == '\r' || c == '\n') {
      end_line(events);
      continue;
    }
    line_ += c;
    if (line_.size() + event_.data.size() > limits::kEventBytes) {
      return Error(ErrorCode::kParse, concat("an event of the stream has more than ",
                                             limits::kEventBytes >> 10, " KiB"));
    }
  }
  return events;
}

void EventStreamParser::begin_again() {
  std::string last = std::move(last_id_);
  *this = {};
  id_ = last;
  last_id_ = std::move(last);
}

void EventStreamParser::end_line(std::vector<ServerSentEvent>& events) {
  std::string_view line = line_;
  if (std::exchange(is_first_line_, false) && line.starts_with(kByteOrderMark)) {
    line.remove_prefix(kByteOrderMark.size());
  }
  if (line.empty()) {
    dispatch(events);
    line_.clear();
    return;
  }
  const auto colon = std::min(line.find(':'), line.size());
  const std::string_view name = line.substr(0, colon);
  std::string_view value = line.substr(std::min(colon + 1, line.size()));
  if (value.starts_with(' ')) {
    value.remove_prefix(1);
  }
  if (name == "data") {
    event_.data += std::exchange(has_data_, true) ? "\n" : "";
    event_.data += value;
  } else if (name == "event") {
    event_.event = value;
  } else if (name == "id" && value.find('\0') == std::string_view::npos) {
    id_ = value;
  }
  line_.clear();
}

void EventStreamParser::dispatch(std::vector<ServerSentEvent>& events) {
  last_id_ = id_;
  if (has_data_) {
    event_.id = last_id_;
    events.push_back(std::move(event_));
  }
  event_ = {};
  has_data_ = false;
}

}  // namespace wattle::net
