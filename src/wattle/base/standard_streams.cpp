#include "wattle/base/standard_streams.h"

#include <fcntl.h>
#include <unistd.h>

namespace wattle {

void open_missing_streams() {
  int descriptor = 0;
  do {
    descriptor = ::open("/dev/null", O_RDWR);  // NOLINT: it is to be inherited
  } while (descriptor >= 0 && descriptor <= STDERR_FILENO);
  if (descriptor >= 0) {
    ::close(descriptor);
  }
}

void let_go_of_standard_output() {
  const int null = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (null >= 0) {
    ::dup2(null, STDOUT_FILENO);
    ::close(null);
  }
}

}  // namespace wattle
