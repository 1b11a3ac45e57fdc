#include "wattle/net/http_client.h"

#include <array>
#include <future>
#include <thread>

#include <unistd.h>

#include "wattle/net/http_fixture.h"
#include "wattle/net/stream_contract.h"

namespace wattle::net {
namespace {

/// Speaks to one connection after the other from a script: what it reads up to, what it answers.
class ScriptedServer {
 public:
  struct Step {
    std::string reads_until;
    std::string answers;
    bool closes = false;
  };

  ScriptedServer(const std::string& path, std::vector<std::vector<Step>> connections)
      : listener_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    EXPECT_EQ(::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)),
              0);
    ::listen(listener_.get(), 5);
    thread_ = std::thread([this, connections = std::move(connections)] { serve(connections); });
  }
  ~ScriptedServer() { join(); }
  void join() {
    if (thread_.joinable()) {
      thread_.join();
    }
  }

 private:
  void serve(const std::vector<std::vector<Step>>& connections) const {
    for (const auto& steps : connections) {
      const Descriptor connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      std::string got;
      for (const auto& step : steps) {
        std::array<char, 4096> buffer{};
        while (got.find(step.reads_until) == std::string::npos) {
          const ssize_t size = ::recv(connection.get(), buffer.data(), buffer.size(), 0);
          if (size <= 0) {
            return;
          }
          got.append(buffer.data(), static_cast<std::size_t>(size));
        }
        got.clear();
        ::send(connection.get(), step.answers.data(), step.answers.size(), MSG_NOSIGNAL);
        if (step.closes) {
          break;
        }
      }
    }
  }

  Descriptor listener_;
  std::thread thread_;
};

constexpr auto kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

class UnixClientTest : public ServerTest {};

TEST_F(UnixClientTest, KeepsItsConnection) {
  start_echo();
  const auto client = unix_client(path());
  for (int i = 0; i < 3; ++i) {
    const auto response = client->send({.method = "POST", .target = "/a?b", .body = "xyz"});
    ASSERT_TRUE(response.ok()) << response.error().message();
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(response->body, "POST /a?b xyz");
  }
  ASSERT_TRUE(client->send({.method = "HEAD", .target = "/a"}).ok());
  EXPECT_EQ(client->send({.target = "/b"})->body, "GET /b ");
  EXPECT_EQ(server_->statistics().accepted, 1U);
}

TEST_F(UnixClientTest, SendsAFile) {
  start_echo();
  std::string content;
  while (content.size() < 300'000) {
    content += std::to_string(content.size()) + " ";
  }
  const auto client = unix_client(path());
  const auto response =
      client->send({.method = "PUT", .target = "/", .body_file = folder_.write("f", content)});
  ASSERT_TRUE(response.ok());
  EXPECT_EQ(response->body, "PUT / " + content);
  EXPECT_EQ(client->send({.method = "PUT", .body_file = folder_.write("e", "")})->body, "PUT / ");
  EXPECT_EQ(code_of(client->send({.method = "PUT", .body_file = folder_ / "none"})),
            ErrorCode::kNotFound);
  EXPECT_EQ(code_of(client->send({.method = "PUT", .body_file = folder_.path()})),
            ErrorCode::kInvalidArgument);
}

TEST_F(UnixClientTest, ReadsTheRefusalOfABodyThatIsTooLarge) {
  start_echo();
  const auto client = unix_client(path());
  const auto response = client->send({.method = "PUT", .body = std::string(8 << 20, 'x')});
  ASSERT_TRUE(response.ok()) << response.error().message();
  EXPECT_EQ(response->status, 413);
  EXPECT_EQ(client->send({})->status, 200) << "on a new connection";
}

TEST_F(UnixClientTest, SaysWhyNobodyAnswers) {
  EXPECT_EQ(code_of(unix_client(folder_ / "none")->send({})), ErrorCode::kUnavailable);
  EXPECT_EQ(code_of(unix_client(folder_.write("file", ""))->send({})), ErrorCode::kUnavailable);
  EXPECT_EQ(code_of(unix_client("/" + std::string(120, 'x'))->send({})),
            ErrorCode::kInvalidArgument);
  start_echo();
  server_->stop(Seconds(0));
  EXPECT_EQ(code_of(unix_client(path())->send({})), ErrorCode::kUnavailable);
}

