// The server's face as a client sees it: a real home, real sockets.
#include "wattle/server/front.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "wattle/base/subprocess.h"
#include "wattle/executor/local_executor.h"
#include "wattle/net/http_client.h"
#include "wattle/server/composition.h"
#include "wattle/support/temporary_folder.h"

namespace wattle::server {
namespace {

using Json = nlohmann::json;

class FrontTest : public ::testing::Test {
 protected:
  FrontTest() {
    auto made = Composition::create({.files = files_,
                                     .clock = clock_,
                                     .rng = rng_,
                                     .subprocess = subprocess_,
                                     .executor = executor_,
                                     .environment = {{"PATH", "/usr/bin:/bin"}},
                                     .home = store::Home(folder_ / "home"),
                                     .program_folder = "/nowhere",
                                     .root = folder_ / "root",
                                     .host_nodes = folder_ / "nodes"},
                                    {.database_url = "",
                                     .version = "1.2.3",
                                     .tcp = {{.address = "127.0.0.1"}},
                                     .wake = [this] { ++woken_; },
                                     .drain = [this] { ++drained_; }},
                                    log_);
    EXPECT_TRUE(made.ok()) << made.error().message();
    parts_ = std::move(*made);
    EXPECT_TRUE(files_.make_directories(folder_ / "home/server").ok());
    const auto opened = parts_->front().open();
    EXPECT_TRUE(opened.ok()) << opened.error().message();
    owner_ = net::unix_client(folder_ / "home/server/socket");
    auto remote = net::remote_client(
        {.base_url = "http://127.0.0.1:" + std::to_string(parts_->front().ports().at(0))});
    EXPECT_TRUE(remote.ok()) << remote.error().message();
    anybody_ = std::move(*remote);
  }
  ~FrontTest() override { parts_->front().close(); }

  net::ClientResponse ask(net::HttpClient& client, net::ClientRequest request) {
    auto answer = client.send(request);
    EXPECT_TRUE(answer.ok()) << answer.error().message();
    return answer.ok() ? std::move(*answer) : net::ClientResponse{};
  }
  net::ClientResponse get(net::HttpClient& client, const std::string& target,
                          const std::string& token = "") {
    net::ClientRequest request{.method = "GET", .target = target};
    if (!token.empty()) {
      request.headers.set("Authorization", "Bearer " + token);
    }
    return ask(client, std::move(request));
  }
  net::ClientResponse post(net::HttpClient& client, const std::string& target, const Json& body,
                           const std::string& key = "") {
    net::ClientRequest request{.method = "POST", .target = target, .body = body.dump()};
    request.headers.set("Content-Type", "application/json");
    if (!key.empty()) {
      request.headers.set("Idempotency-Key", key);
    }
    return ask(client, std::move(request));
  }
  Json submission() const {
    return {{"command", {"true"}}, {"folder", folder_.path()}, {"name", "job"}};
  }
  static std::string code_of(const net::ClientResponse& answer) {
    return Json::parse(answer.body).at("error").at("code");
  }

