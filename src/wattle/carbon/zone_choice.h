// Which grid a host draws from: configured, else guessed from its time zone, and said to be a
// guess.
//
// Units:    none.
// Errors:   a configured zone that does not exist is kNotFound; a guess never fails: without a
// place
//           it is the world.
// Threads:  as the FileSystem.
// Lifetime: value types.
#pragma once

#include <optional>
#include <string>

#include "wattle/base/file.h"
#include "wattle/base/result.h"
#include "wattle/carbon/zone_atlas.h"

namespace wattle::carbon {

enum class ZoneOrigin { kConfigured, kTimeZoneGuess, kDefault };
std::string_view to_string(ZoneOrigin origin);

struct ZoneChoice {
  std::string zone;  // canonical
  ZoneOrigin origin = ZoneOrigin::kDefault;
  std::string explanation;  // "guessed from the time zone Europe/Berlin (/etc/timezone)"
};

/// What a host says about its place.
struct HostPlace {
  std::string root;               // put before /etc and /usr/share/zoneinfo
  std::optional<std::string> tz;  // the environment variable TZ
};

/// The configured zone if there is one; else TZ, /etc/timezone and the link /etc/localtime in this
/// order give a time zone, and the zone database its country. UTC and none are no place.
Result<ZoneChoice> choose_zone(FileSystem& files, const HostPlace& host,
                               const std::optional<std::string>& configured,
                               const ZoneAtlas& atlas);

}  // namespace wattle::carbon
