// The server of a home: dispatches its queue until it is told to end, or has had nothing to do for
// a while.
//
// Units:    Seconds.
// Errors:   run() is kAlreadyExists when another server has the home, and fails when the database
//           cannot be opened. What befalls single jobs is their own reason.
// Threads:  one thread, which owns the signals SIGTERM and SIGINT of the process.
// Lifetime: attempts go on when it ends; the next server of the home takes them up.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "wattle/base/descriptor.h"
#include "wattle/base/file.h"
#include "wattle/base/log.h"
#include "wattle/base/time.h"
#include "wattle/job/dispatcher.h"
#include "wattle/job/server_door.h"
#include "wattle/store/home.h"

namespace wattle::server {

class Server {
 public:
  struct Options {
    std::optional<Seconds> idle_exit;  // nullopt: never
    std::function<void()> on_ready;    // once, after the first step: what was left is taken up
  };

  Server(FileSystem& files, const Clock& clock, Log& log, store::Home home)
      : files_(files), clock_(clock), log_(log), home_(std::move(home)) {}

  /// Until SIGTERM, SIGINT or idleness. `open` makes the dispatcher when the home is ours.
  Status run(const std::function<Result<job::Dispatcher*>()>& open, Options options);

 private:
  enum class Woken { kBySignal, kByWork };

  Woken wait(const job::Outlook& outlook, std::optional<Seconds> at_most);
  Result<bool> serve(job::Dispatcher& dispatcher, Options& options);
  Result<bool> leave(job::Dispatcher& dispatcher);

  FileSystem& files_;
  const Clock& clock_;
  Log& log_;
  store::Home home_;
  Descriptor signals_;
  std::optional<job::ServerDoor> door_;
};

}  // namespace wattle::server
