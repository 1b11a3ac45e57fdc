// The systemd units of the host-wide meter: able to do nothing but read sensors and write its own
// folder. The service alone is enough: it waits for clients without a wake-up. With the socket
// enabled instead, systemd starts it for its first client and it ends when idle.
//
// Units:    none. Errors: none. Threads: pure functions. Lifetime: strings.
#pragma once

#include <string>

namespace wattle::meterd {

/// `program` is the absolute path of wattle-meterd.
std::string service_unit(const std::string& program);
std::string socket_unit();

}  // namespace wattle::meterd
