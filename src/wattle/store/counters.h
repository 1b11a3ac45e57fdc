// Numbers without gaps, given out within the transaction that uses them: 1, 2, 3.
//
// Units:    none. Errors: as database.h.
// Threads:  the session's. Lifetime: a number is taken when its transaction commits, else it is
//           given to the next.
#pragma once

#include <cstdint>
#include <string_view>

#include "wattle/store/database.h"

namespace wattle::store {

/// The next number of the counter of that name. Since there is one writer at a time, its order is
/// the order of commits.
Result<std::int64_t> next_number(Session& session, std::string_view counter);
/// The last number that was given out; 0 for none.
Result<std::int64_t> last_number(Session& session, std::string_view counter);

}  // namespace wattle::store
