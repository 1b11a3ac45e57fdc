#include "wattle/carbon/zone_choice.h"

#include <array>
#include <string_view>

#include "wattle/base/text.h"

namespace wattle::carbon {
namespace {

constexpr std::string_view kDatabase = "/usr/share/zoneinfo/";

struct TimeZone {
  std::string name;
  std::string_view found_in;
};

/// "/usr/share/zoneinfo/posix/Europe/Oslo" and ":Europe/Oslo" are "Europe/Oslo"; a POSIX rule
/// ("CET-1CEST") is no place.
std::string clean_name(std::string_view text) {
  text = trim(text);
  if (text.starts_with(':')) {
    text.remove_prefix(1);
  }
  const auto database = text.find("zoneinfo/");
  if (database != std::string_view::npos) {
    text.remove_prefix(database + std::string_view("zoneinfo/").size());
  }
  for (const std::string_view folder : {"posix/", "right/"}) {
    if (text.starts_with(folder)) {
      text.remove_prefix(folder.size());
    }
  }
  return text.find_first_of(", \n") == std::string_view::npos ? std::string(text) : std::string();
}

std::optional<TimeZone> time_zone_of(FileSystem& files, const HostPlace& host) {
  if (host.tz) {
    const std::string name = clean_name(*host.tz);
    return name.empty() ? TimeZone{"UTC", "TZ"} : TimeZone{name, "TZ"};
  }
  if (const auto text = files.read(host.root + "/etc/timezone")) {
    const std::string name = clean_name(*text);
    if (!name.empty()) {
      return TimeZone{name, "/etc/timezone"};
    }
  }
  if (const auto target = files.read_link(host.root + "/etc/localtime")) {
    const std::string name = clean_name(*target);
    if (!name.empty()) {
      return TimeZone{name, "/etc/localtime"};
    }
  }
  return std::nullopt;
}

/// The first country of a time zone in zone.tab ("NO") or zone1970.tab ("DE,DK,NO").
std::string country_in_table(FileSystem& files, const std::string& path, std::string_view zone) {
  const auto table = files.read(path);
  if (!table) {
    return "";
  }
  for (const auto line : split(*table, '\n')) {
    const auto fields = split(line, '\t');
    if (!line.starts_with('#') && fields.size() >= 3 && fields[2] == zone &&
        fields[0].size() >= 2) {
      return std::string(fields[0].substr(0, 2));
    }
  }
  return "";
}

/// The zone that an old name stands for ("L America/Los_Angeles US/Pacific"), or "".
std::string link_target(FileSystem& files, const std::string& path, std::string_view zone) {
  const auto rules = files.read(path);
  if (!rules) {
    return "";
  }
  for (const auto line : split(*rules, '\n')) {
    const auto fields = split(line, ' ');
    if (fields.size() == 3 && fields[0] == "L" && fields[2] == zone) {
      return std::string(fields[1]);
    }
  }
  return "";
}

std::string country_of(FileSystem& files, const std::string& root, const std::string& zone) {
  const std::string folder = concat(root, kDatabase);
  std::string name = zone;
  for (int hops = 0; hops < 3 && !name.empty(); ++hops) {
    for (const std::string_view table : {"zone.tab", "zone1970.tab"}) {
      const std::string country = country_in_table(files, concat(folder, table), name);
      if (!country.empty()) {
        return country;
      }
    }
    name = link_target(files, folder + "tzdata.zi", name);
  }
  return "";
}

ZoneChoice world(std::string_view why) {
  return {"world", ZoneOrigin::kDefault, concat("unknown place; world average (", why, ")")};
}

}  // namespace

std::string_view to_string(ZoneOrigin origin) {
  switch (origin) {
    case ZoneOrigin::kConfigured:
      return "configured";
    case ZoneOrigin::kTimeZoneGuess:
      return "time zone guess";
    case ZoneOrigin::kDefault:
      return "default";
  }
  return "";
}

Result<ZoneChoice> choose_zone(FileSystem& files, const HostPlace& host,
                               const std::optional<std::string>& configured,
                               const ZoneAtlas& atlas) {
  if (configured) {
    WATTLE_ASSIGN_OR_RETURN(const ResolvedZone zone, atlas.resolve(*configured));
    return ZoneChoice{zone.zone, ZoneOrigin::kConfigured, "configured"};
  }
  const auto time_zone = time_zone_of(files, host);
  if (!time_zone) {
    return world("the host names no time zone");
  }
  const std::string country = country_of(files, host.root, time_zone->name);
  const ZoneFacts* facts = country.empty() ? nullptr : atlas.find(country);
  if (facts == nullptr) {
    return world(concat("the time zone ", time_zone->name, " of ", time_zone->found_in,
                        " is in no country"));
  }
  if (!facts->average) {
    return world(concat(facts->name, ", guessed from the time zone ", time_zone->name,
                        ", has no published average"));
  }
  return ZoneChoice{
      facts->zone, ZoneOrigin::kTimeZoneGuess,
      concat("guessed from the time zone ", time_zone->name, " (", time_zone->found_in, ")")};
}

}  // namespace wattle::carbon
