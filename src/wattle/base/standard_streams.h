// The three descriptors that a program is given, always open.
//
// A file that comes to be number 0, 1 or 2 is taken for a stream: what is printed would be written
// into it. SQLite therefore closes such a file and opens it again, which drops every lock that the
// process has on it, and another process then takes the database for its own.
//
// Units: none. Errors: none. Threads: any. Lifetime: until the program ends.
#pragma once

namespace wattle {

/// Opens /dev/null for each of 0, 1 and 2 that is closed.
void open_missing_streams();

/// Lets go of whatever standard output leads to; /dev/null takes its place.
void let_go_of_standard_output();

}  // namespace wattle
