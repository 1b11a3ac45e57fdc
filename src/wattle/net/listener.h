// Sockets that listen, and connections as they are accepted from them.
//
// Units:    none.
// Errors:   as listen_unix and listen_tcp of http_server.h.
// Threads:  one. Lifetime: a Listener closes its socket and removes its file, if it is still its
//           own, when it ends.
#pragma once

#include <cstdint>
#include <string>

#include <sys/types.h>

#include "wattle/base/descriptor.h"
#include "wattle/base/result.h"
#include "wattle/net/http_message.h"

namespace wattle::net {

class Listener {
 public:
  static Result<Listener> unix_socket(const std::string& path);
  static Result<Listener> tcp(const std::string& address, std::uint16_t port);

  ~Listener() { close(); }
  Listener(Listener&& other) noexcept = default;
  Listener& operator=(Listener&&) = delete;

  int descriptor() const { return socket_.get(); }
  bool is_unix() const { return !path_.empty(); }
  std::uint16_t port() const { return port_; }
  void close();

  /// A connection, non-blocking; errno of accept when there is none.
  Result<Descriptor> accept(int& error_number) const;

 private:
  Listener() = default;

  Descriptor socket_;
  std::string path_;  // "": no Unix socket
  dev_t device_ = 0;  // which file is ours
  ino_t inode_ = 0;
  std::uint16_t port_ = 0;
};

/// Who is at the other end of an accepted connection.
Peer peer_of(int connection, Transport transport);

}  // namespace wattle::net
