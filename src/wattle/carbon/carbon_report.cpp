#include "wattle/carbon/carbon_report.h"

#include "wattle/base/text.h"

namespace wattle::carbon {
namespace {

Status add_embodied(const CarbonAccount& request, CarbonReport& report) {
  for (const auto& claim : request.embodied) {
    WATTLE_ASSIGN_OR_RETURN(const EmbodiedRange share,
                            embodied_share(claim.hardware, claim.reserved, claim.resource_share));
    report.embodied = report.embodied ? *report.embodied + share : share;
    report.embodied_source += concat(report.embodied_source.empty() ? "" : "; ",
                                     claim.hardware.name, ": ", claim.hardware.source);
  }
  if (report.embodied) {
    WATTLE_ASSIGN_OR_RETURN(
        report.sci, sci_score(report.operational, *report.embodied, request.functional_units,
                              request.functional_unit));
  }
  return {};
}

void describe_intensity(const IntensitySlice& slice, CarbonReport& report) {
  report.zone = slice.zone;
  report.signal = slice.signal;
  report.source = slice.source;
  report.vintage = worst_vintage(slice);
  report.year = slice.year;
  report.resolution = slice.resolution;
  report.notes = slice.notes;
}

}  // namespace

Result<CarbonReport> account(const CarbonAccount& request, IntensitySource& source,
                             const ZoneAtlas& atlas) {
  if (request.series.empty()) {
    return Error(ErrorCode::kInvalidArgument, "no energy was measured, so it has no carbon");
  }
  for (const auto& part : request.series) {
    WATTLE_RETURN_IF_ERROR(check_interval(part.interval));
  }
  CarbonReport report;
  report.place = request.place;
  WATTLE_ASSIGN_OR_RETURN(const IntensitySlice slice,
                          source.intensity(request.place.zone, span_of(request.series)));
  describe_intensity(slice, report);
  WATTLE_ASSIGN_OR_RETURN(const OperationalGrams grams, operational_grams(request.series, slice));
  report.energy = grams.energy();
  report.operational = grams.grams();
  report.mean_intensity =
      grams.energy().value().value() > 0 ? grams.mean_intensity() : time_mean(slice);
  report.pue = request.pue ? *request.pue : pue_of(atlas, request.place.zone);
  report.facility = facility_grams(grams, report.pue);
  report.wue = request.wue ? request.wue : wue_of(atlas, request.place.zone);
  if (report.wue) {
    report.water = water(report.energy, *report.wue);
  }
  WATTLE_RETURN_IF_ERROR(add_embodied(request, report));
  if (request.tariff != nullptr) {
    WATTLE_ASSIGN_OR_RETURN(report.cost, request.tariff->cost(request.series));
  }
  return report;
}

}  // namespace wattle::carbon
