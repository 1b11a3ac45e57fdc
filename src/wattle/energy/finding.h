// What a look for meters has found: what is here, what the kernel hides, and what stands in for
// it. `wattle doctor` shows them.
//
// Units:    none. Errors: none. Threads: value types. Lifetime: value types.
#pragma once

#include <string>

namespace wattle::energy {

enum class FindingKind {
  kPresent,   // metered by it
  kDenied,    // here, and the kernel hides it
  kUnused,    // here, and left out because another meter says the same better
  kFallback,  // nothing is here, so a model stands in
  kAbsent,    // nothing is here, and nothing stands in: it is not in the figures
  kFaulty,    // here, and what it says cannot be used
};

struct Finding {
  FindingKind kind = FindingKind::kPresent;
  std::string subject;  // "powercap intel-rapl:0", "nvml", "dram"
  std::string message;  // one sentence
  std::string remedy;   // what to do, or ""
};

}  // namespace wattle::energy
