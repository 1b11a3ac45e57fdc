// What a server does not take, byte by byte, as a client sees it.
#include "wattle/base/limits.h"
#include "wattle/net/http_fixture.h"

namespace wattle::net {
namespace {

struct Refused {
  std::string name;
  int status;
  std::string bytes;
};

std::string with_fields(const std::string& fields) {
  return "POST / HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n";
}

std::vector<Refused> broken_lines() {
  return {
      {"no HTTP", 400, "hello\r\n\r\n"},
      {"TLS on a plain port", 400, std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc", 9)},
      {"bare LF", 400, "GET / HTTP/1.1\nHost: h\n\n"},
      {"bare LF after a field", 400, "GET / HTTP/1.1\r\nHost: h\nX: y\r\n\r\n"},
      {"bare CR", 400, "GET / HTTP/1.1\r\nHost: h\rX: y\r\n\r\n"},
      {"folded field", 400, "GET / HTTP/1.1\r\nHost: h\r\nX: a\r\n b\r\n\r\n"},
      {"folded first field", 400, "GET / HTTP/1.1\r\n Host: h\r\n\r\n"},
      {"blank before a colon", 400, "GET / HTTP/1.1\r\nHost : h\r\n\r\n"},
      {"no colon", 400, "GET / HTTP/1.1\r\nHost: h\r\nnonsense\r\n\r\n"},
      {"empty name", 400, "GET / HTTP/1.1\r\nHost: h\r\n: x\r\n\r\n"},
      {"NUL in a field", 400, std::string("GET / HTTP/1.1\r\nHost: h\r\nX: \0\r\n\r\n", 34)},
      {"control in a field", 400, "GET / HTTP/1.1\r\nHost: h\r\nX: \x01\r\n\r\n"},
      {"two blanks", 400, "GET  / HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"blank at the end", 400, "GET / HTTP/1.1 \r\nHost: h\r\n\r\n"},
      {"no version", 400, "GET /\r\nHost: h\r\n\r\n"},
      {"lower-case version", 400, "GET / http/1.1\r\nHost: h\r\n\r\n"},
      {"no method", 400, " / HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"method with a colon", 400, "G:T / HTTP/1.1\r\nHost: h\r\n\r\n"},
  };
}

std::vector<Refused> wrong_targets() {
  return {
      {"NUL in the target", 400, std::string("GET /\0 HTTP/1.1\r\nHost: h\r\n\r\n", 28)},
      {"control in the target", 400, "GET /\x7f HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"high byte in the target", 400, "GET /\xc3\xa4 HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"fragment", 400, "GET /#a HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"no slash", 400, "GET a HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"asterisk", 400, "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"absolute of another host", 400, "GET http://other/ HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"absolute with a user", 400, "GET http://a@h/ HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"absolute of another scheme", 400, "GET ftp://h/ HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"CONNECT", 501, "CONNECT h:80 HTTP/1.1\r\nHost: h:80\r\n\r\n"},
      {"TRACE", 501, "TRACE / HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"HTTP/1.2", 505, "GET / HTTP/1.2\r\nHost: h\r\n\r\n"},
      {"HTTP/2", 505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
      {"HTTP/0.9", 505, "GET / HTTP/0.9\r\n\r\n"},
      {"long target", 414,
       "GET /" + std::string(limits::kHttpTargetBytes, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"endless target", 414, "GET /" + std::string(limits::kHttpTargetBytes + 100, 'a')},
      {"endless field", 431, "GET / HTTP/1.1\r\nX: " + std::string(limits::kHttpHeadBytes, 'a')},
  };
}

std::vector<Refused> ambiguous_fields() {
  return {
      {"no Host", 400, "GET / HTTP/1.1\r\n\r\n"},
      {"two Hosts", 400, "GET / HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n"},
      {"Host with a path", 400, "GET / HTTP/1.1\r\nHost: h/x\r\n\r\n"},
      {"Host with a user", 400, "GET / HTTP/1.1\r\nHost: a@h\r\n\r\n"},
      {"Hosts in one field", 400, "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"},
      {"length and encoding", 400,
       with_fields("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n")},
      {"encoding and length", 400,
       with_fields("Transfer-Encoding: chunked\r\nContent-Length: 1\r\n")},
      {"two lengths", 400, with_fields("Content-Length: 1\r\nContent-Length: 2\r\n")},
      {"two equal lengths", 400, with_fields("Content-Length: 1\r\nContent-Length: 1\r\n")},
      {"list of lengths", 400, with_fields("Content-Length: 1, 1\r\n")},
      {"negative length", 400, with_fields("Content-Length: -1\r\n")},
      {"signed length", 400, with_fields("Content-Length: +1\r\n")},
      {"hexadecimal length", 400, with_fields("Content-Length: 0x1\r\n")},
      {"empty length", 400, with_fields("Content-Length:\r\n")},
      {"length with a blank", 400, with_fields("Content-Length: 1 1\r\n")},
      {"length over 64 bits", 400, with_fields("Content-Length: 18446744073709551617\r\n")},
      {"unknown encoding", 501, with_fields("Transfer-Encoding: gzip\r\n")},
      {"two encodings", 501, with_fields("Transfer-Encoding: gzip, chunked\r\n")},
      {"chunked twice", 501, with_fields("Transfer-Encoding: chunked, chunked\r\n")},
      {"two fields of encodings", 400,
       with_fields("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")},
      {"encoding with a tab", 501, with_fields("Transfer-Encoding: \x0bchunked\r\n").insert(0, "")},
      {"empty encoding", 501, with_fields("Transfer-Encoding:\r\n")},
      {"encoding in HTTP/1.0", 400, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"},
      {"another expectation", 417, with_fields("Expect: a-miracle\r\nContent-Length: 1\r\n")},
      {"too large", 413, with_fields("Content-Length: 1048577\r\n")},
      {"too large in chunks", 413, with_fields("Transfer-Encoding: chunked\r\n") + "100001\r\n"},
      {"bad chunk", 400, with_fields("Transfer-Encoding: chunked\r\n") + "x\r\n"},
      {"chunk that is too long", 400,
       with_fields("Transfer-Encoding: chunked\r\n") + "1\r\nab\r\n0\r\n\r\n"},
  };
}

class RefusalsTest : public ServerTest {
 protected:
  void expect_refused(const std::vector<Refused>& cases) {
    std::atomic<int> handled{0};
    start([&](HttpRequest) {
      ++handled;
      return HttpResponse{};
    });
    for (const auto& refused : cases) {
      auto client = connect();
      // What follows must never be taken for a request of its own.
      client.send(refused.bytes);
      client.send("GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n");
      const auto response = client.read_response();
      EXPECT_EQ(response.status, refused.status) << refused.name << ": " << response.body;
      EXPECT_EQ(response.headers.find("Connection"), "close") << refused.name;
      EXPECT_GT(response.body.size(), 10U) << refused.name;
      EXPECT_TRUE(client.is_closed_by_server()) << refused.name;
    }
    EXPECT_EQ(handled, 0);
    EXPECT_EQ(server_->statistics().refused, cases.size());
  }
};

TEST_F(RefusalsTest, BrokenLines) {
  expect_refused(broken_lines());
}

TEST_F(RefusalsTest, WrongTargets) {
  expect_refused(wrong_targets());
}

TEST_F(RefusalsTest, AmbiguousFields) {
  expect_refused(ambiguous_fields());
}

TEST_F(RefusalsTest, OneFieldTooMany) {
  start_echo();
  std::string most = "GET / HTTP/1.1\r\nHost: h\r\n";
  for (std::size_t i = 1; i < limits::kHttpFields; ++i) {
    most += "X: y\r\n";
  }
  EXPECT_EQ(connect().ask(most + "\r\n").status, 200);
  EXPECT_EQ(connect().ask(most + "X: y\r\n\r\n").status, 431);
}

TEST_F(RefusalsTest, ATargetOfTheMostBytesIsTaken) {
  start_echo();
  const std::string target(limits::kHttpTargetBytes - 1, 'a');
  EXPECT_EQ(connect().ask("GET /" + target + " HTTP/1.1\r\nHost: h\r\n\r\n").status, 200);
}

TEST_F(RefusalsTest, LookAsTheHouseWantsThem) {
  options_.refuse = [](int status, std::string_view message) {
    HttpResponse response;
    response.headers = {{"Content-Type", "application/json"}};
    response.body =
        "{\"status\":" + std::to_string(status) + ",\"error\":\"" + std::string(message) + "\"}";
    return response;
  };
  start_echo();
  const auto response = connect().ask("GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.headers.find("Content-Type"), "application/json");
  EXPECT_EQ(response.body,
            "{\"status\":400,\"error\":\"the request has 0 fields Host: one is needed\"}");
}

TEST_F(RefusalsTest, WhoDripsAHeadIsTimedOutAsAWhole) {
  options_.head_timeout = Seconds(0.3);
  start_echo();
  auto client = connect();
  const std::string head = "GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(5000, 'a');
  bool is_answered = false;
  std::size_t sent = 0;
  for (; sent < head.size() && !is_answered; ++sent) {
    client.send(head.substr(sent, 1));
    pollfd wait{client.descriptor(), POLLIN, 0};
    is_answered = ::poll(&wait, 1, 10) == 1;  // the next byte comes well before the deadline
  }
  EXPECT_TRUE(is_answered);
  EXPECT_GT(sent, 3U);
  const auto response = client.read_response();
  EXPECT_EQ(response.status, 408);
  EXPECT_TRUE(client.is_closed_by_server());
}

TEST_F(RefusalsTest, ABodyThatDoesNotComeIsTimedOut) {
  options_.body_timeout = Seconds(0.1);
  start_echo();
  auto client = connect();
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc");
  EXPECT_EQ(client.read_response().status, 408);
  EXPECT_TRUE(client.is_closed_by_server());
}

TEST_F(RefusalsTest, WhoSaysNothingIsLetGoWithoutAWord) {
  options_.idle_timeout = Seconds(0.1);
  start_echo();
  auto silent = connect();
  EXPECT_EQ(silent.read_to_end(), "");
  auto once = connect();
  EXPECT_EQ(once.ask("GET / HTTP/1.1\r\nHost: h\r\n\r\n").status, 200);
  EXPECT_EQ(once.read_to_end(), "");
}

TEST_F(RefusalsTest, ALargeBodyThatIsRefusedDoesNotLoseTheAnswer) {
  start_echo();
  const auto port = server_->listen_tcp("127.0.0.1", 0);
  ASSERT_TRUE(port.ok());
  auto client = RawClient::tcp(*port);
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2000000\r\n\r\n");
  client.send(std::string(200'000, 'x'));
  EXPECT_EQ(client.read_response().status, 413);
}

}  // namespace
}  // namespace wattle::net
