// The real program, started, killed and talked to as supervisors do.
#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <set>
#include <thread>

#include "listener.h"
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wattle/base/descriptor.h"
#include "wattle/base/file.h"
#include "wattle/base/limits.h"
#include "wattle/energy/meter_client.h"
#include "wattle/energy/records.h"
#include "wattle/energy/unix_address.h"
#include "wattle/store/segment.h"
#include "wattle/support/sensor_tree.h"
#include "wattle/support/temporary_folder.h"

namespace wattle::meterd {
namespace {

using energy::MeterClient;

constexpr Seconds kPatience{60};  // under sanitizers on a loaded machine
constexpr int kPatienceMilliseconds = 60'000;

pid_t meter_of(const MeterClient& client) {
  ucred peer{};
  socklen_t size = sizeof(peer);
  ::getsockopt(client.descriptor(), SOL_SOCKET, SO_PEERCRED, &peer, &size);
  return peer.pid;
}

bool becomes_readable(int descriptor) {
  pollfd waiting{descriptor, POLLIN, 0};
  return ::poll(&waiting, 1, kPatienceMilliseconds) == 1;
}

/// Watches a process that is not our child.
class Watch {
 public:
  explicit Watch(pid_t pid)
      : pidfd_(static_cast<int>(::syscall(SYS_pidfd_open, static_cast<long>(pid), 0L))) {}
  bool sees_its_end() const { return becomes_readable(pidfd_.get()); }

 private:
  Descriptor pidfd_;
};

class MeterdTest : public ::testing::Test {
 protected:
  MeterdTest() { support::make_intel_server(folder_ / "root"); }

  std::string home(std::string_view name = "home") const { return folder_ / name; }
  MeterClient::Options options(const std::string& home) const {
    return {.socket_paths = {home + "/meter/socket"},
            .start_command = {WATTLE_METERD, "--home", home, "--root", folder_ / "root", "--nvml",
                              "/none.so", "--linger", "100ms"},
            .timeout = kPatience};
  }
  MeterClient connect(const std::string& home) const {
    auto client = MeterClient::connect(options(home));
    EXPECT_TRUE(client.ok()) << client.error().message();
    return std::move(client).value();
  }
  std::vector<store::Segment> segments(const std::string& home) {
    std::vector<store::Segment> all;
    for (const auto& host : files_.list(home + "/nodes").value_or({})) {
      all = store::read_segments(files_, home + "/nodes/" + host).value();
    }
    return all;
  }
  std::vector<energy::NodeSample> samples(const std::string& home) {
    std::vector<energy::NodeSample> all;
    for (const auto& segment : segments(home)) {
      for (const auto& record : segment.records) {
        if (auto sample = energy::decode_node_sample(record)) {
          all.push_back(std::move(*sample));
        }
      }
    }
    return all;
  }
  static std::string meter_id(const store::Segment& segment) {
    return energy::decode_node_description(segment.records.front()).value().meter;
  }

