// Removing what nobody needs, and checking what is there.
//
// Units:    bytes, seconds. Errors: none. Threads: value types. Lifetime: value types.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/messages/described.h"

namespace wattle::messages {

inline constexpr std::int64_t kLongestSeconds = 3'155'760'000;  // a century

struct SweepRequest {
  bool dry_run = false;
  double grace_seconds = 86'400;
  std::optional<double> runs_older_than_seconds;
  std::int64_t keep_last = 0;

  static constexpr std::string_view kName = "SweepRequest";
  static constexpr std::string_view kAbout = "What may go.";
  static constexpr bool kIsRequest = true;
  static void fields(auto& f) {
    f("dry_run", &SweepRequest::dry_run, "Only tells, and removes nothing.", kMayBeAbsent);
    f("grace_seconds", &SweepRequest::grace_seconds, "What is younger stays; without it a day.",
      {.presence = Presence::kMayBeAbsent, .minimum = 0, .maximum = kLongestSeconds});
    f("runs_older_than_seconds", &SweepRequest::runs_older_than_seconds,
      "Also the bulky files of runs that ended so long ago. Without it they stay.",
      {.minimum = 0, .maximum = kLongestSeconds});
    f("keep_last", &SweepRequest::keep_last, "But not of the last so many runs of each project.",
      {.presence = Presence::kMayBeAbsent, .minimum = 0, .maximum = 1'000'000'000});
  }
  bool operator==(const SweepRequest&) const = default;
};

struct SweptCount {
  std::int64_t count = 0;
  std::int64_t bytes = 0;

  static constexpr std::string_view kName = "SweptCount";
  static constexpr std::string_view kAbout = "How many things of a kind, and how large together.";
  static void fields(auto& f) {
    f("count", &SweptCount::count, "How many.");
    f("bytes", &SweptCount::bytes, "Their size.");
  }
  bool operator==(const SweptCount&) const = default;
};

struct RemovedCounts {
  SweptCount artifacts;
  SweptCount orphans;
  SweptCount staged;
  SweptCount unaccepted_runs;
  SweptCount secrets;
  SweptCount run_files;

  static constexpr std::string_view kName = "RemovedCounts";
  static constexpr std::string_view kAbout = "What went, by kind.";
  static void fields(auto& f) {
    f("artifacts", &RemovedCounts::artifacts, "Artifacts that nothing needs.");
    f("orphans", &RemovedCounts::orphans, "Files that became no artifact.");
    f("staged", &RemovedCounts::staged, "Uploads that died.");
    f("unaccepted_runs", &RemovedCounts::unaccepted_runs, "Runs that were never accepted.");
    f("secrets", &RemovedCounts::secrets, "Secrets of ended runs that were still in memory.");
    f("run_files", &RemovedCounts::run_files, "Bulky files of old runs.");
  }
  bool operator==(const RemovedCounts&) const = default;
};

struct KeptCounts {
  SweptCount pinned;
  SweptCount referenced;
  SweptCount leased;
  SweptCount in_folder;
  SweptCount young;

  static constexpr std::string_view kName = "KeptCounts";
  static constexpr std::string_view kAbout = "Artifacts that stay, by the reason.";
  static void fields(auto& f) {
    f("pinned", &KeptCounts::pinned, "Somebody pinned them.");
    f("referenced", &KeptCounts::referenced, "Something needs them.");
    f("leased", &KeptCounts::leased, "They were just stored, and are about to be needed.");
    f("in_folder", &KeptCounts::in_folder, "They are in a folder that is kept.");
    f("young", &KeptCounts::young, "They are younger than the grace time.");
  }
  bool operator==(const KeptCounts&) const = default;
};

struct SweepReport {
  bool dry_run = false;
  std::int64_t freed_bytes = 0;
  RemovedCounts removed;
  KeptCounts kept_artifacts;
  std::vector<std::string> left_alone;
  std::vector<std::string> notes;

  static constexpr std::string_view kName = "SweepReport";
  static constexpr std::string_view kAbout = "What went and what stays.";
  static void fields(auto& f) {
    f("dry_run", &SweepReport::dry_run, "Nothing was removed: this is what would be.");
    f("freed_bytes", &SweepReport::freed_bytes, "On the disk.");
    f("removed", &SweepReport::removed, "What went, by kind.");
    f("kept_artifacts", &SweepReport::kept_artifacts, "Artifacts that stay, by the reason.");
    f("left_alone", &SweepReport::left_alone, "Paths that are not Wattle's to remove.");
    f("notes", &SweepReport::notes, "What was kept although it is old, and why.");
  }
  bool operator==(const SweepReport&) const = default;
};

struct ArtifactProblem {
  std::string sha256;
  std::string what;
  std::string needed_by;

  static constexpr std::string_view kName = "ArtifactProblem";
  static constexpr std::string_view kAbout = "An artifact that is not what its name says.";
  static void fields(auto& f) {
    f("sha256", &ArtifactProblem::sha256, "Its digest.", {.pattern = &kSha256});
    f("what", &ArtifactProblem::what, "What is wrong.");
    f("needed_by", &ArtifactProblem::needed_by, "What needs it, in words; empty: nothing.");
  }
  bool operator==(const ArtifactProblem&) const = default;
};

struct VerificationReport {
  std::int64_t files = 0;
  std::int64_t bytes = 0;
  std::int64_t problem_count = 0;
  std::vector<ArtifactProblem> problems;

  static constexpr std::string_view kName = "VerificationReport";
  static constexpr std::string_view kAbout = "Every artifact, compared with its digest.";
  static void fields(auto& f) {
    f("files", &VerificationReport::files, "How many were read.");
    f("bytes", &VerificationReport::bytes, "Their size.");
    f("problem_count", &VerificationReport::problem_count, "How many are damaged.");
    f("problems", &VerificationReport::problems, "The first thousand of these.");
  }
  bool operator==(const VerificationReport&) const = default;
};

extern template const Type& type_of<SweepRequest>();
extern template const Type& type_of<SweptCount>();
extern template const Type& type_of<RemovedCounts>();
extern template const Type& type_of<KeptCounts>();
extern template const Type& type_of<SweepReport>();
extern template const Type& type_of<ArtifactProblem>();
extern template const Type& type_of<VerificationReport>();

}  // namespace wattle::messages
