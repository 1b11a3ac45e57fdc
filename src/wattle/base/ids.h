// Identifiers that sort by the time they were made: ULIDs (26 characters of Crockford's base 32).
//
// Units:    milliseconds in the first 10 characters. Errors: none.
// Threads:  make_ulid is as safe as its Clock and Rng. Lifetime: strings.
// Source:   github.com/ulid/spec: 48 bits of time, 80 random bits.
#pragma once

#include <string>
#include <string_view>

#include "wattle/base/rng.h"
#include "wattle/base/time.h"

namespace wattle {

std::string make_ulid(const Clock& clock, Rng& rng);
bool is_ulid(std::string_view text);

}  // namespace wattle
