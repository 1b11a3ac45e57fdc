// Responses that are made while they are sent.
#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>

#include "wattle/net/event_stream.h"
#include "wattle/net/http_fixture.h"

namespace wattle::net {
namespace {

using std::chrono::seconds;

/// Events that a test adds, and what became of the sources that read them.
class Feed {
 public:
  void add(std::string text) {
    {
      const std::lock_guard lock(mutex_);
      text_ += text;
    }
    bell_->ring();
  }
  void end() {
    {
      const std::lock_guard lock(mutex_);
      ended_ = true;
    }
    bell_->ring();
  }
  std::string since(std::size_t from, bool& ended) {
    const std::lock_guard lock(mutex_);
    ++reads_;
    changed_.notify_all();
    ended = ended_;
    return text_.substr(std::min(from, text_.size()));
  }
  void count(int change) {
    const std::lock_guard lock(mutex_);
    alive_ += change;
    changed_.notify_all();
  }
  void await_alive(int count) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, seconds(20), [&] { return alive_ == count; })) << alive_;
  }
  void await_reads(int count) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, seconds(20), [&] { return reads_ >= count; })) << reads_;
  }
  int reads() {
    const std::lock_guard lock(mutex_);
    return reads_;
  }
  const std::shared_ptr<Bell>& bell() const { return bell_; }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::shared_ptr<Bell> bell_ = std::make_shared<Bell>();
  std::string text_;
  bool ended_ = false;
  int reads_ = 0;
  int alive_ = 0;
};

class FeedSource final : public BodySource {
 public:
  FeedSource(Feed& feed, std::optional<Seconds> heartbeat) : feed_(feed), heartbeat_(heartbeat) {
    feed_.count(1);
  }
  ~FeedSource() override { feed_.count(-1); }

  Result<Chunk> read() override {
    Chunk chunk;
    chunk.bytes = feed_.since(at_, chunk.is_end);
    at_ += chunk.bytes.size();
    return chunk;
  }
  std::shared_ptr<Bell> bell() const override { return feed_.bell(); }
  std::optional<Seconds> heartbeat() const override { return heartbeat_; }

 private:
  Feed& feed_;
  std::optional<Seconds> heartbeat_;
  std::size_t at_ = 0;
};

/// Pieces from a function; "" is the end.
class PieceSource final : public BodySource {
 public:
  PieceSource(std::function<Result<std::string>(int)> make, std::optional<std::uint64_t> length)
      : make_(std::move(make)), length_(length) {}

  Result<Chunk> read() override {
    WATTLE_ASSIGN_OR_RETURN(std::string piece, make_(count_++));
    return Chunk{piece, piece.empty()};
  }
  std::optional<std::uint64_t> length() const override { return length_; }

 private:
  std::function<Result<std::string>(int)> make_;
  std::optional<std::uint64_t> length_;
  int count_ = 0;
};

