#include <algorithm>

#include "wattle/base/text.h"
#include "wattle/executor/isolation_mounts.h"

namespace wattle::executor {
namespace {

using Words = std::vector<std::string>;

constexpr std::string_view kSecretsInside = "/run/wattle-secrets";

void append(Words& words, std::initializer_list<std::string> more) {
  words.insert(words.end(), more);
}

void append(Words& words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
}

bool is_secret(const IsolationRequest& request, std::string_view name) {
  return std::ranges::find(request.secret_names, name) != request.secret_names.end();
}

/// podman and apptainer part a mount's words by colons.
Status check_paths(const Mounts& mounts) {
  for (const auto& [path, access] : mounts) {
    if (path.find(':') != std::string::npos || path.find(',') != std::string::npos) {
      return Error(
          ErrorCode::kUnsupported,
          concat(path, ": a path with ':' or ',' cannot be seen in a container; rename it"));
    }
  }
  return {};
}

Status need_memory(const IsolationRequest& request, std::string_view what) {
  return request.memory_folder.empty()
             ? Status(Error(ErrorCode::kUnsupported,
                            concat(what,
                                   " is kept in memory, and there is no file system in memory "
                                   "here; set XDG_RUNTIME_DIR to a folder of a tmpfs")))
             : Status();
}

/// Lines for a shell: the one way into a container on which podman, which stores the environment
/// that it is given, does not see the values.
std::string secret_lines(const IsolationRequest& request) {
  std::string lines;
  for (const auto& entry : request.environment) {
    const auto name = entry_name(entry);
    if (is_secret(request, name)) {
      // Always quoted, as a value may hold anything; a quote leaves the quotes for itself.
      std::string value = entry.substr(name.size() + 1);
      for (auto at = value.find('\''); at != std::string::npos; at = value.find('\'', at + 4)) {
        value.replace(at, 1, "'\\''");
      }
      lines += concat("export ", name, "='", value, "'\n");
    }
  }
  return lines;
}

Words podman_options(const IsolationRequest& request, const IsolationMeans& means) {
  Words words{means.runtime_program};
  if (!means.oci_runtime.empty()) {
    append(words, {"--runtime", means.oci_runtime});
  }
  append(words, {"run", "--rm", "--name", container_name(request)});
  // Its processes stay in the supervisor's group, which counts, limits and ends them.
  append(words, {"--pull=never", "--cgroups=disabled", "--log-driver=none", "--entrypoint="});
  append(words, {"--security-opt=label=disable", "--security-opt=no-new-privileges"});
  append(words, {"--shm-size=0", "--workdir", request.working_folder});
  words.emplace_back(request.sandbox.network ? "--network=host" : "--network=none");
  append(words, means.is_root ? Words{"--user=0:0"} : Words{"--userns=keep-id"});
  if (!means.init_program.empty()) {
    append(words, {"--init", "--init-path", means.init_program});
  }
  if (request.sandbox.enabled) {
    append(words, {"--read-only", "--cap-drop=ALL"});
  }
  if (!request.captured) {
    words.emplace_back("--interactive");
  }
  for (const auto& limit : means.limits) {
    append(words, {"--ulimit", limit});
  }
  return words;
}

Result<IsolatedCommand> podman(const IsolationRequest& request, const IsolationMeans& means) {
  const auto mounts = mounts_of(request);
  WATTLE_RETURN_IF_ERROR(check_paths(mounts));
  Words words = podman_options(request, means);
  for (const auto& [path, access] : mounts) {
    append(words,
           {"--volume", concat(path, ":", path, access == Access::kWritable ? ":rw" : ":ro")});
  }
  if (!request.ml_folder.empty()) {
    append(words, {"--volume", concat(request.ml_folder, ":", kOptMl, ":rw")});
  }
  for (const auto& entry : container_entries(request)) {
    if (!is_secret(request, entry_name(entry))) {
      append(words, {"--env", std::string(entry_name(entry))});  // the value from its environment
    }
  }
  IsolatedCommand command{.environment = request.environment};
  Words inside = request.argv;
  if (!request.secret_names.empty()) {
    WATTLE_RETURN_IF_ERROR(need_memory(request, "a secret of a container"));
    const std::string file =
        path_join(request.memory_folder, concat("secrets-", request.attempt, ".sh"));
    command.memory_files.push_back({.path = file, .content = secret_lines(request)});
    append(words, {"--volume", concat(file, ":", kSecretsInside, ":ro")});
    inside = {"/bin/sh", "-c", concat(". ", kSecretsInside, " && exec \"$@\""), "sh"};
    append(inside, request.argv);
  }
  append(words, request.container.arguments);
  if (request.container.image.starts_with('/')) {
    words.emplace_back("--rootfs");
  }
  words.push_back(request.container.image);
  append(words, inside);
  command.argv = std::move(words);
  command.cleanup = {means.runtime_program, "rm", "--force", "--ignore", container_name(request)};
  return command;
}

/// A name without a scheme that is no path is an image of a registry.
std::string apptainer_image(const std::string& image) {
  return image.starts_with('/') || image.find("://") != std::string::npos ? image
                                                                          : "docker://" + image;
}

Result<IsolatedCommand> apptainer(const IsolationRequest& request, const IsolationMeans& means) {
  const auto mounts = mounts_of(request);
  WATTLE_RETURN_IF_ERROR(check_paths(mounts));
  Words words{means.runtime_program, "exec", "--cleanenv", "--pwd", request.working_folder};
  if (request.sandbox.enabled) {
    append(words, {"--containall", "--no-home", "--no-privs"});
  }
  if (!request.sandbox.network) {
    append(words, {"--net", "--network=none"});
  }
  if (std::ranges::find(means.devices, "/dev/nvidiactl") != means.devices.end()) {
    words.emplace_back("--nv");
  }
  for (const auto& [path, access] : mounts) {
    append(words, {"--bind", concat(path, ":", path, access == Access::kWritable ? ":rw" : ":ro")});
  }
  if (!request.ml_folder.empty()) {
    append(words, {"--bind", concat(request.ml_folder, ":", kOptMl, ":rw")});
  }
  IsolatedCommand command{.environment = request.environment};
  for (const auto& entry : container_entries(request)) {
    command.environment.push_back("APPTAINERENV_" + entry);
  }
  append(words, request.container.arguments);
  words.push_back(apptainer_image(request.container.image));
  append(words, request.argv);
  command.argv = std::move(words);
  return command;
}

// runc would move the container into a control group of its own, away from the one that counts and
// limits the run. Where it may not, it leaves the processes where they are: so root lets it see the
// groups read-only, in a mount namespace of its own; others may not write them anyway.
constexpr std::string_view kGroupsReadOnly =
    "while read -r _ at type _; do case $type in cgroup*) mount -o remount,bind,ro \"$at\";; esac; "
    "done < /proc/self/mounts && exec \"$@\"";

Result<IsolatedCommand> runc(const IsolationRequest& request, const IsolationMeans& means) {
  WATTLE_RETURN_IF_ERROR(need_memory(request, "the description of a container for runc"));
  const std::string bundle = path_join(request.memory_folder, concat("bundle-", request.attempt));
  const Words program{means.runtime_program,
                      "--root",
                      path_join(request.memory_folder, "runc"),
                      "--rootless",
                      "true",
                      "--log",
                      path_join(request.memory_folder, "runc.log")};
  IsolatedCommand command{.environment = request.environment};
  if (means.is_root) {
    command.argv = {"unshare", "--mount", "/bin/sh", "-c", std::string(kGroupsReadOnly), "sh"};
  }
  command.memory_files.push_back(
      {.path = path_join(bundle, "config.json"), .content = runc_config(request, means)});
  append(command.argv, program);
  append(command.argv, {"run", "--bundle", bundle});
  append(command.argv, request.container.arguments);
  command.argv.push_back(container_name(request));
  command.cleanup = program;
  append(command.cleanup, {"delete", "--force", container_name(request)});
  return command;
}

}  // namespace

std::string_view entry_name(std::string_view entry) {
  return entry.substr(0, entry.find('='));
}

std::string container_name(const IsolationRequest& request) {
  return concat("wattle-", request.run, "-", request.attempt);
}

std::vector<std::string> container_entries(const IsolationRequest& request) {
  std::set<std::string, std::less<>> names(request.told.begin(), request.told.end());
  names.insert(request.secret_names.begin(), request.secret_names.end());
  std::vector<std::string> entries;
  for (const auto& entry : request.environment) {
    if (names.contains(entry_name(entry))) {
      entries.push_back(entry);
    }
  }
  return entries;
}

Result<IsolatedCommand> contain(const IsolationRequest& request, const IsolationMeans& means) {
  switch (means.runtime) {
    case ContainerRuntime::kPodman:
      return podman(request, means);
    case ContainerRuntime::kApptainer:
      return apptainer(request, means);
    case ContainerRuntime::kRunc:
      return runc(request, means);
    case ContainerRuntime::kNone:
      break;
  }
  return Error(ErrorCode::kInternal, "a container without a program that runs it");
}

}  // namespace wattle::executor
