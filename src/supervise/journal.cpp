#include "journal.h"

#include <fcntl.h>
#include <unistd.h>

#include "wattle/base/descriptor.h"
#include "wattle/base/text.h"

namespace wattle::supervise {

void Journal::write(std::string_view line) {
  if (lines_ > kMostLines) {
    return;
  }
  const bool last = ++lines_ > kMostLines;
  const std::string text =
      concat(to_rfc3339(clock_.utc_now()), " ",
             last ? std::string_view("further lines are left out") : line, "\n");
  const Descriptor file(::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (file.is_open()) {
    [[maybe_unused]] const ssize_t written = ::write(file.get(), text.data(), text.size());
  }
}

}  // namespace wattle::supervise
