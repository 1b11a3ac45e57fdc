#include <fmt/format.h>

#include "wattle/base/text.h"
#include "wattle/hardware/doctor.h"

namespace wattle::hardware {
namespace {

constexpr std::int64_t kMebibyte = 1 << 20;
constexpr std::int64_t kTooLittle = 100 * kMebibyte;
constexpr std::int64_t kLittle = 1024 * kMebibyte;

constexpr std::string_view kMoveHome = "export WATTLE_HOME=/a/folder/on/a/local/disk";

void check_kind(const HomeFacts& home, std::vector<Finding>& findings) {
  if (home.network) {
    findings.push_back({Severity::kProblem, "home.network",
                        home.path + " is on a network file system (" + home.filesystem + ")",
                        "Locks and memory maps are not reliable there: a database can be damaged, "
                        "so Wattle refuses to put one on it.",
                        "point WATTLE_HOME to a local disk; results can be copied from there",
                        std::string(kMoveHome)});
  } else if (home.in_memory) {
    findings.push_back({Severity::kWarning, "home.in-memory",
                        home.path + " is in memory (" + home.filesystem + ")",
                        "Runs and receipts are lost when this host restarts.",
                        "point WATTLE_HOME to a disk", std::string(kMoveHome)});
  } else if (home.filesystem == "overlay") {
    findings.push_back({Severity::kNote, "home.overlay",
                        home.path + " is in the container's own layer",
                        "Runs and receipts are lost when the container is removed.",
                        "mount a volume there to keep them", ""});
  }
}

void check_space(const HomeFacts& home, std::vector<Finding>& findings) {
  const std::string free =
      fmt::format("{} MiB are free under {}", home.free.value() / kMebibyte, home.path);
  if (home.free.value() < kTooLittle) {
    findings.push_back({Severity::kProblem, "home.full", "the disk is full", free,
                        "free some space, or point WATTLE_HOME elsewhere", std::string(kMoveHome)});
  } else if (home.free.value() < kLittle) {
    findings.push_back({Severity::kWarning, "home.nearly-full", "the disk is nearly full", free,
                        "free some space before a long run: checkpoints need it", ""});
  }
}

}  // namespace

std::vector<Finding> check_home(const DoctorFacts& facts) {
  const auto& home = facts.home;
  std::vector<Finding> findings;
  if (!home.writable) {
    findings.push_back({Severity::kProblem, "home.unwritable", home.path + " cannot be written",
                        "Nothing can be recorded.",
                        "make it yours, or point WATTLE_HOME to a folder that is",
                        std::string(kMoveHome)});
    return findings;
  }
  if (home.filesystem.empty()) {
    findings.push_back({Severity::kNote, "home.unknown",
                        "the file system of " + home.path + " does not answer", "", "", ""});
    return findings;
  }
  check_kind(home, findings);
  check_space(home, findings);
  if (findings.empty()) {
    findings.push_back(
        {Severity::kOk, "home.ready", home.path + " can be used",
         fmt::format("{}, {} GiB free", home.filesystem, home.free.value() / kMebibyte / 1024), "",
         ""});
  }
  return findings;
}

std::vector<Finding> check_zone(const DoctorFacts& facts) {
  if (!facts.carbon_zone.empty()) {
    return {
        {Severity::kOk, "zone.configured", "the carbon zone is " + facts.carbon_zone, "", "", ""}};
  }
  const std::string remedy =
      "name the zone in which this host draws its power, e.g. `--zone DE` or "
      "WATTLE_ZONE=DE";
  const std::string& zone = facts.time_zone;
  const bool a_place = zone.find('/') != std::string::npos && !zone.starts_with("Etc/");
  if (a_place) {
    return {{Severity::kNote, "zone.guessed",
             "the carbon zone is guessed from the time zone " + zone,
             "Figures are labelled as a guess: the time zone of a server is often not its place.",
             remedy, "export WATTLE_ZONE=DE"}};
  }
  return {{Severity::kWarning, "zone.unknown", "the carbon zone is not known",
           zone.empty() ? "No time zone is set either."
                        : "The time zone is " + zone + ", which is no place.",
           remedy, "export WATTLE_ZONE=DE"}};
}

}  // namespace wattle::hardware
