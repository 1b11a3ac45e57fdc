#include "event_sources.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>

#include "requests.h"
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

namespace wattle::supervise {
namespace {

constexpr int kEventsAtOnce = 8;

timespec to_timespec(std::int64_t nanos) {
  return {.tv_sec = nanos / kNanosPerSecond, .tv_nsec = nanos % kNanosPerSecond};
}

std::int64_t to_nanos(Seconds seconds) {
  return std::llround(seconds.value() * static_cast<double>(kNanosPerSecond));
}

}  // namespace

OwnedDescriptor& OwnedDescriptor::operator=(OwnedDescriptor&& other) noexcept {
  reset();
  value_ = std::exchange(other.value_, -1);
  return *this;
}

void OwnedDescriptor::reset() {
  if (value_ >= 0) {
    ::close(std::exchange(value_, -1));
  }
}

Result<EventLoop> EventLoop::create() {
  OwnedDescriptor epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll.is_open()) {
    return error_from_errno(errno, "making an epoll instance");
  }
  return EventLoop(std::move(epoll));
}

void EventLoop::add(int descriptor, Handler handler) {
  epoll_event event{.events = EPOLLIN, .data = {.fd = descriptor}};
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor, &event) == 0) {
    handlers_[descriptor] = std::move(handler);
  }
}

void EventLoop::remove(int descriptor) {
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, descriptor, nullptr);
  handlers_.erase(descriptor);
}

void EventLoop::run_once() {
  std::array<epoll_event, kEventsAtOnce> events{};
  const int count = ::epoll_wait(epoll_.get(), events.data(), kEventsAtOnce, -1);
  for (int i = 0; i < count; ++i) {
    // A handler may remove another one whose event is in this batch.
    const auto handler = handlers_.find(events[static_cast<std::size_t>(i)].data.fd);
    if (handler != handlers_.end()) {
      const auto call = handler->second;
      call();
    }
  }
}

Result<Timer> Timer::create() {
  OwnedDescriptor descriptor(::timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK));
  if (!descriptor.is_open()) {
    return error_from_errno(errno, "making a timer");
  }
  return Timer(std::move(descriptor));
}

void Timer::start(Seconds delay) {
  const itimerspec when{.it_interval = {},
                        .it_value = to_timespec(std::max<std::int64_t>(to_nanos(delay), 1))};
  ::timerfd_settime(descriptor_.get(), 0, &when, nullptr);
}

void Timer::start_ticks(BootTime now, Seconds period) {
  const std::int64_t step = std::max<std::int64_t>(to_nanos(period), 1);
  const itimerspec when{.it_interval = to_timespec(step),
                        .it_value = to_timespec((now.ns / step + 1) * step)};
  ::timerfd_settime(descriptor_.get(), TFD_TIMER_ABSTIME, &when, nullptr);
}

void Timer::stop() {
  const itimerspec never{};
  ::timerfd_settime(descriptor_.get(), 0, &never, nullptr);
}

void Timer::acknowledge() {
  std::uint64_t expirations = 0;
  [[maybe_unused]] const ssize_t count =
      ::read(descriptor_.get(), &expirations, sizeof expirations);
}

Result<SignalSource> SignalSource::create(sigset_t& previous) {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGQUIT}) {
    sigaddset(&signals, number);
  }
  for (const auto request : kAllRequests) {
    sigaddset(&signals, signal_of(request));
  }
  ::sigprocmask(SIG_BLOCK, &signals, &previous);
  OwnedDescriptor descriptor(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!descriptor.is_open()) {
    return error_from_errno(errno, "receiving signals");
  }
  return SignalSource(std::move(descriptor));
}

std::optional<signalfd_siginfo> SignalSource::next() {
  signalfd_siginfo info{};
  const ssize_t count = ::read(descriptor_.get(), &info, sizeof info);
  return count == static_cast<ssize_t>(sizeof info) ? std::optional(info) : std::nullopt;
}

}  // namespace wattle::supervise
