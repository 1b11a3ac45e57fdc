#include "wattle/energy/cpu_table.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "wattle/base/text.h"

extern "C" {
extern const char wattle_cpu_packages_begin[];
extern const char wattle_cpu_packages_end[];
}

namespace wattle::energy {
namespace {

TEST(CpuTable, KnowsAProcessorHoweverItsNameIsWritten) {
  const std::vector<std::pair<std::string, double>> cases{
      {"Intel(R) Xeon(R) CPU E5-2620 v3 @ 2.40GHz", 85},
      {"Intel Xeon E5-2620V3", 85},
      {"Xeon E5-2620 v3", 85},
      {"AMD EPYC 8024P 8-Core Processor", 90},
      {"AMD Ryzen Threadripper 1950X 16-Core Processor", 180},
      {"Intel(R) Core(TM) i7-8700K CPU @ 3.70GHz", 95},
      {"12th Gen Intel(R) Core(TM) i7-12700K", 190},  // the source lists its turbo power
      {"AMD Ryzen 7 5800X 8-Core Processor", 105},
      {"AMD Ryzen 5 3400G with Radeon Vega Graphics", 65},
  };
  for (const auto& [name, watts] : cases) {
    const auto found = find_cpu_package(name);
    ASSERT_TRUE(found) << name << " as " << cpu_name_key(name);
    EXPECT_EQ(found->tdp, Watts(watts)) << name;
    EXPECT_TRUE(found->exact) << name;
  }
}

TEST(CpuTable, FindsEveryRowByItsOwnKey) {
  const std::string_view text(
      wattle_cpu_packages_begin,
      static_cast<std::size_t>(wattle_cpu_packages_end - wattle_cpu_packages_begin));
  const auto lines = split(text, '\n');
  ASSERT_GT(lines.size(), 4800U);
  for (std::size_t i = 1; i + 1 < lines.size(); ++i) {
    const auto fields = split(lines[i], ',');
    ASSERT_EQ(fields.size(), 3U) << lines[i];
    const auto found = find_cpu_package(fields[0]);
    ASSERT_TRUE(found && found->exact) << lines[i];
    EXPECT_EQ(found->tdp.value(), parse_number(fields[1]).value()) << lines[i];
    EXPECT_GT(found->tdp.value(), 0) << lines[i];
    EXPECT_LT(found->tdp.value(), 1000) << lines[i];
  }
}

TEST(CpuTable, SaysWhenItOnlyKnowsASibling) {
  const auto found = find_cpu_package("Intel(R) Xeon(R) Platinum 8259CX CPU @ 2.50GHz");
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->exact);
  EXPECT_NEAR(found->tdp.value(), 210, 15);  // 8259CL and 8259L
}

TEST(CpuTable, DoesNotInventWhatItDoesNotKnow) {
  for (const std::string_view name : {"", "Zilog Z80000", "Intel Xeon Processor (Skylake, IBRS)",
                                      "AMD EPYC", "7", "Common KVM processor", "@@@", "~~~~"}) {
    EXPECT_FALSE(find_cpu_package(name)) << name;
  }
}

TEST(CpuTable, ReadsTheMeasuredRangeOfAServerProcessor) {
  const auto found = find_cpu_package("AMD EPYC 8024P 8-Core Processor");
  ASSERT_TRUE(found && found->wall_dynamic);
  EXPECT_NEAR(found->wall_dynamic->value(), 41.9, 0.1);  // SPECpower: 104.0 W less 62.1 W
}

TEST(CpuTable, ReadsTheArchitectureFromTheName) {
  const std::vector<std::pair<std::string_view, std::string_view>> cases{
      {"Intel Xeon Processor (Skylake, IBRS)", "skylake"},
      {"Intel Xeon Processor (Cascadelake)", "cascade-lake"},
      {"Intel(R) Xeon(R) Platinum 8259CL CPU @ 2.50GHz", "cascade-lake"},
      {"Intel(R) Xeon(R) Platinum 8375C CPU @ 2.90GHz", "ice-lake"},
      {"Intel(R) Xeon(R) Gold 6130 CPU @ 2.10GHz", "skylake"},
      {"Intel(R) Xeon(R) CPU E5-2686 v4 @ 2.30GHz", "broadwell"},
      {"Intel(R) Xeon(R) CPU E5-2670 0 @ 2.60GHz", "sandy-bridge"},
      {"AMD EPYC 7571", "epyc-1st-gen"},
      {"AMD EPYC 7R32", "epyc-2nd-gen"},
      {"AMD EPYC 7B13", "epyc-3rd-gen"},
      {"AMD EPYC-Milan Processor", "epyc-3rd-gen"},
      {"AMD EPYC 9R14", "epyc-4th-gen"},
      {"Neoverse-N1", "graviton2"},
  };
  for (const auto& [name, architecture] : cases) {
    EXPECT_EQ(cpu_architecture(name), architecture) << name;
  }
  EXPECT_FALSE(cpu_architecture("AMD EPYC"));
  EXPECT_FALSE(cpu_architecture("AMD EPYC 9R45"));  // the source's figures for it are faulty
  EXPECT_FALSE(cpu_architecture(""));
}

TEST(CpuTable, PrefersTheProvidersOwnRow) {
  EXPECT_NEAR(find_cloud_cpu("Intel Xeon Processor (Skylake)", "gcp")->full.value(), 3.868, 1e-3);
  EXPECT_NEAR(find_cloud_cpu("Intel Xeon Processor (Skylake)", "azure")->full.value(), 4.193, 1e-3);
  EXPECT_TRUE(find_cloud_cpu("Intel Xeon Processor (Skylake)", ""));
  EXPECT_FALSE(find_cloud_cpu("Neoverse-N1", "aws")->measured);
  EXPECT_FALSE(find_cloud_cpu("AMD EPYC", "aws"));
}

}  // namespace
}  // namespace wattle::energy
