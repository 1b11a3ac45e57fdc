// Where the command line writes, and how: data to standard output, everything else to standard
// error.
//
// Units:    columns of a terminal. Errors: a closed pipe or a full disk is remembered; ok() tells
// at the end. Threads:  one thread. Lifetime: borrows nothing; writes to the descriptors it was
// given.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace wattle::cli {

enum class Style { kPlain, kBold, kDim, kGreen, kYellow, kRed };

/// Looks up an environment variable.
using Environment = std::function<std::optional<std::string>(std::string_view)>;

class Output {
 public:
  struct Options {
    int data = 1;
    int narration = 2;
    bool data_is_terminal = false;
    bool narration_is_terminal = false;
    bool colour = false;  // only ever on a terminal
    int columns = 100;
  };

  explicit Output(Options options) : options_(options) {}
  /// Terminal or not, NO_COLOR, TERM=dumb and COLUMNS, as the process finds them.
  static Options detect(const Environment& environment);

  /// Data for the user or the next program.
  void data(std::string_view text);
  /// Progress, hints, warnings.
  void narrate(std::string_view text);
  /// "wattle: message", as every failed command ends.
  void fail(std::string_view message);

  /// The text in a style where data (or narration) is coloured, else as it is.
  std::string styled(Style style, std::string_view text) const;
  bool data_is_terminal() const { return options_.data_is_terminal; }
  bool narration_is_terminal() const { return options_.narration_is_terminal; }
  int columns() const { return options_.columns; }
  /// False once data could not be written.
  bool ok() const { return ok_; }

 private:
  Options options_;
  bool ok_ = true;
};

}  // namespace wattle::cli
