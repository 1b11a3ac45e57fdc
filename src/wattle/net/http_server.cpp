#include "wattle/net/http_server.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <future>
#include <system_error>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "wattle/base/text.h"
#include "wattle/net/connection.h"
#include "wattle/net/listener.h"
#include "wattle/net/tls_context.h"

namespace wattle::net {
namespace {

namespace asio = boost::asio;

constexpr int kAcceptBatch = 64;
// Connections over the limit that are told so; more are closed without a word.
constexpr std::size_t kMostRefusing = 64;
constexpr std::chrono::milliseconds kAcceptPause{200};

/// A listener that the I/O thread waits on.
struct Door {
  Door(asio::io_context& io, Listener given, Transport kind, std::shared_ptr<ssl_ctx_st> context)
      : listener(std::move(given)),
        transport(kind),
        tls(std::move(context)),
        readable(io, listener.descriptor()),
        pause(io) {}
  ~Door() { (void)readable.release(); }
  Door(const Door&) = delete;
  Door& operator=(const Door&) = delete;

  Listener listener;
  Transport transport;
  std::shared_ptr<ssl_ctx_st> tls;  // shared: connections outlive it
  asio::posix::stream_descriptor readable;
  asio::steady_timer pause;
  bool is_closed = false;
};

/// Signals are for the threads of whoever runs the server.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

void serve(ServerCore& core, Door& door, Descriptor accepted) {
  ++core.accepted;
  const std::size_t open = core.open;
  const bool is_full = open >= core.options.most_connections;
  const bool is_closed_at_once =
      is_full &&
      (open >= core.options.most_connections + kMostRefusing || door.transport == Transport::kTls);
  if (is_closed_at_once || core.stopping) {
    ++core.refused;
    return;
  }
  Peer peer = peer_of(accepted.get(), door.transport);
  auto stream = make_byte_stream(core.io, std::move(accepted), door.transport, door.tls);
  if (stream == nullptr) {
    return;
  }
  const auto purpose = is_full ? Connection::Purpose::kRefuse : Connection::Purpose::kServe;
  auto connection = std::make_shared<Connection>(core, std::move(stream), std::move(peer), purpose);
  asio::co_spawn(core.io, Connection::run(std::move(connection)),
                 [&core](const std::exception_ptr& failed) {
                   if (failed != nullptr) {
                     core.report(Error(ErrorCode::kInternal, "a connection ended by an exception"));
                   }
                 });
}

bool is_of_one_connection(int error_number) {
  return error_number == ECONNABORTED || error_number == EINTR || error_number == EPROTO ||
         error_number == EPERM || error_number == ENETDOWN || error_number == EHOSTUNREACH ||
         error_number == ENETUNREACH || error_number == ETIMEDOUT;
}

/// False: accepting must pause, since asking again would fail again at once.
bool accept_some(ServerCore& core, Door& door) {
  for (int i = 0; i < kAcceptBatch; ++i) {
    int error_number = 0;
    auto accepted = door.listener.accept(error_number);
    if (accepted.ok()) {
      serve(core, door, std::move(accepted).value());
      continue;
    }
    if (error_number == EAGAIN) {
      return true;
    }
    if (!is_of_one_connection(error_number)) {
      ++core.accept_errors;
      core.report(accepted.error());
      return false;
    }
  }
  return true;
}

asio::awaitable<void> accept_on(ServerCore& core, std::shared_ptr<Door> door) {
  boost::system::error_code error;
  const auto into_error = [&] { return asio::redirect_error(asio::use_awaitable, error); };
  while (!door->is_closed) {
    co_await door->readable.async_wait(asio::posix::stream_descriptor::wait_read, into_error());
    if (error || door->is_closed) {
      break;
    }
    if (!accept_some(core, *door)) {
      door->pause.expires_after(kAcceptPause);
      co_await door->pause.async_wait(into_error());
    }
  }
}

Status check(const HttpServer::Options& options, const HttpServer::Handler& handler) {
  const auto refuse = [](std::string_view what) {
    return Error(ErrorCode::kInvalidArgument, concat("a server needs ", what));
  };
  if (!handler) {
    return refuse("a handler");
  }
  if (options.workers < 1 || options.workers > 1024) {
    return refuse("1 to 1024 workers");
  }
  for (const Seconds timeout :
       {options.head_timeout, options.body_timeout, options.idle_timeout, options.write_timeout}) {
    if (!(timeout.value() > 0)) {
      return refuse("timeouts above 0 s");
    }
  }
  return {};
}

}  // namespace

ServerCore::ServerCore(HttpServer::Options given, HttpServer::Handler given_handler)
    : options(std::move(given)),
      handler(std::move(given_handler)),
      pool(options.workers, options.most_waiting) {}

HttpResponse ServerCore::refusal(int status, std::string_view message) const {
  HttpResponse response;
  try {
    if (options.refuse) {
      response = options.refuse(status, message);
    }
  } catch (const std::exception& e) {
    response = {};
    report(Error(ErrorCode::kInternal, concat("making a refusal: ", e.what())));
  }
  if (response.body.empty() && response.source == nullptr) {
    response.headers = {{"Content-Type", "text/plain; charset=utf-8"}};
    response.body = concat(message, "\n");
  }
  response.status = status;
  if (status == 503 && !response.headers.find("Retry-After")) {
    response.headers.add("Retry-After", "1");
  }
  return response;
}

void ServerCore::report(const Error& error) const {
  if (options.on_problem) {
    options.on_problem(error);
  }
}

const std::string& ServerCore::date() {
  const UtcTime now = clock.utc_now();
  if (now.ns / kNanosPerSecond != date_second_) {
    date_second_ = now.ns / kNanosPerSecond;
    date_ = http_date(now);
  }
  return date_;
}

class HttpServer::Impl {
 public:
  Impl(Options options, Handler handler)
      : core_(std::move(options), std::move(handler)), work_(core_.io.get_executor()) {}

