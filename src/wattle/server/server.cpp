#include "wattle/server/server.h"

#include <algorithm>
#include <csignal>

#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "wattle/base/text.h"
#include "wattle/executor/waiting.h"

namespace wattle::server {
namespace {

// What a step that failed is repeated after: the database may come back.
constexpr Seconds kErrorPause{2};

Descriptor open_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  return Descriptor(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

}  // namespace

void Server::wake() {
  const std::uint64_t one = 1;
  (void)!::write(wake_.get(), &one, sizeof(one));
}

void Server::drain() {
  drains_ = true;
  wake();
}

/// The home is ours from here on, and wake() is heard.
Status Server::take_home() {
  const auto lock_file = home_.server_lock();
  WATTLE_RETURN_IF_ERROR(files_.make_directories(lock_file.substr(0, lock_file.rfind('/'))));
  auto lock = files_.try_lock(lock_file);
  if (!lock.ok()) {
    return lock.error().code() == ErrorCode::kUnavailable
               ? Error(ErrorCode::kAlreadyExists, "another server has " + home_.root())
               : lock.error();
  }
  lock_.emplace(std::move(*lock));
  wake_ = Descriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  WATTLE_RETURN_IF_ERROR(files_.write_atomic(home_.server_process(), concat(::getpid(), "\n")));
  signals_ = open_signals();
  return {};
}

Result<ServerEnd> Server::run(const std::function<Result<Service>()>& open, Options options) {
  WATTLE_RETURN_IF_ERROR(take_home());
  WATTLE_ASSIGN_OR_RETURN(const auto service, open());
  WATTLE_RETURN_IF_ERROR(service.doorway != nullptr ? service.doorway->open() : Status());
  log_.write(LogLevel::kNotice, "the server is up", {{"home", home_.root()}});
  Result<MaybeEnd> end = MaybeEnd();
  while (end.ok() && !*end) {
    end = serve(service, options);
  }
  if (service.doorway != nullptr) {
    service.doorway->close();
  }
  log_.write(LogLevel::kNotice, "the server ends", {});
  return end.ok() ? Result<ServerEnd>(**end) : Result<ServerEnd>(end.error());
}

/// One step and the wait after it.
Result<Server::MaybeEnd> Server::serve(const Service& service, Options& options) {
  const auto outlook = service.dispatcher->step();
  if (!outlook.ok()) {
    log_.write(LogLevel::kError, "the queue cannot be served",
               {{"error", outlook.error().message()}});
    return wait({}, kErrorPause) == Woken::kBySignal ? MaybeEnd(ServerEnd::kSignal) : MaybeEnd();
  }
  if (auto on_ready = std::exchange(options.on_ready, nullptr)) {
    on_ready();
  }
  if (drains_) {
    return MaybeEnd(ServerEnd::kDrained);
  }
  if (outlook->active == 0 && options.idle_exit) {
    return rest(service, *outlook, *options.idle_exit);
  }
  return wait(*outlook, std::nullopt) == Woken::kBySignal ? MaybeEnd(ServerEnd::kSignal)
                                                          : MaybeEnd();
}

/// There is nothing to do: ends when that stays so, and nobody asks anything.
Result<Server::MaybeEnd> Server::rest(const Service& service, const job::Outlook& outlook,
                                      Seconds idle_exit) {
  const auto idle_since = clock_.boot_now();
  if (wait(outlook, idle_exit) == Woken::kBySignal) {
    return MaybeEnd(ServerEnd::kSignal);
  }
  const bool was_woken = clock_.boot_now() - idle_since < idle_exit;
  const auto* doorway = service.doorway;
  const bool is_used =
      doorway != nullptr && (doorway->is_in_use() || doorway->idle_for() < idle_exit);
  return was_woken || is_used ? Result<MaybeEnd>(MaybeEnd()) : leave(service);
}

/// The door is shut first and the queue looked at then: whoever submits after that look finds
/// nobody and starts the next server.
Result<Server::MaybeEnd> Server::leave(const Service& service) {
  if (service.doorway != nullptr) {
    service.doorway->close();
  }
  WATTLE_ASSIGN_OR_RETURN(const auto last, service.dispatcher->step());
  if (last.active == 0) {
    return MaybeEnd(ServerEnd::kIdle);
  }
  WATTLE_RETURN_IF_ERROR(service.doorway != nullptr ? service.doorway->open() : Status());
  return MaybeEnd();
}

Server::Woken Server::wait(const job::Outlook& outlook, std::optional<Seconds> at_most) {
  std::vector<int> descriptors{signals_.get(), wake_.get()};
  descriptors.insert(descriptors.end(), outlook.descriptors.begin(), outlook.descriptors.end());
  if (outlook.next) {
    const Seconds until = std::max(Seconds(0), *outlook.next - clock_.utc_now());
    at_most = at_most ? std::min(*at_most, until) : until;
  }
  const auto ready = executor::wait_readable(descriptors, at_most);
  std::uint64_t count = 0;
  (void)!::read(wake_.get(), &count, sizeof(count));
  signalfd_siginfo taken{};
  return ready == 0U && ::read(signals_.get(), &taken, sizeof(taken)) > 0 ? Woken::kBySignal
                                                                          : Woken::kByWork;
}

}  // namespace wattle::server
