// The server of a home: dispatches its queue until it is told to end, or has had nothing to do for
// a while.
//
// Units:    Seconds.
// Errors:   run() is kAlreadyExists when another server has the home, and fails when the database
//           cannot be opened. What befalls single jobs is their own reason.
// Threads:  one thread, which owns the signals SIGTERM and SIGINT of the process; wake() and
//           drain() from any.
// Lifetime: attempts go on when it ends; the next server of the home takes them up.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "wattle/base/descriptor.h"
#include "wattle/base/file.h"
#include "wattle/base/log.h"
#include "wattle/base/time.h"
#include "wattle/job/dispatcher.h"
#include "wattle/server/doorway.h"
#include "wattle/server/server_end.h"
#include "wattle/store/home.h"

namespace wattle::server {

/// What serves the queue, and, where there is one, the doorway.
struct Service {
  job::Dispatcher* dispatcher = nullptr;
  Doorway* doorway = nullptr;  // null: none
};

class Server {
 public:
  struct Options {
    std::optional<Seconds> idle_exit;  // nullopt: never
    std::function<void()> on_ready;    // once, after the first step: what was left is taken up
  };

  Server(FileSystem& files, const Clock& clock, Log& log, store::Home home)
      : files_(files), clock_(clock), log_(log), home_(std::move(home)) {}

  /// Until SIGTERM, SIGINT, drain() or idleness. `open` makes what serves when the home is ours.
  Result<ServerEnd> run(const std::function<Result<Service>()>& open, Options options);

  /// Something was asked of the queue: look at it now.
  void wake();
  /// End soon, whatever moves: the next server of the home takes it up.
  void drain();

 private:
  enum class Woken { kBySignal, kByWork };
  /// nullopt: it goes on.
  using MaybeEnd = std::optional<ServerEnd>;

  Status take_home();
  Woken wait(const job::Outlook& outlook, std::optional<Seconds> at_most);
  Result<MaybeEnd> serve(const Service& service, Options& options);
  Result<MaybeEnd> rest(const Service& service, const job::Outlook& outlook, Seconds idle_exit);
  Result<MaybeEnd> leave(const Service& service);

  FileSystem& files_;
  const Clock& clock_;
  Log& log_;
  store::Home home_;
  std::optional<FileLock> lock_;
  Descriptor signals_;
  Descriptor wake_;
  std::atomic<bool> drains_ = false;
};

}  // namespace wattle::server
