// The systemd units of the host-wide meter: started by its first client, gone when idle, and able
// to do nothing but read sensors and write its own folder.
//
// Units:    none. Errors: none. Threads: pure functions. Lifetime: strings.
#pragma once

#include <string>

namespace wattle::meterd {

/// `program` is the absolute path of wattle-meterd.
std::string service_unit(const std::string& program);
std::string socket_unit();

}  // namespace wattle::meterd
