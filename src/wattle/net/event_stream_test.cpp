#include "wattle/net/event_stream.h"

#include <gtest/gtest.h>

#include "wattle/base/limits.h"

namespace wattle::net {
namespace {

using Events = std::vector<ServerSentEvent>;

/// Fed in pieces of that many bytes.
Events read(std::string_view text, std::size_t piece) {
  EventStreamParser parser;
  Events all;
  for (std::size_t i = 0; i < text.size(); i += piece) {
    auto events = parser.feed(text.substr(i, piece));
    EXPECT_TRUE(events.ok());
    for (auto& event : *events) {
      all.push_back(std::move(event));
    }
  }
  return all;
}

TEST(EventStream, IsReadHoweverItIsTornAndItsLinesEnd) {
  const Events expected{{"1", "state", "a\nb"}, {"1", "", " x"}, {"", "", ""}};
  for (const std::string end : {"\n", "\r", "\r\n"}) {
    const std::string text = "\xEF\xBB\xBF: hello" + end + "id: 1" + end + "event: state" + end +
                             "data: a" + end + "data:b" + end + end + "data:  x" + end +
                             "other: y" + end + end + "event: lost" + end + end + "id" + end +
                             "data" + end + end + "data: never ended";
    for (const std::size_t piece : {1U, 2U, 3U, 7U, 1000U}) {
      EXPECT_EQ(read(text, piece), expected) << piece;
    }
  }
}

TEST(EventStream, ReadsBackWhatWasWritten) {
  const Events events{
      {"7", "run.state", "line 1\nline 2\n"}, {"8", "", ""}, {"9", "", "{\"a\":1}"}};
  std::string text;
  for (const auto& event : events) {
    text += event_stream_comment("still here") + to_text(event);
  }
  EXPECT_EQ(read(text, 5), events);
}

TEST(EventStream, ALineBreakOfDataIsOne) {
  EXPECT_EQ(read(to_text({"", "", "a\r\nb\rc\nd"}), 3), (Events{{"", "", "a\nb\nc\nd"}}));
}

TEST(EventStream, NoFieldIsSmuggledInByALineBreak) {
  EXPECT_EQ(read(to_text({"1\ndata: x", "e\r\n\r\ndata: y", "z"}), 3),
            (Events{{"1data: x", "edata: y", "z"}}));
  EXPECT_EQ(event_stream_comment("a\n\ndata: x"), ": adata: x\n\n");
}

TEST(EventStream, TheLastIdIsKeptForTheNextRequest) {
  EventStreamParser parser;
  ASSERT_TRUE(parser.feed(std::string_view("id: 5\ndata: a\n\nid: a\0b\n", 23)).ok());
  EXPECT_EQ(parser.last_event_id(), "5");
}

TEST(EventStream, IsBounded) {
  EventStreamParser endless_line;
  EXPECT_FALSE(endless_line.feed(std::string(limits::kEventBytes + 1, 'x')).ok());
  EventStreamParser endless_event;
  const std::string line = "data: " + std::string(1000, 'x') + "\n";
  bool refused = false;
  for (std::size_t i = 0; i < limits::kEventBytes / 900 && !refused; ++i) {
    refused = !endless_event.feed(line).ok();
  }
  EXPECT_TRUE(refused);
}

}  // namespace
}  // namespace wattle::net
