// Responses that are made while they are sent, and streams that wait for a bell.
#include <utility>  // before Asio: that of Boost 1.74 forgets it

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include "wattle/net/connection.h"

namespace wattle::net {
namespace {

namespace asio = boost::asio;

}  // namespace

asio::awaitable<bool> Connection::send_source(ResponsePlan plan) {
  const bool is_stream = exchange_->is_stream;
  if (is_stream) {
    ++core_.streams;
    is_streaming_ = true;
    watching_ = true;
    set_deadline(Clock::time_point::max());
    asio::co_spawn(core_.io, watch(shared_from_this()), asio::detached);
  }
  const bool sent = co_await send_pieces(plan);
  bell_.cancel();
  core_.streams -= std::exchange(is_streaming_, false) ? 1 : 0;
  exchange_->response.source.reset();
  while (watching_) {
    stream_->cancel();
    co_await await_wake(std::nullopt);
  }
  // A promise of the head that is not kept is told by closing, not by an end.
  closing_ = closing_ || !sent;
  co_return sent;
}

asio::awaitable<bool> Connection::send_pieces(ResponsePlan plan) {
  std::uint64_t left = plan.length;
  const BodySource& source = *exchange_->response.source;
  while (!closing_) {
    register_bell();
    auto chunk = co_await read_source();
    if (!chunk || closing_) {
      co_return false;
    }
    const bool is_end = chunk->is_end;
    const bool is_empty = chunk->bytes.empty();
    const bool sent = co_await send_chunk(plan, std::move(*chunk), left);
    if (!sent || is_end) {
      co_return sent;
    }
    set_deadline(Clock::time_point::max());
    while (is_empty && !rung_ && !closing_) {
      const auto begin = Clock::now();
      const auto heartbeat = source.heartbeat();
      co_await await_wake(heartbeat);
      const std::chrono::duration<double> slept = Clock::now() - begin;
      if (heartbeat && slept.count() >= heartbeat->value()) {
        break;
      }
    }
  }
  co_return false;
}

/// Waits for the bell before it is read, so that no ring in between is lost.
void Connection::register_bell() {
  const auto bell = exchange_->response.source->bell();
  const bool still_waits = bell == nullptr || (exchange_->is_stream && !rung_ && has_bell_);
  if (still_waits) {
    return;
  }
  rung_ = false;
  has_bell_ = true;
  bell_ = bell->wait([weak = weak_from_this(), &io = core_.io] {
    asio::post(io, [weak] {
      if (const auto self = weak.lock()) {
        self->rung_ = true;
        self->wake();
      }
    });
  });
}

asio::awaitable<std::optional<BodySource::Chunk>> Connection::read_source() {
  std::optional<BodySource::Chunk> chunk;
  std::optional<Error> error;
  std::function<void()> job = [this, &chunk, &error] {
    try {
      auto read = exchange_->response.source->read();
      if (read.ok()) {
        chunk = std::move(read).value();
      } else {
        error = read.error();
      }
    } catch (const std::exception& e) {
      error = Error(ErrorCode::kInternal, e.what());
    }
  };
  const bool done = co_await on_worker(WorkerPool::Lane::kBegun, std::move(job));
  const bool can_wait = exchange_->is_stream;
  if (done && chunk && chunk->bytes.empty() && !chunk->is_end && !can_wait) {
    error = Error(ErrorCode::kInternal, "it had nothing, and nobody to wait for");
    chunk.reset();
  }
  if (error) {
    core_.report(error->with_context("reading the body of a response"));
  }
  co_return done ? std::move(chunk) : std::nullopt;
}

/// In the frame that the head said. False: the connection cannot go on.
asio::awaitable<bool> Connection::send_chunk(ResponsePlan plan, BodySource::Chunk chunk,
                                             std::uint64_t& left) {
  if (plan.framing == Framing::kLength) {
    const bool fits = chunk.bytes.size() <= left;
    left -= fits ? chunk.bytes.size() : 0;
    if (!fits || (chunk.is_end && left > 0)) {
      core_.report(Error(ErrorCode::kInternal, "a body has another length than it said"));
      co_return false;
    }
  } else if (plan.framing == Framing::kChunked) {
    if (!chunk.bytes.empty()) {
      chunk.bytes.insert(0, chunk_line(chunk.bytes.size()));
      chunk.bytes += "\r\n";
    }
    chunk.bytes += chunk.is_end ? kLastChunk : std::string_view();
  }
  const bool sent = co_await send(chunk.bytes);
  co_return sent;
}

/// Ends the stream as soon as its client leaves, also while there is nothing to send.
asio::awaitable<void> Connection::watch(std::shared_ptr<Connection> self) {
  while (self->is_streaming_ && !self->closing_) {
    const Transfer read =
        co_await self->stream_->read_some(self->buffer_.data(), self->buffer_.size());
    if (read.error) {
      break;
    }
  }
  // While the stream goes on, an end of the reading is the end of its client. Its writing ends too.
  if (self->is_streaming_) {
    self->closing_ = true;
    self->stream_->cancel();
  }
  self->watching_ = false;
  self->wake();
}

}  // namespace wattle::net
