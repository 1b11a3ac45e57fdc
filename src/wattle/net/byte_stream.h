// The bytes of a connection, with or without TLS, for coroutines. Internal: the only header that
// knows Asio, included by the sources of the server alone.
//
// Units:    bytes. Errors: as error codes of Asio; boost::asio::error::eof at the other end's end.
// Threads:  the one that runs the io_context. One reader and one writer may wait at once.
// Lifetime: a ByteStream outlives what waits on it.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>  // before Asio: that of Boost 1.74 forgets it

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include "wattle/base/descriptor.h"
#include "wattle/net/http_message.h"

struct ssl_ctx_st;

namespace wattle::net {

struct Transfer {
  boost::system::error_code error;
  std::size_t bytes = 0;
};

class ByteStream {
 public:
  virtual ~ByteStream() = default;
  virtual boost::asio::awaitable<Transfer> handshake() = 0;
  virtual boost::asio::awaitable<Transfer> read_some(char* buffer, std::size_t size) = 0;
  /// All of them, or an error.
  virtual boost::asio::awaitable<Transfer> write(std::string_view bytes) = 0;
  /// Says to the other end that nothing more comes.
  virtual boost::asio::awaitable<Transfer> end_writing() = 0;
  /// Whatever waits ends with operation_aborted.
  virtual void cancel() = 0;
};

/// nullptr: the io_context could not take the descriptor over. `tls` is null but for kTls, and is
/// shared: connections outlive their listener.
std::unique_ptr<ByteStream> make_byte_stream(boost::asio::io_context& io, Descriptor connection,
                                             Transport transport,
                                             const std::shared_ptr<ssl_ctx_st>& tls);

}  // namespace wattle::net
