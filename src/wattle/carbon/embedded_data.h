// The built-in table of zones as text, placed in the program by the assembler (embedded_data.S).
//
// Units:    the header line of the table names them. Errors: none.
// Threads:  constant data, any thread. Lifetime: the program's.
// See:      data/SOURCES.md for where each figure comes from.
#pragma once

#include <string_view>

namespace wattle::carbon {

/// CSV with a header; one line a zone.
std::string_view embedded_zones();

}  // namespace wattle::carbon
