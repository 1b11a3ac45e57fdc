#include "wattle/base/result.h"

#include <cerrno>
#include <system_error>

namespace wattle {
namespace {

ErrorCode code_of(int error_number) {
  switch (error_number) {
    case ENOENT:
    case ESRCH:
    case ENODEV:
      return ErrorCode::kNotFound;
    case EACCES:
    case EPERM:
    case EROFS:
      return ErrorCode::kPermissionDenied;
    case EEXIST:
    case ENOTEMPTY:
      return ErrorCode::kAlreadyExists;
    case EAGAIN:
    case EBUSY:
    case EMFILE:
    case ENFILE:
    case ECONNREFUSED:
      return ErrorCode::kUnavailable;
    case ENOTDIR:
    case EISDIR:
    case ENAMETOOLONG:
      return ErrorCode::kInvalidArgument;
    case ETIMEDOUT:
      return ErrorCode::kTimeout;
    default:
      return ErrorCode::kIo;
  }
}

}  // namespace

Error error_from_errno(int error_number, std::string_view what) {
  return Error(code_of(error_number), std::generic_category().message(error_number))
      .with_context(what);
}

}  // namespace wattle
