#include "wattle/cli/output.h"

#include <array>
#include <cerrno>

#include <sys/ioctl.h>
#include <unistd.h>

#include "wattle/base/text.h"

namespace wattle::cli {
namespace {

bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno != EINTR) {
      return false;
    }
    text.remove_prefix(static_cast<std::size_t>(written < 0 ? 0 : written));
  }
  return true;
}

int width_of(int descriptor, const Environment& environment) {
  constexpr int kNarrowest = 40;
  constexpr int kUsual = 100;
  winsize size{};
  if (::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col >= kNarrowest) {
    return size.ws_col;
  }
  const auto columns = parse_integer(environment("COLUMNS").value_or(""));
  return columns.ok() && *columns >= kNarrowest && *columns < 10'000 ? static_cast<int>(*columns)
                                                                     : kUsual;
}

}  // namespace

Output::Options Output::detect(const Environment& environment) {
  Options options;
  options.data_is_terminal = ::isatty(options.data) == 1;
  options.narration_is_terminal = ::isatty(options.narration) == 1;
  const bool wanted = environment("NO_COLOR").value_or("").empty() &&
                      environment("TERM").value_or("dumb") != "dumb";
  options.colour = wanted && options.data_is_terminal && options.narration_is_terminal;
  options.columns =
      width_of(options.data_is_terminal ? options.data : options.narration, environment);
  return options;
}

void Output::data(std::string_view text) {
  ok_ = write_all(options_.data, text) && ok_;
}

void Output::narrate(std::string_view text) {
  write_all(options_.narration, text);
}

void Output::fail(std::string_view message) {
  narrate(concat(styled(Style::kRed, "wattle:"), " ", message, "\n"));
}

std::string Output::styled(Style style, std::string_view text) const {
  constexpr std::array<std::string_view, 6> kCodes{"", "1", "2", "32", "33", "31"};
  const auto code = kCodes[static_cast<std::size_t>(style)];
  return options_.colour && !code.empty() ? concat("\x1b[", code, "m", text, "\x1b[0m")
                                          : std::string(text);
}

}  // namespace wattle::cli
