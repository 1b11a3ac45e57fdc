#include "wattle/net/http_server.h"

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <fstream>
#include <future>
#include <map>
#include <mutex>
#include <thread>

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wattle/net/http_fixture.h"

namespace wattle::net {
namespace {

using std::chrono::seconds;

/// Handlers wait here until the test lets them go.
class Gate {
 public:
  void pass() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return is_open_; });
    --waiting_;
  }
  void await_waiting(int count) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, seconds(20), [&] { return waiting_ >= count; }));
  }
  void open() {
    const std::lock_guard lock(mutex_);
    is_open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0;
  bool is_open_ = false;
};

/// What on_done said, and a way to wait for it.
class Traces {
 public:
  void add(const RequestTrace& trace) {
    const std::lock_guard lock(mutex_);
    traces_.push_back(trace);
    changed_.notify_all();
  }
  std::vector<RequestTrace> await(std::size_t count) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, seconds(20), [&] { return traces_.size() >= count; }));
    return traces_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<RequestTrace> traces_;
};

std::string file_content(int descriptor) {
  std::string content;
  std::array<char, 4096> buffer{};
  for (ssize_t got = ::read(descriptor, buffer.data(), buffer.size()); got > 0;
       got = ::read(descriptor, buffer.data(), buffer.size())) {
    content.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return content;
}

TEST_F(ServerTest, AnswersOneRequestAfterTheOtherOnOneConnection) {
  start_echo();
  auto client = connect();
  for (int i = 0; i < 3; ++i) {
    const auto response =
        client.ask("POST /x?y=1 HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc");
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, "POST /x?y=1 abc");
    EXPECT_EQ(response.headers.find("Connection"), "keep-alive");
    EXPECT_TRUE(response.headers.find("Date"));
  }
  EXPECT_EQ(server_->statistics().accepted, 1U);
  EXPECT_EQ(server_->statistics().handled, 3U);
}

