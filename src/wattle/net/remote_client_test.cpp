#include <cstdlib>
#include <future>

#include "wattle/net/http_client.h"
#include "wattle/net/http_fixture.h"
#include "wattle/net/stream_contract.h"
#include "wattle/net/tls_fixture.h"

namespace wattle::net {
namespace {

class RemoteClientTest : public ServerTest {
 protected:
  std::unique_ptr<HttpClient> client_of(const std::string& url, RemoteOptions options = {}) {
    options.base_url = url;
    auto client = remote_client(std::move(options));
    EXPECT_TRUE(client.ok()) << client.error().message();
    return std::move(client).value();
  }
};

TEST_F(RemoteClientTest, SpeaksToAServerOfHttp) {
  start([](HttpRequest request) {
    HttpResponse response;
    response.status = request.target == "/p/moved" ? 302 : 200;
    response.headers = {{"X-Seen", std::string(request.headers.find("X-Say").value_or("-"))},
                        {"Location", "/p/elsewhere"}};
    response.body = request.method + " " + request.target + " " + request.body;
    return response;
  });
  const auto port = server_->listen_tcp("127.0.0.1", 0);
  const auto client = client_of("http://127.0.0.1:" + std::to_string(*port) + "/p/");
  const auto got = client->send({.target = "/a/../b?c", .headers = {{"X-Say", "hi"}}});
  ASSERT_TRUE(got.ok()) << got.error().message();
  EXPECT_EQ(got->body, "GET /p/a/../b?c ") << "as it was said";
  EXPECT_EQ(got->headers.find("x-seen"), "hi");
  EXPECT_EQ(client->send({.method = "POST", .body = "abc"})->body, "POST /p/ abc");
  EXPECT_EQ(client->send({.method = "POST"})->body, "POST /p/ ");
  EXPECT_EQ(client->send({.method = "DELETE", .target = "/x"})->body, "DELETE /p/x ");
  EXPECT_EQ(client->send({.method = "PUT", .body_file = folder_.write("f", "file")})->body,
            "PUT /p/ file");
  const auto head = client->send({.method = "HEAD"});
  ASSERT_TRUE(head.ok()) << head.error().message();
  EXPECT_EQ(head->headers.find("Content-Length"), "9");
  EXPECT_EQ(client->send({.target = "/moved"})->status, 302) << "is not followed";
  EXPECT_EQ(code_of(client->send({.target = "/\r\nX: y"})), ErrorCode::kInvalidArgument);
}

TEST_F(RemoteClientTest, StreamsUntilSomebodyEndsIt) {
  start(stream_handler());
  const auto port = server_->listen_tcp("127.0.0.1", 0);
  expect_streams(*client_of("http://127.0.0.1:" + std::to_string(*port)));
}

TEST_F(RemoteClientTest, VerifiesWhomItSpeaksTo) {
  start_echo();
  const TlsFiles own = make_certificate(folder_, "own");
  const TlsFiles other = make_certificate(folder_, "other");
  const auto port = server_->listen_tcp("127.0.0.1", 0, own);
  ASSERT_TRUE(port.ok()) << port.error().message();
  const std::string url = "https://127.0.0.1:" + std::to_string(*port);
  const auto trusting = client_of(url, {.ca_file = own.certificate});
  for (int i = 0; i < 2; ++i) {
    const auto response = trusting->send({.method = "POST", .target = "/a", .body = "b"});
    ASSERT_TRUE(response.ok()) << response.error().message();
    EXPECT_EQ(response->body, "POST /a b");
  }
  EXPECT_EQ(code_of(client_of(url)->send({})), ErrorCode::kPermissionDenied);
  EXPECT_EQ(code_of(client_of(url, {.ca_file = other.certificate})->send({})),
            ErrorCode::kPermissionDenied);
  EXPECT_FALSE(remote_client({.base_url = url, .ca_file = folder_ / "none"}).ok());
}

TEST_F(RemoteClientTest, GoesToPublicAddressesAloneWhereThatIsAsked) {
  start_echo();
  const std::string port = std::to_string(*server_->listen_tcp("127.0.0.1", 0));
  // A proxy would be a way round.
  ::setenv("http_proxy", ("http://127.0.0.1:" + port).c_str(), 1);
  for (const std::string host : {"127.0.0.1", "localhost", "[::1]", "0.0.0.0", "10.0.0.1",
                                 "169.254.169.254", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1"}) {
    const auto client =
        client_of("http://" + host + ":" + port, {.targets = TargetPolicy::kPublicOnly});
    const auto response = client->send({.timeout = Seconds(20)});
    EXPECT_EQ(code_of(response), ErrorCode::kPermissionDenied) << host;
  }
  ::unsetenv("http_proxy");
  EXPECT_EQ(server_->statistics().accepted, 0U);
  const auto named = client_of("http://localhost:" + port, {.targets = TargetPolicy::kPublicOnly});
  const auto refused = named->send({});
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message().find("loopback"), std::string::npos)
      << refused.error().message();
  EXPECT_TRUE(client_of("http://localhost:" + port)->send({}).ok());
}

TEST_F(RemoteClientTest, SaysWhyNobodyAnswers) {
  start_echo();
  const std::string port = std::to_string(*server_->listen_tcp("127.0.0.1", 0));
  server_->close_listeners();
  EXPECT_EQ(code_of(client_of("http://127.0.0.1:" + port)->send({})), ErrorCode::kUnavailable);
  for (const std::string url : {"", "localhost", "ftp://a", "http://", "http:///a", "http://a?b",
                                "http://u:p@a", "http://a b", "http://:80"}) {
    const auto client = remote_client({.base_url = url});
    EXPECT_EQ(client.ok() ? ErrorCode::kInternal : client.error().code(),
              ErrorCode::kInvalidArgument)
        << url;
  }
}

TEST_F(RemoteClientTest, GivesUpInTime) {
  std::promise<void> let_go;
  auto gone = let_go.get_future().share();
  start([gone](HttpRequest) {
    gone.wait();
    return HttpResponse{};
  });
  const auto port = server_->listen_tcp("127.0.0.1", 0);
  const auto client = client_of("http://127.0.0.1:" + std::to_string(*port));
  EXPECT_EQ(code_of(client->send({.timeout = Seconds(0.1)})), ErrorCode::kTimeout);
  let_go.set_value();
}

class TlsTest : public ServerTest {};

TEST_F(TlsTest, ChecksItsFilesWhenItListens) {
  start_echo();
  const TlsFiles own = make_certificate(folder_, "own");
  const TlsFiles other = make_certificate(folder_, "other");
  const auto said = [&](const TlsFiles& files) {
    const auto result = server_->listen_tcp("127.0.0.1", 0, files);
    return result.ok() ? std::string() : result.error().message();
  };
  EXPECT_EQ(said(own), "");
  EXPECT_NE(said({own.certificate, folder_ / "none"}).find("No such file"), std::string::npos);
  EXPECT_NE(said({folder_ / "none", own.key}).find("No such file"), std::string::npos);
  EXPECT_NE(said({own.certificate, other.key}).find("is not that of"), std::string::npos);
  EXPECT_NE(said({folder_.write("x", "no PEM"), own.key}).find("no certificate"),
            std::string::npos);
  EXPECT_NE(said({own.certificate, folder_.write("y", "no PEM")}).find("no private key"),
            std::string::npos);
  RealSubprocess subprocess;
  const std::string locked = folder_ / "locked.key";
  ASSERT_TRUE(run_captured(subprocess,
                           {.argv = {"openssl", "pkcs8", "-topk8", "-in", own.key, "-out", locked,
                                     "-passout", "pass:secret"}},
                           Seconds(60))
                  ->status.success());
  EXPECT_NE(said({own.certificate, locked}).find("needs a password"), std::string::npos);
}

TEST_F(TlsTest, WhoSpeaksNoTlsOrAnOldOneIsLetGo) {
  options_.head_timeout = Seconds(0.3);
  start_echo();
  const TlsFiles own = make_certificate(folder_, "own");
  const auto port = server_->listen_tcp("127.0.0.1", 0, own);
  ASSERT_TRUE(port.ok());
  auto plain = RawClient::tcp(*port);
  plain.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  plain.read_to_end();
  auto silent = RawClient::tcp(*port);
  EXPECT_TRUE(silent.is_closed_by_server()) << "a handshake that does not come";
  RealSubprocess subprocess;
  const auto version = [&](const std::string& flag) {
    return run_captured(
               subprocess,
               {.argv = {"openssl", "s_client", "-connect", "127.0.0.1:" + std::to_string(*port),
                         flag, "-cipher", "DEFAULT:@SECLEVEL=0", "-no_ign_eof"}},
               Seconds(60))
        ->status.success();
  };
  EXPECT_TRUE(version("-tls1_2"));
  EXPECT_TRUE(version("-tls1_3"));
  EXPECT_FALSE(version("-tls1_1"));
}

TEST_F(TlsTest, StreamsOverTlsEndWithTheirClient) {
  start(stream_handler());
  const TlsFiles own = make_certificate(folder_, "own");
  const auto port = server_->listen_tcp("127.0.0.1", 0, own);
  auto client = remote_client(
      {.base_url = "https://localhost:" + std::to_string(*port), .ca_file = own.certificate});
  ASSERT_TRUE(client.ok());
  expect_streams(**client);
}

}  // namespace
}  // namespace wattle::net