  Status add(Listener listener, Transport transport, std::shared_ptr<ssl_ctx_st> tls) {
    if (is_stopped_) {
      return Error(ErrorCode::kFailedPrecondition, "the server has stopped");
    }
    try {
      doors_.push_back(
          std::make_shared<Door>(core_.io, std::move(listener), transport, std::move(tls)));
    } catch (const std::system_error& e) {
      return Error(ErrorCode::kUnavailable, concat("waiting on a socket: ", e.what()));
    }
    asio::co_spawn(core_.io, accept_on(core_, doors_.back()), asio::detached);
    return {};
  }

  Status start() {
    if (thread_.joinable() || is_stopped_) {
      return Error(ErrorCode::kFailedPrecondition, "a server starts once");
    }
    const SignalsBlocked blocked;
    try {
      core_.pool.start();
      thread_ = std::thread([this] { core_.io.run(); });
    } catch (const std::system_error& e) {
      core_.pool.stop();
      is_stopped_ = true;
      return Error(ErrorCode::kUnavailable, concat("starting the threads of a server: ", e.what()));
    }
    return {};
  }

  void stop(Seconds grace) {
    if (is_stopped_) {
      return;
    }
    is_stopped_ = true;
    close_listeners();
    run([this] {
      core_.stopping = true;
      for (auto* connection : core_.connections) {
        connection->drain();
      }
    });
    await_empty(grace);
    run([this] {
      for (auto* connection : core_.connections) {
        connection->abort();
      }
    });
    core_.pool.stop();
    run([this] {
      core_.pool_stopped = true;
      for (auto* connection : core_.connections) {
        connection->wake();
      }
    });
    await_empty(std::nullopt);
    work_.reset();
    if (thread_.joinable()) {
      thread_.join();
    }
  }

  void close_listeners() {
    run([this] {
      for (const auto& door : doors_) {
        door->is_closed = true;
        (void)door->readable.release();
        door->listener.close();
        door->pause.cancel();
      }
    });
    doors_.clear();
  }

  ServerStatistics statistics() const {
    return {.connections = core_.open,
            .streams = core_.streams,
            .under_way = core_.under_way,
            .accepted = core_.accepted,
            .handled = core_.handled,
            .refused = core_.refused,
            .accept_errors = core_.accept_errors};
  }

 private:
  /// On the I/O thread, to its end; here, where there is none.
  void run(const std::function<void()>& what) {
    if (!thread_.joinable()) {
      what();
      return;
    }
    std::promise<void> done;
    asio::post(core_.io, [&] {
      what();
      done.set_value();
    });
    done.get_future().wait();
  }

  void await_empty(std::optional<Seconds> most) {
    std::unique_lock lock(core_.mutex);
    const auto is_empty = [this] { return core_.open == 0; };
    if (most) {
      core_.emptied.wait_for(
          lock, std::chrono::duration<double>(std::clamp(most->value(), 0.0, 1e6)), is_empty);
    } else {
      core_.emptied.wait(lock, is_empty);
    }
  }

  ServerCore core_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::vector<std::shared_ptr<Door>> doors_;  // shared with the coroutine that accepts
  std::thread thread_;
  bool is_stopped_ = false;
};

Result<std::unique_ptr<HttpServer>> HttpServer::create(Options options, Handler handler) {
  WATTLE_RETURN_IF_ERROR(check(options, handler));
  return std::unique_ptr<HttpServer>(
      new HttpServer(std::make_unique<Impl>(std::move(options), std::move(handler))));
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

HttpServer::~HttpServer() {
  stop(Seconds(0));
}

Status HttpServer::listen_unix(const std::string& path) {
  WATTLE_ASSIGN_OR_RETURN(Listener listener, Listener::unix_socket(path));
  return impl_->add(std::move(listener), Transport::kUnix, nullptr);
}

Result<std::uint16_t> HttpServer::listen_tcp(const std::string& address, std::uint16_t port,
                                             const std::optional<TlsFiles>& tls) {
  std::shared_ptr<ssl_ctx_st> context;
  if (tls) {
    WATTLE_ASSIGN_OR_RETURN(context, load_tls_context(*tls));
  }
  WATTLE_ASSIGN_OR_RETURN(Listener listener, Listener::tcp(address, port));
  const std::uint16_t bound = listener.port();
  const Transport transport = tls ? Transport::kTls : Transport::kTcp;
  WATTLE_RETURN_IF_ERROR(impl_->add(std::move(listener), transport, std::move(context)));
  return bound;
}

Status HttpServer::start() {
  return impl_->start();
}

void HttpServer::stop(Seconds grace) {
  impl_->stop(grace);
}

void HttpServer::close_listeners() {
  impl_->close_listeners();
}

ServerStatistics HttpServer::statistics() const {
  return impl_->statistics();
}

}  // namespace wattle::net
