#include "wattle/net/connection.h"

#include <exception>

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "wattle/base/text.h"

namespace wattle::net {
namespace {

namespace asio = boost::asio;

// What a coroutine gives away is a variable of its own first: GCC 12 destroys the temporaries of an
// expression with co_await twice.
constexpr std::size_t kHeadBuffer = 8 << 10;
constexpr std::size_t kBodyBuffer = 64 << 10;
constexpr std::chrono::seconds kCoarseFrom{5};
constexpr Seconds kLinger{2};
constexpr std::size_t kLingerBytes = 256 << 10;

std::chrono::steady_clock::duration to_duration(Seconds seconds) {
  return std::chrono::duration_cast<std::chrono::steady_clock::duration>(
      std::chrono::duration<double>(std::min(seconds.value(), 1e9)));
}

Seconds since(std::chrono::steady_clock::time_point begin) {
  return Seconds(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
}

}  // namespace

Connection::Connection(ServerCore& core, std::unique_ptr<ByteStream> stream, Peer peer,
                       Purpose purpose)
    : core_(core),
      stream_(std::move(stream)),
      peer_(std::move(peer)),
      purpose_(purpose),
      buffer_(kHeadBuffer),
      alarm_(core.io),
      deadline_timer_(core.io) {
  core_.connections.insert(this);
  ++core_.open;
}

Connection::~Connection() {
  core_.connections.erase(this);
  // Under the lock: who waits for the last one must not miss it.
  const std::lock_guard lock(core_.mutex);
  --core_.open;
  core_.emptied.notify_all();
}

asio::awaitable<void> Connection::run(std::shared_ptr<Connection> self) {
  try {
    co_await self->serve();
  } catch (const std::exception& e) {
    self->core_.report(Error(ErrorCode::kInternal, concat("a connection ended: ", e.what())));
  }
  self->end_exchange(false);
  self->closing_ = true;
  self->stream_->cancel();
  self->set_deadline(Clock::time_point::max());
  self->deadline_timer_.cancel();
}

void Connection::drain() {
  const bool is_idle = !exchange_ || !exchange_->has_begun;
  if (is_idle || exchange_->is_stream) {
    abort();
  }
}

void Connection::abort() {
  closing_ = true;
  stream_->cancel();
  wake();
}

void Connection::wake() {
  awake_ = true;
  alarm_.cancel();
}

asio::awaitable<void> Connection::serve() {
  if (peer_.transport == Transport::kTls) {
    set_deadline(core_.options.head_timeout);
  }
  const Transfer handshake = co_await stream_->handshake();
  if (handshake.error) {
    co_return;
  }
  bool goes_on = purpose_ == Purpose::kServe;
  if (!goes_on) {
    exchange_.emplace();
    Refusal refusal{503, "the server has as many connections as it may: try again"};
    (void)co_await refuse(std::move(refusal), false);
  }
  while (goes_on && !closing_) {
    exchange_.emplace();
    goes_on = co_await serve_one();
    end_exchange(false);
    goes_on = goes_on && !core_.stopping;
  }
  if (has_answered_) {
    co_await finish();
  }
}

asio::awaitable<bool> Connection::serve_one() {
  const bool has_head = co_await read_head();
  if (!has_head) {
    const bool goes_on = co_await refuse_reading();
    co_return goes_on;
  }
  const bool has_body = co_await read_body();
  if (!has_body) {
    const bool goes_on = co_await refuse_reading();
    co_return goes_on;
  }
  const bool goes_on = co_await handle();
  co_return goes_on;
}

/// Answers what is wrong with a request that could not be read, if anybody is there to be told.
asio::awaitable<bool> Connection::refuse_reading() {
  Refusal refusal;
  if (exchange_->reader.state() == RequestReader::State::kRefused) {
    refusal = exchange_->reader.refusal();
  } else if (!exchange_->failure.empty()) {
    const bool is_full = exchange_->spool && exchange_->spool->out_of_space();
    refusal = {is_full ? 507 : 503, exchange_->failure};
  } else if (timed_out_ && exchange_->has_begun && !closing_) {
    refusal = {408, "the request did not come in time"};
  } else {
    co_return false;
  }
  timed_out_ = false;
  const bool goes_on = co_await refuse(std::move(refusal), false);
  co_return goes_on;
}

asio::awaitable<bool> Connection::read_head() {
  RequestReader& reader = exchange_->reader;
  std::string no_body;
  set_deadline(core_.options.idle_timeout);
  while (reader.state() == RequestReader::State::kHead) {
    if (begin_ == end_) {
      const bool more = co_await fill();
      if (!more) {
        co_return false;
      }
    }
    begin_ += reader.feed({buffer_.data() + begin_, end_ - begin_}, no_body);
    if (reader.has_begun() && !exchange_->has_begun) {
      begin_exchange();
    }
  }
  co_return reader.state() == RequestReader::State::kHeadRead;
}

void Connection::begin_exchange() {
  exchange_->has_begun = true;
  ++core_.under_way;
  // One deadline for the whole head: it does not move when more bytes come.
  if (exchange_->reader.state() == RequestReader::State::kHead) {
    set_deadline(core_.options.head_timeout);
  }
}

void Connection::end_exchange(bool is_complete) {
  if (!exchange_) {
    return;
  }
  OpenExchange& exchange = *exchange_;
  core_.body_bytes -= exchange.held_bytes;
  core_.under_way -= exchange.has_begun ? 1 : 0;
  core_.streams -= std::exchange(is_streaming_, false) ? 1 : 0;
  if (exchange.trace.status != 0 && core_.options.on_done) {
    exchange.trace.method = exchange.reader.facts().method;
    exchange.trace.target = exchange.reader.facts().target;
    exchange.trace.peer = peer_;
    exchange.trace.is_complete = is_complete;
    core_.options.on_done(exchange.trace);
  }
  exchange_.reset();
  if (buffer_.size() > kHeadBuffer && end_ - begin_ <= kHeadBuffer) {
    std::vector<char> smaller(kHeadBuffer);
    std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_),
              buffer_.begin() + static_cast<std::ptrdiff_t>(end_), smaller.begin());
    end_ -= begin_;
    begin_ = 0;
    buffer_.swap(smaller);
  }
}

