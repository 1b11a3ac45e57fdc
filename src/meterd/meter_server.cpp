#include "meter_server.h"

#include <array>
#include <cerrno>
#include <vector>

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#include "wattle/base/limits.h"
#include "wattle/base/text.h"

namespace wattle::meterd {
namespace {

constexpr double kRequestsPerSecond = 20;
constexpr std::size_t kInputBytes = 64;
constexpr std::string_view kRequest = "sample\n";

timespec to_timespec(std::int64_t ns) {
  return {static_cast<time_t>(ns / kNanosPerSecond), static_cast<long>(ns % kNanosPerSecond)};
}

std::int64_t to_ns(Seconds time) {
  return static_cast<std::int64_t>(time.value() * static_cast<double>(kNanosPerSecond));
}

/// Empties a timer's descriptor, so that it is readable again only at its next event.
void drain(int descriptor) {
  std::array<char, 512> ignored{};
  while (::read(descriptor, ignored.data(), ignored.size()) > 0) {
  }
}

/// False when the client does not take it: lines are short, so its buffer is full or it has gone.
bool send_line(int descriptor, const std::string& line) {
  return ::send(descriptor, line.data(), line.size(), MSG_NOSIGNAL | MSG_DONTWAIT) ==
         static_cast<ssize_t>(line.size());
}

}  // namespace

Result<std::unique_ptr<MeterServer>> MeterServer::create(Options options, Doors doors,
                                                         const Clock& clock, Log& log,
                                                         Sample sample) {
  std::unique_ptr<MeterServer> server(  // NOLINT: the constructor is private
      new MeterServer(options, doors, clock, log, std::move(sample)));
  WATTLE_RETURN_IF_ERROR(server->open_events());
  return server;
}

MeterServer::MeterServer(Options options, Doors doors, const Clock& clock, Log& log, Sample sample)
    : options_(options), doors_(doors), clock_(clock), log_(log), sample_(std::move(sample)) {}

Status MeterServer::open_events() {
  epoll_ = Descriptor(::epoll_create1(EPOLL_CLOEXEC));
  ticks_ = Descriptor(::timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK));
  linger_ = Descriptor(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  turn_ = Descriptor(::timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK));
  listening_ = watch(doors_.listener.descriptor());
  if (!watch(ticks_.get()) || !watch(linger_.get()) || !watch(turn_.get()) ||
      !watch(doors_.ending.descriptor()) || !listening_) {
    return error_from_errno(errno, "preparing to wait for events");
  }
  return {};
}

bool MeterServer::watch(int descriptor) const {
  epoll_event event{.events = EPOLLIN, .data = {.fd = descriptor}};
  return descriptor >= 0 && ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor, &event) == 0;
}

Status MeterServer::run() {
  set_linger(true);
  std::array<epoll_event, 64> events{};
  while (!done_) {
    const int count = ::epoll_wait(epoll_.get(), events.data(), events.size(), -1);
    if (count < 0 && errno != EINTR) {
      return error_from_errno(errno, "waiting for events");
    }
    for (int i = 0; i < count; ++i) {
      dispatch(events[static_cast<std::size_t>(i)].data.fd);
    }
    answer(false);
  }
  const auto last = sample_();
  return last ? Status() : last.error();
}

void MeterServer::dispatch(int descriptor) {
  if (descriptor == doors_.listener.descriptor()) {
    accept_clients();
  } else if (descriptor == ticks_.get()) {
    drain(descriptor);
    answer(true);
  } else if (descriptor == linger_.get()) {
    drain(descriptor);
    done_ = done_ || clients_.empty();
  } else if (descriptor == turn_.get()) {
    drain(descriptor);  // the answer follows every round of events
  } else if (descriptor == doors_.ending.descriptor()) {
    done_ = true;  // not drained: whoever runs us asks it as well
  } else {
    read_client(descriptor);
  }
}

