// Serves the clients of a node meter: samples at shared ticks while somebody is connected, at each
// connection and on request, and sleeps without a wake-up otherwise.
//
// Ticks are the instants whose boot time is a multiple of the period, so that all meters and
// supervisors of a host look at the same time. Protocol: see wattle/energy/meter_client.h; a
// request that cannot be met is answered "failed REASON".
// Bounds: limits::kMeterClients clients; 20 requests a second for each (more wait for the next
// tick); no two samples closer than Options::spacing, whoever asks: a request in between waits, and
// gets the next sample. A client that sends anything else, or does not read its answers, is
// disconnected.
// Units:    seconds; BootTime. Errors: as the kernel's, when an event descriptor cannot be made.
// Threads:  one: run(). Lifetime: borrows its doors, Clock and Log.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "ending.h"
#include "listener.h"
#include "rate_limit.h"

#include "wattle/base/descriptor.h"
#include "wattle/base/log.h"
#include "wattle/base/result.h"
#include "wattle/base/time.h"

namespace wattle::meterd {

class MeterServer {
 public:
  struct Options {
    Seconds period{1};
    Seconds linger{2};
    Seconds spacing{0.01};  // between a sample and the next
  };
  /// Takes a sample and returns its instant once it is durable.
  using Sample = std::function<Result<BootTime>()>;

  /// Where clients and the wish to end come from.
  struct Doors {
    const Listener& listener;
    const Ending& ending;
  };
  static Result<std::unique_ptr<MeterServer>> create(Options options, Doors doors,
                                                     const Clock& clock, Log& log, Sample sample);
  /// Returns after the linger time without clients, or when asked to end; with a last sample taken.
  Status run();

 private:
  struct Client {
    Descriptor socket;
    RateLimit rate;
    std::string input;
    bool greeted = false;
    bool asks = true;       // for a sample now; the greeting is one
    bool deferred = false;  // over its rate: with the next tick
  };

  MeterServer(Options options, Doors doors, const Clock& clock, Log& log, Sample sample);
  Status open_events();
  bool watch(int descriptor) const;
  void dispatch(int descriptor);
  void accept_clients();
  void read_client(int descriptor);
  bool take_input(Client& client, std::string_view bytes);
  void answer(bool is_tick);
  bool may_sample_now();
  void drop(int descriptor);
  void set_ticking(bool on);
  void set_linger(bool on);

  Options options_;
  Doors doors_;
  const Clock& clock_;
  Log& log_;
  Sample sample_;
  Descriptor epoll_;
  Descriptor ticks_;
  Descriptor linger_;
  Descriptor turn_;  // when a request that came too early may be met
  BootTime last_sample_;
  std::map<int, Client> clients_;
  bool listening_ = false;
  bool done_ = false;
};

}  // namespace wattle::meterd
