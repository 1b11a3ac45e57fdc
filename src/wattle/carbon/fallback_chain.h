// Sources in order of preference: the first that covers the zone and the time, freshly enough,
// answers.
//
// Units:    as IntensitySource.
// Errors:   kInvalidArgument when sources of two signals are chained; kNotFound or kUnavailable
// with
//           what each source said, when none answers.
// Threads:  as its sources.
// Lifetime: borrows the sources, the atlas and the clock.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/time.h"
#include "wattle/carbon/intensity.h"
#include "wattle/carbon/zone_atlas.h"

namespace wattle::carbon {

class FallbackChain final : public IntensitySource {
 public:
  struct Options {
    /// A live answer whose last refresh lies further back is passed over.
    Seconds stale_after = Seconds(3.0 * 3600);
  };

  /// REQUIRES: at least one source.
  static Result<std::unique_ptr<FallbackChain>> create(std::vector<IntensitySource*> sources,
                                                       const ZoneAtlas& atlas, const Clock& clock,
                                                       Options options);
  static Result<std::unique_ptr<FallbackChain>> create(std::vector<IntensitySource*> sources,
                                                       const ZoneAtlas& atlas, const Clock& clock) {
    return create(std::move(sources), atlas, clock, Options{});
  }

  std::string_view name() const override { return "first source that answers"; }
  Signal signal() const override { return sources_.front()->signal(); }
  /// Asks each source for the zone, then for its grid zone, then for its country. What was passed
  /// over for lack of data or age stands in the notes.
  Result<IntensitySlice> intensity(std::string_view zone, const Interval& interval) override;

 private:
  FallbackChain(std::vector<IntensitySource*> sources, const ZoneAtlas& atlas, const Clock& clock,
                Options options)
      : sources_(std::move(sources)), atlas_(atlas), clock_(clock), options_(options) {}
  Result<IntensitySlice> ask(IntensitySource& source, const ResolvedZone& zone,
                             const Interval& interval) const;
  Status check_fresh(const IntensitySlice& slice) const;

  std::vector<IntensitySource*> sources_;
  const ZoneAtlas& atlas_;
  const Clock& clock_;
  Options options_;
};

}  // namespace wattle::carbon
