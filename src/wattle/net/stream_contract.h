// For tests: what a stream does, the same for every client.
//
// Units:    none. Errors: fail the test. Threads: one. Lifetime: a handler keeps what it needs.
#pragma once

#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include "wattle/base/descriptor.h"
#include "wattle/net/http_client.h"
#include "wattle/net/http_server.h"

namespace wattle::net {

inline ErrorCode code_of(const Result<ClientResponse>& result) {
  return result.ok() ? ErrorCode::kInternal : result.error().code();
}

/// Bodies of which the end never comes.
inline HttpResponse endless(const std::shared_ptr<Bell>& bell) {
  class Source final : public BodySource {
   public:
    explicit Source(std::shared_ptr<Bell> bell) : bell_(std::move(bell)) {}
    Result<Chunk> read() override { return Chunk{std::exchange(first_, "")}; }
    std::shared_ptr<Bell> bell() const override { return bell_; }

   private:
    std::shared_ptr<Bell> bell_;
    std::string first_ = "data: 1\n\n";
  };
  HttpResponse response;
  response.source = std::make_unique<Source>(bell);
  return response;
}

/// The same for both clients: who is it, and what does a stream of it do.
inline void expect_streams(HttpClient& client) {
  // Ended by whoever takes the bytes.
  std::string got;
  const auto ended = client.stream(
      {.target = "/endless"},
      [&](std::string_view bytes) {
        got += bytes;
        return got != "data: 1\n\n";
      },
      -1);
  EXPECT_EQ(code_of(ended), ErrorCode::kCancelled);
  EXPECT_EQ(got, "data: 1\n\n");
  // Ended by a descriptor, from another thread, while nothing comes.
  const Descriptor cancel(::eventfd(0, EFD_CLOEXEC));
  const auto cancelled = client.stream(
      {.target = "/endless"},
      [&](std::string_view) { return ::eventfd_write(cancel.get(), 1) == 0; }, cancel.get());
  EXPECT_EQ(code_of(cancelled), ErrorCode::kCancelled);
  // Ended at the head.
  int status = 0;
  ClientRequest request{.target = "/endless"};
  request.on_head = [&](const ClientResponse& head) {
    status = head.status;
    return false;
  };
  EXPECT_EQ(code_of(client.stream(
                request, [](std::string_view) { return true; }, -1)),
            ErrorCode::kCancelled);
  EXPECT_EQ(status, 200);
  // An error is an answer with a body, not a stream.
  bool was_called = false;
  const auto error = client.stream(
      {.target = "/missing"}, [&](std::string_view) { return was_called = true; }, -1);
  ASSERT_TRUE(error.ok()) << error.error().message();
  EXPECT_EQ(error->status, 404);
  EXPECT_EQ(error->body, "not here");
  EXPECT_FALSE(was_called);
  // A whole one.
  std::string whole;
  const auto answer = client.stream(
      {.method = "POST", .target = "/echo", .body = "abc"},
      [&](std::string_view bytes) {
        whole += bytes;
        return true;
      },
      -1);
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(whole, "abc");
  EXPECT_EQ(answer->body, "");
}

inline HttpServer::Handler stream_handler() {
  return [bell = std::make_shared<Bell>()](HttpRequest request) {
    if (request.target == "/endless") {
      return endless(bell);
    }
    HttpResponse response;
    response.status = request.target == "/missing" ? 404 : 200;
    response.body = request.target == "/missing" ? "not here" : request.body;
    return response;
  };
}

}  // namespace wattle::net
