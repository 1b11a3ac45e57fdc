#include "wattle/net/listener.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "wattle/base/text.h"
#include "wattle/net/address.h"

namespace wattle::net {
namespace {

// The kernel takes the lesser of this and net.core.somaxconn.
constexpr int kBacklog = 4096;

Result<Descriptor> open_socket(int family) {
  Descriptor socket(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.is_open()) {
    return error_from_errno(errno, "making a socket");
  }
  return socket;
}

/// The kernel's structures are all handed over as sockaddr.
template <typename Address>
Status bind_and_listen(int socket, const Address& address, std::string_view what) {
  const auto* general = reinterpret_cast<const sockaddr*>(&address);  // NOLINT
  if (::bind(socket, general, sizeof(address)) != 0 || ::listen(socket, kBacklog) != 0) {
    const int error_number = errno;
    if (error_number == EADDRINUSE) {
      return Error(ErrorCode::kUnavailable, concat(what, ": another program listens there"));
    }
    if (error_number == EADDRNOTAVAIL) {
      return Error(ErrorCode::kInvalidArgument, concat(what, ": this host has no such address"));
    }
    return error_from_errno(error_number, what);
  }
  return {};
}

template <typename Address>
Result<std::uint16_t> bound_port(int socket, Address& address, const in_port_t& port) {
  socklen_t size = sizeof(address);
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) {  // NOLINT
    return error_from_errno(errno, "asking for the port");
  }
  return ntohs(port);
}

void set_option(int socket, int level, int option) {
  const int on = 1;
  (void)::setsockopt(socket, level, option, &on, sizeof(on));
}

Result<std::uint16_t> listen_v4(int socket, const IpAddress& where, std::uint16_t port,
                                std::string_view what) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  std::memcpy(&address.sin_addr, where.bytes().data(), sizeof(address.sin_addr));
  WATTLE_RETURN_IF_ERROR(bind_and_listen(socket, address, what));
  return bound_port(socket, address, address.sin_port);
}

Result<std::uint16_t> listen_v6(int socket, const IpAddress& where, std::uint16_t port,
                                std::string_view what) {
  // "::" means IPv6 alone, whatever the host's setting: what is opened is what was said.
  set_option(socket, IPPROTO_IPV6, IPV6_V6ONLY);
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(port);
  std::memcpy(&address.sin6_addr, where.bytes().data(), sizeof(address.sin6_addr));
  WATTLE_RETURN_IF_ERROR(bind_and_listen(socket, address, what));
  return bound_port(socket, address, address.sin6_port);
}

/// Only sockets are replaced: a path that was mistyped costs nobody a file.
Status check_place(const std::string& path) {
  struct stat found{};
  if (::lstat(path.c_str(), &found) == 0 && !S_ISSOCK(found.st_mode)) {
    return Error(ErrorCode::kInvalidArgument,
                 concat("listening on ", path, ": there is something else than a socket"));
  }
  return {};
}

}  // namespace

Result<Listener> Listener::unix_socket(const std::string& path) {
  sockaddr_un address{};
  const std::string temporary = path + ".new";
  if (path.empty() || temporary.size() >= sizeof(address.sun_path)) {
    return Error(ErrorCode::kInvalidArgument,
                 concat("listening on '", path, "': the path of a Unix socket has 1 to ",
                        sizeof(address.sun_path) - 5, " bytes; choose a shorter folder"));
  }
  const std::string what = "listening on " + path;
  WATTLE_RETURN_IF_ERROR(check_place(path));
  Listener listener;
  WATTLE_ASSIGN_OR_RETURN(listener.socket_, open_socket(AF_UNIX));
  address.sun_family = AF_UNIX;
  temporary.copy(address.sun_path, temporary.size());
  ::unlink(temporary.c_str());
  // The file's mode comes from the socket's own, so it is never open to others, not for a moment.
  if (::fchmod(listener.socket_.get(), 0600) != 0) {
    return error_from_errno(errno, what);
  }
  WATTLE_RETURN_IF_ERROR(bind_and_listen(listener.socket_.get(), address, what));
  struct stat made{};
  if (::chmod(temporary.c_str(), 0600) != 0 || ::lstat(temporary.c_str(), &made) != 0 ||
      ::rename(temporary.c_str(), path.c_str()) != 0) {
    const int error_number = errno;
    ::unlink(temporary.c_str());
    return error_from_errno(error_number, what);
  }
  listener.device_ = made.st_dev;
  listener.inode_ = made.st_ino;
  listener.path_ = path;
  return listener;
}

Result<Listener> Listener::tcp(const std::string& address, std::uint16_t port) {
  WATTLE_ASSIGN_OR_RETURN(const IpAddress where, IpAddress::parse(address));
  const std::string what = where.is_v4() ? concat("listening on ", address, ":", port)
                                         : concat("listening on [", address, "]:", port);
  Listener listener;
  WATTLE_ASSIGN_OR_RETURN(listener.socket_, open_socket(where.is_v4() ? AF_INET : AF_INET6));
  const int socket = listener.socket_.get();
  set_option(socket, SOL_SOCKET, SO_REUSEADDR);
  // Connections inherit it: a response is written as a whole, there is nothing to wait for.
  set_option(socket, IPPROTO_TCP, TCP_NODELAY);
  auto bound =
      where.is_v4() ? listen_v4(socket, where, port, what) : listen_v6(socket, where, port, what);
  WATTLE_ASSIGN_OR_RETURN(listener.port_, std::move(bound));
  return listener;
}

void Listener::close() {
  if (!socket_.is_open()) {
    return;
  }
  struct stat found{};
  // A server that came after us may have put its own there.
  if (!path_.empty() && ::lstat(path_.c_str(), &found) == 0 && found.st_dev == device_ &&
      found.st_ino == inode_) {
    ::unlink(path_.c_str());
  }
  socket_.reset();
}

Result<Descriptor> Listener::accept(int& error_number) const {
  Descriptor connection(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!connection.is_open()) {
    error_number = errno;
    return error_from_errno(error_number, "accepting a connection");
  }
  return connection;
}

std::uint16_t port_of(const sockaddr_storage& storage) {
  const auto* general = &storage;
  return storage.ss_family == AF_INET6
             ? ntohs(reinterpret_cast<const sockaddr_in6*>(general)->sin6_port)  // NOLINT: as above
             : ntohs(reinterpret_cast<const sockaddr_in*>(general)->sin_port);   // NOLINT
}

Peer peer_of(int connection, Transport transport) {
  Peer peer;
  peer.transport = transport;
  if (transport == Transport::kUnix) {
    ucred credentials{};
    socklen_t size = sizeof(credentials);
    if (::getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0) {
      peer.user = credentials.uid;
    }
    return peer;
  }
  sockaddr_storage storage{};
  socklen_t size = sizeof(storage);
  auto* general = reinterpret_cast<sockaddr*>(&storage);  // NOLINT: as above
  if (::getpeername(connection, general, &size) == 0) {
    const auto address = IpAddress::from(*general);
    peer.address = address ? address->to_text() : "";
  }
  size = sizeof(storage);
  if (::getsockname(connection, general, &size) == 0) {
    peer.local_port = port_of(storage);
  }
  return peer;
}

}  // namespace wattle::net
