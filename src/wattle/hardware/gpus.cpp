#include "wattle/hardware/gpus.h"

#include <map>

#include "wattle/base/text.h"

namespace wattle::hardware {
namespace {

constexpr std::string_view kPci = "/sys/bus/pci/devices/";
constexpr std::string_view kNvidia = "/proc/driver/nvidia/gpus/";

std::string vendor_name(std::string_view id) {
  if (id == "0x10de") {
    return "NVIDIA";
  }
  if (id == "0x1002") {
    return "AMD";
  }
  return id == "0x8086" ? "Intel" : "";
}

void read_pci(const HostFiles& files, std::map<std::string, Gpu>& gpus) {
  for (const auto& address : files.names(kPci)) {
    const std::string folder = concat(kPci, address, "/");
    // PCI class 03 is a display controller.
    if (!files.text_or_empty(folder + "class").starts_with("0x03")) {
      continue;
    }
    const auto vendor = vendor_name(files.text_or_empty(folder + "vendor"));
    if (!vendor.empty()) {
      gpus[address] = {.vendor = vendor,
                       .model = files.text_or_empty(folder + "product_name"),
                       .bus = address,
                       .uuid = "",
                       .memory = Bytes(files.integer(folder + "mem_info_vram_total").value_or(0)),
                       .driver = files.exists(folder + "driver")};
    }
  }
}

/// The driver's own list; it is all that a container may see.
void read_nvidia(const HostFiles& files, std::map<std::string, Gpu>& gpus) {
  for (const auto& address : files.names(kNvidia)) {
    auto& gpu = gpus[address];
    gpu.vendor = "NVIDIA";
    gpu.bus = address;
    gpu.driver = true;
    for (const auto& text : files.lines(concat(kNvidia, address, "/information"))) {
      const std::string_view line = text;
      const auto colon = line.find(':');
      if (colon == std::string_view::npos) {
        continue;
      }
      const auto key = trim(line.substr(0, colon));
      if (key == "Model") {
        gpu.model = trim(line.substr(colon + 1));
      } else if (key == "GPU UUID") {
        gpu.uuid = trim(line.substr(colon + 1));
      }
    }
  }
}

}  // namespace

std::vector<Gpu> find_gpus(const HostFiles& files) {
  std::map<std::string, Gpu> by_address;
  read_pci(files, by_address);
  read_nvidia(files, by_address);
  std::vector<Gpu> gpus;
  gpus.reserve(by_address.size());
  for (auto& [address, gpu] : by_address) {
    gpus.push_back(std::move(gpu));
  }
  return gpus;
}

}  // namespace wattle::hardware
