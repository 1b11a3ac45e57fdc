#include "wattle/store/home.h"

namespace wattle::store {

Result<std::string> Home::default_root(
    const std::function<std::optional<std::string>(std::string_view)>& get) {
  for (const auto& [variable, below] :
       {std::pair<std::string_view, std::string_view>{"WATTLE_HOME", ""},
        {"XDG_DATA_HOME", "/wattle"},
        {"HOME", "/.local/share/wattle"}}) {
    if (const auto value = get(variable); value && !value->empty()) {
      return *value + std::string(below);
    }
  }
  return Error(ErrorCode::kInvalidArgument,
               "no place for Wattle's files: set WATTLE_HOME to a folder that you may write to");
}

}  // namespace wattle::store
