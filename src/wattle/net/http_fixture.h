// For tests: a server on a Unix socket and on ports of its own, and a client that sends bytes as
// they are.
//
// Units:    bytes, milliseconds where it says so. Errors: fail the test.
// Threads:  one. Lifetime: everything ends with its object; each test ends with as many descriptors
//           as it began with.
#pragma once

#include <array>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "wattle/base/descriptor.h"
#include "wattle/net/http_server.h"
#include "wattle/net/message_reader.h"
#include "wattle/support/temporary_folder.h"

namespace wattle::net {

inline std::size_t open_descriptors() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    ++count;
  }
  return count;
}

/// One connection, for bytes as they are.
class RawClient {
 public:
  static constexpr int kPatience = 20'000;  // ms; only a broken server needs it

  static RawClient unix_socket(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    return RawClient(AF_UNIX, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  }
  static RawClient tcp(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return RawClient(AF_INET, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  }

  int descriptor() const { return socket_.get(); }
  void close() { socket_.reset(); }
  void end_writing() { ::shutdown(socket_.get(), SHUT_WR); }

  /// False: the server has closed.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) {
        return false;
      }
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  /// Some bytes; "" at the end of the connection.
  std::string read_some(int patience = kPatience) {
    pollfd wait{socket_.get(), POLLIN, 0};
    if (::poll(&wait, 1, patience) != 1) {
      ADD_FAILURE() << "the server says nothing";
      return "";
    }
    std::array<char, 64 << 10> buffer{};
    const ssize_t got = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    return {buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0))};
  }

  /// Until `text` has come.
  std::string read_until(std::string_view text) {
    while (rest_.find(text) == std::string::npos) {
      const std::string more = read_some();
      if (more.empty()) {
        ADD_FAILURE() << "the connection ended before '" << text << "', after: " << rest_;
        return "";
      }
      rest_ += more;
    }
    const auto end = rest_.find(text) + text.size();
    std::string before = rest_.substr(0, end);
    rest_.erase(0, end);
    return before;
  }

  std::string read_to_end() {
    for (std::string more = read_some(); !more.empty(); more = read_some()) {
      rest_ += more;
    }
    return std::exchange(rest_, {});
  }

  /// One response; status 0: the connection ended.
  HttpResponse read_response(ResponseReader::Body expects = ResponseReader::Body::kAsSaid) {
    HttpResponse response;
    response.status = 0;
    ResponseReader reader(expects);
    while (reader.state() == ResponseReader::State::kHead ||
           reader.state() == ResponseReader::State::kBody) {
      if (rest_.empty()) {
        rest_ = read_some();
      }
      if (rest_.empty()) {
        reader.feed_end();
        break;
      }
      const std::size_t used = reader.feed(rest_, response.body);
      rest_.erase(0, used);
    }
    if (reader.state() == ResponseReader::State::kComplete) {
      response.status = reader.status();
      response.headers = reader.headers();
    }
    return response;
  }

  HttpResponse ask(std::string_view request) {
    send(request);
    return read_response();
  }

  bool is_closed_by_server() { return rest_.empty() && read_some().empty(); }

 private:
  RawClient(int family, const sockaddr* address, socklen_t size)
      : socket_(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    EXPECT_EQ(::connect(socket_.get(), address, size), 0) << std::strerror(errno);
  }

  Descriptor socket_;
  std::string rest_;
};

/// A server with short patience; start() it when the options are as they should be.
class ServerTest : public testing::Test {
 protected:
  void SetUp() override {
    options_.workers = 2;
    options_.spool_folder = folder_.path();
    descriptors_ = open_descriptors();
  }
  void TearDown() override {
    server_.reset();
    EXPECT_EQ(open_descriptors(), descriptors_) << "descriptors were left open";
  }

  void start(HttpServer::Handler handler) {
    auto server = HttpServer::create(options_, std::move(handler));
    ASSERT_TRUE(server.ok()) << server.error().message();
    server_ = std::move(server).value();
    const Status listens = server_->listen_unix(path());
    ASSERT_TRUE(listens.ok()) << listens.error().message();
    ASSERT_TRUE(server_->start().ok());
  }
  /// Answers with method, target and body.
  void start_echo() {
    start([](HttpRequest request) {
      HttpResponse response;
      response.body = request.method + " " + request.target + " " + request.body;
      return response;
    });
  }

  std::string path() const { return folder_ / "http.sock"; }
  RawClient connect() const { return RawClient::unix_socket(path()); }

  support::TemporaryFolder folder_;
  HttpServer::Options options_;
  std::unique_ptr<HttpServer> server_;
  std::size_t descriptors_ = 0;
};

}  // namespace wattle::net
