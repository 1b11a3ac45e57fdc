#include "wattle/cli/output_printer.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include "wattle/base/text.h"

namespace wattle::cli {

OutputPrinter::OutputPrinter(Output& output, std::string attempt_folder,
                             executor::OutputCallback callback)
    : stop_(::eventfd(0, EFD_CLOEXEC)) {
  thread_ = std::jthread(
      [this, &output, folder = std::move(attempt_folder), print = std::move(callback)] {
        const auto status = executor::OutputFollower().follow(folder, stop_, print);
        if (!status.ok()) {
          output.narrate(concat("the output cannot be shown: ", status.error().message(), "\n"));
        }
      });
}

OutputPrinter::~OutputPrinter() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(stop_, &one, sizeof one);
  thread_.join();
  ::close(stop_);
}

}  // namespace wattle::cli
