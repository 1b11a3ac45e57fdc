#include "interruption.h"

#include <atomic>
#include <cerrno>
#include <utility>

namespace wattle::training {
namespace {

// A handler can reach nothing but what is global, and may only touch what is lock-free.
std::atomic<int> ending_signal{0};
std::atomic<bool> is_requested{false};
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

void note(int signal) {
  if (signal == SIGUSR1 || signal == SIGUSR2) {
    is_requested.store(true);
  } else {
    ending_signal.store(signal);
  }
}

}  // namespace

Result<Interruption> Interruption::create() {
  ending_signal.store(0);
  is_requested.store(false);
  Interruption interruption;
  struct sigaction action{};
  action.sa_handler = note;
  action.sa_flags = SA_RESTART;
  sigfillset(&action.sa_mask);
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    if (::sigaction(kSignals[i], &action, &interruption.before_[i]) != 0) {
      return error_from_errno(errno, "catching signals");
    }
  }
  interruption.is_installed_ = true;
  return interruption;
}

Interruption::Interruption(Interruption&& other) noexcept
    : before_(other.before_), is_installed_(std::exchange(other.is_installed_, false)) {}

Interruption::~Interruption() {
  for (std::size_t i = 0; is_installed_ && i < kSignals.size(); ++i) {
    ::sigaction(kSignals[i], &before_[i], nullptr);
  }
}

// The object stands for its handlers.
// NOLINTNEXTLINE(readability-convert-member-functions-to-static)
std::optional<int> Interruption::pending() const {
  const int signal = ending_signal.load();
  return signal == 0 ? std::nullopt : std::optional(signal);
}

// The object stands for its handlers.
// NOLINTNEXTLINE(readability-convert-member-functions-to-static)
bool Interruption::take_request() {
  return is_requested.exchange(false);
}

}  // namespace wattle::training
