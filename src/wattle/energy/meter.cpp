#include "wattle/energy/meter.h"

#include <array>

namespace wattle::energy {
namespace {
constexpr std::array<std::string_view, 4> kNames{"cpu", "dram", "gpu", "board"};
}

std::string_view to_string(Component component) {
  return kNames[static_cast<std::size_t>(component)];
}

std::optional<Component> component_from(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) {
      return static_cast<Component>(i);
    }
  }
  return std::nullopt;
}

}  // namespace wattle::energy
