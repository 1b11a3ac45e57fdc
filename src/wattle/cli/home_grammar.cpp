// The grammar of commands over a home and its host.
#include "wattle/cli/grammar.h"

namespace wattle::cli {
namespace {

void describe_gc(CLI::App& app, Parsed& parsed) {
  auto& options = parsed.gc;
  auto* gc =
      command(app, {"gc", "Remove what nobody needs: artifacts, dead folders, old runs' files"},
              parsed, options);
  gc->footer(
      "Kept is what is referenced, pinned, leased, active, or younger than the grace. With\n"
      "--runs-older-than the output logs, checkpoints and folders of artifacts of ended runs go "
      "too; "
      "their\n"
      "records, receipts, kept outputs and records of energy stay, so `wattle energy` says the "
      "same.");
  gc->add_flag("--dry-run", options.dry_run, "Tell what would be removed, and remove nothing");
  auto* grace = gc->add_option("--grace", options.grace, "What is younger stays: 12h, 7d");
  grace->capture_default_str();
  auto* older = gc->add_option("--runs-older-than", options.runs_older_than,
                               "Also files of runs that ended so long ago: 90d");
  auto* last = gc->add_option("--keep-last", options.keep_last,
                              "But not of the last N ended runs of each project");
  last->needs(older)->check(CLI::NonNegativeNumber);
  gc->add_flag("--verify", options.verify,
               "Compare every artifact with its digest; remove nothing; 1 when one is damaged")
      ->excludes("--dry-run")
      ->excludes(grace)
      ->excludes(older);
  add_json(gc, options.json);
}

void describe_backup(CLI::App& app, Parsed& parsed) {
  auto* backup = command(app, {"backup", "Put this home away as one folder, while everything runs"},
                         parsed, parsed.backup);
  backup->add_option("destination", parsed.backup.destination,
                     "A folder that is not there yet (else wattle-backup-UTC, here)");
  add_json(backup, parsed.backup.json);

  auto* restore =
      command(app, {"restore", "Make a home out of a backup, after checking every file"}, parsed,
              parsed.restore);
  restore->add_option("backup", parsed.restore.backup, "The folder of the backup")->required();
  restore->add_option("--home", parsed.restore.home,
                      "The home to make: empty or not there (else WATTLE_HOME)");
  add_json(restore, parsed.restore.json);
}

}  // namespace

void describe_home(CLI::App& app, Parsed& parsed) {
  auto* energy =
      command(app, {"energy", "Where the joules went: runs, idle, other programs, Wattle itself"},
              parsed, parsed.energy);
  energy->add_option("--since", parsed.energy.since, "A duration (24h, 30d) or a time")
      ->capture_default_str();
  add_json(energy, parsed.energy.json);

  describe_gc(app, parsed);
  describe_backup(app, parsed);

  auto* doctor =
      command(app, {"doctor", "What this host is, what it can meter, and what wastes energy"},
              parsed, parsed.doctor);
  doctor->add_option("--fix", parsed.doctor.fix, "Mend it: rapl")->check(CLI::IsMember({"rapl"}));
  doctor->add_flag("--calibrate", parsed.doctor.calibrate,
                   "Measure this host's speed, and fit its power model to a counter (under 15 s)");
  add_json(doctor, parsed.doctor.json);

  auto* validate = command(app, {"validate", "Check a wattle.yaml; nothing is started"}, parsed,
                           parsed.validate);
  validate->add_option("file", parsed.validate.file, "The job (a folder means its wattle.yaml)")
      ->capture_default_str();
  validate->add_option("--set", parsed.validate.overrides, "Override a key")
      ->allow_extra_args(false);
  validate->add_flag("--schema", parsed.validate.schema,
                     "Print the JSON Schema of wattle.yaml instead");
  add_json(validate, parsed.validate.json);

  auto* version =
      command(app, {"version", "Version and build of this program"}, parsed, parsed.version);
  add_json(version, parsed.version.json);
}

}  // namespace wattle::cli