  support::TemporaryFolder folder_;
  RealFileSystem files_;
  SystemClock clock_;
  Rng rng_{5};
  RealSubprocess subprocess_;
  executor::LocalExecutor executor_{files_, subprocess_, clock_, {}};
  Descriptor null_{::open("/dev/null", O_WRONLY | O_CLOEXEC)};
  Log log_{clock_, {.descriptor = null_.get()}};
  std::atomic<int> woken_ = 0;
  std::atomic<int> drained_ = 0;
  std::unique_ptr<Composition> parts_;
  std::unique_ptr<net::HttpClient> owner_;
  std::unique_ptr<net::HttpClient> anybody_;
};

TEST_F(FrontTest, TheOwnerIsToldWhichServerThisIs) {
  const auto answer = get(*owner_, "/api/v1/server");
  EXPECT_EQ(answer.status, 200);
  const auto server = Json::parse(answer.body);
  EXPECT_EQ(server.at("version"), "1.2.3");
  EXPECT_EQ(server.at("home"), folder_ / "home");
  EXPECT_TRUE(answer.headers.find("Wattle-Request-Id"));
  EXPECT_EQ(answer.headers.find("X-Content-Type-Options"), "nosniff");
}

TEST_F(FrontTest, HealthIsForEverybodyAndNothingElseIs) {
  EXPECT_EQ(get(*anybody_, "/healthz").status, 200);
  EXPECT_EQ(get(*anybody_, "/readyz").status, 200);
  const auto refused = get(*anybody_, "/api/v1/runs");
  EXPECT_EQ(refused.status, 401);
  EXPECT_TRUE(refused.headers.find("WWW-Authenticate"));
  EXPECT_EQ(code_of(refused), "permission_denied");
}

TEST_F(FrontTest, ARunThatIsSubmittedIsListedShownAndStopped) {
  const auto accepted = post(*owner_, "/api/v1/runs", submission());
  ASSERT_EQ(accepted.status, 201) << accepted.body;
  const std::string id = Json::parse(accepted.body).at("id");
  EXPECT_EQ(accepted.headers.find("Location"), "/api/v1/runs/" + id);
  EXPECT_EQ(woken_, 1) << "the queue looks at it";
  const auto listed = Json::parse(get(*owner_, "/api/v1/runs").body);
  EXPECT_EQ(listed.at("items").at(0).at("id"), id);
  const auto shown = get(*owner_, "/api/v1/runs/last");
  EXPECT_EQ(Json::parse(shown.body).at("command"), Json({"true"}));
  EXPECT_TRUE(shown.headers.find("ETag"));
  const auto asked = post(*owner_, "/api/v1/runs/" + id + "/actions", {{"action", "stop"}});
  EXPECT_EQ(asked.status, 202) << asked.body;
  EXPECT_EQ(Json::parse(asked.body).at("wish"), "stop");
}

TEST_F(FrontTest, TheSameKeyMakesOneRun) {
  const auto first = post(*owner_, "/api/v1/runs", submission(), "nightly");
  const auto second = post(*owner_, "/api/v1/runs", submission(), "nightly");
  EXPECT_EQ(first.status, 201);
  EXPECT_EQ(second.status, 200);
  EXPECT_EQ(Json::parse(first.body).at("id"), Json::parse(second.body).at("id"));
  auto other = submission();
  other["command"] = {"false"};
  const auto refused = post(*owner_, "/api/v1/runs", other, "nightly");
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(code_of(refused), "already_exists");
}

TEST_F(FrontTest, WhatIsWrongIsSaidInOneShape) {
  const auto nothing = get(*owner_, "/api/v1/nothing");
  EXPECT_EQ(nothing.status, 404);
  EXPECT_EQ(code_of(nothing), "not_found");
  const auto method = ask(*owner_, {.method = "DELETE", .target = "/api/v1/runs"});
  EXPECT_EQ(method.status, 405);
  EXPECT_EQ(method.headers.find("Allow"), "GET, POST");
  const auto key = post(*owner_, "/api/v1/runs", {{"comand", {"true"}}, {"folder", "/"}});
  EXPECT_EQ(key.status, 400);
  EXPECT_NE(key.body.find("did you mean 'command'"), std::string::npos) << key.body;
  const auto parameter = get(*owner_, "/api/v1/runs?limt=5");
  EXPECT_EQ(parameter.status, 400);
  EXPECT_NE(parameter.body.find("did you mean 'limit'"), std::string::npos) << parameter.body;
  const auto limit = get(*owner_, "/api/v1/runs?limit=0");
  EXPECT_EQ(limit.status, 400);
  EXPECT_EQ(get(*owner_, "/api/v1/runs/01NOSUCH").status, 404);
}

TEST_F(FrontTest, ARunsStreamEndsWithItsEnd) {
  const std::string id = Json::parse(post(*owner_, "/api/v1/runs", submission()).body).at("id");
  ASSERT_EQ(post(*owner_, "/api/v1/runs/" + id + "/actions", {{"action", "stop"}}).status, 202);
  std::thread queue([&] { EXPECT_TRUE(parts_->dispatcher().step().ok()); });
  std::string text;
  const auto streamed = owner_->stream(
      {.method = "GET", .target = "/api/v1/runs/" + id + "/stream"},
      [&](std::string_view bytes) {
        text += bytes;
        return true;
      },
      -1);
  queue.join();
  ASSERT_TRUE(streamed.ok()) << streamed.error().message();
  EXPECT_NE(text.find("event: end\ndata: {\"id\":\"" + id), std::string::npos) << text;
  EXPECT_NE(text.find("\"state\":\"stopped\""), std::string::npos) << text;
}

TEST_F(FrontTest, EventsAreToldAsTheyHappenAndFromAPlaceOn) {
  const std::string id = Json::parse(post(*owner_, "/api/v1/runs", submission()).body).at("id");
  const auto page = Json::parse(get(*owner_, "/api/v1/events?subject=" + id).body);
  ASSERT_FALSE(page.at("items").empty());
  const auto last = page.at("items").back().at("sequence").get<int>();
  std::string text;
  net::ClientRequest follow{.method = "GET", .target = "/api/v1/events?subject=" + id};
  follow.headers.set("Accept", "text/event-stream");
  follow.headers.set("Last-Event-ID", std::to_string(last - 1));
  const auto streamed = owner_->stream(
      follow,
      [&](std::string_view bytes) {
        text += bytes;
        return false;
      },
      -1);
  EXPECT_EQ(streamed.error().code(), ErrorCode::kCancelled);
  EXPECT_NE(text.find("id: " + std::to_string(last) + "\n"), std::string::npos) << text;
}

TEST_F(FrontTest, TheDocumentListsWhatThereIs) {
  const auto document = Json::parse(get(*owner_, "/api/v1/openapi.json").body);
  EXPECT_EQ(document.at("openapi"), "3.1.0");
  EXPECT_TRUE(document.at("paths").contains("/api/v1/runs/{run}"));
}

TEST_F(FrontTest, IsInUseWhileSomebodyFollows) {
  EXPECT_LT(parts_->front().idle_for(), Seconds(1e12));
  const std::string id = Json::parse(post(*owner_, "/api/v1/runs", submission()).body).at("id");
  bool was_in_use = false;
  (void)owner_->stream(
      {.method = "GET", .target = "/api/v1/runs/" + id + "/stream"},
      [&](std::string_view) {
        was_in_use = parts_->front().is_in_use();
        return false;
      },
      -1);
  EXPECT_TRUE(was_in_use);
  EXPECT_LT(parts_->front().idle_for(), Seconds(60));
}

TEST_F(FrontTest, MakesRoomWhenItIsAsked) {
  EXPECT_EQ(post(*owner_, "/api/v1/server/drain", Json::object()).status, 202);
  EXPECT_EQ(drained_, 1);
}

}  // namespace
}  // namespace wattle::server
