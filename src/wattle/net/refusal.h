// Why a request is not handled, as the server answers it.
//
// Units:    none. Errors: none. Threads: a value type. Lifetime: a value type.
#pragma once

#include <string>

namespace wattle::net {

struct Refusal {
  int status = 400;
  std::string message;  // one line: what is wrong and what to do
};

}  // namespace wattle::net
