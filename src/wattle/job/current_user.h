// Who acts: the name of the user whose process this is, as records and the registry keep it.
//
// Units:    none. Errors: none: the number of a user without a name.
// Threads:  one thread (getpwuid). Lifetime: a string.
#pragma once

#include <string>

namespace wattle::job {

std::string current_user();

}  // namespace wattle::job
