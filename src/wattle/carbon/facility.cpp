#include "wattle/carbon/facility.h"

#include <cmath>

#include "wattle/base/text.h"
#include "wattle/carbon/number_text.h"

namespace wattle::carbon {
namespace {

// No provider publishes the error of its yearly PUE or how it moves over the year. Assumed: 3 % for
// the overhead on the whole, 30 % for water, which follows the weather.
constexpr double kPublishedPueSigma = 0.03;
constexpr double kPublishedWueSigma = 0.30;
constexpr double kHighestPue = 4;
constexpr double kHighestWue = 20;

std::string_view provider_of(std::string_view zone) {
  const auto colon = zone.find(':');
  return colon == std::string_view::npos ? std::string_view() : zone.substr(0, colon + 1);
}

Pue mean_of_provider(const ZoneAtlas& atlas, std::string_view provider) {
  double sum = 0;
  double squares = 0;
  double count = 0;
  for (const auto& facts : atlas.all()) {
    if (facts.pue && facts.zone.starts_with(provider)) {
      sum += facts.pue->value;
      squares += facts.pue->value * facts.pue->value;
      ++count;
    }
  }
  const double mean = sum / count;
  const double deviation = std::sqrt(std::max(0.0, squares / count - mean * mean));
  return {mean, std::hypot(deviation / mean, kPublishedPueSigma),
          concat("mean of the provider's ", static_cast<int>(count),
                 " regions that publish one; this region does not")};
}

}  // namespace

Result<Pue> configured_pue(double value) {
  if (!(value >= 1 && value <= kHighestPue)) {
    return Error(ErrorCode::kInvalidArgument,
                 concat("a PUE of ", number_text(value),
                        " cannot be: it is energy of the site over energy of its IT, from 1 to 4"));
  }
  return Pue{value, 0, "configured"};
}

Pue pue_of(const ZoneAtlas& atlas, std::string_view zone) {
  const auto provider = provider_of(zone);
  if (provider.empty()) {
    return {1, 0, "no data centre"};
  }
  const ZoneFacts* facts = atlas.find(zone);
  if (facts != nullptr && facts->pue) {
    return {facts->pue->value, kPublishedPueSigma,
            concat("published for the region, ", facts->pue->year)};
  }
  return mean_of_provider(atlas, provider);
}

Result<Wue> configured_wue(LitresPerKwh value) {
  if (!(value.value() >= 0 && value.value() <= kHighestWue)) {
    return Error(ErrorCode::kInvalidArgument,
                 concat("a WUE of ", number_text(value.value()),
                        " L/kWh cannot be: give litres per kilowatt-hour of IT energy, 0 to 20"));
  }
  return Wue{value, 0, "configured"};
}

std::optional<Wue> wue_of(const ZoneAtlas& atlas, std::string_view zone) {
  const ZoneFacts* facts = atlas.find(zone);
  if (facts == nullptr || !facts->wue) {
    return std::nullopt;
  }
  return Wue{facts->wue->value, kPublishedWueSigma,
             concat("published for the region, ", facts->wue->year)};
}

Estimate<GramsCo2e> facility_grams(const OperationalGrams& operational, const Pue& pue) {
  Estimate<GramsCo2e> grams = operational.grams() * pue.value;
  if (pue.relative_sigma > 0) {
    grams.add_error("pue:" + pue.origin, grams.value().value() * pue.relative_sigma);
  }
  return grams;
}

Estimate<Litres> water(const Estimate<Joules>& it_energy, const Wue& wue) {
  Estimate<LitresPerKwh> rate(wue.value, Quality::kPublished);
  if (wue.relative_sigma > 0) {
    rate.add_error("wue:" + wue.origin, wue.value.value() * wue.relative_sigma);
  }
  return multiply(it_energy, rate);
}

}  // namespace wattle::carbon
