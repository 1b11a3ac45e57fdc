// Where the joules of a time went.
//
// Units:    microjoules, exact. Errors: none. Threads: value type. Lifetime: value type.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "wattle/messages/described.h"

namespace wattle::messages {

struct EnergyReport {
  UtcTime from;
  UtcTime to;
  std::int64_t total_microjoules = 0;
  std::map<std::string, std::int64_t> accounts_microjoules;
  std::map<std::string, std::int64_t> projects_microjoules;
  std::map<std::string, std::int64_t> runs_microjoules;

  static constexpr std::string_view kName = "EnergyReport";
  static constexpr std::string_view kAbout =
      "Where the joules of a time went. Integers may exceed 2^53: read them with 64 bits.";
  static void fields(auto& f) {
    f("from", &EnergyReport::from, "Beginning of the time.");
    f("to", &EnergyReport::to, "Its end.");
    f("total_microjoules", &EnergyReport::total_microjoules,
      "What the meters read: the sum of all accounts but `unmetered`, which is estimated.");
    f("accounts_microjoules", &EnergyReport::accounts_microjoules,
      "By account: dynamic and reserved_idle of runs, idle, platform (Wattle itself), other "
      "(programs that are no runs), unmetered.");
    f("projects_microjoules", &EnergyReport::projects_microjoules, "Of the runs of each project.");
    f("runs_microjoules", &EnergyReport::runs_microjoules, "Of each run, by id.");
  }
  bool operator==(const EnergyReport&) const = default;
};

extern template const Type& type_of<EnergyReport>();

}  // namespace wattle::messages
