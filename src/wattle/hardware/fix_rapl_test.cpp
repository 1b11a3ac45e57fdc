#include "wattle/hardware/fix_rapl.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "wattle/hardware/host_fixtures.h"
#include "wattle/support/temporary_folder.h"

namespace wattle::hardware {
namespace {

RaplFixFacts denied_on_systemd() {
  RaplFixFacts facts;
  facts.energy.counters = {{"powercap", "package-0", "/sys/class/powercap/intel-rapl:0/energy_uj",
                            CounterAccess::State::kDenied}};
  facts.energy.powercap_shown = true;
  facts.systemd = true;
  facts.meter_program = "/usr/bin/wattle-meterd";
  facts.meter_is_protected = true;
  return facts;
}

TEST(FixRapl, InstallsTheServiceInFourSteps) {
  const auto plan = plan_rapl_fix(denied_on_systemd());
  ASSERT_TRUE(plan.ok());
  ASSERT_EQ(plan->steps.size(), 4U);
  EXPECT_EQ(shell_line(plan->steps[0], Speaker::kUser),
            "sudo /usr/bin/wattle-meterd --print-unit | sudo tee "
            "/etc/systemd/system/wattle-meterd.service >/dev/null");
  EXPECT_EQ(shell_line(plan->steps[2], Speaker::kRoot), "systemctl daemon-reload");
  EXPECT_EQ(shell_line(plan->steps[3], Speaker::kUser),
            "sudo systemctl enable --now wattle-meterd.service");
}

TEST(FixRapl, NeverTouchesTheCountersThemselves) {
  const auto plan = plan_rapl_fix(denied_on_systemd());
  ASSERT_TRUE(plan.ok());
  for (const auto& step : plan->steps) {
    const auto line = shell_line(step, Speaker::kRoot);
    EXPECT_EQ(line.find("energy_uj"), std::string::npos) << line;
    EXPECT_EQ(line.find("powercap"), std::string::npos) << line;
  }
  EXPECT_NE(describe_plan(*plan, Speaker::kUser).find("CVE-2020-8694"), std::string::npos);
}

TEST(FixRapl, CopiesAProgramThatOthersCouldReplace) {
  auto facts = denied_on_systemd();
  facts.meter_program = "/h/wattle/build/bin/wattle-meterd";
  facts.meter_is_protected = false;
  const auto plan = plan_rapl_fix(facts);
  ASSERT_TRUE(plan.ok());
  ASSERT_EQ(plan->steps.size(), 5U);
  EXPECT_EQ(plan->steps[0].argv.front(), "install");
  EXPECT_EQ(plan->steps[1].argv.front(), "/usr/local/sbin/wattle-meterd");
}

TEST(FixRapl, WithoutSystemdIsAForegroundCommand) {
  auto facts = denied_on_systemd();
  facts.systemd = false;
  const auto plan = plan_rapl_fix(facts);
  ASSERT_TRUE(plan.ok());
  ASSERT_EQ(plan->steps.size(), 1U);
  EXPECT_EQ(shell_line(plan->steps[0], Speaker::kUser), "sudo /usr/bin/wattle-meterd");
  RealFileSystem files;
  RealSubprocess subprocess;
  EXPECT_EQ(apply_fix(*plan, files, subprocess).error().code(), ErrorCode::kUnsupported);
}

TEST(FixRapl, RefusesWhereThereIsNothingToFix) {
  auto facts = denied_on_systemd();
  facts.energy.counters.clear();
  EXPECT_NE(plan_rapl_fix(facts).error().message().find("modprobe"), std::string::npos);
  facts.platform.container = "docker";
  EXPECT_NE(plan_rapl_fix(facts).error().message().find("container"), std::string::npos);
  facts.platform.hypervisor = "kvm";
  EXPECT_EQ(plan_rapl_fix(facts).error().code(), ErrorCode::kUnsupported);
  EXPECT_NE(plan_rapl_fix(facts).error().message().find("virtual machine"), std::string::npos);
  facts.energy.host_meter = true;
  EXPECT_EQ(plan_rapl_fix(facts).error().code(), ErrorCode::kFailedPrecondition);
}

TEST(FixRapl, AppliesStepsInOrderAndStopsAtTheFirstThatFails) {
  RealFileSystem files;
  RealSubprocess subprocess;
  const support::TemporaryFolder folder;
  FixPlan plan;
  plan.steps = {{"writes", {"printf", "unit text"}, folder / "a.service"},
                {"touches", {"touch", folder / "b"}, ""}};
  ASSERT_TRUE(apply_fix(plan, files, subprocess).ok());
  EXPECT_EQ(*files.read(folder / "a.service", 100), "unit text");
  EXPECT_TRUE(files.exists(folder / "b"));

  plan.steps = {{"fails", {"false"}, ""}, {"is not reached", {"touch", folder / "c"}, ""}};
  const auto failed = apply_fix(plan, files, subprocess);
  EXPECT_NE(failed.error().message().find("fails"), std::string::npos);
  EXPECT_FALSE(files.exists(folder / "c"));

  plan.steps = {{"prints nothing", {"true"}, folder / "d.service"}};
  EXPECT_FALSE(apply_fix(plan, files, subprocess).ok());
  EXPECT_FALSE(files.exists(folder / "d.service"));
}

TEST(FixRapl, SeesWhetherOthersCanReplaceTheMeter) {
  RealFileSystem files;
  const support::TemporaryFolder folder;
  put(folder.path(), "/bin/wattle-meterd", "");
  std::filesystem::permissions(folder / "bin", std::filesystem::perms::all);
  const HostFiles host(files, folder.path());
  EXPECT_FALSE(collect_rapl_fix_facts(host, {}, folder / "bin/wattle-meterd").meter_is_protected);
  EXPECT_FALSE(collect_rapl_fix_facts(host, {}, folder / "nothing").meter_is_protected);
  EXPECT_FALSE(collect_rapl_fix_facts(host, {}, "/bin/sh").systemd);
  put(folder.path(), "/run/systemd/system/x", "");
  EXPECT_TRUE(collect_rapl_fix_facts(host, {}, "/bin/sh").systemd);
}

}  // namespace
}  // namespace wattle::hardware