asio::awaitable<bool> Connection::read_body() {
  RequestReader& reader = exchange_->reader;
  HttpRequest& request = exchange_->request;
  request.method = reader.facts().method;
  request.target = reader.facts().target;
  request.headers = reader.take_headers();
  request.peer = peer_;
  const BodyPolicy policy = ask_policy();
  reader.accept_body(policy.most_bytes);
  if (reader.state() == RequestReader::State::kBody && reader.facts().expects_continue &&
      begin_ == end_) {
    const bool sent = co_await send("HTTP/1.1 100 Continue\r\n\r\n");
    if (!sent) {
      co_return false;
    }
  }
  const bool taken = co_await take_body(policy);
  set_deadline(Clock::time_point::max());
  co_return taken;
}

BodyPolicy Connection::ask_policy() {
  try {
    return core_.options.body_policy ? core_.options.body_policy(exchange_->request) : BodyPolicy{};
  } catch (const std::exception& e) {
    core_.report(Error(ErrorCode::kInternal, concat("choosing how a body is read: ", e.what())));
    return {};
  }
}

asio::awaitable<bool> Connection::take_body(BodyPolicy policy) {
  RequestReader& reader = exchange_->reader;
  const auto begin = Clock::now();
  while (reader.state() == RequestReader::State::kBody) {
    if (begin_ == end_) {
      const auto earned = static_cast<double>(exchange_->trace.bytes_in) /
                          static_cast<double>(limits::kHttpLeastRate);
      set_deadline(begin + to_duration(core_.options.body_timeout + Seconds(earned)));
      if (buffer_.size() < kBodyBuffer) {
        buffer_.resize(kBodyBuffer);
      }
      const bool more = co_await fill();
      if (!more) {
        co_return false;
      }
    }
    const bool kept = co_await keep_piece(policy);
    if (!kept) {
      co_return false;
    }
  }
  if (exchange_->spool && reader.state() == RequestReader::State::kComplete) {
    const bool spooled = co_await spool_piece();
    co_return spooled;
  }
  co_return reader.state() == RequestReader::State::kComplete;
}

