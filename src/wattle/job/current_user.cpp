#include "wattle/job/current_user.h"

#include <pwd.h>
#include <unistd.h>

namespace wattle::job {

std::string current_user() {
  const passwd* entry = ::getpwuid(::geteuid());  // NOLINT(concurrency-mt-unsafe): one thread
  return entry != nullptr ? entry->pw_name : std::to_string(::geteuid());
}

}  // namespace wattle::job
