// Everything a receipt says about carbon, water and cost, each figure by itself.
//
// Units:    Joules, GramsCo2e, GramsPerKwh, Litres, Money.
// Errors:   those of the source; an empty series or mixed signals are kInvalidArgument.
// Threads:  value types. Lifetime: a CarbonAccount borrows what it points to, until account() ends.
// See:      docs/concepts/carbon.md.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "wattle/base/estimate.h"
#include "wattle/base/result.h"
#include "wattle/carbon/embodied.h"
#include "wattle/carbon/facility.h"
#include "wattle/carbon/grams.h"
#include "wattle/carbon/sci.h"
#include "wattle/carbon/tariff.h"
#include "wattle/carbon/zone_choice.h"

namespace wattle::carbon {

struct CarbonReport {
  ZoneChoice place;  // what was asked for, and why
  std::string zone;  // whose intensity was used
  Signal signal = Signal::kAverage;
  GramsPerKwh mean_intensity;  // weighted by energy
  std::string source;
  Vintage vintage = Vintage::kYearly;  // the worst among the values used
  std::optional<int> year;             // of a yearly average
  Seconds resolution;                  // of the intensity
  Estimate<Joules> energy;             // of the IT: never multiplied by PUE
  Estimate<GramsCo2e> operational;     // of that energy
  Pue pue;
  Estimate<GramsCo2e> facility;  // operational times PUE
  std::optional<Wue> wue;
  std::optional<Estimate<Litres>> water;  // with a wue only
  std::optional<EmbodiedRange> embodied;
  std::string embodied_source;
  std::optional<SciScore> sci;  // of operational (without PUE) and embodied
  std::optional<EnergyCost> cost;
  std::vector<std::string> notes;
};

/// The hardware that a run reserved, and how much of it for how long.
struct EmbodiedClaim {
  EmbodiedHardware hardware;
  Seconds reserved;
  double resource_share = 1;
};

/// What account() needs to know. What is absent gives no figure.
struct CarbonAccount {
  std::span<const EnergyInterval> series = {};
  ZoneChoice place = {};
  std::optional<Pue> pue = {};  // else that of the place
  std::optional<Wue> wue = {};  // likewise
  std::vector<EmbodiedClaim> embodied = {};
  const Tariff* tariff = nullptr;
  double functional_units = 1;
  std::string functional_unit = "run";
};

Result<CarbonReport> account(const CarbonAccount& request, IntensitySource& source,
                             const ZoneAtlas& atlas);

}  // namespace wattle::carbon
