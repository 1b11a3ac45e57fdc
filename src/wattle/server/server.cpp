#include "wattle/server/server.h"

#include <algorithm>
#include <csignal>

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

Status Server::run(const std::function<Result<job::Dispatcher*>()>& open, Options options) {
  const auto lock_file = home_.server_lock();
  WATTLE_RETURN_IF_ERROR(files_.make_directories(lock_file.substr(0, lock_file.rfind('/'))));
  const auto lock = files_.try_lock(lock_file);
  if (!lock.ok()) {
    return lock.error().code() == ErrorCode::kUnavailable
               ? Error(ErrorCode::kAlreadyExists, "another server has " + home_.root())
               : lock.error();
  }
  // Before the database is opened, which takes its time: who rings meanwhile is heard after it.
  WATTLE_ASSIGN_OR_RETURN(door_, job::ServerDoor::open(home_));
  WATTLE_RETURN_IF_ERROR(files_.write_atomic(home_.server_process(), concat(::getpid(), "\n")));
  signals_ = open_signals();
  WATTLE_ASSIGN_OR_RETURN(auto* dispatcher, open());
  log_.write(LogLevel::kNotice, "the server is up", {{"home", home_.root()}});
  Result<bool> goes_on = true;
  while (goes_on.ok() && *goes_on) {
    goes_on = serve(*dispatcher, options);
  }
  log_.write(LogLevel::kNotice, "the server ends", {});
  return goes_on.ok() ? Status() : Status(goes_on.error());
}

/// One step and the wait after it. False when it is time to end.
Result<bool> Server::serve(job::Dispatcher& dispatcher, Options& options) {
  const auto outlook = dispatcher.step();
  if (!outlook.ok()) {
    log_.write(LogLevel::kError, "the queue cannot be served",
               {{"error", outlook.error().message()}});
    return wait({}, kErrorPause) != Woken::kBySignal;
  }
  if (auto on_ready = std::exchange(options.on_ready, nullptr)) {
    on_ready();
  }
  if (outlook->active > 0 || !options.idle_exit) {
    return wait(*outlook, std::nullopt) != Woken::kBySignal;
  }
  const auto idle_since = clock_.boot_now();
  if (wait(*outlook, options.idle_exit) == Woken::kBySignal) {
    return false;
  }
  const bool was_woken = clock_.boot_now() - idle_since < *options.idle_exit;
  return was_woken ? Result<bool>(true) : leave(dispatcher);
}

/// The door is shut first and the queue looked at then: whoever submits after that look finds
/// nobody and starts the next server.
Result<bool> Server::leave(job::Dispatcher& dispatcher) {
  door_->leave();
  WATTLE_ASSIGN_OR_RETURN(const auto last, dispatcher.step());
  if (last.active == 0) {
    return false;
  }
  WATTLE_ASSIGN_OR_RETURN(door_, job::ServerDoor::open(home_));
  return true;
}

Server::Woken Server::wait(const job::Outlook& outlook, std::optional<Seconds> at_most) {
  std::vector<int> descriptors{signals_.get(), door_->descriptor()};
  descriptors.insert(descriptors.end(), outlook.descriptors.begin(), outlook.descriptors.end());
  if (outlook.next) {
    const Seconds until = std::max(Seconds(0), *outlook.next - clock_.utc_now());
    at_most = at_most ? std::min(*at_most, until) : until;
  }
  const auto ready = executor::wait_readable(descriptors, at_most);
  door_->answer();
  signalfd_siginfo taken{};
  return ready == 0U && ::read(signals_.get(), &taken, sizeof(taken)) > 0 ? Woken::kBySignal
                                                                          : Woken::kByWork;
}

}  // namespace wattle::server
