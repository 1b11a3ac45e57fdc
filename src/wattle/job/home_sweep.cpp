#include "wattle/job/home_sweep.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <set>

#include <sys/stat.h>

#include "wattle/base/ids.h"
#include "wattle/base/text.h"
#include "wattle/store/artifact_references.h"

namespace wattle::job {
namespace {

/// A submission writes its folder before its row: one so young may be on its way, whatever the
/// grace.
constexpr Seconds kLongestSubmission{3600};
/// What is set aside lies here, below the run's folder, until it is gone.
constexpr const char* kAside = "removed";
/// Of an attempt: what settlement and sums of energy need.
constexpr std::array<std::string_view, 4> kLasting{"exit.json", "supervisor.json",
                                                   "supervisor.lock", "usage"};

struct TreeFacts {
  std::int64_t bytes = 0;
  UtcTime changed;  // the newest of all
};

void add_path(const std::string& path, TreeFacts& facts) {
  struct stat info{};
  if (::lstat(path.c_str(), &info) == 0) {
    facts.bytes += S_ISREG(info.st_mode) ? info.st_size : 0;
    facts.changed = std::max(facts.changed,
                             UtcTime{info.st_mtim.tv_sec * kNanosPerSecond + info.st_mtim.tv_nsec});
  }
}

TreeFacts facts_of(const std::string& path) {
  TreeFacts facts;
  add_path(path, facts);
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator entry(path, error), end;
       !error && entry != end; entry.increment(error)) {
    add_path(entry->path().string(), facts);
  }
  return facts;
}

bool is_settled(const JobRow& job) {
  return is_final(job.state) && job.wish == Wish::kNone && !job.is_frozen;
}

/// Was anything of it ever started?
bool has_attempts(FileSystem& files, const store::Home& home, const std::string& run) {
  return !files.list(home.attempts(run)).value_or({}).empty();
}

}  // namespace

Result<SweepReport> HomeSweep::sweep(const SweepOptions& options) {
  options_ = options;
  report_ = {};
  WATTLE_RETURN_IF_ERROR(sweep_unaccepted().with_context("removing folders"));
  WATTLE_ASSIGN_OR_RETURN(auto ended, parts_.jobs.newest(~std::size_t{0}));
  std::erase_if(ended, [](const JobRow& job) { return !is_settled(job); });
  WATTLE_RETURN_IF_ERROR(sweep_secrets(ended).with_context("removing secrets"));
  WATTLE_RETURN_IF_ERROR(sweep_run_files(ended).with_context("removing files of runs"));
  WATTLE_ASSIGN_OR_RETURN(
      report_.artifacts,
      parts_.collector.collect({.grace = options.grace, .dry_run = options.dry_run}));
  return report_;
}

Status HomeSweep::sweep_unaccepted() {
  const auto& home = parts_.catalog.home();
  if (!parts_.files.exists(home.runs())) {
    return {};
  }
  WATTLE_ASSIGN_OR_RETURN(const auto names, parts_.files.list(home.runs()));
  const UtcTime before = parts_.clock.utc_now() - std::max(options_.grace, kLongestSubmission);
  for (const auto& name : names) {
    if (!is_ulid(name)) {
      report_.strangers.push_back(home.run(name));
      continue;
    }
    const auto row = parts_.jobs.get(name);
    if (row.ok() || row.error().code() != ErrorCode::kNotFound) {
      WATTLE_RETURN_IF_ERROR(row.ok() ? Status() : Status(row.error()));
      continue;
    }
    if (has_attempts(parts_.files, home, name)) {
      report_.strangers.push_back(home.run(name));  // it ran: its energy counts
      continue;
    }
    const auto facts = facts_of(home.run(name));
    if (facts.changed >= before) {
      continue;
    }
    report_.unaccepted += {1, facts.bytes};
    if (!is_dry()) {
      WATTLE_RETURN_IF_ERROR(parts_.files.remove_all(home.run(name)));
      WATTLE_RETURN_IF_ERROR(parts_.vault != nullptr ? parts_.vault->remove(name) : Status());
    }
  }
  return {};
}

Status HomeSweep::sweep_secrets(const std::vector<JobRow>& ended) {
  if (parts_.vault == nullptr) {
    return {};
  }
  // The vault is the user's: what it has of runs that we do not know is of another home.
  WATTLE_ASSIGN_OR_RETURN(const auto kept, parts_.vault->runs());
  for (const auto& job : ended) {
    if (!std::ranges::binary_search(kept, job.run)) {
      continue;
    }
    report_.secrets += {1, facts_of(parts_.vault->folder(job.run)).bytes};
    if (!is_dry()) {
      WATTLE_RETURN_IF_ERROR(parts_.vault->remove(job.run));
    }
  }
  return {};
}

