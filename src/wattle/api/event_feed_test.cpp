// The tail of the events in memory says what the outbox says, from any place on.
#include "wattle/api/event_feed.h"

#include <gtest/gtest.h>

#include "wattle/base/limits.h"
#include "wattle/store/migrations.h"
#include "wattle/store/open_database.h"
#include "wattle/store/store_schema.h"
#include "wattle/support/temporary_folder.h"

namespace wattle::api {
namespace {

class EventFeedTest : public ::testing::Test {
 protected:
  EventFeedTest() {
    const std::vector<store::Schema> schemas{store::store_schema()};
    EXPECT_TRUE(store::migrate(*database_, schemas, clock_, {.program = "test"}).ok());
  }
  void append(int count) {
    ASSERT_TRUE(database_
                    ->write([&](store::Session& session) -> Status {
                      for (int i = 0; i < count; ++i) {
                        const auto added = store::Outbox::append(session, {.topic = "test",
                                                                           .project = "p",
                                                                           .actor = "me",
                                                                           .subject = "s",
                                                                           .at = clock_.utc_now()});
                        WATTLE_RETURN_IF_ERROR(added.ok() ? Status() : Status(added.error()));
                      }
                      return {};
                    })
                    .ok());
  }
  std::vector<std::int64_t> after(EventFeed& feed, std::int64_t sequence,
                                  std::size_t limit = 1000) {
    std::vector<std::int64_t> numbers;
    const auto events = feed.after(sequence, limit);
    EXPECT_TRUE(events.ok()) << events.error().message();
    for (const auto& event : *events) {
      numbers.push_back(event.sequence);
    }
    return numbers;
  }

  support::TemporaryFolder folder_;
  SimulatedClock clock_;
  std::unique_ptr<store::Database> database_{
      *store::open_database({.home = folder_.path(), .url = ""})};
};

using Numbers = std::vector<std::int64_t>;

TEST_F(EventFeedTest, TellsWhatWasThereBeforeItAndWhatCame) {
  append(3);
  EventFeed feed(*database_, std::make_shared<net::Bell>());
  EXPECT_EQ(after(feed, 3), Numbers{});
  EXPECT_EQ(after(feed, 1), (Numbers{2, 3}));
  append(2);
  EXPECT_EQ(after(feed, 3), (Numbers{4, 5}));
  EXPECT_EQ(after(feed, 0), (Numbers{1, 2, 3, 4, 5})) << "out of the outbox";
  EXPECT_EQ(after(feed, 3, 1), (Numbers{4}));
  EXPECT_EQ(*feed.last(), 5);
}

TEST_F(EventFeedTest, WhatIsFarBackIsReadFromTheOutbox) {
  EventFeed feed(*database_, std::make_shared<net::Bell>());
  EXPECT_EQ(after(feed, 0), Numbers{});
  const int many = static_cast<int>(limits::kEventsInMemory) + 10;
  append(many);
  EXPECT_EQ(after(feed, 0, 2), (Numbers{1, 2}));
  EXPECT_EQ(after(feed, many - 1), (Numbers{many}));
  EXPECT_EQ(after(feed, 11, 1), (Numbers{12}));
}

}  // namespace
}  // namespace wattle::api
