// Addresses of Unix sockets in folders of any depth: the kernel's limit of 107 bytes is passed by
// way of /proc/self/fd.
//
// Units:    bytes. Errors: as the kernel's; a file name alone over the limit is kInvalidArgument.
// Threads:  any. Lifetime: the folder stays open as long as the object.
#pragma once

#include <string>

#include <sys/socket.h>
#include <sys/un.h>

#include "wattle/base/result.h"

namespace wattle::energy {

class UnixAddress {
 public:
  static Result<UnixAddress> create(const std::string& path);
  ~UnixAddress();
  UnixAddress(UnixAddress&& other) noexcept;
  UnixAddress& operator=(UnixAddress&&) = delete;

  const sockaddr* address() const;
  socklen_t size() const { return static_cast<socklen_t>(sizeof(sockaddr_un)); }

 private:
  UnixAddress() = default;
  sockaddr_un address_{};
  int folder_ = -1;
};

}  // namespace wattle::energy
