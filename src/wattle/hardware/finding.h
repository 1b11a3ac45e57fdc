// What a check of `wattle doctor` says: how bad, what, why, and what to do.
//
// Units:    none. Errors: none. Threads: value types. Lifetime: value types.
// See:      docs/guides/doctor.md explains every id.
#pragma once

#include <string>
#include <string_view>

namespace wattle::hardware {

enum class Severity {
  kOk,       // checked, and as it should be
  kNote,     // worth knowing; nothing is lost
  kWarning,  // figures are worse, or energy is wasted, until it is changed
  kProblem,  // something will not work
};

std::string_view to_string(Severity severity);

struct Finding {
  Severity severity = Severity::kOk;
  std::string id;       // "energy.rapl-denied": stable, for scripts
  std::string title;    // one line
  std::string detail;   // what was seen, with its names and numbers; may be ""
  std::string remedy;   // what to do, in words; "" when nothing
  std::string command;  // what to type, if one command does it

  bool operator==(const Finding&) const = default;
};

}  // namespace wattle::hardware
