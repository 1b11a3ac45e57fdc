#include "wattle/base/error_code.h"

#include <array>
#include <cstddef>

namespace wattle {
namespace {

constexpr std::array<ErrorCodeRow, 12> kTable{{
    {ErrorCode::kInvalidArgument, "invalid_argument", ExitCode::kUsage, 400},
    {ErrorCode::kNotFound, "not_found", ExitCode::kNotFound, 404},
    {ErrorCode::kAlreadyExists, "already_exists", ExitCode::kFailed, 409},
    {ErrorCode::kFailedPrecondition, "failed_precondition", ExitCode::kGateFailed, 412},
    {ErrorCode::kUnavailable, "unavailable", ExitCode::kUnavailable, 503},
    {ErrorCode::kTimeout, "timeout", ExitCode::kDeadline, 504},
    {ErrorCode::kCancelled, "cancelled", ExitCode::kInterrupted, 499},
    {ErrorCode::kPermissionDenied, "permission_denied", ExitCode::kPermission, 403},
    {ErrorCode::kIo, "io", ExitCode::kFailed, 500},
    {ErrorCode::kParse, "parse", ExitCode::kUsage, 422},
    {ErrorCode::kUnsupported, "unsupported", ExitCode::kFailed, 501},
    {ErrorCode::kInternal, "internal", ExitCode::kFailed, 500},
}};

constexpr bool rows_stand_at_their_index() {
  for (std::size_t i = 0; i < kTable.size(); ++i) {
    if (kTable[i].code != static_cast<ErrorCode>(i)) {
      return false;
    }
  }
  return true;
}
static_assert(rows_stand_at_their_index());

}  // namespace

const ErrorCodeRow& describe(ErrorCode code) {
  return kTable[static_cast<std::size_t>(code)];
}

}  // namespace wattle
