// The places that Wattle knows without asking anyone: the world, countries, grid zones, cloud
// regions.
//
// Units:    GramsPerKwh, LitresPerKwh; PUE is a ratio of at least 1.
// Errors:   kNotFound names the nearest zone.
// Threads:  any thread; the table is read once, when it is first needed.
// Lifetime: pointers into the atlas live as long as the atlas.
// See:      docs/reference/zones.md; data/SOURCES.md.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/result.h"
#include "wattle/base/units.h"

namespace wattle::carbon {

enum class ZoneKind { kWorld, kCountry, kGrid, kCloud };

/// A figure that holds for a year.
template <typename Q>
struct YearlyFigure {
  Q value{};
  int year = 0;
};

/// One line of the built-in table.
struct ZoneFacts {
  std::string zone;  // canonical name: "DE", "US-CAL-CISO", "aws:eu-north-1", "world"
  ZoneKind kind = ZoneKind::kWorld;
  std::string alpha3;     // of a country
  std::string grid_zone;  // of a cloud region: the grid it draws from
  std::string name;       // "Germany"
  std::optional<YearlyFigure<GramsPerKwh>> average;
  std::string average_source;
  std::optional<YearlyFigure<GramsPerKwh>> marginal;
  std::optional<YearlyFigure<double>> pue;
  std::optional<YearlyFigure<LitresPerKwh>> wue;
};

/// What a name given by a user stands for.
struct ResolvedZone {
  std::string zone;  // canonical
  /// From the most to the least specific, `zone` first: {"aws:us-west-1", "US-CAL-CISO", "US"}.
  std::vector<std::string> candidates;
};

class ZoneAtlas {
 public:
  ZoneAtlas();
  ~ZoneAtlas();
  ZoneAtlas(const ZoneAtlas&) = delete;
  ZoneAtlas& operator=(const ZoneAtlas&) = delete;

  /// Reads "de", "DEU", "UK", "US-CAL-CISO", "AWS:eu-north-1", "World". A grid zone that the table
  /// lacks is accepted when it begins with a known country. kNotFound suggests the nearest.
  Result<ResolvedZone> resolve(std::string_view name) const;
  /// The facts of a canonical name, or nullptr.
  const ZoneFacts* find(std::string_view zone) const;
  const std::vector<ZoneFacts>& all() const;

 private:
  class Table;
  const Table& table() const;
  struct Lazy;
  std::unique_ptr<Lazy> lazy_;
};

}  // namespace wattle::carbon
