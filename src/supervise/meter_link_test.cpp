// The connection to the node meter, lost and found again.
#include "meter_link.h"

#include <thread>

#include "test_attempt.h"
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "wattle/base/descriptor.h"
#include "wattle/energy/unix_address.h"

namespace wattle::supervise {
namespace {

constexpr std::string_view kSampled = "sampled 9000000000000000000\n";

/// A meter's socket; what a meter says there is up to the test.
class FakeMeter {
 public:
  explicit FakeMeter(const std::string& path)
      : listener_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const auto address = energy::UnixAddress::create(path).value();
    EXPECT_EQ(::bind(listener_.get(), address.address(), address.size()), 0);
    EXPECT_EQ(::listen(listener_.get(), 4), 0);
  }
  /// The next client, which hears that the meter is ready, and whatever else is to be said to it.
  Descriptor accept(std::string_view more = kSampled) const {
    EXPECT_TRUE(becomes_readable(listener_.get()));
    Descriptor client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    say(client, concat("ready 1\n", more));
    return client;
  }
  static void say(const Descriptor& client, std::string_view text) {
    EXPECT_EQ(::write(client.get(), text.data(), text.size()), std::ssize(text));
  }

 private:
  Descriptor listener_;
};

class MeterLinkTest : public ::testing::Test {
 protected:
  MeterLink link() { return MeterLink({.socket_paths = {socket_}}); }
  support::TemporaryFolder folder_;
  std::string socket_ = folder_ / "socket";
};

TEST_F(MeterLinkTest, ConnectsAgainAfterALoss) {
  auto meter = std::make_unique<FakeMeter>(socket_);
  auto link = this->link();
  Descriptor client;
  std::thread server([&] { client = meter->accept(); });
  EXPECT_TRUE(link.connect(Seconds(30)));
  server.join();
  EXPECT_TRUE(link.sample());
  EXPECT_TRUE(link.check());
  client.reset();
  EXPECT_TRUE(becomes_readable(link.descriptor()));
  EXPECT_FALSE(link.check());
  EXPECT_FALSE(link.is_connected());
  EXPECT_EQ(link.losses(), 1);
  EXPECT_EQ(link.next_retry()->value(), 1);
  std::thread again([&] { client = meter->accept(); });
  EXPECT_TRUE(link.connect(Seconds(30)));
  again.join();
  EXPECT_TRUE(link.sample());
  EXPECT_EQ(link.losses(), 1);
}

TEST_F(MeterLinkTest, TakesAWordOutOfTurnForALoss) {
  FakeMeter meter(socket_);
  auto link = this->link();
  Descriptor client;
  std::thread server([&] { client = meter.accept(); });
  EXPECT_TRUE(link.connect(Seconds(30)));
  server.join();
  EXPECT_TRUE(link.sample());
  FakeMeter::say(client, "sampled 1\n");
  EXPECT_TRUE(becomes_readable(link.descriptor()));
  EXPECT_FALSE(link.check());
  EXPECT_EQ(link.losses(), 1);
}

TEST_F(MeterLinkTest, WaitsLongerEachTimeAndGivesUp) {
  auto link = this->link();
  double last = 0;
  int tries = 0;
  for (auto delay = link.next_retry(); delay && tries < 1000; delay = link.next_retry(), ++tries) {
    EXPECT_GE(delay->value(), last);
    EXPECT_LE(delay->value(), 60);
    last = delay->value();
    EXPECT_FALSE(link.connect(Seconds(0)));
  }
  EXPECT_EQ(tries, 20);
  EXPECT_EQ(last, 60);
  EXPECT_EQ(link.losses(), 0) << "it never had one";
}

TEST_F(MeterLinkTest, IsMadeAgainInsideARunningSupervisor) {
  FakeMeter meter(socket_);
  Fifo fifo(folder_ / "fifo");
  Fifo go(folder_ / "go");
  const std::string script = "echo ready > " + fifo.path() + "; read x < " + go.path();
  Supervised attempt(folder_ / "attempt", {"--meter-socket", socket_}, {"sh", "-c", script});
  auto first = meter.accept();
  EXPECT_EQ(fifo.line(), "ready");
  first.reset();
  const auto second = meter.accept("");
  ASSERT_TRUE(second.is_open());
  go.tell("go");
  EXPECT_TRUE(becomes_readable(second.get())) << "it asks for a last sample";
  FakeMeter::say(second, kSampled);
  EXPECT_EQ(attempt.wait(), 0);
  EXPECT_TRUE(attempt.end().value("metered", false));
  EXPECT_EQ(attempt.end().value("meter_losses", -1), 1);
}

}  // namespace
}  // namespace wattle::supervise
