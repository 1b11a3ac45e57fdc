#include "wattle/server/front.h"

#include <unistd.h>

#include "wattle/access/secret.h"
#include "wattle/api/answer.h"
#include "wattle/base/text.h"

namespace wattle::server {
namespace {

constexpr Seconds kGrace{5};  // for requests under way
constexpr Seconds kSlow{1};   // a request that took longer is told
constexpr int kWorkers = 4;   // they wait for the disk and the database, not for a processor

/// A request of ours goes with what it names: a body of a submission holds an environment.
net::BodyPolicy body_policy(const net::HttpRequest&) {
  return {.most_bytes = limits::kMessageBytes, .spools = false};
}

/// What net refuses, in the API's shape. 4xx are the client's fault, 5xx ask to try again.
net::HttpResponse network_refusal(int status, std::string_view message) {
  const ErrorCode code = status == 503   ? ErrorCode::kUnavailable
                         : status == 507 ? ErrorCode::kIo
                         : status == 408 ? ErrorCode::kTimeout
                         : status >= 500 ? ErrorCode::kInternal
                                         : ErrorCode::kInvalidArgument;
  return api::error_answer(Error(code, std::string(message)), "", status);
}

net::HttpResponse health_answer(const messages::Health& health) {
  return api::answer(health, health.status == messages::HealthStatus::kFailing ? 503 : 200);
}

/// Nobody may put our pages into a frame, guess a type, or keep what was told to one caller.
void add_safety(net::HttpResponse& response) {
  response.headers.set("X-Content-Type-Options", "nosniff");
  response.headers.set("X-Frame-Options", "DENY");
  response.headers.set("Referrer-Policy", "no-referrer");
  if (!response.headers.find("Cache-Control")) {
    response.headers.set("Cache-Control", "no-store");
  }
}

std::string path_of(const net::HttpRequest& request) {
  return request.target.substr(0, request.target.find('?'));
}

std::optional<net::TlsFiles> files_of(const TcpListener& listener) {
  return listener.tls ? std::optional(net::TlsFiles{.certificate = listener.tls->chain,
                                                    .key = listener.tls->key})
                      : std::nullopt;
}

}  // namespace

Status Front::open() {
  net::HttpServer::Options options;
  options.workers = kWorkers;
  options.body_policy = body_policy;
  options.refuse = network_refusal;
  options.on_done = [this](const net::RequestTrace& done) { trace(done); };
  options.on_problem = [this](const Error& error) {
    parts_.log.write(LogLevel::kWarning, "the network", {{"error", error.message()}});
  };
  WATTLE_ASSIGN_OR_RETURN(
      http_, net::HttpServer::create(std::move(options), [this](net::HttpRequest request) {
        return handle(std::move(request));
      }));
  WATTLE_RETURN_IF_ERROR(http_->listen_unix(parts_.socket));
  ports_.clear();
  for (const auto& listener : parts_.tcp) {
    WATTLE_ASSIGN_OR_RETURN(const auto port,
                            http_->listen_tcp(listener.address, listener.port, files_of(listener)));
    WATTLE_ASSIGN_OR_RETURN(
        auto origins,
        access::AllowedOrigins::create(
            listener.tls ? access::Scheme::kHttps : access::Scheme::kHttp, port, listener.names));
    parts_.doorkeeper.add_port(port, std::move(origins));
    ports_.push_back(port);
  }
  return http_->start();
}

void Front::close() {
  if (http_) {
    http_->stop(kGrace);
  }
}

bool Front::is_in_use() const {
  const auto statistics = http_->statistics();
  return statistics.streams > 0 || statistics.under_way > 0;
}

std::size_t Front::streams() const {
  return http_ ? http_->statistics().streams : 0;
}

Seconds Front::idle_for() const {
  return parts_.clock.boot_now() - BootTime{last_boot_ns_};
}

std::string Front::next_id() {
  return concat(::getpid(), "-", ++requests_);
}

net::HttpResponse Front::handle(net::HttpRequest request) {
  last_boot_ns_ = parts_.clock.boot_now().ns;
  const auto id = next_id();
  auto response = answer(std::move(request), id);
  response.headers.set("Wattle-Request-Id", id);
  response.note = id;
  if (parts_.is_outdated()) {
    response.headers.set("Wattle-Outdated", "true");  // commands ask such a server to make room
  }
  add_safety(response);
  return response;
}

net::HttpResponse Front::answer(net::HttpRequest request, const std::string& id) {
  if (auto health = answer_anybody(request)) {
    return std::move(*health);
  }
  const auto admitted = parts_.doorkeeper.admit(request);
  return admitted.identity ? parts_.api.handle(std::move(request), *admitted.identity, id)
                           : refuse(admitted, id);
}

/// What a load balancer or a supervisor of services asks without being anybody.
std::optional<net::HttpResponse> Front::answer_anybody(const net::HttpRequest& request) {
  const auto path = path_of(request);
  const bool is_health = path == "/healthz" || path == "/readyz";
  if (!is_health || (request.method != "GET" && request.method != "HEAD")) {
    return std::nullopt;
  }
  if (const auto refused = parts_.doorkeeper.refuse_stranger(request)) {
    return refuse(*refused, "");
  }
  // Alive is whoever answers; ready is whose database answers too.
  return health_answer(path == "/readyz" ? parts_.services.health() : messages::Health{});
}

net::HttpResponse Front::refuse(const Doorkeeper::Answer& refusal, const std::string& id) {
  if (!refusal.reason.empty()) {
    parts_.log.write(LogLevel::kNotice, "refused", {{"request", id}, {"reason", refusal.reason}});
  }
  const ErrorCode code = refusal.status == 429 || refusal.status == 503 ? ErrorCode::kUnavailable
                         : refusal.status == 400 ? ErrorCode::kInvalidArgument
                                                 : ErrorCode::kPermissionDenied;
  auto response = api::error_answer(Error(code, refusal.message), id, refusal.status);
  if (refusal.status == 401) {
    response.headers.set("WWW-Authenticate", "Bearer realm=\"wattle\"");
  }
  if (refusal.retry_after > Seconds(0)) {
    response.headers.set("Retry-After",
                         std::to_string(static_cast<int>(refusal.retry_after.value())));
  }
  return response;
}

void Front::trace(const net::RequestTrace& trace) {
  const auto level = trace.status >= 500                    ? LogLevel::kWarning
                     : trace.waited + trace.handled > kSlow ? LogLevel::kNotice
                                                            : LogLevel::kInfo;
  parts_.log.write(level, "request",
                   {{"request", trace.note},
                    {"method", trace.method},
                    {"target", access::without_secrets(trace.target)},
                    {"from", trace.peer.address},
                    {"status", trace.status},
                    {"bytes_in", trace.bytes_in},
                    {"bytes_out", trace.bytes_out},
                    {"waited_seconds", trace.waited.value()},
                    {"handled_seconds", trace.handled.value()}});
}

}  // namespace wattle::server
