#include "wattle/energy/unix_address.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "wattle/base/text.h"

namespace wattle::energy {

Result<UnixAddress> UnixAddress::create(const std::string& path) {
  UnixAddress result;
  std::string shown = path;
  if (path.size() >= sizeof(result.address_.sun_path)) {
    const auto slash = path.rfind('/');
    const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash);
    result.folder_ = ::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (result.folder_ < 0) {
      return error_from_errno(errno, "opening " + folder);
    }
    shown = concat("/proc/self/fd/", result.folder_, "/",
                   slash == std::string::npos ? path : path.substr(slash + 1));
  }
  if (shown.size() >= sizeof(result.address_.sun_path)) {
    return Error(ErrorCode::kInvalidArgument, "the name of the socket is too long: " + path);
  }
  result.address_.sun_family = AF_UNIX;
  std::memcpy(result.address_.sun_path, shown.c_str(), shown.size() + 1);
  return result;
}

UnixAddress::~UnixAddress() {
  if (folder_ >= 0) {
    ::close(folder_);
  }
}

UnixAddress::UnixAddress(UnixAddress&& other) noexcept
    : address_(other.address_), folder_(std::exchange(other.folder_, -1)) {}

const sockaddr* UnixAddress::address() const {
  return reinterpret_cast<const sockaddr*>(&address_);
}

}  // namespace wattle::energy