TEST_F(ServerTest, AnswersPipelinedRequestsInTheirOrder) {
  std::atomic<int> calls{0};
  start([&](HttpRequest request) {
    HttpResponse response;
    response.body = request.target + "-" + std::to_string(++calls) + request.body;
    return response;
  });
  auto client = connect();
  client.send(
      "GET /a HTTP/1.1\r\nHost: h\r\n\r\n"
      "POST /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n!\r\n0\r\n\r\n"
      "HEAD /c HTTP/1.1\r\nHost: h\r\n\r\nGET /d HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
      "GET /never HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(client.read_response().body, "/a-1");
  EXPECT_EQ(client.read_response().body, "/b-2!");
  const auto head = client.read_response(ResponseReader::Body::kNone);
  EXPECT_EQ(head.headers.find("Content-Length"), "4");
  EXPECT_EQ(client.read_response().body, "/d-4");
  EXPECT_EQ(client.read_to_end(), "");
}

TEST_F(ServerTest, KnowsWhoIsAtTheOtherEnd) {
  start([](HttpRequest request) {
    HttpResponse response;
    response.body = request.peer.address + "/" +
                    (request.peer.user ? std::to_string(*request.peer.user) : "nobody") +
                    (request.peer.is_loopback() ? "/loopback" : "");
    return response;
  });
  const auto port = server_->listen_tcp("127.0.0.1", 0);
  ASSERT_TRUE(port.ok());
  constexpr auto kRequest = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  EXPECT_EQ(connect().ask(kRequest).body, "/" + std::to_string(::getuid()) + "/loopback");
  EXPECT_EQ(RawClient::tcp(*port).ask(kRequest).body, "127.0.0.1/nobody/loopback");
}

TEST_F(ServerTest, SpeaksToClientsOfHttp10) {
  start_echo();
  auto client = connect();
  client.send("GET /old HTTP/1.0\r\n\r\n");
  const std::string text = client.read_to_end();
  EXPECT_TRUE(text.starts_with("HTTP/1.1 200 OK\r\n")) << text;
  EXPECT_TRUE(text.ends_with("\r\n\r\nGET /old ")) << text;
  auto keeping = connect();
  EXPECT_EQ(keeping.ask("GET /1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").body, "GET /1 ");
  EXPECT_EQ(keeping.ask("GET /2 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").body, "GET /2 ");
}

TEST_F(ServerTest, AsksForABodyThatWaitsToBeAskedFor) {
  options_.body_policy = [](const HttpRequest&) { return BodyPolicy{.most_bytes = 10}; };
  start_echo();
  auto client = connect();
  client.send("PUT / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(client.ask("ab").body, "PUT / ab");
  const auto refused =
      client.ask("PUT / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 11\r\n\r\n");
  EXPECT_EQ(refused.status, 413);
}

TEST_F(ServerTest, SpoolsALargeBodyIntoAFileWithoutAName) {
  options_.body_policy = [](const HttpRequest& head) {
    return BodyPolicy{.most_bytes = 4 << 20, .spools = head.target == "/large"};
  };
  std::string names;
  start([&](HttpRequest request) {
    HttpResponse response;
    const bool is_file = request.body_file.has_value();
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
      names += entry.path().filename();
    }
    response.body = (is_file ? "file " : "memory ") +
                    std::to_string(std::hash<std::string>{}(
                        is_file ? file_content(request.body_file->get()) : request.body));
    return response;
  });
  std::string body;
  for (int i = 0; body.size() < (3U << 20); ++i) {
    body += std::to_string(i) + " ";
  }
  const std::string hash = std::to_string(std::hash<std::string>{}(body));
  const std::string length = "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  auto client = connect();
  EXPECT_EQ(client.ask("PUT /large HTTP/1.1\r\nHost: h\r\n" + length + body).body, "file " + hash);
  EXPECT_EQ(client.ask("PUT /memory HTTP/1.1\r\nHost: h\r\n" + length + body).body,
            "memory " + hash);
  EXPECT_EQ(
      client
          .ask("PUT /large HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n300000\r\n" +
               body.substr(0, 0x300000) + "\r\n0\r\n\r\n")
          .body,
      "file " + std::to_string(std::hash<std::string>{}(body.substr(0, 0x300000))));
  EXPECT_EQ(client.ask("PUT /large HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab").body,
            "memory " + std::to_string(std::hash<std::string>{}("ab")));
  EXPECT_EQ(names, "http.sockhttp.sockhttp.sockhttp.sock");
}

/// No file of this process grows over that many bytes while it lives.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) : handler_(::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit small{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
  }
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, handler_);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit before_{};
  sighandler_t handler_;
};

TEST_F(ServerTest, SaysThatTheDiskIsFull) {
  options_.body_policy = [](const HttpRequest&) {
    return BodyPolicy{.most_bytes = 64 << 20, .spools = true};
  };
  start_echo();
  auto client = connect();
  HttpResponse response;
  {
    const FullDisk full(600 << 10);
    client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 2000000\r\n\r\n");
    client.send(std::string(1'000'000, 'x'));
    response = client.read_response();
  }
  EXPECT_EQ(response.status, 507);
  EXPECT_NE(response.body.find(folder_.path()), std::string::npos) << response.body;
  EXPECT_EQ(response.headers.find("Connection"), "close");
}

