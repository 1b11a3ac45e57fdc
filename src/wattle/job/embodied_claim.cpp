#include "wattle/job/embodied_claim.h"

#include <algorithm>

namespace wattle::job {
namespace {

using carbon::EmbodiedHardware;

constexpr double kBytesPerGigabyte = 1e9;

EmbodiedHardware server_like(const hardware::HostDescription& host, int sockets) {
  const carbon::ServerParts parts{
      .cpus = sockets,
      .gpus = 0,  // GPUs bear their own claim
      .ssds = 1,
      .dram_gigabytes = static_cast<double>(host.memory.value()) / kBytesPerGigabyte};
  const auto server = carbon::server_embodied(parts);
  return server.ok() ? *server : carbon::server_embodied({}).value();
}

EmbodiedHardware machine_of(const hardware::HostDescription& host) {
  switch (host.platform.shape) {
    case hardware::Shape::kLaptop:
      return carbon::laptop_embodied();
    case hardware::Shape::kDesktop:
      return carbon::desktop_embodied();
    case hardware::Shape::kServer:
    case hardware::Shape::kUnknown:
      break;
  }
  return server_like(host, std::max(1, host.cpu.sockets));
}

}  // namespace

std::vector<carbon::EmbodiedClaim> embodied_claims(const hardware::HostDescription& host,
                                                   const HostShare& share) {
  std::vector<carbon::EmbodiedClaim> claims;
  const double cpu_share = std::clamp(share.cpu_share, 0.0, 1.0);
  if (host.platform.is_virtual()) {
    const double of_host =
        std::min(1.0, static_cast<double>(host.cpu.logical_cpus) / kAssumedHostCpus);
    EmbodiedHardware machine = server_like({}, 2);
    machine.source += "; the host of this virtual machine is taken to have 96 CPUs";
    claims.push_back({.hardware = std::move(machine),
                      .reserved = share.wall,
                      .resource_share = cpu_share * of_host});
  } else {
    claims.push_back(
        {.hardware = machine_of(host), .reserved = share.wall, .resource_share = cpu_share});
  }
  for (int i = 0; i < share.gpus; ++i) {
    claims.push_back(
        {.hardware = carbon::gpu_embodied(), .reserved = share.wall, .resource_share = 1});
  }
  return claims;
}

}  // namespace wattle::job
