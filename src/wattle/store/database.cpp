#include "wattle/store/database.h"

namespace wattle::store {

Status Database::copy_to(const std::string& path) {
  return Error(ErrorCode::kUnsupported, "this database cannot be copied to " + path);
}

}  // namespace wattle::store
