// Runs side by side.
//
// Units:    in the names. Errors: none. Threads: value types. Lifetime: value types.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/messages/run.h"

namespace wattle::messages {

/// Its metrics are always there.
struct ComparedRun : RunSummary {
  std::map<std::string, std::string> params;

  static constexpr std::string_view kName = "ComparedRun";
  static constexpr std::string_view kAbout = "One of the runs that are compared.";
  static void fields(auto& f) {
    RunSummary::fields(f);
    f("params", &ComparedRun::params, "What the job was given, and what it logged as such.");
  }
  bool operator==(const ComparedRun&) const = default;
};

struct Comparison {
  std::vector<ComparedRun> runs;
  std::vector<std::string> differences;
  std::vector<std::string> within_error;

  static constexpr std::string_view kName = "Comparison";
  static constexpr std::string_view kAbout = "Runs side by side.";
  static void fields(auto& f) {
    f("runs", &Comparison::runs, "In the order in which they were named.");
    f("differences", &Comparison::differences,
      "What differs: name, state, time, energy, co2e, params.KEY, metrics.KEY.");
    f("within_error", &Comparison::within_error,
      "Of energy and co2e: what differs, but the 80 % intervals of all runs meet, so that nobody "
      "can say that one used less.");
  }
  bool operator==(const Comparison&) const = default;
};

extern template const Type& type_of<ComparedRun>();
extern template const Type& type_of<Comparison>();

}  // namespace wattle::messages
