#include "wattle/cli/output_printer.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include "wattle/base/text.h"
#include "wattle/executor/output_log.h"

namespace wattle::cli {
namespace {

void print(Output& output, OutputPrinter::To to, const executor::OutputLine& line) {
  const std::string text = line.partial ? line.text : line.text + "\n";
  if (to == OutputPrinter::To::kSameStream && line.stream == executor::Stream::kStdout) {
    output.data(text);
  } else {
    output.narrate(text);
  }
}

}  // namespace

OutputPrinter::OutputPrinter(Context& context, std::string attempt_folder, To to)
    : stop_(::eventfd(0, EFD_CLOEXEC)) {
  thread_ = std::jthread([this, &context, to, folder = std::move(attempt_folder)] {
    executor::OutputFollower follower(context.files());
    const auto status = follower.follow(folder, stop_, [&](const executor::OutputLine& line) {
      print(context.output(), to, line);
    });
    if (!status.ok()) {
      context.output().narrate(
          concat("the output cannot be shown: ", status.error().message(), "\n"));
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
