#include "wattle/carbon/fallback_chain.h"

#include "wattle/base/check.h"
#include "wattle/base/text.h"

namespace wattle::carbon {
namespace {

/// Errors after which another source may still answer; a wrong question is wrong everywhere.
bool may_fall_back(ErrorCode code) {
  return code == ErrorCode::kNotFound || code == ErrorCode::kUnavailable ||
         code == ErrorCode::kTimeout || code == ErrorCode::kPermissionDenied ||
         code == ErrorCode::kIo || code == ErrorCode::kParse;
}

}  // namespace

Result<std::unique_ptr<FallbackChain>> FallbackChain::create(std::vector<IntensitySource*> sources,
                                                             const ZoneAtlas& atlas,
                                                             const Clock& clock, Options options) {
  WATTLE_CHECK(!sources.empty(), "a chain of no sources");
  for (const auto* source : sources) {
    WATTLE_RETURN_IF_ERROR(
        check_same_signal(sources.front()->signal(), source->signal(),
                          concat("chaining ", sources.front()->name(), " and ", source->name())));
  }
  return std::unique_ptr<FallbackChain>(
      new FallbackChain(std::move(sources), atlas, clock, options));  // NOLINT: private constructor
}

Status FallbackChain::check_fresh(const IntensitySlice& slice) const {
  if (!slice.as_of) {
    return {};
  }
  const Seconds age = clock_.utc_now() - *slice.as_of;
  if (age <= options_.stale_after) {
    return {};
  }
  return Error(ErrorCode::kUnavailable,
               concat(slice.source, " was last refreshed ", format_duration(age), " ago"));
}

Result<IntensitySlice> FallbackChain::ask(IntensitySource& source, const ResolvedZone& zone,
                                          const Interval& interval) const {
  std::optional<Error> first;
  for (const auto& candidate : zone.candidates) {
    auto slice = source.intensity(candidate, interval);
    if (slice) {
      WATTLE_RETURN_IF_ERROR(check_fresh(*slice));
      if (slice->zone != zone.zone && slice->notes.empty()) {
        slice->notes.push_back(
            concat(source.name(), " has no ", zone.zone, "; its ", candidate, " is used"));
      }
      return slice;
    }
    if (!first) {
      first = slice.error();
    }
    if (slice.error().code() != ErrorCode::kNotFound) {
      break;
    }
  }
  return *first;
}

Result<IntensitySlice> FallbackChain::intensity(std::string_view zone, const Interval& interval) {
  WATTLE_RETURN_IF_ERROR(check_interval(interval));
  WATTLE_ASSIGN_OR_RETURN(const ResolvedZone resolved, atlas_.resolve(zone));
  std::vector<std::string> passed_over;
  ErrorCode code = ErrorCode::kNotFound;
  for (auto* source : sources_) {
    auto slice = ask(*source, resolved, interval);
    if (slice) {
      slice->notes.insert(slice->notes.begin(), passed_over.begin(), passed_over.end());
      return slice;
    }
    if (!may_fall_back(slice.error().code())) {
      return slice.error();
    }
    code = slice.error().code() == ErrorCode::kNotFound ? code : ErrorCode::kUnavailable;
    passed_over.push_back(slice.error().message());
  }
  return Error(code, join(passed_over, "; "));
}

}  // namespace wattle::carbon
