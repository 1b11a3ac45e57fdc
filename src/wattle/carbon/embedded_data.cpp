#include "wattle/carbon/embedded_data.h"

extern "C" {
extern const char wattle_carbon_zones_begin[];  // NOLINT: symbols of the assembler
extern const char wattle_carbon_zones_end[];    // NOLINT
}

namespace wattle::carbon {

std::string_view embedded_zones() {
  return {wattle_carbon_zones_begin, wattle_carbon_zones_end};
}

}  // namespace wattle::carbon
