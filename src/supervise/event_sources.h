// What the supervisor's loop waits for: one epoll, timers of the boot clock, the signals it was
// sent.
//
// Units:    Seconds, BootTime.
// Errors:   making one fails only when the kernel is out of memory or descriptors: kIo.
// Threads:  one thread. Lifetime: descriptors close with their object.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>

#include <signal.h>
#include <sys/signalfd.h>

#include "wattle/base/result.h"
#include "wattle/base/time.h"
#include "wattle/base/units.h"

namespace wattle::supervise {

/// A descriptor that is closed with the object.
class OwnedDescriptor {
 public:
  explicit OwnedDescriptor(int value = -1) : value_(value) {}
  ~OwnedDescriptor() { reset(); }
  OwnedDescriptor(OwnedDescriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  OwnedDescriptor& operator=(OwnedDescriptor&& other) noexcept;
  int get() const { return value_; }
  bool is_open() const { return value_ >= 0; }
  void reset();

 private:
  int value_;
};

class EventLoop {
 public:
  using Handler = std::function<void()>;

  static Result<EventLoop> create();
  /// Calls `handler` while the descriptor is readable. A descriptor is removed before it is closed.
  void add(int descriptor, Handler handler);
  void remove(int descriptor);
  /// Waits for the next events and handles them.
  void run_once();

 private:
  explicit EventLoop(OwnedDescriptor epoll) : epoll_(std::move(epoll)) {}
  OwnedDescriptor epoll_;
  std::map<int, Handler> handlers_;
};

class Timer {
 public:
  static Result<Timer> create();
  int descriptor() const { return descriptor_.get(); }
  void start(Seconds delay);
  /// At every instant of the boot clock that is a multiple of `period`.
  void start_ticks(BootTime now, Seconds period);
  void stop();
  void acknowledge();

 private:
  explicit Timer(OwnedDescriptor descriptor) : descriptor_(std::move(descriptor)) {}
  OwnedDescriptor descriptor_;
};

/// Signals that come as events. They are blocked for as long as the process lives.
class SignalSource {
 public:
  /// `previous` receives the mask as it was before.
  static Result<SignalSource> create(sigset_t& previous);
  int descriptor() const { return descriptor_.get(); }
  std::optional<signalfd_siginfo> next();

 private:
  explicit SignalSource(OwnedDescriptor descriptor) : descriptor_(std::move(descriptor)) {}
  OwnedDescriptor descriptor_;
};

}  // namespace wattle::supervise
