#include "wattle/server/doorkeeper.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "wattle/access/session_cookie.h"
#include "wattle/base/text.h"

namespace wattle::server {
namespace {

using access::Identity;
using Answer = Doorkeeper::Answer;

constexpr double kBurst = 400;  // a page and what it loads, several times over
constexpr double kPerSecond = 200;
constexpr std::string_view kBearer = "bearer ";

Answer refusal(int status, std::string message, std::string reason = "") {
  return {.identity = std::nullopt,
          .status = status,
          .message = std::move(message),
          .reason = std::move(reason)};
}

Answer too_often(Seconds wait, std::string_view what) {
  const auto seconds = std::max(1.0, std::ceil(wait.value()));
  auto answer = refusal(429, concat(what, " from this address; try again in ",
                                    static_cast<std::int64_t>(seconds), " s"));
  answer.retry_after = Seconds(seconds);
  return answer;
}

bool changes_nothing(const net::HttpRequest& request) {
  return request.method == "GET" || request.method == "HEAD";
}

access::MaybeHeader header(const net::HttpRequest& request, std::string_view name) {
  return request.headers.find(name);
}

std::string_view text(access::MaybeHeader value) {
  return value.value_or(std::string_view());
}

/// "Bearer" in any case, as RFC 7235 has it.
std::optional<std::string_view> bearer_token(const net::HttpRequest& request) {
  const auto value = request.headers.find("Authorization");
  if (!value || to_lower(value->substr(0, kBearer.size())) != kBearer) {
    return std::nullopt;
  }
  return trim(value->substr(kBearer.size()));
}

/// Each of these is looked at once: a second one of the same name could say something else.
bool repeats_a_header(const net::HttpRequest& request) {
  constexpr std::array<std::string_view, 7> kSingle{
      "Host", "Origin", "Referer", "Sec-Fetch-Site", "Cookie", "Authorization", "Wattle-Csrf"};
  return std::ranges::any_of(kSingle, [&](std::string_view name) {
    return std::ranges::count_if(request.headers.all(), [&](const auto& field) {
             return to_lower(field.first) == to_lower(name);
           }) > 1;
  });
}

Result<std::optional<std::string_view>> session_cookie(const net::HttpRequest& request) {
  const access::CookieName name{.kind = access::SecretKind::kSession,
                                .scheme = request.peer.transport == net::Transport::kTls
                                              ? access::Scheme::kHttps
                                              : access::Scheme::kHttp,
                                .port = request.peer.local_port};
  return access::find_cookie(text(header(request, "Cookie")), name.text());
}

}  // namespace

Doorkeeper::Doorkeeper(Parts parts)
    : parts_(std::move(parts)),
      requests_(parts_.clock, {.burst = kBurst, .per_second = kPerSecond}),
      failures_(parts_.clock) {}

Answer Doorkeeper::admit(const net::HttpRequest& request) {
  if (request.peer.transport == net::Transport::kUnix) {
    return admit_owner(request.peer);
  }
  if (auto refused = refuse_stranger(request)) {
    return std::move(*refused);
  }
  if (const auto token = bearer_token(request)) {
    return admit_token(request, *token);
  }
  const auto cookie = session_cookie(request);
  if (!cookie.ok()) {
    return refusal(401, cookie.error().message());
  }
  if (*cookie) {
    return admit_session(request, **cookie);
  }
  return refusal(401, "who is it? Send a token as `Authorization: Bearer wattle_token_…`");
}

std::optional<Answer> Doorkeeper::refuse_stranger(const net::HttpRequest& request) {
  if (request.peer.transport == net::Transport::kUnix) {
    return std::nullopt;
  }
  if (!request.peer.is_loopback()) {
    const auto rate = requests_.allow(access::rate_key_of(request.peer.address));
    if (!rate.is_allowed) {
      return too_often(rate.wait, "too many requests");
    }
  }
  if (repeats_a_header(request)) {
    return refusal(400, "a header that says who asks, or where, is there twice");
  }
  const auto origins = origins_.find(request.peer.local_port);
  if (origins == origins_.end()) {
    return refusal(403, "this server is not asked here");
  }
  const auto host = access::check_host(header(request, "Host"), origins->second);
  return host.ok() ? std::nullopt : std::optional(refusal(403, host.error().message()));
}

Answer Doorkeeper::admit_owner(const net::Peer& peer) const {
  const bool is_owner = peer.user == parts_.owner_id || peer.user == 0U;
  return is_owner ? Answer{.identity = Identity::owner(parts_.owner), .message = "", .reason = ""}
                  : refusal(403, concat("this server is ", parts_.owner,
                                        "'s own; use a token over TCP"));
}

Answer Doorkeeper::admit_token(const net::HttpRequest& request, std::string_view token) {
  if (const auto rate = failures_.check(access::rate_key_of(request.peer.address));
      !rate.is_allowed) {
    return too_often(rate.wait, "too many wrong secrets");
  }
  const auto verdict = parts_.tokens.examine(token);
  if (!verdict.ok()) {
    return refusal(503, verdict.error().message());
  }
  return verdict->identity
             ? Answer{.identity = verdict->identity, .message = "", .reason = ""}
             : refuse_secret(request, concat("token ", access::to_text(verdict->refusal), " ",
                                             verdict->subject));
}

/// What a browser sends by itself must come from our pages; what changes something must also hold
/// the secret that only they can read.
Answer Doorkeeper::admit_session(const net::HttpRequest& request, std::string_view cookie) {
  const auto verdict = parts_.sessions.examine(cookie);
  if (!verdict.ok()) {
    return refusal(503, verdict.error().message());
  }
  if (!verdict->session) {
    return refuse_secret(
        request, concat("session ", access::to_text(verdict->refusal), " ", verdict->subject));
  }
  if (!changes_nothing(request)) {
    const auto origin = access::check_origin({.origin = header(request, "Origin"),
                                              .referer = header(request, "Referer"),
                                              .sec_fetch_site = header(request, "Sec-Fetch-Site")},
                                             origins_.at(request.peer.local_port));
    const auto csrf =
        access::Sessions::check_csrf(*verdict->session, text(header(request, "Wattle-Csrf")));
    if (!origin.ok() || !csrf.ok()) {
      return refusal(403, origin.ok() ? csrf.error().message() : origin.error().message());
    }
  }
  return {.identity = verdict->session->identity, .message = "", .reason = ""};
}

Answer Doorkeeper::refuse_secret(const net::HttpRequest& request, std::string reason) {
  note_failure(request);
  return refusal(401, access::refused().message(), std::move(reason));
}

void Doorkeeper::note_failure(const net::HttpRequest& request) {
  failures_.note_failure(access::rate_key_of(request.peer.address));
}

}  // namespace wattle::server
