#include "wattle/executor/isolation.h"

#include <algorithm>
#include <filesystem>

#include <fcntl.h>
#include <unistd.h>

#include "wattle/base/descriptor.h"
#include "wattle/base/text.h"
#include "wattle/executor/isolation_mounts.h"

namespace wattle::executor {
namespace {

using Words = std::vector<std::string>;

// bwrap waits for the command in a process of its own. A signal that ended it would take the
// command along at once, without its grace: so it ignores those that ask for an end, and the
// command gets them as if it stood alone.
constexpr std::string_view kEndSignals = "HUP,INT,QUIT,TERM";

std::string parent_of(const std::string& path) {
  return std::filesystem::path(path).parent_path().string();
}

void append(Words& words, std::initializer_list<std::string> more) {
  words.insert(words.end(), more);
}

/// The host's root, read-only, with a private /tmp, /dev and /proc; WATTLE_HOME and what leads out
/// of the sandbox (sockets below /run) hidden.
void add_sandbox(Words& words, const IsolationRequest& request, const IsolationMeans& means) {
  append(words, {"--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"});
  append(words, {"--unshare-pid", "--unshare-ipc"});
  if (!request.sandbox.network) {
    words.emplace_back("--unshare-net");
  }
  if (means.is_root) {
    append(words, {"--cap-drop", "ALL"});  // else root would make the file system writable again
  }
  for (const auto& folder : means.hidden) {
    append(words, {"--tmpfs", folder});
  }
  for (const auto& folder : means.shown) {
    append(words, {"--ro-bind-try", folder, folder});
  }
  for (const auto& device : means.devices) {
    append(words, {"--dev-bind-try", device, device});
  }
  append(words, {"--tmpfs", request.home});
}

/// The tree at /opt/ml. Where /opt has no such folder, /opt is made anew of what is in it, since
/// nothing is to be left on the host.
void add_opt_ml(Words& words, const IsolationRequest& request, const IsolationMeans& means) {
  const bool is_there = std::ranges::find(means.opt_entries, "ml") != means.opt_entries.end();
  if (!is_there) {
    append(words, {"--tmpfs", "/opt"});
    for (const auto& name : means.opt_entries) {
      const std::string path = path_join("/opt", name);
      append(words, {request.sandbox.enabled ? "--ro-bind" : "--dev-bind", path, path});
    }
  }
  append(words, {"--bind", request.ml_folder, std::string(kOptMl)});
}

Words bubblewrap(const IsolationRequest& request, const IsolationMeans& means) {
  Words words{means.env, concat("--ignore-signal=", kEndSignals), means.bubblewrap,
              "--die-with-parent"};
  if (request.sandbox.enabled) {
    add_sandbox(words, request, means);
  } else {
    append(words, {"--dev-bind", "/", "/"});
  }
  if (request.sandbox.enabled && request.captured) {
    words.emplace_back("--new-session");
  }
  if (!request.ml_folder.empty()) {
    add_opt_ml(words, request, means);
  }
  if (request.sandbox.enabled) {
    for (const auto& [path, access] : mounts_of(request)) {
      append(words, {access == Access::kWritable ? "--bind" : "--ro-bind", path, path});
    }
    append(words, {"--remount-ro", request.home});
  }
  append(words, {"--chdir", request.working_folder, "--", means.env,
                 concat("--default-signal=", kEndSignals), "--"});
  words.insert(words.end(), request.argv.begin(), request.argv.end());
  return words;
}

/// Links resolved, as far as there is something.
std::string resolved(const std::string& path) {
  std::error_code error;
  const auto real = std::filesystem::weakly_canonical(path, error);
  return error ? path : real.string();
}

void resolve_all(std::vector<std::string>& paths) {
  for (auto& path : paths) {
    path = resolved(path);
  }
}

Status make_file(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  return file.is_open() ? Status() : Status(error_from_errno(errno, "making " + path));
}

}  // namespace

std::string_view to_string(ContainerRuntime runtime) {
  switch (runtime) {
    case ContainerRuntime::kPodman:
      return "podman";
    case ContainerRuntime::kApptainer:
      return "apptainer";
    case ContainerRuntime::kRunc:
      return "runc";
    case ContainerRuntime::kNone:
      break;
  }
  return "none";
}

bool is_isolated(const IsolationRequest& request) {
  return request.sandbox.enabled || !request.container.image.empty() || !request.ml_folder.empty();
}

Mounts mounts_of(const IsolationRequest& request) {
  const bool read_only = request.sandbox.enabled;
  Mounts mounts;
  for (const auto& path : {request.run_folder, request.attempt_folder}) {
    mounts[path] = Access::kReadOnly;
  }
  mounts[request.working_folder] = read_only ? Access::kReadOnly : Access::kWritable;
  for (const auto& input : request.inputs) {
    mounts[input] = Access::kReadOnly;
  }
  for (const auto& output : request.outputs) {
    mounts[parent_of(output)] = Access::kWritable;
  }
  for (const auto& folder : request.sandbox.writable) {
    mounts[folder] = Access::kWritable;
  }
  for (const auto& path :
       {path_join(request.run_folder, "artifacts"), path_join(request.run_folder, "checkpoints"),
        request.metrics_file, request.confirm_folder, request.ml_folder}) {
    if (!path.empty()) {
      mounts[path] = Access::kWritable;
    }
  }
  return mounts;
}

Result<IsolationRequest> make_mount_points(FileSystem& files, IsolationRequest request) {
  if (!is_isolated(request)) {
    return request;
  }
  std::vector<std::string> folders = request.sandbox.writable;
  folders.insert(folders.end(), {path_join(request.run_folder, "artifacts"),
                                 path_join(request.run_folder, "checkpoints")});
  for (const auto& output : request.outputs) {
    folders.push_back(parent_of(output));
  }
  if (!request.confirm_folder.empty()) {
    folders.push_back(request.confirm_folder);
  }
  for (const auto& folder : folders) {
    WATTLE_RETURN_IF_ERROR(
        files.make_directories(folder).with_context("a folder that the job may write"));
  }
  WATTLE_RETURN_IF_ERROR(make_file(request.metrics_file));
  for (auto* path :
       {&request.working_folder, &request.home, &request.run_folder, &request.attempt_folder,
        &request.metrics_file, &request.confirm_folder, &request.ml_folder}) {
    *path = path->empty() ? "" : resolved(*path);
  }
  for (auto* paths : {&request.inputs, &request.outputs, &request.sandbox.writable}) {
    resolve_all(*paths);
  }
  return request;
}

Result<IsolatedCommand> isolate(const IsolationRequest& request, const IsolationMeans& means) {
  if (!is_isolated(request)) {
    return IsolatedCommand{.argv = request.argv, .environment = request.environment};
  }
  if (means.runtime != ContainerRuntime::kNone) {
    return contain(request, means);
  }
  if (means.bubblewrap.empty()) {
    return Error(ErrorCode::kUnsupported,
                 "bubblewrap is not there; install it, or leave out `sandbox`");
  }
  return IsolatedCommand{.argv = bubblewrap(request, means), .environment = request.environment};
}

Status write_memory_files(FileSystem& files, const IsolatedCommand& command) {
  for (const auto& [path, content] : command.memory_files) {
    WATTLE_RETURN_IF_ERROR(files.make_directories(parent_of(path)));
    WATTLE_RETURN_IF_ERROR(files.write_atomic(path, content));
  }
  return {};
}

void end_isolation(Subprocess& subprocess, const IsolatedCommand& command) {
  constexpr Seconds kTimeout{30};
  if (!command.cleanup.empty()) {
    // What was removed already, or never made, needs no removing.
    (void)run_captured(subprocess, {.argv = command.cleanup, .environment = command.environment},
                       kTimeout)
        .ok();
  }
}

}  // namespace wattle::executor
