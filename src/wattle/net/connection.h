// One connection of a server, as a coroutine: reads a request, has it handled, writes the response,
// and so on. Internal: includes Asio.
//
// Units:    bytes, Seconds. Errors: end the connection, after a refusal where one can be sent.
// Threads:  everything on the I/O thread, but for the handler and the reads of a source, which a
//           worker runs while the coroutine waits.
// Lifetime: kept by its coroutine and by the jobs that it has given to workers.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>  // before Asio: that of Boost 1.74 forgets it
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "wattle/base/time.h"
#include "wattle/net/byte_stream.h"
#include "wattle/net/http_server.h"
#include "wattle/net/message_reader.h"
#include "wattle/net/message_writer.h"
#include "wattle/net/spool.h"
#include "wattle/net/worker_pool.h"

namespace wattle::net {

class Connection;

/// What the connections of a server share. All but the counters and `pool` is the I/O thread's.
struct ServerCore {
  ServerCore(HttpServer::Options options, HttpServer::Handler handler);

  HttpServer::Options options;
  HttpServer::Handler handler;
  boost::asio::io_context io{1};
  WorkerPool pool;
  SystemClock clock;
  std::unordered_set<Connection*> connections;  // each enters and leaves by itself
  std::size_t body_bytes = 0;                   // of requests, in memory
  bool stopping = false;
  bool pool_stopped = false;

  std::atomic<std::size_t> open{0};
  std::atomic<std::size_t> streams{0};
  std::atomic<std::size_t> under_way{0};
  std::atomic<std::uint64_t> accepted{0};
  std::atomic<std::uint64_t> handled{0};
  std::atomic<std::uint64_t> refused{0};
  std::atomic<std::uint64_t> accept_errors{0};

  std::mutex mutex;  // for `emptied`
  std::condition_variable emptied;

  HttpResponse refusal(int status, std::string_view message) const;
  void report(const Error& error) const;
  /// The field Date, made once a second.
  const std::string& date();

 private:
  std::string date_;
  std::int64_t date_second_ = -1;
};

/// One request of a connection, and its response.
struct OpenExchange {
  RequestReader reader;
  HttpRequest request;
  HttpResponse response;
  std::optional<SpoolFile> spool;
  std::string failure;  // what the handler threw
  RequestTrace trace;
  std::size_t held_bytes = 0;  // of its body, in ServerCore::body_bytes
  bool has_begun = false;
  bool is_stream = false;
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  enum class Purpose { kServe, kRefuse };

  Connection(ServerCore& core, std::unique_ptr<ByteStream> stream, Peer peer, Purpose purpose);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Runs until the connection ends.
  static boost::asio::awaitable<void> run(std::shared_ptr<Connection> self);
  /// Ends after the request that is under way; at once if there is none, or if it is a stream.
  void drain();
  /// Ends at once.
  void abort();
  void wake();

 private:
  using Clock = std::chrono::steady_clock;
  template <typename T>
  using Awaitable = boost::asio::awaitable<T>;

  Awaitable<void> serve();
  Awaitable<bool> serve_one();
  Awaitable<bool> read_head();
  Awaitable<bool> read_body();
  Awaitable<bool> take_body(BodyPolicy policy);
  Awaitable<bool> keep_piece(BodyPolicy policy);
  Awaitable<bool> spool_piece();
  Awaitable<bool> handle();
  Awaitable<bool> refuse(Refusal refusal, bool keeps_alive);
  Awaitable<bool> refuse_reading();
  Awaitable<bool> respond(bool keeps_alive);
  Awaitable<bool> send_source(ResponsePlan plan);
  Awaitable<bool> send_pieces(ResponsePlan plan);
  Awaitable<bool> send_chunk(ResponsePlan plan, BodySource::Chunk chunk, std::uint64_t& left);
  Awaitable<std::optional<BodySource::Chunk>> read_source();
  Awaitable<bool> send(std::string_view bytes);
  Awaitable<bool> fill();
  Awaitable<void> finish();
  Awaitable<bool> on_worker(WorkerPool::Lane lane, std::function<void()> job);
  Awaitable<void> await_wake(std::optional<Seconds> most);
  static Awaitable<void> watch(std::shared_ptr<Connection> self);

  void begin_exchange();
  void end_exchange(bool is_complete);
  void run_handler();
  BodyPolicy ask_policy();
  bool hold(std::size_t bytes);
  void register_bell();
  void set_deadline(Seconds from_now);
  void set_deadline(Clock::time_point deadline);
  void arm_deadline();
  void check_deadline();

  ServerCore& core_;
  std::unique_ptr<ByteStream> stream_;
  const Peer peer_;
  const Purpose purpose_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;  // what was read and not yet used
  std::size_t end_ = 0;
  std::optional<OpenExchange> exchange_;
  bool closing_ = false;
  bool timed_out_ = false;
  bool has_answered_ = false;  // something was sent: linger before the end

  boost::asio::steady_timer alarm_;  // wakes the coroutine
  bool awake_ = false;
  bool job_done_ = false;
  bool rung_ = false;
  bool has_bell_ = false;
  bool is_streaming_ = false;  // its client is watched
  bool watching_ = false;      // the coroutine that does so has not ended
  Bell::Wait bell_;

  boost::asio::steady_timer deadline_timer_;
  Clock::time_point deadline_ = Clock::time_point::max();
  std::optional<Clock::time_point> armed_;
};

}  // namespace wattle::net