TEST_F(ServerTest, SaysThatASpoolFolderIsGone) {
  options_.spool_folder = folder_ / "none";
  options_.body_policy = [](const HttpRequest&) {
    return BodyPolicy{.most_bytes = 4 << 20, .spools = true};
  };
  start_echo();
  auto client = connect();
  client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n");
  client.send(std::string(500'000, 'x'));
  EXPECT_EQ(client.read_response().status, 503);
}

TEST_F(ServerTest, AnExceptionOfTheHandlerIsAnAnswer) {
  Traces traces;
  options_.on_done = [&](const RequestTrace& trace) { traces.add(trace); };
  start([](HttpRequest request) -> HttpResponse {
    if (request.target == "/int") {
      throw 7;  // NOLINT: not even a std::exception
    }
    if (request.target == "/field") {
      HttpResponse response;
      response.headers.add("X", "a\r\nSet-Cookie: b");
      return response;
    }
    throw std::runtime_error("secret detail");
  });
  auto client = connect();
  for (const std::string target : {"/exception", "/int", "/field"}) {
    const auto response = client.ask("GET " + target + " HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(response.status, 500) << target;
    EXPECT_EQ(response.body.find("secret"), std::string::npos);
    EXPECT_FALSE(response.headers.find("Set-Cookie"));
  }
  EXPECT_EQ(traces.await(3).back().status, 500);
}

TEST_F(ServerTest, TellsWhatWasDone) {
  Traces traces;
  options_.on_done = [&](const RequestTrace& trace) { traces.add(trace); };
  start_echo();
  auto client = connect();
  client.ask("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc");
  client.ask("nonsense\r\n\r\n");
  const auto all = traces.await(2);
  EXPECT_EQ(all[0].method, "POST");
  EXPECT_EQ(all[0].target, "/a");
  EXPECT_EQ(all[0].status, 200);
  EXPECT_EQ(all[0].bytes_in, 3U);
  EXPECT_GT(all[0].bytes_out, 50U);
  EXPECT_TRUE(all[0].is_complete);
  EXPECT_EQ(all[0].peer.user, ::getuid());
  EXPECT_EQ(all[1].status, 400);
  EXPECT_EQ(all[1].method, "");
}

TEST_F(ServerTest, ALargeAnswerArrivesWhole) {
  start([](HttpRequest) {
    HttpResponse response;
    response.body.assign(5'000'000, 'y');
    return response;
  });
  auto client = connect();
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(client.ask("GET / HTTP/1.1\r\nHost: h\r\n\r\n").body.size(), 5'000'000U);
  }
}

TEST_F(ServerTest, AFullQueueIsSaidWhileEarlierRequestsSucceed) {
  Gate gate;
  options_.most_waiting = 2;
  start([&](HttpRequest) {
    gate.pass();
    return HttpResponse{};
  });
  constexpr auto kRequest = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  std::vector<RawClient> earlier;
  for (int i = 0; i < 4; ++i) {  // two workers, two that wait
    earlier.push_back(connect());
    earlier.back().send(kRequest);
    if (i < 2) {
      gate.await_waiting(i + 1);
    }
  }
  auto later = connect();
  // The two that wait are known once a fifth is refused; it may have come before them.
  HttpResponse refused = later.ask(kRequest);
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.headers.find("Retry-After"), "1");
  gate.open();
  for (auto& client : earlier) {
    EXPECT_EQ(client.read_response().status, 200);
  }
  EXPECT_EQ(later.ask(kRequest).status, 200) << "the connection was kept";
}

TEST_F(ServerTest, OneConnectionTooManyIsToldSo) {
  options_.most_connections = 3;
  start_echo();
  std::vector<RawClient> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(connect());
    EXPECT_EQ(clients.back().ask("GET / HTTP/1.1\r\nHost: h\r\n\r\n").status, 200);
  }
  auto fourth = connect();
  const auto refused = fourth.ask("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(refused.status, 503);
  EXPECT_TRUE(refused.headers.find("Retry-After"));
  EXPECT_TRUE(fourth.is_closed_by_server());
  EXPECT_EQ(clients[0].ask("GET / HTTP/1.1\r\nHost: h\r\n\r\n").status, 200);
}

TEST_F(ServerTest, StopLetsRequestsUnderWayEnd) {
  Gate gate;
  start([&](HttpRequest) {
    gate.pass();
    return HttpResponse{.body = "done"};
  });
  auto idle = connect();
  auto busy = connect();
  busy.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  gate.await_waiting(1);
  std::thread stopping([&] { server_->stop(Seconds(60)); });
  EXPECT_TRUE(idle.is_closed_by_server()) << "who has asked nothing is let go at once";
  gate.open();
  const auto response = busy.read_response();
  EXPECT_EQ(response.body, "done");
  EXPECT_EQ(response.headers.find("Connection"), "close");
  busy.close();
  stopping.join();
  EXPECT_NE(::access(path().c_str(), F_OK), 0) << "the socket's file is gone";
}

TEST_F(ServerTest, StopAfterItsGraceClosesTheRest) {
  Gate gate;
  start([&](HttpRequest) {
    gate.pass();
    return HttpResponse{};
  });
  auto handled = connect();
  handled.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  gate.await_waiting(1);
  auto half = connect();
  half.send("GET / HTTP/1.1\r\nHo");
  std::thread stopping([&] { server_->stop(Seconds(0.05)); });
  EXPECT_TRUE(half.is_closed_by_server());
  gate.open();
  stopping.join();
  EXPECT_EQ(server_->statistics().connections, 0U);
}

TEST_F(ServerTest, WithoutListenersConnectionsGoOn) {
  start_echo();
  auto client = connect();
  ASSERT_EQ(client.ask("GET / HTTP/1.1\r\nHost: h\r\n\r\n").status, 200);
  server_->close_listeners();
  EXPECT_NE(::access(path().c_str(), F_OK), 0);
  EXPECT_EQ(client.ask("GET / HTTP/1.1\r\nHost: h\r\n\r\n").status, 200);
  ASSERT_TRUE(server_->listen_unix(path()).ok()) << "and new ones may open";
  EXPECT_EQ(connect().ask("GET / HTTP/1.1\r\nHost: h\r\n\r\n").status, 200);
}

TEST_F(ServerTest, ASocketIsForItsOwnerAndReplacesAStaleOne) {
  const mode_t before = ::umask(0);
  {
    auto stale = HttpServer::create({}, [](HttpRequest) { return HttpResponse{}; }).value();
    ASSERT_TRUE(stale->listen_unix(path()).ok());
    start_echo();  // on the same path
    stale.reset();
    struct stat facts{};
    ASSERT_EQ(::lstat(path().c_str(), &facts), 0) << "the older one leaves the newer one's file";
    EXPECT_EQ(facts.st_mode & 0777, 0600U);
  }
  ::umask(before);
  EXPECT_EQ(connect().ask("GET / HTTP/1.1\r\nHost: h\r\n\r\n").status, 200);
}

TEST_F(ServerTest, SaysWhyItCannotListen) {
  start_echo();
  const auto code = [](const auto& result) {
    return result.ok() ? ErrorCode::kInternal : result.error().code();
  };
  EXPECT_EQ(code(server_->listen_unix("/tmp/" + std::string(120, 'x'))),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(server_->listen_unix("")), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(server_->listen_unix(folder_ / "none/socket")), ErrorCode::kNotFound);
  EXPECT_EQ(code(server_->listen_unix(folder_.write("file", "precious"))),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(server_->listen_tcp("localhost", 0)), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(server_->listen_tcp("192.0.2.1", 0)), ErrorCode::kInvalidArgument);
  const auto port = server_->listen_tcp("127.0.0.1", 0);
  ASSERT_TRUE(port.ok());
  EXPECT_EQ(code(server_->listen_tcp("127.0.0.1", *port)), ErrorCode::kUnavailable);
  const auto v6 = server_->listen_tcp("::1", *port);
  EXPECT_TRUE(v6.ok() || code(v6) == ErrorCode::kInvalidArgument) << "a host without IPv6";
  EXPECT_FALSE(HttpServer::create({.workers = 0}, [](HttpRequest) { return HttpResponse{}; }).ok());
  EXPECT_FALSE(HttpServer::create({}, nullptr).ok());
  EXPECT_FALSE(server_->start().ok()) << "twice";
}

/// Voluntary context switches of every thread of this process but the calling one.
std::map<std::string, std::int64_t> switches_of_others(bool& all_rest) {
  std::map<std::string, std::int64_t> switches;
  const std::string self = std::to_string(::gettid());
  all_rest = true;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream status(task.path() / "status");
    for (std::string line; task.path().filename() != self && std::getline(status, line);) {
      if (line.starts_with("State:")) {
        all_rest = all_rest && line.find("S (") != std::string::npos;
      } else if (line.starts_with("voluntary_ctxt_switches:")) {
        switches[task.path().filename()] = std::stoll(line.substr(24));
      }
    }
  }
  return switches;
}