void MeterServer::accept_clients() {
  for (;;) {
    Descriptor socket(
        ::accept4(doors_.listener.descriptor(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket.is_open()) {
      if (errno == EMFILE || errno == ENFILE) {
        // Do not spin on a connection that cannot be taken: wait until a client leaves.
        ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, doors_.listener.descriptor(), nullptr);
        listening_ = false;
        log_.write(LogLevel::kWarning, "out of file descriptors; new clients wait");
      }
      return;
    }
    const int descriptor = socket.get();
    if (clients_.size() >= limits::kMeterClients) {
      send_line(descriptor, "failed too many clients\n");
    } else if (watch(descriptor)) {
      clients_.emplace(
          descriptor,
          Client{std::move(socket), RateLimit(kRequestsPerSecond, clock_.boot_now()), {}});
      set_linger(false);
      if (clients_.size() == 1) {
        set_ticking(true);
      }
    }
  }
}

void MeterServer::read_client(int descriptor) {
  const auto found = clients_.find(descriptor);
  if (found == clients_.end()) {
    return;  // dropped earlier in this round
  }
  std::array<char, kInputBytes> buffer{};
  const ssize_t count = ::recv(descriptor, buffer.data(), buffer.size(), MSG_DONTWAIT);
  const bool nothing_yet = count < 0 && (errno == EAGAIN || errno == EINTR);
  const bool keep =
      nothing_yet ||
      (count > 0 && take_input(found->second, {buffer.data(), static_cast<std::size_t>(count)}));
  if (!keep) {
    drop(descriptor);
  }
}

/// False when it is no client of ours.
bool MeterServer::take_input(Client& client, std::string_view bytes) {
  client.input += bytes;
  while (client.input.starts_with(kRequest)) {
    client.input.erase(0, kRequest.size());
    const bool within = client.rate.take(clock_.boot_now());
    client.asks = client.asks || within;
    client.deferred = client.deferred || !within;
  }
  return client.input.size() < kRequest.size() && kRequest.starts_with(client.input);
}

/// One sample for all who ask; at a tick also for those who were over their rate.
void MeterServer::answer(bool is_tick) {
  std::vector<int> asking;
  for (auto& [descriptor, client] : clients_) {
    client.asks = client.asks || (is_tick && client.deferred);
    if (client.asks) {
      asking.push_back(descriptor);
    }
  }
  const bool wanted = is_tick || !asking.empty();
  if (!wanted || (!is_tick && !may_sample_now())) {
    return;  // they keep asking
  }
  const auto sampled = sample_();
  last_sample_ = clock_.boot_now();
  for (const int descriptor : asking) {
    auto& client = clients_.at(descriptor);
    const std::string line = sampled
                                 ? concat(client.greeted ? "sampled " : "ready ", sampled->ns, "\n")
                                 : concat("failed ", sampled.error().message(), "\n");
    const bool keep = send_line(descriptor, line) && (sampled || client.greeted);
    client.asks = false;
    client.deferred = false;
    client.greeted = true;
    if (!keep) {
      drop(descriptor);
    }
  }
}

/// Whether a sample would keep its distance from the last one and from the next tick. If not, sees
/// to it that it is asked again at the first instant that does; or the tick answers.
bool MeterServer::may_sample_now() {
  const std::int64_t now = clock_.boot_now().ns;
  const std::int64_t period = to_ns(options_.period);
  const std::int64_t earliest = last_sample_.ns + to_ns(options_.spacing);
  const std::int64_t latest = (now / period + 1) * period - to_ns(options_.spacing);
  if (earliest <= now && now <= latest) {
    return true;
  }
  if (now < earliest && earliest <= latest) {
    const itimerspec when{.it_interval = {}, .it_value = to_timespec(earliest)};
    ::timerfd_settime(turn_.get(), TFD_TIMER_ABSTIME, &when, nullptr);
  }
  return false;
}

void MeterServer::drop(int descriptor) {
  clients_.erase(descriptor);  // closing takes it out of the epoll set
  if (!listening_) {
    listening_ = watch(doors_.listener.descriptor());
  }
  if (clients_.empty()) {
    set_ticking(false);
    set_linger(true);
  }
}

void MeterServer::set_ticking(bool on) {
  const std::int64_t period = to_ns(options_.period);
  itimerspec when{};
  if (on) {
    when.it_interval = to_timespec(period);
    when.it_value = to_timespec((clock_.boot_now().ns / period + 1) * period);
  }
  ::timerfd_settime(ticks_.get(), TFD_TIMER_ABSTIME, &when, nullptr);
}

void MeterServer::set_linger(bool on) {
  itimerspec when{};
  if (on) {
    when.it_value = to_timespec(std::max<std::int64_t>(to_ns(options_.linger), 1));
  }
  ::timerfd_settime(linger_.get(), 0, &when, nullptr);
}

}  // namespace wattle::meterd
