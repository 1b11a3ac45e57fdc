// What the building adds: PUE on grams, and water. Both are figures beside the energy, never in it.
//
// Units:    PUE: energy of the site over energy of its IT, at least 1. WUE: litres per
// kilowatt-hour
//           *of IT energy* (The Green Grid), so that water is never multiplied by PUE.
// Errors:   kInvalidArgument for a PUE outside [1, 4] or a WUE outside [0, 20].
// Threads:  value types and pure functions.
// Lifetime: value types.
#pragma once

#include <optional>
#include <string>

#include "wattle/base/estimate.h"
#include "wattle/base/result.h"
#include "wattle/carbon/grams.h"
#include "wattle/carbon/zone_atlas.h"

namespace wattle::carbon {

struct Pue {
  double value = 1;
  double relative_sigma = 0;
  std::string origin;  // "configured", "published by the provider for 2024", "no data centre"
};

struct Wue {
  LitresPerKwh value;
  double relative_sigma = 0;
  std::string origin;
};

Result<Pue> configured_pue(double value);
/// Of a cloud region: its own, else the mean of its provider's regions. Elsewhere 1: a machine that
/// stands in no known data centre has no overhead that we know of.
Pue pue_of(const ZoneAtlas& atlas, std::string_view zone);
Result<Wue> configured_wue(LitresPerKwh value);
/// Of a cloud region that publishes one; none elsewhere.
std::optional<Wue> wue_of(const ZoneAtlas& atlas, std::string_view zone);

/// Operational grams of the site: grams of the IT times PUE.
Estimate<GramsCo2e> facility_grams(const OperationalGrams& operational, const Pue& pue);
/// Litres evaporated on site for the energy of the IT. Not the water of the power plants.
Estimate<Litres> water(const Estimate<Joules>& it_energy, const Wue& wue);

}  // namespace wattle::carbon