Status HomeSweep::sweep_run_files(const std::vector<JobRow>& ended) {
  if (!options_.runs_older_than) {
    return {};
  }
  const UtcTime before = parts_.clock.utc_now() - *options_.runs_older_than;
  std::map<std::string, std::size_t>
      newer;  // ended runs of a project that came before, newest first
  for (const auto& job : ended) {
    const bool is_among_last = newer[job.project]++ < options_.keep_last;
    if (!is_among_last && job.changed < before) {
      WATTLE_RETURN_IF_ERROR(sweep_run(job).with_context("run " + job.run));
    }
  }
  return {};
}

Status HomeSweep::sweep_run(const JobRow& run) {
  WATTLE_ASSIGN_OR_RETURN(const auto paths, removable(run));
  if (paths.empty()) {
    return {};
  }
  std::int64_t bytes = 0;
  for (const auto& path : paths) {
    bytes += facts_of(path).bytes;
  }
  if (!is_dry()) {
    WATTLE_ASSIGN_OR_RETURN(const bool is_ours, set_aside(run.run, paths));
    if (!is_ours) {
      return {};
    }
    WATTLE_RETURN_IF_ERROR(
        parts_.files.remove_all(path_join(parts_.catalog.home().run(run.run), kAside)));
  }
  report_.run_files += {1, bytes};
  return {};
}

Result<std::vector<std::string>> HomeSweep::removable(const JobRow& run) {
  const auto& home = parts_.catalog.home();
  const auto folder = home.run(run.run);
  std::vector<std::string> paths;
  for (const auto* name : {"checkpoints", kAside}) {
    if (parts_.files.exists(path_join(folder, name))) {
      paths.push_back(path_join(folder, name));
    }
  }
  for (const auto number : parts_.catalog.attempts(run.run)) {
    const auto attempt = home.attempt(run.run, number);
    WATTLE_ASSIGN_OR_RETURN(const auto names, parts_.files.list(attempt));
    for (const auto& name : names) {
      // An attempt that is newer than the row was begun a moment ago, by whoever resumed the run.
      if (number <= run.attempt && std::ranges::find(kLasting, name) == kLasting.end()) {
        paths.push_back(path_join(attempt, name));
      }
    }
  }
  const auto artifacts = path_join(folder, "artifacts");
  if (parts_.files.exists(artifacts)) {
    WATTLE_ASSIGN_OR_RETURN(const bool are_kept, are_outputs_kept(run.run));
    if (are_kept) {
      paths.push_back(artifacts);
    } else {
      report_.notes.push_back(
          concat(artifacts, " stays: some of it is nowhere else (it is no kept output)"));
    }
  }
  return paths;
}

Result<bool> HomeSweep::are_outputs_kept(const std::string& run) {
  std::set<std::string> kept;
  WATTLE_RETURN_IF_ERROR(parts_.jobs.database().read([&](store::Session& session) -> Status {
    WATTLE_ASSIGN_OR_RETURN(const auto references,
                            store::artifact_references_of(session, "run", run));
    for (const auto& reference : references) {
      kept.insert(reference.owner.name);
    }
    return {};
  }));
  const auto artifacts = path_join(parts_.catalog.home().run(run), "artifacts");
  WATTLE_ASSIGN_OR_RETURN(const auto folders, parts_.files.list(artifacts));
  for (const auto& folder : folders) {
    WATTLE_ASSIGN_OR_RETURN(const auto names, parts_.files.list(path_join(artifacts, folder)));
    for (const auto& name : names) {
      if (!kept.contains(path_join(folder, name))) {
        return false;
      }
    }
  }
  return true;
}

Result<bool> HomeSweep::set_aside(const std::string& run, const std::vector<std::string>& paths) {
  const auto folder = parts_.catalog.home().run(run);
  const auto aside = path_join(folder, kAside);
  WATTLE_RETURN_IF_ERROR(parts_.files.make_directories(aside));
  bool is_ours = false;
  // Whoever wants the run to go on writes his wish after this transaction, and finds it swept, or
  // before, and keeps it.
  const Status written = parts_.jobs.database().write([&](store::Session& session) -> Status {
    is_ours = false;
    WATTLE_RETURN_IF_ERROR(
        session.query("SELECT state FROM jobs WHERE run = ? AND wish = '' AND frozen = 0", {run},
                      [&](const store::SqlRow& row) -> Status {
                        WATTLE_ASSIGN_OR_RETURN(const auto state, job_state_from(row.text(0)));
                        is_ours = is_final(state);
                        return {};
                      }));
    for (std::size_t i = 0; is_ours && i < paths.size(); ++i) {
      if (paths[i] != aside && parts_.files.exists(paths[i])) {
        // A name of its own, also beside what a sweep before us left when it was killed.
        const auto name = concat(i, "-", parts_.clock.utc_now().ns);
        WATTLE_RETURN_IF_ERROR(parts_.files.rename(paths[i], path_join(aside, name)));
      }
    }
    return {};
  });
  WATTLE_RETURN_IF_ERROR(written);
  return is_ours;
}

}  // namespace wattle::job
