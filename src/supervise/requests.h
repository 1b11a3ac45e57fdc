// What a supervisor can be asked for, beside to end, by the real-time signals from SIGRTMIN on.
//
// Units:    none. Errors: none. Threads: constants. Lifetime: constants.
// See:      docs/reference/supervisor-protocol.md
#pragma once

#include <array>
#include <csignal>
#include <optional>

namespace wattle::supervise {

enum class Request { kCheckpoint, kInterrupt, kFreeze, kThaw };

inline constexpr std::array kAllRequests{Request::kCheckpoint, Request::kInterrupt,
                                         Request::kFreeze, Request::kThaw};

inline int signal_of(Request request) {
  return SIGRTMIN + static_cast<int>(request);
}

inline std::optional<Request> request_of(int signal) {
  for (const auto request : kAllRequests) {
    if (signal_of(request) == signal) {
      return request;
    }
  }
  return std::nullopt;
}

}  // namespace wattle::supervise
