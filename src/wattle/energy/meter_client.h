// A supervisor's connection to the node meter of its host. While it is open the meter samples at
// every tick; when the last client leaves, the meter stops. The connection breaks when the meter
// dies: connect again, and a new meter takes over.
//
// Protocol: a Unix stream socket, lines of text. The meter greets with "ready BOOT_NS" once a
// sample is durable; "sample" asks for one now and is answered "sampled BOOT_NS". What cannot be
// done is answered "failed REASON". Leaving is closing. A started meter says on its standard output
// why it could not start; closing it says that it listens, or that another one leads. Units:
// BootTime in nanoseconds. Errors:   kUnavailable when no meter answers within the timeout, or with
// the meter's reason; the job goes on unmetered, which shows. Threads:  one thread. Lifetime: owns
// its socket; a meter that was started here outlives the client. It is nobody's child, unless the
// client is a subreaper: then it is inherited. No other library than the C++ one is needed:
// wattle-supervise is static.
#pragma once

#include <string>
#include <vector>

#include "wattle/base/result.h"
#include "wattle/base/time.h"
#include "wattle/base/units.h"

namespace wattle::energy {

class MeterClient {
 public:
  struct Options {
    std::vector<std::string>
        socket_paths;  // tried in order: the host's meter first, then the user's own
    std::vector<std::string>
        start_command;  // argv that starts a meter for the last path; empty: start none
    Seconds timeout{5};
  };

  /// Connects to the first meter that answers, else starts one, and waits for its first sample.
  static Result<MeterClient> connect(const Options& options);
  ~MeterClient();
  MeterClient(MeterClient&& other) noexcept;
  MeterClient& operator=(MeterClient&& other) noexcept;

  /// Readable when the meter has something to say or has gone; for epoll.
  int descriptor() const { return descriptor_; }
  /// True once the meter has closed the connection. Never blocks.
  bool is_gone();
  /// Asks for a sample now and waits until it is durable. kUnavailable when the meter has gone.
  Result<BootTime> sample(Seconds timeout);

 private:
  explicit MeterClient(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

}  // namespace wattle::energy
