#include "wattle/net/spool.h"

#include <cerrno>
#include <cstdlib>

#include <fcntl.h>
#include <unistd.h>

#include "wattle/base/text.h"

namespace wattle::net {

Status SpoolFile::append(std::string_view bytes) {
  if (!file_.is_open()) {
    WATTLE_RETURN_IF_ERROR(open());
  }
  while (!bytes.empty()) {
    const ssize_t written = ::write(file_.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written < 0) {
      return fail(errno, "writing a body into");
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<Descriptor> SpoolFile::take() {
  if (::lseek(file_.get(), 0, SEEK_SET) != 0) {
    return fail(errno, "reading a body from");
  }
  return std::move(file_);
}

Status SpoolFile::open() {
  file_ = Descriptor(::open(folder_.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (!file_.is_open() && (errno == EOPNOTSUPP || errno == EISDIR)) {
    // A file system without nameless files.
    std::string name = folder_ + "/body.XXXXXX";
    file_ = Descriptor(::mkostemp(name.data(), O_CLOEXEC));
    if (file_.is_open()) {
      ::unlink(name.c_str());
    }
  }
  return file_.is_open() ? Status() : fail(errno, "making a file for a body in");
}

Error SpoolFile::fail(int error_number, std::string_view what) {
  out_of_space_ = error_number == ENOSPC || error_number == EDQUOT || error_number == EFBIG;
  return error_from_errno(error_number, concat(what, " ", folder_));
}

}  // namespace wattle::net
