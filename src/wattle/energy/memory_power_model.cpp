#include "wattle/energy/memory_power_model.h"

#include <algorithm>
#include <cstdint>

namespace wattle::energy {

Estimate<Watts> modelled_memory_power(Bytes granted) {
  constexpr double kWattsPerGigabyte = (0.3725 + 0.392) / 2;
  constexpr double kBytesPerGigabyte = 1e9;
  constexpr double kRelativeSigma = 0.5;
  const auto bytes = static_cast<double>(std::max<std::int64_t>(0, granted.value()));
  return {Watts(bytes / kBytesPerGigabyte * kWattsPerGigabyte), Quality::kModelled, "memory-model",
          kRelativeSigma};
}

}  // namespace wattle::energy