/// Adds what is in the buffer to the body.
asio::awaitable<bool> Connection::keep_piece(BodyPolicy policy) {
  std::string& body = exchange_->request.body;
  const std::size_t before = body.size();
  begin_ += exchange_->reader.feed({buffer_.data() + begin_, end_ - begin_}, body);
  exchange_->trace.bytes_in += body.size() - before;
  if (!hold(body.size() - before)) {
    exchange_->failure = "the server holds as many bodies in memory as it may: try again";
    co_return false;
  }
  if (!policy.spools || body.size() <= limits::kHttpSpoolBytes) {
    co_return true;
  }
  if (!exchange_->spool) {
    exchange_->spool.emplace(core_.options.spool_folder);
  }
  if (exchange_->reader.state() == RequestReader::State::kComplete) {
    co_return true;  // the rest goes with the end
  }
  const bool spooled = co_await spool_piece();
  co_return spooled;
}

bool Connection::hold(std::size_t bytes) {
  if (core_.body_bytes + bytes > limits::kHttpBodiesBytes) {
    return false;
  }
  core_.body_bytes += bytes;
  exchange_->held_bytes += bytes;
  return true;
}

/// Moves the body from memory into the file; at its end, the file into the request. On a worker: a
/// disk may be slow.
asio::awaitable<bool> Connection::spool_piece() {
  Status status;
  const bool is_last = exchange_->reader.state() == RequestReader::State::kComplete;
  std::function<void()> job = [this, &status, is_last] {
    SpoolFile& spool = *exchange_->spool;
    status = spool.append(exchange_->request.body);
    if (status.ok() && is_last) {
      auto file = spool.take();
      status = file.ok() ? Status() : Status(file.error());
      exchange_->request.body_file =
          file.ok() ? std::optional(std::move(file).value()) : std::nullopt;
    }
  };
  const bool done = co_await on_worker(WorkerPool::Lane::kBegun, std::move(job));
  if (!done || !status.ok()) {
    exchange_->failure = done ? status.error().message() : "";
    co_return false;
  }
  exchange_->request.body.clear();
  core_.body_bytes -= exchange_->held_bytes;
  exchange_->held_bytes = 0;
  co_return true;
}

asio::awaitable<bool> Connection::handle() {
  const bool keeps_alive = exchange_->reader.keeps_alive();
  std::function<void()> job = [this, submitted = Clock::now()] {
    exchange_->trace.waited = since(submitted);
    run_handler();
  };
  const bool done = co_await on_worker(WorkerPool::Lane::kRequest, std::move(job));
  if (!done && (closing_ || core_.pool_stopped)) {
    co_return false;
  }
  if (!done) {
    Refusal refusal{503, "the server has as many requests waiting as it may: try again"};
    const bool goes_on = co_await refuse(std::move(refusal), keeps_alive);
    co_return goes_on;
  }
  ++core_.handled;
  if (exchange_->failure.empty() && !is_sendable(exchange_->response.headers)) {
    exchange_->failure = "the handler's answer has a field that cannot be sent";
  }
  if (!exchange_->failure.empty()) {
    core_.report(Error(ErrorCode::kInternal, exchange_->failure));
    exchange_->response = core_.refusal(500, "the server failed at this request");
  }
  const bool goes_on = co_await respond(keeps_alive);
  co_return goes_on;
}

/// On a worker, while the coroutine waits.
void Connection::run_handler() {
  const auto begin = Clock::now();
  try {
    exchange_->response = core_.handler(std::move(exchange_->request));
  } catch (const std::exception& e) {
    exchange_->failure = concat("the handler threw: ", e.what());
  } catch (...) {
    exchange_->failure = "the handler threw something";
  }
  exchange_->trace.handled = since(begin);
}

asio::awaitable<bool> Connection::refuse(Refusal refusal, bool keeps_alive) {
  ++core_.refused;
  exchange_->response = core_.refusal(refusal.status, refusal.message);
  if (!is_sendable(exchange_->response.headers)) {
    exchange_->response.headers = {};
  }
  const bool goes_on = co_await respond(keeps_alive);
  co_return goes_on&& keeps_alive;
}

