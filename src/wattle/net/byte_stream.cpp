#include "wattle/net/byte_stream.h"

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <openssl/ssl.h>
#include <sys/socket.h>

namespace wattle::net {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using boost::system::error_code;
using Socket = asio::generic::stream_protocol::socket;

/// Errors go into `error` instead of being thrown.
auto into(error_code& error) {
  return asio::redirect_error(asio::use_awaitable, error);
}

class PlainStream final : public ByteStream {
 public:
  explicit PlainStream(Socket socket) : socket_(std::move(socket)) {}

  awaitable<Transfer> handshake() override { co_return Transfer{}; }

  awaitable<Transfer> read_some(char* buffer, std::size_t size) override {
    Transfer result;
    result.bytes = co_await socket_.async_read_some(asio::buffer(buffer, size), into(result.error));
    co_return result;
  }

  awaitable<Transfer> write(std::string_view text) override {
    Transfer result;
    result.bytes = co_await asio::async_write(socket_, asio::buffer(text.data(), text.size()),
                                              into(result.error));
    co_return result;
  }

  awaitable<Transfer> end_writing() override {
    Transfer result;
    socket_.shutdown(Socket::shutdown_send, result.error);
    co_return result;
  }

  void cancel() override {
    error_code ignored;
    socket_.cancel(ignored);
  }

 private:
  Socket socket_;
};

class TlsStream final : public ByteStream {
 public:
  TlsStream(Socket socket, std::shared_ptr<ssl_ctx_st> shared)
      : shared_(std::move(shared)),
        context_(counted(shared_.get())),
        stream_(std::move(socket), context_) {}

  awaitable<Transfer> handshake() override {
    Transfer result;
    co_await stream_.async_handshake(asio::ssl::stream_base::server, into(result.error));
    co_return result;
  }

  awaitable<Transfer> read_some(char* buffer, std::size_t size) override {
    Transfer result;
    result.bytes = co_await stream_.async_read_some(asio::buffer(buffer, size), into(result.error));
    co_return result;
  }

  awaitable<Transfer> write(std::string_view text) override {
    Transfer result;
    result.bytes = co_await asio::async_write(stream_, asio::buffer(text.data(), text.size()),
                                              into(result.error));
    co_return result;
  }

  /// The other end answers, or the caller's deadline ends it.
  awaitable<Transfer> end_writing() override {
    Transfer result;
    co_await stream_.async_shutdown(into(result.error));
    co_return result;
  }

  void cancel() override {
    error_code ignored;
    stream_.next_layer().cancel(ignored);
  }

 private:
  /// Asio's context frees what it is given.
  static ssl_ctx_st* counted(ssl_ctx_st* context) {
    ::SSL_CTX_up_ref(context);
    return context;
  }

  std::shared_ptr<ssl_ctx_st> shared_;  // shared: connections outlive their listener
  asio::ssl::context context_;
  asio::ssl::stream<Socket> stream_;
};

}  // namespace

std::unique_ptr<ByteStream> make_byte_stream(asio::io_context& io, Descriptor connection,
                                             Transport transport,
                                             const std::shared_ptr<ssl_ctx_st>& tls) {
  // The family does not matter to what is done here with a connected socket.
  const int family = transport == Transport::kUnix ? AF_UNIX : AF_INET;
  Socket socket(io);
  error_code error;
  socket.assign(asio::generic::stream_protocol(family, 0), connection.get(), error);
  if (error) {
    return nullptr;
  }
  (void)connection.release();
  if (tls != nullptr) {
    return std::make_unique<TlsStream>(std::move(socket), tls);
  }
  return std::make_unique<PlainStream>(std::move(socket));
}

}  // namespace wattle::net
