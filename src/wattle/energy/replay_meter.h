// Replays recorded traces as if their sensors were here: power is what a power sensor shows at the
// instant of the reading and is integrated, energy is what a counter shows.
//
// Units:    Microjoules; the trace's time runs with the Clock from the instant of creation on.
// Errors:   create() is kInvalidArgument without a trace or when two name the same domain. After a
// trace's end its domain is stale.
// Threads:  one thread. Lifetime: borrows its Clock.
#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "wattle/energy/counter.h"
#include "wattle/energy/meter.h"
#include "wattle/energy/power_trace.h"

namespace wattle::energy {

class ReplayMeter final : public Meter {
 public:
  /// A domain per trace, named by its column `domain` ("cpu…", "dram…", "gpu…", else board). `from`
  /// is the trace's time at the first reading: the begin of a run that the trace surrounds.
  static Result<std::unique_ptr<ReplayMeter>> create(std::vector<PowerTrace> traces,
                                                     const Clock& clock, Seconds from);

  const std::vector<Domain>& domains() const override { return domains_; }
  Reading read() override;

 private:
  struct Channel {
    PowerTrace trace;
    std::variant<GuardedCounter, PowerIntegrator> energy;
    bool ended = false;
  };

  ReplayMeter(const Clock& clock, Seconds from)
      : clock_(clock), origin_(clock.boot_now()), from_(from) {}
  Status add(PowerTrace trace);
  bool update(Channel& channel, Seconds instant);

  const Clock& clock_;
  BootTime origin_;
  Seconds from_;
  std::vector<Channel> channels_;
  std::vector<Domain> domains_;
};

}  // namespace wattle::energy