asio::awaitable<bool> Connection::respond(bool keeps_alive) {
  HttpResponse& response = exchange_->response;
  exchange_->trace.status = response.status;
  exchange_->trace.note = response.note;
  const BodySource* source = response.source.get();
  exchange_->is_stream = source != nullptr && (source->bell() != nullptr || source->heartbeat());
  if (exchange_->is_stream && core_.stopping) {
    co_return false;
  }
  const RequestFacts& facts = exchange_->reader.facts();
  // What a stream's client sends meanwhile is read over, so no request can follow.
  const ResponsePlan plan = plan_response(response, facts.method, facts.is_http_1_1,
                                          keeps_alive && !exchange_->is_stream && !core_.stopping);
  std::string head = response_head(response, plan, core_.date());
  const bool has_body = plan.framing != Framing::kNone;
  const bool goes_along = has_body && response.body.size() <= kBodyBuffer;
  head += goes_along ? response.body : std::string();
  bool sent = co_await send(head);
  if (sent && has_body && !goes_along) {
    sent = co_await send(response.body);
  }
  if (sent && has_body && response.source != nullptr) {
    sent = co_await send_source(plan);
  }
  set_deadline(Clock::time_point::max());
  end_exchange(sent);
  co_return sent&& plan.keeps_alive;
}

asio::awaitable<bool> Connection::fill() {
  if (closing_ || timed_out_) {
    co_return false;
  }
  const Transfer read = co_await stream_->read_some(buffer_.data(), buffer_.size());
  begin_ = 0;
  end_ = read.error ? 0 : read.bytes;
  co_return end_ > 0;
}

asio::awaitable<bool> Connection::send(std::string_view bytes) {
  has_answered_ = true;
  while (!bytes.empty()) {
    if (closing_ || timed_out_) {
      co_return false;
    }
    set_deadline(core_.options.write_timeout);
    const Transfer written = co_await stream_->write(bytes.substr(0, kBodyBuffer));
    if (exchange_) {
      exchange_->trace.bytes_out += written.bytes;
    }
    if (written.error) {
      // Nobody reads: there is nothing to linger for.
      closing_ = true;
      co_return false;
    }
    bytes.remove_prefix(written.bytes);
  }
  co_return true;
}

/// Reads over what the client still sends: closing at once would reset the connection and take the
/// answer with it.
asio::awaitable<void> Connection::finish() {
  if (closing_) {
    co_return;
  }
  timed_out_ = false;
  set_deadline(kLinger);
  (void)co_await stream_->end_writing();
  std::size_t read = 0;
  bool more = true;
  while (more && read < kLingerBytes) {
    more = co_await fill();
    read += end_;
  }
}

/// False: it was not taken, or the server stopped before it ran.
asio::awaitable<bool> Connection::on_worker(WorkerPool::Lane lane, std::function<void()> job) {
  job_done_ = false;
  // The job hands its share back to the I/O thread: a connection must not end on a worker.
  const bool taken =
      core_.pool.submit(lane, [self = shared_from_this(), job = std::move(job)]() mutable {
        job();
        auto& io = self->core_.io;
        asio::post(io, [self = std::move(self)] {
          self->job_done_ = true;
          self->wake();
        });
      });
  if (!taken) {
    co_return false;
  }
  while (!job_done_ && !core_.pool_stopped) {
    co_await await_wake(std::nullopt);
  }
  co_return job_done_;
}

/// Until wake(), which may have come before.
asio::awaitable<void> Connection::await_wake(std::optional<Seconds> most) {
  if (!awake_) {
    alarm_.expires_at(most ? Clock::now() + to_duration(*most) : Clock::time_point::max());
    boost::system::error_code ignored;
    co_await alarm_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  awake_ = false;
}

void Connection::set_deadline(Seconds from_now) {
  set_deadline(Clock::now() + to_duration(from_now));
}

/// A timer that is armed for an earlier instant stays: it looks again then. So a connection that
/// answers many requests does not move its timer with each.
void Connection::set_deadline(Clock::time_point deadline) {
  deadline_ = deadline;
  if (deadline != Clock::time_point::max() && (!armed_ || deadline < *armed_)) {
    arm_deadline();
  }
}

void Connection::arm_deadline() {
  // Long deadlines end together, on whole seconds: one waking for all of them.
  const auto second = std::chrono::ceil<std::chrono::seconds>(deadline_);
  armed_ = deadline_ - Clock::now() > kCoarseFrom ? Clock::time_point(second) : deadline_;
  deadline_timer_.expires_at(*armed_);
  deadline_timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
    const auto self = weak.lock();
    if (!error && self != nullptr) {
      self->check_deadline();
    }
  });
}

void Connection::check_deadline() {
  armed_.reset();
  if (deadline_ == Clock::time_point::max()) {
    return;
  }
  if (Clock::now() < deadline_) {
    arm_deadline();
    return;
  }
  deadline_ = Clock::time_point::max();
  timed_out_ = true;
  stream_->cancel();
}

}  // namespace wattle::net
