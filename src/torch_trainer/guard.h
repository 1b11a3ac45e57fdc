// Torch's exceptions as Results: they end in the source that called it.
//
// Units:    none. Threads: any. Lifetime: none.
// Errors:   kInternal with the first line of what torch says.
#pragma once

#include <exception>
#include <string>
#include <string_view>

#include <c10/util/Exception.h>

#include "wattle/base/result.h"
#include "wattle/base/text.h"

namespace wattle::torch_trainer {

inline Error torch_error(std::string_view doing, std::string_view words) {
  return {ErrorCode::kInternal,
          concat("libtorch failed ", doing, ": ", trim(words.substr(0, words.find('\n'))))};
}

/// What `work` returns, a Result or a Status.
template <typename Work>
auto guarded(std::string_view doing, Work&& work) -> decltype(work()) {
  try {
    return work();
  } catch (const c10::Error& error) {
    return torch_error(doing, error.what_without_backtrace());
  } catch (const std::exception& error) {
    return torch_error(doing, error.what());
  }
}

}  // namespace wattle::torch_trainer
