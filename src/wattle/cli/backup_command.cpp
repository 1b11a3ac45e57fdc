// `wattle backup` and `wattle restore`: what store/backup.h does, told to a person.
#include <algorithm>

#include <nlohmann/json.hpp>

#include "wattle/base/text.h"
#include "wattle/cli/commands.h"
#include "wattle/cli/format.h"
#include "wattle/cli/run_summary.h"
#include "wattle/job/restored_home.h"
#include "wattle/store/backup.h"

namespace wattle::cli {
namespace {

/// "wattle-backup-20261125T040100Z"
std::string default_name(UtcTime now) {
  auto stamp = to_rfc3339(now);
  stamp = stamp.substr(0, stamp.find('.'));
  std::erase_if(stamp, [](char c) { return c == '-' || c == ':' || c == 'Z'; });
  return concat("wattle-backup-", stamp, "Z");
}

/// A backup within the home is lost with it, and would be part of the next one.
Status check_outside(const std::string& destination, const store::Home& home) {
  return destination != home.root() && !destination.starts_with(home.root() + "/")
             ? Status()
             : Status(Error(ErrorCode::kInvalidArgument,
                            concat(destination, " is within the home ", home.root(),
                                   ": a backup there would be lost with it; name another folder")));
}

std::string summary(const store::BackupReport& report) {
  return concat(report.files, " files, ", bytes(report.bytes));
}

/// Whoever serves the home has its database open.
Status check_no_server(FileSystem& files, const store::Home& home) {
  if (!files.exists(home.server_lock())) {
    return {};
  }
  const auto lock = files.try_lock(home.server_lock());
  return lock.ok() || lock.error().code() != ErrorCode::kUnavailable
             ? Status()
             : Status(Error(ErrorCode::kFailedPrecondition,
                            concat("a server is at work in ", home.root(),
                                   ": a backup is restored into a new home only")));
}

}  // namespace

Result<int> backup(Context& context, const BackupVerbOptions& options) {
  WATTLE_ASSIGN_OR_RETURN(const auto home, context.home());
  const auto destination =
      absolute_path(options.destination.value_or(default_name(context.clock().utc_now())));
  WATTLE_RETURN_IF_ERROR(check_outside(destination, home));
  WATTLE_ASSIGN_OR_RETURN(auto* house, context.house());
  WATTLE_ASSIGN_OR_RETURN(const auto lock, job::lock_for_maintenance(context.files(), home));
  auto& output = context.output();
  output.narrate(concat("backing up ", home.root(), " to ", destination, "\n"));
  WATTLE_ASSIGN_OR_RETURN(const auto report,
                          store::backup(house->database(), context.subprocess(), context.clock(),
                                        {.home = home.root(),
                                         .url = context.database_url(),
                                         .destination = destination,
                                         .program = WATTLE_VERSION}));
  if (options.json) {
    output.data(json_text({{"backup", destination},
                           {"files", report.files},
                           {"bytes", report.bytes},
                           {"damaged", report.damaged}}));
  } else {
    output.data(destination + "\n");
  }
  for (const auto& path : report.damaged) {
    output.narrate(concat("left out, because it is damaged: ", path, "\n"));
  }
  output.narrate(summary(report) + "; `wattle restore` makes a home of it\n");
  return static_cast<int>(report.damaged.empty() ? ExitCode::kOk : ExitCode::kFailed);
}

Result<int> restore(Context& context, const RestoreVerbOptions& options) {
  store::Home home("");
  if (options.home) {
    home = store::Home(absolute_path(*options.home));
  } else {
    WATTLE_ASSIGN_OR_RETURN(home, context.home());
  }
  const auto from = absolute_path(options.backup);
  if (!context.files().exists(path_join(from, "manifest.sha256"))) {
    return Error(ErrorCode::kNotFound, concat(from, " is no backup: it has no manifest.sha256"));
  }
  WATTLE_RETURN_IF_ERROR(check_no_server(context.files(), home));
  auto& output = context.output();
  output.narrate(concat("restoring ", from, " to ", home.root(), ", checking every file\n"));
  WATTLE_ASSIGN_OR_RETURN(
      const auto report,
      store::restore(context.subprocess(),
                     {.backup = from, .home = home.root(), .url = context.database_url()}));
  WATTLE_ASSIGN_OR_RETURN(const auto ended,
                          job::end_copied_attempts(context.files(), context.clock(), home)
                              .with_context("ending what ran when it was put away"));
  if (options.json) {
    output.data(json_text({{"home", home.root()},
                           {"files", report.files},
                           {"bytes", report.bytes},
                           {"interrupted_attempts", ended}}));
  } else {
    output.data(home.root() + "\n");
  }
  output.narrate(concat(summary(report), ", all as the manifest says\n"));
  if (ended > 0) {
    output.narrate(concat(ended, ended == 1 ? " attempt was running" : " attempts were running",
                          " when it was put away: here they count as interrupted, and the next "
                          "command that needs a server takes their runs up\n"));
  }
  return 0;
}

}  // namespace wattle::cli
