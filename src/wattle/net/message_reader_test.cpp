#include "wattle/net/message_reader.h"

#include <gtest/gtest.h>

#include "wattle/base/limits.h"
#include "wattle/net/message_writer.h"

namespace wattle::net {
namespace {

struct Read {
  RequestReader reader;
  std::string body;
  std::string rest;
};

Read read(std::string_view bytes, std::size_t piece, std::uint64_t most = 1000) {
  Read result;
  std::size_t at = 0;
  while (at < bytes.size()) {
    const std::size_t used = result.reader.feed(bytes.substr(at, piece), result.body);
    at += used;
    if (result.reader.state() == RequestReader::State::kHeadRead) {
      result.reader.accept_body(most);
    } else if (used == 0) {
      break;
    }
  }
  result.rest = bytes.substr(at);
  return result;
}

constexpr std::string_view kChunked =
    "POST /a?b=c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\nX-Y:  two words \r\n\r\n"
    "5\r\nhello\r\n00006;name=value;other=\"x y\"\r\n world\r\n0;last\r\nTrailer: t\r\n\r\nGET";

TEST(RequestReader, ReadsTheSameHoweverItIsTorn) {
  for (std::size_t piece = 1; piece <= kChunked.size(); ++piece) {
    const Read got = read(kChunked, piece);
    ASSERT_EQ(got.reader.state(), RequestReader::State::kComplete) << piece;
    EXPECT_EQ(got.reader.facts().method, "POST");
    EXPECT_EQ(got.reader.facts().target, "/a?b=c");
    EXPECT_EQ(got.reader.headers().find("x-y"), "two words");
    EXPECT_EQ(got.reader.headers().all().size(), 3U);
    EXPECT_EQ(got.body, "hello world");
    EXPECT_EQ(got.rest, "GET");
    EXPECT_TRUE(got.reader.keeps_alive());
  }
}

TEST(RequestReader, KnowsWhetherTheConnectionGoesOn) {
  EXPECT_TRUE(read("GET / HTTP/1.1\r\nHost: h\r\n\r\n", 9).reader.keeps_alive());
  EXPECT_FALSE(
      read("GET / HTTP/1.1\r\nHost: h\r\nConnection: x, Close\r\n\r\n", 9).reader.keeps_alive());
  EXPECT_FALSE(read("GET / HTTP/1.0\r\n\r\n", 9).reader.keeps_alive());
  EXPECT_TRUE(read("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 9).reader.keeps_alive());
}

TEST(RequestReader, ReadsOverOneBlankLineBeforeARequest) {
  EXPECT_EQ(read("\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", 1).reader.state(),
            RequestReader::State::kComplete);
  EXPECT_FALSE(read("\r\n", 1).reader.has_begun());
  EXPECT_EQ(read("\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", 3).reader.state(),
            RequestReader::State::kRefused);
}

TEST(RequestReader, TakesAnAbsoluteTargetOfItsOwnHost) {
  const Read got = read("GET http://H:80/a?b HTTP/1.1\r\nHost: h:80\r\n\r\n", 5);
  ASSERT_EQ(got.reader.state(), RequestReader::State::kComplete);
  EXPECT_EQ(got.reader.facts().target, "/a?b");
  EXPECT_EQ(read("GET https://h HTTP/1.1\r\nHost: h\r\n\r\n", 5).reader.facts().target, "/");
  EXPECT_EQ(read("GET http://h?q HTTP/1.1\r\nHost: h\r\n\r\n", 5).reader.facts().target, "/?q");
}

std::string chunked(std::string_view body) {
  return "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(body);
}

TEST(RequestReader, RefusesChunksThatCouldBeReadInTwoWays) {
  for (const std::string body : {"5\nhello\r\n0\r\n\r\n",
                                 "5\r\nhello0\r\n\r\n",
                                 "5\r\nhellooo\r\n",
                                 "-5\r\n",
                                 "+5\r\n",
                                 "0x5\r\n",
                                 " 5\r\n",
                                 "5 \r\n",
                                 "5 ;a\r\n",
                                 "\r\n",
                                 ";a\r\n",
                                 "5\r\r\n",
                                 "g\r\n",
                                 "ffffffffffffffff\r\n",
                                 "10000000000000000\r\n",
                                 "5;a\x01\r\n",
                                 "0\r\n folded: x\r\n",
                                 "0\r\nno colon\r\n",
                                 "0\r\na : b\r\n",
                                 "0\r\na: b\n\r\n",
                                 "5\r\nhello\n0\r\n\r\n"}) {
    for (const std::size_t piece : {1U, 1000U}) {
      const Read got = read(chunked(body), piece);
      ASSERT_EQ(got.reader.state(), RequestReader::State::kRefused) << body;
      EXPECT_EQ(got.reader.refusal().status, 400) << body;
    }
  }
}

TEST(RequestReader, BoundsWhatSurroundsChunks) {
  const std::string extension = "1;" + std::string(200, 'a') + "\r\nx\r\n";
  std::string many;
  for (std::size_t i = 0; i <= limits::kHttpExtensionBytes / 200; ++i) {
    many += extension;
  }
  EXPECT_EQ(read(chunked(many), 1000).reader.refusal().status, 400);
  EXPECT_EQ(read(chunked("1;" + std::string(limits::kHttpChunkLineBytes, 'a')), 1000)
                .reader.refusal()
                .status,
            400);
  const std::string trailer = "0\r\na: " + std::string(limits::kHttpTrailerBytes, 'a');
  EXPECT_EQ(read(chunked(trailer), 1000).reader.refusal().status, 431);
  std::string trailers = "0\r\n";
  for (int i = 0; i < 1000; ++i) {
    trailers += "a: b\r\n";
  }
  EXPECT_EQ(read(chunked(trailers), 1000).reader.refusal().status, 431);
}

TEST(RequestReader, RefusesABodyThatIsTooLargeBeforeItComes) {
  const Read got = read("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n\r\n", 1000);
  ASSERT_EQ(got.reader.state(), RequestReader::State::kRefused);
  EXPECT_EQ(got.reader.refusal().status, 413);
  EXPECT_EQ(
      read(chunked("3e8\r\n" + std::string(1000, 'x') + "\r\n1\r\n"), 100).reader.refusal().status,
      413);
  EXPECT_EQ(read(chunked("3e8\r\n" + std::string(1000, 'x') + "\r\n0\r\n\r\n"), 100).reader.state(),
            RequestReader::State::kComplete);
}

struct Answer {
  ResponseReader::State state;
  int status;
  std::string body;
  bool keeps_alive;
};

Answer read_answer(std::string_view bytes, std::size_t piece, bool is_head = false) {
  ResponseReader reader(is_head ? ResponseReader::Body::kNone : ResponseReader::Body::kAsSaid);
  std::string body;
  std::size_t at = 0;
  while (at < bytes.size()) {
    const std::size_t used = reader.feed(bytes.substr(at, piece), body);
    at += used;
    if (used == 0) {
      break;
    }
  }
  if (at == bytes.size()) {
    reader.feed_end();
  }
  return {reader.state(), reader.status(), body, reader.keeps_alive()};
}

TEST(ResponseReader, KnowsWhereABodyEnds) {
  using State = ResponseReader::State;
  for (const std::size_t piece : {1U, 4U, 1000U}) {
    const auto length = read_answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokX", piece);
    EXPECT_EQ(length.state, State::kComplete);
    EXPECT_EQ(length.body, "ok");
    EXPECT_TRUE(length.keeps_alive);
    const auto chunks = read_answer(
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n"
        "2\r\nok\r\n0\r\n\r\n",
        piece);
    EXPECT_EQ(chunks.state, State::kComplete);
    EXPECT_EQ(chunks.status, 201);
    EXPECT_EQ(chunks.body, "ok");
    const auto until_end = read_answer("HTTP/1.0 200 OK\r\n\r\nall of it", piece);
    EXPECT_EQ(until_end.state, State::kComplete);
    EXPECT_EQ(until_end.body, "all of it");
    EXPECT_FALSE(until_end.keeps_alive);
    EXPECT_EQ(read_answer("HTTP/1.1 204 No Content\r\n\r\n", piece).state, State::kComplete);
    EXPECT_EQ(read_answer("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", piece, true).state,
              State::kComplete);
  }
}

TEST(ResponseReader, TellsABrokenAnswerFromAWholeOne) {
  for (const std::string text :
       {"", "HTT", "SSH-2.0-x\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "HTTP/1.1 2 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA b\r\n\r\n"}) {
    EXPECT_EQ(read_answer(text, 7).state, ResponseReader::State::kBroken) << text;
  }
  const std::string endless =
      "HTTP/1.1 200 OK\r\nA: " + std::string(limits::kHttpAnswerHeadBytes, 'a');
  EXPECT_EQ(read_answer(endless, 4096).state, ResponseReader::State::kBroken);
}

TEST(MessageWriter, LeavesOutWhatIsTheServers) {
  HttpResponse response;
  response.headers = {{"content-length", "99"}, {"X", "1"}, {"Transfer-Encoding", "x"}};
  response.body = "ok";
  const auto plan = plan_response(response, "GET", true, true);
  EXPECT_EQ(response_head(response, plan, "now"),
            "HTTP/1.1 200 OK\r\nDate: now\r\nX: 1\r\nContent-Length: 2\r\n"
            "Connection: keep-alive\r\n\r\n");
  EXPECT_EQ(http_date(UtcTime{784'111'777 * kNanosPerSecond}), "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST(MessageWriter, KnowsWhatCannotBeSent) {
  EXPECT_TRUE(is_sendable({{"A", "b\tc"}, {"D", ""}}));
  EXPECT_FALSE(is_sendable({{"A", "b\r\nSet-Cookie: x"}}));
  EXPECT_FALSE(is_sendable({{"A", std::string("b\0", 2)}}));
  EXPECT_FALSE(is_sendable({{"A b", "c"}}));
  EXPECT_FALSE(is_sendable({{"", "c"}}));
}

TEST(Headers, CompareWithoutCase) {
  Headers headers{{"Accept", "a"}, {"accept", "b"}, {"X", "y"}};
  EXPECT_EQ(headers.find("ACCEPT"), "a");
  headers.set("aCCept", "c");
  EXPECT_EQ(headers.all(),
            (std::vector<std::pair<std::string, std::string>>{{"X", "y"}, {"aCCept", "c"}}));
}

}  // namespace
}  // namespace wattle::net
