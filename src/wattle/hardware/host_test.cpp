#include "wattle/hardware/host.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "wattle/hardware/host_fixtures.h"
#include "wattle/hardware/host_json.h"
#include "wattle/support/temporary_folder.h"

namespace wattle::hardware {
namespace {

using testing::ElementsAre;

constexpr std::int64_t kGibibyte = 1LL << 30;

class HostTree : public testing::Test {
 protected:
  HostDescription describe(const KernelFacts& kernel) {
    return describe_host(HostFiles(files_, folder_.path()), kernel);
  }
  HostDescription describe() { return describe({"box", "6.1.0-18-amd64", "x86_64", "", {}}); }
  const std::string& root() const { return folder_.path(); }

  RealFileSystem files_;
  support::TemporaryFolder folder_;
};

TEST_F(HostTree, LaptopIsSeenWithItsThreadsGovernorAndBattery) {
  write_laptop(root());
  const auto host = describe();
  EXPECT_EQ(host.cpu.vendor, "GenuineIntel");
  EXPECT_EQ(host.cpu.sockets, 1);
  EXPECT_EQ(host.cpu.physical_cores, 4);
  EXPECT_EQ(host.cpu.logical_cpus, 8);
  EXPECT_EQ(host.cpu.vector_level(), VectorLevel::kAvx2);
  EXPECT_EQ(host.cpu.last_level_cache, Bytes(8 << 20));
  EXPECT_EQ(host.cpu.governor, "powersave");
  EXPECT_EQ(host.cpu.energy_preference, "balance_performance");
  EXPECT_EQ(host.cpu.turbo, std::optional(true));
  EXPECT_DOUBLE_EQ(host.cpu.max_frequency_hertz, 3.9e9);
  EXPECT_EQ(host.platform.shape, Shape::kLaptop);
  EXPECT_FALSE(host.platform.is_virtual());
  EXPECT_EQ(host.platform.container, "");
  EXPECT_EQ(host.system, "Debian GNU/Linux 12");
  EXPECT_DOUBLE_EQ(host.granted.cores, 8);
  EXPECT_EQ(host.granted.cores_limited_by, "");
  EXPECT_EQ(host.memory, Bytes(16 * kGibibyte));
  EXPECT_EQ(host.granted.memory, host.memory);
}

TEST_F(HostTree, TwoSocketServerIsSeenWithNodesAndGpusButNotItsDisplayChip) {
  write_two_sockets(root());
  const auto host = describe();
  EXPECT_EQ(host.cpu.sockets, 2);
  EXPECT_EQ(host.cpu.physical_cores, 16);
  EXPECT_EQ(host.cpu.logical_cpus, 32);
  EXPECT_EQ(host.cpu.vector_level(), VectorLevel::kAvx512);
  EXPECT_EQ(host.numa_nodes, 2);
  EXPECT_EQ(host.platform.shape, Shape::kServer);
  ASSERT_EQ(host.gpus.size(), 2U);
  EXPECT_EQ(host.gpus[0].model, "NVIDIA A100-SXM4-40GB");
  EXPECT_EQ(host.gpus[1].bus, "0000:af:00.0");
  EXPECT_EQ(host.gpus[1].uuid, "GPU-66666666-7777-8888-9999-aaaaaaaaaaaa");
  EXPECT_TRUE(host.gpus[1].driver);
}

TEST_F(HostTree, CoresAreCountedFromCpuinfoWhereSysfsIsHidden) {
  write_two_sockets(root());
  std::filesystem::remove_all(root() + "/sys");
  const auto host = describe();
  EXPECT_EQ(host.cpu.sockets, 2);
  EXPECT_EQ(host.cpu.physical_cores, 16);
  EXPECT_DOUBLE_EQ(host.granted.cores, 32);
}

TEST_F(HostTree, DesktopWithAWirelessMouseIsNoLaptop) {
  write_amd_desktop(root());
  const auto host = describe();
  EXPECT_EQ(host.platform.shape, Shape::kDesktop);
  EXPECT_EQ(host.cpu.physical_cores, 8);
  EXPECT_EQ(host.cpu.turbo, std::optional(false));
  ASSERT_EQ(host.gpus.size(), 1U);
  EXPECT_EQ(host.gpus[0].vendor, "AMD");
  EXPECT_EQ(host.gpus[0].memory, Bytes(17163091968));
}

TEST_F(HostTree, BatteryAloneMakesALaptopWhenTheFirmwareIsSilent) {
  write_amd_desktop(root());
  put(root(), "/sys/class/dmi/id/chassis_type", "2\n");
  EXPECT_EQ(describe().platform.shape, Shape::kUnknown);
  put(root(), "/sys/class/power_supply/BAT1/type", "Battery\n");
  EXPECT_EQ(describe().platform.shape, Shape::kLaptop);
}

TEST_F(HostTree, CloudMachineNamesItsProvider) {
  write_cloud_machine(root());
  const auto host = describe();
  EXPECT_EQ(host.platform.hypervisor, "nitro");
  EXPECT_EQ(host.platform.provider, "Amazon EC2");
  EXPECT_EQ(host.cpu.vector_level(), VectorLevel::kAvx512Bf16);
}

TEST_F(HostTree, RentedBareMetalIsNotVirtual) {
  write_laptop(root());
  put(root(), "/sys/class/dmi/id/sys_vendor", "Amazon EC2\n");
  put(root(), "/sys/class/dmi/id/product_name", "m5.metal\n");
  const auto host = describe();
  EXPECT_EQ(host.platform.provider, "Amazon EC2");
  EXPECT_FALSE(host.platform.is_virtual());
}

TEST_F(HostTree, HypervisorWithoutANameIsStillOne) {
  write_cloud_machine(root());
  std::filesystem::remove_all(root() + "/sys/class/dmi");
  EXPECT_EQ(describe().platform.hypervisor, "unknown");
  EXPECT_EQ(describe({"box", "6.1.0", "x86_64", "kvm", {}}).platform.hypervisor, "kvm");
}

TEST_F(HostTree, Version1QuotaAndMemoryLimitTheContainer) {
  write_container_on_version_1(root());
  const auto host = describe();
  EXPECT_EQ(host.platform.container, "docker");
  EXPECT_EQ(host.cpu.logical_cpus, 8);
  EXPECT_DOUBLE_EQ(host.granted.cores, 1.5);
  EXPECT_EQ(host.granted.cores_limited_by, "cgroup1 cpu quota");
  EXPECT_EQ(host.granted.memory, Bytes(2 * kGibibyte));
  EXPECT_EQ(host.granted.memory_limited_by, "cgroup1 memory limit");
}

TEST_F(HostTree, Version2LimitsOfEveryLevelCount) {
  write_container_on_version_2(root());
  const auto host = describe();
  EXPECT_EQ(host.platform.container, "podman");
  EXPECT_DOUBLE_EQ(host.granted.cores, 2.5);
  EXPECT_EQ(host.granted.cores_limited_by, "cgroup2 cpu.max");
  EXPECT_EQ(host.granted.memory, Bytes(kGibibyte));
}

TEST_F(HostTree, AffinityAndCpusetAreIntersected) {
  write_container_on_version_2(root());
  const auto host = describe({"box", "6.1.0", "x86_64", "", {0, 1, 2, 3}});
  EXPECT_DOUBLE_EQ(host.granted.cores, 2);  // 2-5 of the cpuset, 0-3 of the affinity
  EXPECT_EQ(host.granted.cores_limited_by, "cpuset");
}

TEST_F(HostTree, ArmServerIsNamedByItsPartNumber) {
  write_arm_server(root());
  const auto host = describe({"box", "6.1.0", "aarch64", "", {}});
  EXPECT_EQ(host.cpu.vendor, "ARM");
  EXPECT_EQ(host.cpu.model, "Neoverse-N1");
  EXPECT_EQ(host.cpu.physical_cores, 4);
  EXPECT_EQ(host.cpu.vector_level(), VectorLevel::kBaseline);
  EXPECT_THAT(host.cpu.features, ElementsAre("asimd", "asimddp"));
}

TEST_F(HostTree, EmptyTreeIsOneCoreOfNothingKnown) {
  const auto host = describe({});
  EXPECT_EQ(host.cpu.model, "");
  EXPECT_DOUBLE_EQ(host.granted.cores, 1);
  EXPECT_TRUE(host.gpus.empty());
}

TEST_F(HostTree, FingerprintHoldsOverRebootsAndLimitsButNotOverAnotherCpu) {
  write_laptop(root());
  const auto first = fingerprint(describe());
  EXPECT_EQ(first.size(), 16U);
  EXPECT_EQ(first, fingerprint(describe({"renamed", "6.12.1", "x86_64", "", {0}})));
  write_amd_desktop(root());
  EXPECT_NE(first, fingerprint(describe()));
}

TEST_F(HostTree, JsonHasTheKeysThatScriptsRelyOn) {
  write_two_sockets(root());
  const auto document = to_json(describe());
  EXPECT_EQ(document["cpu"]["physical_cores"], 16);
  EXPECT_EQ(document["granted"]["cores"], 32.0);
  EXPECT_EQ(document["memory_bytes"], 192 * kGibibyte);
  EXPECT_EQ(document["gpus"][0]["vendor"], "NVIDIA");
  EXPECT_EQ(document["platform"]["shape"], "server");
}

TEST(Host, OfThisTestIsDescribed) {
  RealFileSystem files;
  const auto kernel = ask_kernel();
  const auto host = describe_host(HostFiles(files, "/"), kernel);
  EXPECT_FALSE(kernel.affinity.empty());
  EXPECT_GT(host.granted.cores, 0);
  EXPECT_LE(host.granted.cores, host.cpu.logical_cpus);
  EXPECT_GT(host.memory.value(), 0);
}

TEST(CpuList, ReadsRangesAndLeavesOutNonsense) {
  EXPECT_THAT(parse_cpu_list("0-2,8\n"), ElementsAre(0, 1, 2, 8));
  EXPECT_THAT(parse_cpu_list("3,x,-5,1"), ElementsAre(1, 3));
  EXPECT_TRUE(parse_cpu_list("").empty());
  EXPECT_TRUE(parse_cpu_list("0-99999999999").empty());
}

}  // namespace
}  // namespace wattle::hardware
