// Signals as something to ask for between two steps, so that a step is never torn: SIGTERM and
// SIGINT end a training, SIGUSR1 and SIGUSR2 ask for a checkpoint.
//
// Units:    signal numbers. Errors: the kernel's.
// Threads:  any thread may be interrupted by the kernel; ask from one.
// Lifetime: the handlers are there as long as the object. One at a time in a process.
#pragma once

#include <array>
#include <csignal>
#include <optional>

#include "wattle/base/result.h"

namespace wattle::training {

/// Handlers and not a signalfd: Wattle sends its request only to processes that catch the signal
/// (SigCgt in /proc/PID/status), and libraries start threads before main whose mask is not ours.
class Interruption {
 public:
  static Result<Interruption> create();
  ~Interruption();
  Interruption(Interruption&& other) noexcept;
  Interruption& operator=(Interruption&&) = delete;

  /// The signal that ends the training, if one has arrived. Does not wait.
  std::optional<int> pending() const;
  /// True when a request has arrived since the last call.
  bool take_request();

 private:
  static constexpr std::array<int, 4> kSignals{SIGTERM, SIGINT, SIGUSR1, SIGUSR2};
  Interruption() = default;

  std::array<struct sigaction, kSignals.size()> before_{};
  bool is_installed_ = false;
};

}  // namespace wattle::training