TEST_F(UnixClientTest, RefusesWhatCannotBeSent) {
  start_echo();
  const auto client = unix_client(path());
  for (const ClientRequest& request :
       {ClientRequest{.method = "GE T"}, ClientRequest{.target = "x"},
        ClientRequest{.target = "/a b"}, ClientRequest{.target = "/\r\nX: y"},
        ClientRequest{.headers = {{"X", "a\r\nY: b"}}}}) {
    EXPECT_EQ(code_of(client->send(request)), ErrorCode::kInvalidArgument);
  }
}

TEST_F(UnixClientTest, AsksAgainOnlyWhereThatIsSafe) {
  // The second connection of each pair is there for who asks again.
  const auto first = [](const std::string& answer) {
    return std::vector<ScriptedServer::Step>{{"\r\n\r\n", kAnswer}, {"\r\n\r\n", answer, true}};
  };
  const std::vector<ScriptedServer::Step> second{{"\r\n\r\n", kAnswer, true}};
  {
    ScriptedServer server(folder_ / "get", {first(""), second});
    const auto client = unix_client(folder_ / "get");
    EXPECT_TRUE(client->send({}).ok());
    EXPECT_TRUE(client->send({}).ok()) << "GET";
  }
  {
    ScriptedServer server(folder_ / "key", {first(""), second});
    const auto client = unix_client(folder_ / "key");
    EXPECT_TRUE(client->send({}).ok());
    EXPECT_TRUE(client->send({.method = "POST", .headers = {{"idempotency-key", "7"}}}).ok());
  }
  {
    ScriptedServer server(folder_ / "post", {first("")});
    const auto client = unix_client(folder_ / "post");
    EXPECT_TRUE(client->send({}).ok());
    EXPECT_EQ(code_of(client->send({.method = "POST"})), ErrorCode::kUnavailable);
  }
  {
    ScriptedServer server(folder_ / "part", {first("HTTP/1.1 2")});
    const auto client = unix_client(folder_ / "part");
    EXPECT_TRUE(client->send({}).ok());
    EXPECT_EQ(code_of(client->send({})), ErrorCode::kUnavailable) << "something was received";
  }
  {
    ScriptedServer server(folder_ / "fresh", {{{"\r\n\r\n", "", true}}});
    EXPECT_EQ(code_of(unix_client(folder_ / "fresh")->send({})), ErrorCode::kUnavailable);
  }
}

TEST_F(UnixClientTest, NoticesBeforeItSendsThatAKeptConnectionIsClosed) {
  start_echo();
  const auto client = unix_client(path());
  ASSERT_TRUE(client->send({}).ok());
  server_->stop(Seconds(0));
  server_.reset();
  start_echo();
  EXPECT_TRUE(client->send({.method = "POST"}).ok());
}

TEST_F(UnixClientTest, TellsBrokenAnswersApart) {
  const auto answer = [&](const std::string& name, const std::string& text) {
    ScriptedServer server(folder_ / name, {{{"\r\n\r\n", text, true}}});
    return code_of(unix_client(folder_ / name)->send({}));
  };
  EXPECT_EQ(answer("a", "SSH-2.0-OpenSSH\r\n\r\n"), ErrorCode::kParse);
  EXPECT_EQ(answer("b", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok"), ErrorCode::kIo);
  EXPECT_EQ(answer("c", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n"),
            ErrorCode::kIo);
  EXPECT_EQ(answer("d", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
            ErrorCode::kParse);
  EXPECT_EQ(answer("e", "HTTP/1.1 200 OK\r\nConte"), ErrorCode::kUnavailable);
}

TEST_F(UnixClientTest, GivesUpInTime) {
  std::promise<void> let_go;
  auto gone = let_go.get_future().share();
  start([gone](HttpRequest) {
    gone.wait();
    return HttpResponse{};
  });
  EXPECT_EQ(code_of(unix_client(path())->send({.timeout = Seconds(0.1)})), ErrorCode::kTimeout);
  let_go.set_value();
}

TEST_F(UnixClientTest, StreamsUntilSomebodyEndsIt) {
  start(stream_handler());
  expect_streams(*unix_client(path()));
}

}  // namespace
}  // namespace wattle::net
