#include "wattle/job/carbon_desk.h"

#include "wattle/base/text.h"
#include "wattle/carbon/fallback_chain.h"
#include "wattle/carbon/intensity_file.h"
#include "wattle/carbon/yearly_averages.h"

namespace wattle::job {
namespace {

/// The energy of a statement over time. The error of the whole is carried by each slice in
/// proportion: it is one sensor's or one model's, and does not average out over time.
std::vector<carbon::EnergyInterval> series_of(const ledger::Statement& statement) {
  std::vector<carbon::EnergyInterval> series;
  const double total = statement.energy.value().value();
  for (const auto& slice : statement.slices) {
    const double share = total > 0 ? slice.energy.value() / total : 0;
    series.push_back({.interval = {slice.from, slice.to}, .energy = statement.energy * share});
  }
  return series;
}

Result<carbon::Tariff> hourly_tariff(const spec::TariffSpec& spec, carbon::LocalZone zone) {
  carbon::Tariff::HourlyPrices prices{};
  std::array<bool, 24> known{};
  std::string currency = spec.price ? spec.price->currency : spec.hours.front().price.currency;
  for (std::size_t hour = 0; hour < prices.size() && spec.price; ++hour) {
    prices[hour] = spec.price->per_kwh;
    known[hour] = true;
  }
  for (const auto& part : spec.hours) {
    for (std::int64_t hour = part.from; hour % 24 != part.to % 24 || hour == part.from; ++hour) {
      prices[static_cast<std::size_t>(hour % 24)] = part.price.per_kwh;
      known[static_cast<std::size_t>(hour % 24)] = true;
    }
  }
  for (std::size_t hour = 0; hour < known.size(); ++hour) {
    if (!known[hour]) {
      return Error(ErrorCode::kInvalidArgument,
                   concat("the tariff has no price from ", hour,
                          ":00; give `tariff.price` for the other hours"));
    }
  }
  return carbon::Tariff::by_hour(std::move(currency), prices, std::move(zone));
}

}  // namespace

Result<std::unique_ptr<CarbonDesk>> CarbonDesk::open(FileSystem& files, const Clock& clock,
                                                     const spec::JobSpec& job,
                                                     const Options& options) {
  std::unique_ptr<CarbonDesk> desk(new CarbonDesk(clock));  // NOLINT: the constructor is private
  WATTLE_ASSIGN_OR_RETURN(desk->place_,
                          carbon::choose_zone(files, {.root = options.root, .tz = options.tz},
                                              job.carbon.zone, desk->atlas_));
  WATTLE_RETURN_IF_ERROR(desk->open_source(job.carbon));
  if (job.carbon.pue) {
    WATTLE_ASSIGN_OR_RETURN(desk->pue_, carbon::configured_pue(*job.carbon.pue));
  }
  if (job.tariff.price || !job.tariff.hours.empty()) {
    WATTLE_RETURN_IF_ERROR(desk->open_tariff(files, job.tariff, options));
  }
  return desk;
}

Status CarbonDesk::open_source(const spec::CarbonSpec& spec) {
  averages_ = std::make_unique<carbon::YearlyAverages>(atlas_, carbon::Signal::kAverage);
  if (spec.intensity_file) {
    WATTLE_ASSIGN_OR_RETURN(
        file_, carbon::IntensityFile::open(*spec.intensity_file, {.zone = place_.zone}));
    WATTLE_ASSIGN_OR_RETURN(
        chain_, carbon::FallbackChain::create({file_.get(), averages_.get()}, atlas_, clock_));
  }
  return {};
}

Status CarbonDesk::open_tariff(FileSystem& files, const spec::TariffSpec& tariff,
                               const Options& options) {
  if (tariff.hours.empty()) {
    WATTLE_ASSIGN_OR_RETURN(tariff_,
                            carbon::Tariff::flat(tariff.price->currency, tariff.price->per_kwh));
    return {};
  }
  const std::string name = options.time_zone.empty() ? "UTC" : options.time_zone;
  WATTLE_ASSIGN_OR_RETURN(auto zone, carbon::LocalZone::load(files, name, options.root));
  WATTLE_ASSIGN_OR_RETURN(tariff_, hourly_tariff(tariff, std::move(zone)));
  return {};
}

Result<carbon::CarbonReport> CarbonDesk::account(const ledger::Statement& statement,
                                                 const hardware::HostDescription& host,
                                                 const HostShare& share) {
  const auto series = series_of(statement);
  const carbon::CarbonAccount request{.series = series,
                                      .place = place_,
                                      .pue = pue_,
                                      .wue = std::nullopt,
                                      .embodied = embodied_claims(host, share),
                                      .tariff = tariff_ ? &*tariff_ : nullptr};
  return carbon::account(request, chain_ ? *chain_ : *averages_, atlas_);
}

}  // namespace wattle::job