/// Once every thread has gone to rest and stays there.
std::map<std::string, std::int64_t> switches_at_rest() {
  bool all_rest = false;
  auto switches = switches_of_others(all_rest);
  for (int calm = 0; calm < 3;) {
    const auto again = switches_of_others(all_rest);
    calm = all_rest && again == switches ? calm + 1 : 0;
    switches = again;
  }
  return switches;
}

TEST_F(ServerTest, IdleConnectionsCostNothing) {
  options_.head_timeout = Seconds(0.5);  // nor does a deadline of what is over
  start_echo();
  std::vector<RawClient> clients;
  for (int i = 0; i < 64; ++i) {
    clients.push_back(connect());
    ASSERT_EQ(clients.back().ask("GET / HTTP/1.1\r\nHost: h\r\n\r\n").status, 200);
  }
  const auto before = switches_at_rest();
  ::poll(nullptr, 0, 800);  // the window that is measured
  bool all_rest = false;
  EXPECT_EQ(switches_of_others(all_rest), before);
  EXPECT_EQ(clients[7].ask("GET / HTTP/1.1\r\nHost: h\r\n\r\n").status, 200);
}

TEST_F(ServerTest, WithoutDescriptorsAcceptingPausesAndGoesOn) {
#ifdef __SANITIZE_ADDRESS__
  // It then takes an object that it has not seen before for one that is none.
  GTEST_SKIP() << "UBSan looks at memory through a pipe, and here no descriptor is left for one";
#endif
  std::promise<std::string> said;
  std::atomic<int> problems{0};
  options_.on_problem = [&](const Error& error) {
    if (problems++ == 0) {
      said.set_value(error.message());
    }
  };
  start_echo();
  auto client = connect();
  ASSERT_EQ(client.ask("GET / HTTP/1.1\r\nHost: h\r\n\r\n").status, 200);
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  auto waiting = connect();
  // The next descriptor of the process is over the limit. The connection stays in the queue.
  ASSERT_EQ(waiting.ask("GET / HTTP/1.1\r\nHost: h\r\n\r\n").status, 200);
  const int next = ::dup(0);
  ::close(next);
  Descriptor ready(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const rlimit none{static_cast<rlim_t>(ready.get()) + 1, limit.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path().copy(address.sun_path, sizeof(address.sun_path) - 1);
  ASSERT_EQ(::connect(ready.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)),
            0);
  auto message = said.get_future();
  ASSERT_EQ(message.wait_for(seconds(20)), std::future_status::ready);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_NE(message.get().find("Too many open files"), std::string::npos);
  EXPECT_EQ(client.ask("GET / HTTP/1.1\r\nHost: h\r\n\r\n").status, 200);
  ASSERT_GT(::send(ready.get(), "GET / HTTP/1.1\r\nHost: h\r\n\r\n", 27, MSG_NOSIGNAL), 0);
  pollfd wait{ready.get(), POLLIN, 0};
  EXPECT_EQ(::poll(&wait, 1, RawClient::kPatience), 1) << "it was accepted after the pause";
  EXPECT_LE(server_->statistics().accept_errors, 20U) << "it did not spin";
}

TEST_F(ServerTest, ManyClientsAtOnceAreAllAnswered) {
  options_.workers = 4;
  start_echo();
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      auto client = connect();
      for (int i = 0; i < 50; ++i) {
        const std::string target = "/" + std::to_string(t) + "/" + std::to_string(i);
        wrong += client.ask("GET " + target + " HTTP/1.1\r\nHost: h\r\n\r\n").body !=
                         "GET " + target + " "
                     ? 1
                     : 0;
      }
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace wattle::net