  support::TemporaryFolder folder_;
  RealFileSystem files_;
};

TEST_F(MeterdTest, IsStartedOnceByManyClientsAtATime) {
  std::vector<std::optional<MeterClient>> clients(8);
  std::vector<std::thread> threads;
  for (auto& client : clients) {
    threads.emplace_back([this, &client] { client.emplace(connect(home())); });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  std::set<pid_t> meters;
  for (const auto& client : clients) {
    meters.insert(meter_of(*client));
  }
  EXPECT_EQ(meters.size(), 1U);
  EXPECT_EQ(segments(home()).size(), 1U);
}

TEST_F(MeterdTest, GreetsAfterASampleThatIsThere) {
  const auto client = connect(home());
  const auto all = segments(home());
  ASSERT_EQ(all.size(), 1U);
  const auto description = energy::decode_node_description(all[0].records.front()).value();
  EXPECT_EQ(description.domains.size(), 4U);
  EXPECT_EQ(description.logical_cpus, 8U);
  EXPECT_GE(samples(home()).size(), 1U);
}

TEST_F(MeterdTest, SamplesWhenAsked) {
  auto client = connect(home());
  const auto first = client.sample(kPatience);
  const auto second = client.sample(kPatience);
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_LT(*first, *second);
  std::set<std::int64_t> instants;
  for (const auto& sample : samples(home())) {
    instants.insert(sample.at.ns);
  }
  EXPECT_TRUE(instants.contains(first->ns) && instants.contains(second->ns));
}

TEST_F(MeterdTest, AnswersAFloodOfRequestsAtItsTicks) {
  auto asks = options(home());
  asks.start_command.insert(asks.start_command.end(), {"--period", "50ms"});
  auto client = MeterClient::connect(asks).value();
  constexpr int kRequests = 60;  // far over 20 at once
  for (int i = 0; i < kRequests; ++i) {
    ASSERT_TRUE(client.sample(kPatience).ok());
  }
  EXPECT_FALSE(client.is_gone());
}

TEST_F(MeterdTest, IsReplacedAfterItWasKilled) {
  auto client = connect(home());
  const pid_t first = meter_of(client);
  ASSERT_EQ(::kill(first, SIGKILL), 0);
  ASSERT_TRUE(becomes_readable(client.descriptor()));
  EXPECT_TRUE(client.is_gone());
  EXPECT_EQ(client.sample(kPatience).error().code(), ErrorCode::kUnavailable);
  const auto again = connect(home());
  EXPECT_NE(meter_of(again), first);
  const auto all = segments(home());
  ASSERT_EQ(all.size(), 2U);
  EXPECT_NE(meter_id(all[0]), meter_id(all[1]));
}

TEST_F(MeterdTest, ListensInAFolderOfAnyDepth) {
  std::string deep = home(std::string(100, 'a')) + "/" + std::string(100, 'b');
  std::filesystem::create_directories(deep);
  auto client = connect(deep);
  EXPECT_TRUE(client.sample(kPatience).ok());
}

TEST_F(MeterdTest, EndsAfterItsLastClient) {
  std::optional<MeterClient> client(connect(home()));
  const Watch watch(meter_of(*client));
  client.reset();
  EXPECT_TRUE(watch.sees_its_end());
  EXPECT_FALSE(files_.exists(home() + "/meter/socket"));
  EXPECT_TRUE(files_.try_lock(home() + "/meter/lock").ok());
  const auto again = connect(home());
  EXPECT_EQ(segments(home()).size(), 2U);
}

TEST_F(MeterdTest, IsOnePerHome) {
  const auto one = connect(home("one"));
  const auto other = connect(home("other"));
  EXPECT_NE(meter_of(one), meter_of(other));
}

TEST_F(MeterdTest, TakesALastSampleWhenItIsAskedToEnd) {
  auto asks = options(home());
  asks.start_command.insert(asks.start_command.end(), {"--period", "30s"});
  auto client = MeterClient::connect(asks).value();
  const auto before = client.sample(kPatience).value();
  const Watch watch(meter_of(client));
  ::kill(meter_of(client), SIGTERM);
  ASSERT_TRUE(watch.sees_its_end());
  EXPECT_GT(samples(home()).back().at, before);
  EXPECT_TRUE(client.is_gone());
  EXPECT_FALSE(segments(home()).back().torn);
}

TEST_F(MeterdTest, DisconnectsWhoDoesNotSpeakItsLanguage) {
  auto client = connect(home());
  for (const auto& text :
       {std::string("shutdown\n"), std::string("sampleX"), std::string(5000, 's')}) {
    const Descriptor stranger(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto address = energy::UnixAddress::create(home() + "/meter/socket").value();
    ASSERT_EQ(::connect(stranger.get(), address.address(), address.size()), 0);
    ASSERT_GT(::send(stranger.get(), text.data(), text.size(), MSG_NOSIGNAL), 0);
    std::array<char, 256> buffer{};
    ssize_t count = 1;
    while (count > 0 && becomes_readable(stranger.get())) {
      count = ::recv(stranger.get(), buffer.data(), buffer.size(), 0);
    }
    EXPECT_LE(count, 0) << text.substr(0, 20);
  }
  EXPECT_TRUE(client.sample(kPatience).ok());
}

TEST_F(MeterdTest, IsFoundByClientsThatComeWhileItEnds) {
  auto asks = options(home());
  asks.start_command.insert(asks.start_command.end(), {"--linger", "0s"});
  for (int i = 0; i < 25; ++i) {
    auto client = MeterClient::connect(asks);
    ASSERT_TRUE(client.ok()) << client.error().message();
    ASSERT_TRUE(client->sample(kPatience).ok());
  }
}

TEST_F(MeterdTest, TakesNoMoreClientsThanItsLimit) {
  std::vector<MeterClient> clients;
  for (std::size_t i = 0; i < limits::kMeterClients; ++i) {
    clients.push_back(connect(home()));
  }
  auto asks = options(home());
  asks.start_command.clear();
  const auto refused = MeterClient::connect(asks);
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message().find("too many clients"), std::string::npos);
  EXPECT_TRUE(clients.front().sample(kPatience).ok());
  const Watch watch(meter_of(clients.front()));
  clients.clear();
  EXPECT_TRUE(watch.sees_its_end());
}

TEST_F(MeterdTest, ServesASocketThatSystemdHandsOver) {
  const std::string socket = folder_ / "handed.sock";
  const auto listener = Listener::bind(socket, 0600).value();
  const std::string state = folder_ / "state";
  const std::string root = folder_ / "root";
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(listener.descriptor(), 3);
    ::fcntl(3, F_SETFD, 0);  // it may have been number 3 all along
    ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
    ::setenv("LISTEN_FDS", "1", 1);
    ::execl(WATTLE_METERD, WATTLE_METERD, "--system", "--state", state.c_str(), "--root",
            root.c_str(), "--nvml", "/none.so", "--linger", "100ms", nullptr);
    ::_exit(127);
  }
  {
    auto client = MeterClient::connect({.socket_paths = {socket}, .timeout = kPatience});
    ASSERT_TRUE(client.ok()) << client.error().message();
    EXPECT_TRUE(client->sample(kPatience).ok());
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child) << "ends when idle: systemd starts it again";
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(files_.exists(socket)) << "the socket is systemd's";
}

TEST_F(MeterdTest, OpensItsFilesToAllInSystemMode) {
  const std::string state = folder_ / "state";
  const std::string socket = folder_ / "run/meterd.sock";
  auto client = MeterClient::connect(
                    {.socket_paths = {socket},
                     .start_command = {WATTLE_METERD, "--system", "--state", state, "--socket",
                                       socket, "--root", folder_ / "root", "--nvml", "/none.so"},
                     .timeout = kPatience})
                    .value();
  struct stat info{};
  ::stat(socket.c_str(), &info);
  EXPECT_EQ(info.st_mode & 0777U, 0666U);
  const std::string host = files_.list(state + "/nodes").value().front();
  for (const auto& folder : {state, state + "/nodes", state + "/nodes/" + host}) {
    ::stat(folder.c_str(), &info);
    EXPECT_EQ(info.st_mode & 0777U, 0755U) << folder;
  }
  ::stat((state + "/nodes/" + host + "/00000001.seg").c_str(), &info);
  EXPECT_EQ(info.st_mode & 0777U, 0644U);
  const Watch watch(meter_of(client));
  ::kill(meter_of(client), SIGTERM);
  EXPECT_TRUE(watch.sees_its_end());
}

TEST_F(MeterdTest, GivesOutTenSamplesASecondAtMostInSystemMode) {
  const std::string socket = folder_ / "run/meterd.sock";
  const MeterClient::Options asks{
      .socket_paths = {socket},
      .start_command = {WATTLE_METERD, "--system", "--state", folder_ / "state", "--socket", socket,
                        "--root", folder_ / "root", "--nvml", "/none.so", "--period", "30s"},
      .timeout = kPatience};
  auto first = MeterClient::connect(asks).value();
  auto second = MeterClient::connect(asks).value();
  const Watch watch(meter_of(first));
  BootTime last = first.sample(kPatience).value();
  for (int i = 0; i < 6; ++i) {
    const BootTime next = (i % 2 == 0 ? second : first).sample(kPatience).value();
    EXPECT_GT((next - last).value(), 0.09);  // what lies between the decision and the reading
    last = next;
  }
  ::kill(meter_of(first), SIGTERM);
  EXPECT_TRUE(watch.sees_its_end());
}

TEST_F(MeterdTest, LivesAnewForTheNextClientInSystemMode) {
  const std::string state = folder_ / "state";
  const std::string socket = folder_ / "meterd.sock";
  MeterClient::Options asks{
      .socket_paths = {socket},
      .start_command = {WATTLE_METERD, "--system", "--state", state, "--socket", socket, "--root",
                        folder_ / "root", "--nvml", "/none.so", "--linger", "0s"},
      .timeout = kPatience};
  std::optional<MeterClient> client(MeterClient::connect(asks).value());
  const pid_t meter = meter_of(*client);
  asks.start_command.clear();
  while (segments(state).size() < 3) {  // a client that comes at once may meet the same life
    client.reset();
    client.emplace(MeterClient::connect(asks).value());
    EXPECT_EQ(meter_of(*client), meter);
    EXPECT_TRUE(client->sample(kPatience).ok());
  }
  const auto all = segments(state);
  EXPECT_NE(meter_id(all[0]), meter_id(all[1]));
  const Watch watch(meter);
  ::kill(meter, SIGTERM);
  EXPECT_TRUE(watch.sees_its_end());
  EXPECT_FALSE(files_.exists(socket));
}

TEST_F(MeterdTest, TellsItsClientsWhyItCannotMeterInSystemMode) {
  const std::string state = folder_ / "state";
  const std::string socket = folder_ / "meterd.sock";
  folder_.write("state/nodes", "a file where a folder should be");
  MeterClient::Options asks{
      .socket_paths = {socket},
      .start_command = {WATTLE_METERD, "--system", "--state", state, "--socket", socket, "--root",
                        folder_ / "root", "--nvml", "/none.so", "--linger", "0s"},
      .timeout = Seconds(2)};
  const auto refused = MeterClient::connect(asks);
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message().find("state/nodes"), std::string::npos)
      << refused.error().message();
  ASSERT_TRUE(files_.remove_all(state + "/nodes").ok());
  asks.start_command.clear();
  asks.timeout = kPatience;
  const auto client = MeterClient::connect(asks);
  ASSERT_TRUE(client.ok()) << client.error().message();
  ::kill(meter_of(*client), SIGTERM);
}

TEST_F(MeterdTest, TellsWhyItCouldNotBeStarted) {
  folder_.write("occupied", "a file where a folder should be");
  const auto unwritable = MeterClient::connect(options(folder_ / "occupied"));
  ASSERT_FALSE(unwritable.ok());
  EXPECT_EQ(unwritable.error().code(), ErrorCode::kUnavailable);
  EXPECT_NE(unwritable.error().message().find("occupied/meter"), std::string::npos)
      << unwritable.error().message();
  auto missing = options(home());
  missing.start_command = {"/nowhere/wattle-meterd"};
  const auto none = MeterClient::connect(missing);
  ASSERT_FALSE(none.ok());
  EXPECT_NE(none.error().message().find("cannot be executed"), std::string::npos);
}

}  // namespace
}  // namespace wattle::meterd
