// Sandbox and container as a modifier of any executor: the words that are executed in place of a
// job's command, so that the command runs behind them.
//
//   WATTLE_ASSIGN_OR_RETURN(const auto means, probe_isolation(subprocess, wanted, environment));
//   WATTLE_ASSIGN_OR_RETURN(request, make_mount_points(files, std::move(request)));
//   WATTLE_ASSIGN_OR_RETURN(const auto command, isolate(request, means));
//   WATTLE_RETURN_IF_ERROR(write_memory_files(files, command));
//   attempt.argv = command.argv; attempt.environment = command.environment;
//   ... when the attempt has ended: end_isolation(subprocess, command);
//
// Every path keeps its name inside, so what the job is told means the same there. Nothing of a
// secret is on a command line or on a disk.
//
// Units:    none.
// Errors:   isolate(): kUnsupported: what these means cannot do, and the remedy.
// Threads:  isolate() is a pure function; the others are as their FileSystem.
// Lifetime: value types.
// See:      docs/guides/sandbox.md, isolation_probe.h
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/file.h"
#include "wattle/base/result.h"
#include "wattle/base/subprocess.h"

namespace wattle::executor {

/// What the command may see and change of the host; in a container, beside the image's own limits.
struct SandboxOptions {
  bool enabled = false;
  bool network = true;
  std::vector<std::string> writable;  // absolute folders beside those of the run
};

struct ContainerOptions {
  std::string image;             // "": no container
  std::string runtime = "auto";  // or "podman", "docker", "apptainer", "runc"
  std::vector<std::string> arguments;
};

enum class ContainerRuntime { kNone, kPodman, kApptainer, kRunc };

std::string_view to_string(ContainerRuntime runtime);

/// What this host has for it: the answer of probe_isolation().
struct IsolationMeans {
  std::string bubblewrap;  // path of bwrap; "": not needed, or not there
  std::string env;         // coreutils' env, which can ignore signals for its command
  ContainerRuntime runtime = ContainerRuntime::kNone;
  std::string runtime_program;
  std::string oci_runtime;       // for podman's --runtime; "": its own choice
  std::string init_program;      // process 1 of a container with its own process ids; "": none
  bool unified_cgroups = false;  // version 2 alone
  bool is_root = false;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::vector<std::string> hidden;       // folders that are empty inside, parents before children
  std::vector<std::string> shown;        // what stays visible below them, read-only
  std::vector<std::string> devices;      // of accelerators
  std::vector<std::string> name_files;   // by which names of the network are found
  bool has_opt = false;                  // there is a folder /opt
  std::vector<std::string> opt_entries;  // names in it
  std::vector<std::string> limits;       // for podman's --ulimit: "nofile=1024:4096"
};

/// An attempt as it would run bare, and what is to hold for it. Paths are absolute.
struct IsolationRequest {
  std::string run;
  std::uint32_t attempt = 1;
  std::vector<std::string> argv;
  std::vector<std::string> environment;   // "NAME=value", complete, with secrets
  std::vector<std::string> told;          // names that a container gets too: told_names()
  std::vector<std::string> secret_names;  // of the environment: never on a disk
  std::string working_folder;
  std::string home;            // WATTLE_HOME: hidden, but for this run's folder
  std::string run_folder;      // read-only, but for artifacts and checkpoints
  std::string attempt_folder;  // read-only, but for what follows
  std::string metrics_file;
  std::string confirm_folder;  // where the job confirms its checkpoints; "": none
  std::string memory_folder;   // SecretVault::folder(run); "": there is none
  std::string ml_folder;       // the contract's tree, seen at /opt/ml; "": none
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  bool captured = true;  // streams go into output.log: no terminal
  SandboxOptions sandbox;
  ContainerOptions container;
};

/// Written before the start, for its owner only, in a file system that lives in memory.
struct MemoryFile {
  std::string path;
  std::string content;
};

struct IsolatedCommand {
  std::vector<std::string> argv;
  std::vector<std::string> environment;
  std::vector<MemoryFile> memory_files;
  std::vector<std::string> cleanup;  // a command for when the attempt has ended; empty: none
};

/// Does anything stand between the command and the host? Else isolate() changes nothing.
bool is_isolated(const IsolationRequest& request);

/// Makes the folders that are mounted and are not there yet (those of outputs, the metrics file),
/// and resolves symbolic links in what is mounted.
Result<IsolationRequest> make_mount_points(FileSystem& files, IsolationRequest request);

/// The words that are executed.
Result<IsolatedCommand> isolate(const IsolationRequest& request, const IsolationMeans& means);

Status write_memory_files(FileSystem& files, const IsolatedCommand& command);
/// Removes what a container's runtime keeps of an ended attempt. Doing it again is harmless.
void end_isolation(Subprocess& subprocess, const IsolatedCommand& command);

}  // namespace wattle::executor
