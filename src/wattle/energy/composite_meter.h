// All meters of a host as one, with domains that are disjoint: "board", which measures the whole
// node, is left with what no other meter sees.
//
// Units:    Microjoules. Errors: none of its own; a part that is stale makes "board" stale until
// both are read again, and nothing is lost. Threads:  one thread. Lifetime: owns its meters;
// borrows the HostUsage behind its CpuLoad.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "wattle/energy/counter.h"
#include "wattle/energy/cpu_load.h"
#include "wattle/energy/meter.h"
#include "wattle/energy/model_meter.h"

namespace wattle::energy {

class CompositeMeter final : public Meter {
 public:
  /// REQUIRES: no two meters share a domain name. `cpu_shape` replaces what the meters say of
  /// processors' power at rest. A processor domain's utilisation comes from `load`.
  CompositeMeter(std::vector<std::unique_ptr<Meter>> meters, CpuLoad load,
                 std::optional<LoadShape> cpu_shape);

  const std::vector<Domain>& domains() const override { return domains_; }
  Reading read() override;

 private:
  void add_domains(const Meter& meter, std::optional<LoadShape> cpu_shape);
  void append(Reading& whole, Reading part, std::size_t first) const;
  void take_residual(Reading& reading);

  std::vector<std::unique_ptr<Meter>> meters_;
  CpuLoad load_;
  std::vector<Domain> domains_;
  std::vector<std::size_t> others_;   // top-level domains of meters that do not hold "board"
  std::optional<std::size_t> board_;  // index of "board"
  Residual residual_;
};

}  // namespace wattle::energy
