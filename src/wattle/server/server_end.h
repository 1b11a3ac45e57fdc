// Why a server came to its end.
//
// Units:    none. Errors: none. Threads: value type. Lifetime: value type.
#pragma once

namespace wattle::server {

enum class ServerEnd {
  kSignal,
  kIdle,
  kDrained,  // it was asked to make room for a newer program
};

}  // namespace wattle::server