class StreamTest : public ServerTest {
 protected:
  void start_feed(std::optional<Seconds> heartbeat = std::nullopt) {
    start([this, heartbeat](HttpRequest request) {
      HttpResponse response;
      if (request.target == "/events") {
        response.headers = {{"Content-Type", "text/event-stream"}};
        response.source = std::make_unique<FeedSource>(feed_, heartbeat);
      }
      return response;
    });
  }
  void start_pieces(std::function<Result<std::string>(int)> make,
                    std::optional<std::uint64_t> length = std::nullopt) {
    start([=](HttpRequest) {
      HttpResponse response;
      response.source = std::make_unique<PieceSource>(make, length);
      return response;
    });
  }
  RawClient subscribe() {
    auto client = connect();
    client.send("GET /events HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_TRUE(client.read_until("\r\n\r\n").find("chunked") != std::string::npos);
    return client;
  }

  Feed feed_;
};

TEST_F(StreamTest, SendsEventsAsTheyComeAndEnds) {
  start_feed();
  auto client = subscribe();
  feed_.await_reads(1);
  feed_.add("data: 1\n\n");
  EXPECT_EQ(client.read_until("data: 1\n\n\r\n"), "9\r\ndata: 1\n\n\r\n");
  feed_.add("data: 2\n\n");
  feed_.end();
  EXPECT_TRUE(client.read_to_end().ends_with("0\r\n\r\n"));
  feed_.await_alive(0);
}

TEST_F(StreamTest, ARingBetweenReadingAndWaitingIsNotLost) {
  // The bell rings while read() is on its way back with nothing, again and again.
  std::atomic<int> rings{0};
  auto bell = std::make_shared<Bell>();
  class Racing final : public BodySource {
   public:
    Racing(std::shared_ptr<Bell> bell, std::atomic<int>& rings)
        : bell_(std::move(bell)), rings_(rings) {}
    Result<Chunk> read() override {
      if (rings_ == 200) {
        return Chunk{"end", true};
      }
      ++rings_;
      bell_->ring();
      return Chunk{};
    }
    std::shared_ptr<Bell> bell() const override { return bell_; }

   private:
    std::shared_ptr<Bell> bell_;
    std::atomic<int>& rings_;
  };
  start([&](HttpRequest) {
    HttpResponse response;
    response.source = std::make_unique<Racing>(bell, rings);
    return response;
  });
  auto client = connect();
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(client.read_to_end().ends_with("3\r\nend\r\n0\r\n\r\n"));
  EXPECT_EQ(rings, 200);
}

TEST_F(StreamTest, ManyWaitOnOneBellAndEachIsAskedOncePerRing) {
  start_feed();
  constexpr int kStreams = 100;
  std::vector<RawClient> clients;
  for (int i = 0; i < kStreams; ++i) {
    clients.push_back(subscribe());
  }
  feed_.await_reads(kStreams);
  EXPECT_EQ(feed_.reads(), kStreams);
  EXPECT_EQ(server_->statistics().streams, std::size_t{kStreams});
  // Nobody asks again on their own.
  ::poll(nullptr, 0, 200);
  EXPECT_EQ(feed_.reads(), kStreams);
  feed_.add("data: x\n\n");
  for (auto& client : clients) {
    client.read_until("data: x\n\n");
  }
  // Once for the ring, and once more to learn that there is nothing left.
  feed_.await_reads(3 * kStreams);
  EXPECT_EQ(feed_.reads(), 3 * kStreams);
}

TEST_F(StreamTest, AHeartbeatAsksAgainWithoutARing) {
  start_feed(Seconds(0.02));
  auto client = subscribe();
  feed_.await_reads(4);
  feed_.end();
  client.read_to_end();
}

TEST_F(StreamTest, AClientThatLeavesEndsItsSource) {
  start_feed();
  for (const bool half : {false, true}) {
    auto client = subscribe();
    feed_.await_reads(1);
    feed_.await_alive(1);
    half ? client.end_writing() : client.close();
    feed_.await_alive(0);
  }
  EXPECT_EQ(server_->statistics().streams, 0U);
}

TEST_F(StreamTest, AClientThatLeavesWithinAWriteEndsItsSource) {
  std::promise<void> gone;
  class Endless final : public BodySource {
   public:
    explicit Endless(std::promise<void>& gone) : gone_(gone) {}
    ~Endless() override { gone_.set_value(); }
    Result<Chunk> read() override { return Chunk{std::string(1 << 20, 'x')}; }
    std::optional<Seconds> heartbeat() const override { return Seconds(60); }

   private:
    std::promise<void>& gone_;
  };
  start([&](HttpRequest) {
    HttpResponse response;
    response.source = std::make_unique<Endless>(gone);
    return response;
  });
  auto client = connect();
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  client.read_until("xxxx");
  client.close();
  EXPECT_EQ(gone.get_future().wait_for(seconds(20)), std::future_status::ready);
}

TEST_F(StreamTest, AClientThatDoesNotReadIsBoundedAndEnded) {
  options_.write_timeout = Seconds(0.2);
  std::atomic<int> made{0};
  std::promise<RequestTrace> done;
  options_.on_done = [&](const RequestTrace& trace) { done.set_value(trace); };
  start_pieces([&](int) -> Result<std::string> {
    ++made;
    return std::string(256 << 10, 'x');
  });
  auto client = connect();
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  auto trace = done.get_future();
  ASSERT_EQ(trace.wait_for(seconds(20)), std::future_status::ready);
  EXPECT_FALSE(trace.get().is_complete);
  EXPECT_LE(made, 20) << "what the kernel holds for the client, and one piece";
}

TEST_F(StreamTest, StopEndsStreamsAtOnceAndAsksThemNoMore) {
  start_feed();
  auto client = subscribe();
  feed_.await_reads(1);
  server_->stop(Seconds(60));  // a grace that nobody needs
  feed_.await_alive(0);
  EXPECT_EQ(feed_.reads(), 1);
  feed_.bell()->ring();
  EXPECT_EQ(client.read_to_end(), "");
}

TEST_F(StreamTest, ABellMayOutliveItsServerAndBeRungMeanwhile) {
  start_feed();
  std::atomic<bool> ends{false};
  std::thread ringing([&] {
    while (!ends) {
      feed_.bell()->ring();
      std::this_thread::yield();
    }
  });
  for (int i = 0; i < 20; ++i) {
    subscribe().close();
  }
  auto last = subscribe();
  server_.reset();
  ends = true;
  ringing.join();
  feed_.await_alive(0);
}

TEST_F(StreamTest, AKnownLengthIsSaidAndTheConnectionGoesOn) {
  start_pieces([](int i) { return std::string(i < 3 ? "abc" : ""); }, 9);
  auto client = connect();
  for (int i = 0; i < 2; ++i) {
    const auto response = client.ask("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(response.body, "abcabcabc");
    EXPECT_EQ(response.headers.find("Content-Length"), "9");
  }
  client.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto head = client.read_response(ResponseReader::Body::kNone);
  EXPECT_EQ(head.headers.find("Content-Length"), "9");
  EXPECT_EQ(client.ask("GET / HTTP/1.1\r\nHost: h\r\n\r\n").body, "abcabcabc");
}

TEST_F(StreamTest, AnUnknownLengthIsChunkedOrEndsWithTheConnection) {
  start_pieces([](int i) { return std::string(i < 3 ? "abc" : ""); });
  auto client = connect();
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(client.ask("GET / HTTP/1.1\r\nHost: h\r\n\r\n").body, "abcabcabc");
  }
  auto old = connect();
  old.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const std::string text = old.read_to_end();
  EXPECT_TRUE(text.ends_with("\r\n\r\nabcabcabc")) << text;
  EXPECT_EQ(text.find("chunked"), std::string::npos);
}

TEST_F(StreamTest, ABrokenPromiseIsSeenAsOne) {
  std::mutex mutex;
  std::vector<std::string> problems;
  options_.on_problem = [&](const Error& error) {
    const std::lock_guard lock(mutex);
    problems.push_back(error.message());
  };
  const auto expect_broken = [&](std::optional<std::uint64_t> length, auto make) {
    start_pieces(make, length);
    auto client = connect();
    EXPECT_EQ(client.ask("GET / HTTP/1.1\r\nHost: h\r\n\r\n").status, 0) << "no whole answer";
    server_.reset();
  };
  const auto fails = [](int i) -> Result<std::string> {
    return i < 1 ? Result<std::string>("abc") : Error(ErrorCode::kIo, "the disk is gone");
  };
  expect_broken(10, fails);
  expect_broken(std::nullopt, fails);
  expect_broken(std::nullopt, [](int i) {
    return i < 1 ? std::string("abc") : throw std::runtime_error("thrown");
  });
  expect_broken(10, [](int i) { return std::string(i < 1 ? "short" : ""); });
  start_pieces([](int i) { return std::string(i < 3 ? "abc" : ""); }, 4);
  auto client = connect();
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(client.read_to_end().ends_with("\r\n\r\nabc")) << "not a byte more than was said";
  server_.reset();
  EXPECT_EQ(problems.size(), 5U);
}

TEST(Bell, ARingCallsEachWaiterOnce) {
  Bell bell;
  int calls = 0;
  auto first = bell.wait([&] { ++calls; });
  {
    const auto cancelled = bell.wait([&] { calls += 100; });
  }
  auto second = bell.wait([&] { ++calls; });
  bell.ring();
  bell.ring();
  EXPECT_EQ(calls, 2);
  second = bell.wait([&] { ++calls; });
  second.cancel();
  bell.ring();
  EXPECT_EQ(calls, 2);
}

TEST(Bell, MayEndBeforeItsWaiters) {
  Bell::Wait wait;
  {
    Bell bell;
    wait = bell.wait([] {});
  }
  wait.cancel();
}

}  // namespace
}  // namespace wattle::net
