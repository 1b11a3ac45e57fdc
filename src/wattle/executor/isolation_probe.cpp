#include "wattle/executor/isolation_probe.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include <sys/resource.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "wattle/base/text.h"

namespace wattle::executor {
namespace {

constexpr Seconds kTrialTimeout{30};
constexpr long kCgroup2 = 0x63677270;  // statfs(2)
constexpr std::string_view kDefaultPath = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin";

/// Runs the helpers of a probe in the caller's environment.
class Prober {
 public:
  Prober(FileSystem& files, Subprocess& subprocess, const Environment& caller)
      : files_(files), subprocess_(subprocess), caller_(caller) {}

  FileSystem& files() { return files_; }
  std::string variable(std::string_view name) const {
    const auto found = caller_.find(name);
    return found == caller_.end() ? "" : found->second;
  }

  /// On PATH, or "".
  std::string find(std::string_view program) const {
    const std::string path = variable("PATH");
    for (const auto folder : split(path.empty() ? kDefaultPath : path, ':')) {
      const std::string candidate = path_join(folder, program);
      if (!folder.empty() && ::access(candidate.c_str(), X_OK) == 0) {
        return candidate;
      }
    }
    return "";
  }

  /// Standard error is in the output, since it has the reasons.
  Result<Captured> run(const std::vector<std::string>& words) const {
    Command command{.argv = {"/bin/sh", "-c", "exec \"$@\" 2>&1", "sh"}};
    command.argv.insert(command.argv.end(), words.begin(), words.end());
    command.environment.emplace();
    for (const auto& [name, value] : caller_) {
      command.environment->push_back(concat(name, "=", value));
    }
    return run_captured(subprocess_, std::move(command), kTrialTimeout);
  }

 private:
  FileSystem& files_;
  Subprocess& subprocess_;
  const Environment& caller_;
};

std::string last_line(std::string_view text) {
  const auto trimmed = trim(text);
  return std::string(trimmed.substr(trimmed.rfind('\n') + 1));
}

bool is_folder(const std::string& path) {
  std::error_code error;
  return std::filesystem::is_directory(path, error);
}

Error unsupported(std::string message) {
  return {ErrorCode::kUnsupported, std::move(message)};
}

std::vector<std::string> names_in(FileSystem& files, const std::string& folder) {
  auto names = files.list(folder);
  return names.ok() ? std::move(*names) : std::vector<std::string>{};
}

bool is_below(const std::string& path, const std::vector<std::string>& folders) {
  return std::ranges::any_of(folders, [&](const std::string& folder) {
    return path == folder || path.starts_with(folder + "/");
  });
}

/// What is empty in a sandbox: others' files, and sockets by which one could get out of it.
void find_folders(Prober& prober, IsolationMeans& means) {
  for (const std::string path : {"/run", "/tmp", "/var/tmp"}) {
    if (is_folder(path)) {
      means.hidden.push_back(path);
    }
  }
  std::error_code error;
  const std::string runtime = prober.variable("XDG_RUNTIME_DIR");
  if (is_folder(runtime)) {
    const auto real = std::filesystem::weakly_canonical(runtime, error).string();
    if (!error && !is_below(real, means.hidden)) {
      means.hidden.push_back(real);
    }
  }
  for (const std::string path : {"/etc/resolv.conf", "/etc/hosts"}) {
    const auto real = std::filesystem::canonical(path, error).string();
    if (!error) {
      means.name_files.push_back(path);
    }
    if (!error && is_below(real, means.hidden)) {
      means.shown.push_back(real);
    }
  }
  for (const std::string path : {"/run/opengl-driver", "/run/current-system"}) {
    if (is_folder(path)) {
      means.shown.push_back(path);
    }
  }
  for (const auto& name : names_in(prober.files(), "/dev")) {
    if (name.starts_with("nvidia") || name == "dri" || name == "kfd") {
      means.devices.push_back(path_join("/dev", name));
    }
  }
  means.has_opt = is_folder("/opt");
  means.opt_entries = names_in(prober.files(), "/opt");
}

/// Ours, which podman would try to raise and may not; `most`: 0 for no bound.
void add_limit(IsolationMeans& means, const char* name, __rlimit_resource_t resource,
               std::int64_t most) {
  rlimit limit{};
  const auto text = [most](rlim_t value) {
    const bool bounded = most > 0 && value > static_cast<rlim_t>(most);
    return bounded                  ? std::to_string(most)
           : value == RLIM_INFINITY ? std::string("-1")
                                    : std::to_string(value);
  };
  if (::getrlimit(resource, &limit) == 0) {
    means.limits.push_back(concat(name, "=", text(limit.rlim_cur), ":", text(limit.rlim_max)));
  }
}

void describe_process(FileSystem& files, IsolationMeans& means) {
  means.uid = ::geteuid();
  means.gid = ::getegid();
  means.is_root = means.uid == 0;
  struct statfs info{};
  means.unified_cgroups = ::statfs("/sys/fs/cgroup", &info) == 0 && info.f_type == kCgroup2;
  add_limit(means, "nofile", RLIMIT_NOFILE, 0);
  const auto most = files.read("/proc/sys/kernel/pid_max", limits::kSmallFileBytes);
  const auto processes = most.ok() ? parse_integer(trim(*most)) : Result<std::int64_t>(0);
  // podman lowers its own to the number of process ids that there are.
  add_limit(means, "nproc", RLIMIT_NPROC, processes.ok() ? *processes : 0);
}

/// What bwrap says, with what to do about it.
std::string explain_bubblewrap(const std::string& words) {
  if (words.find("namespace") != std::string::npos ||
      words.find("setting up uid map") != std::string::npos) {
    return words +
           ": user namespaces are off for you; allow them (sysctl "
           "kernel.unprivileged_userns_clone=1, user.max_user_namespaces=10000, or an "
           "AppArmor profile for bwrap)";
  }
  if (words.find("proc") != std::string::npos) {
    return words +
           ": a /proc of its own is not allowed, as in many containers; start that "
           "container with --security-opt systempaths=unconfined";
  }
  return words;
}

Status try_bubblewrap(Prober& prober, const IsolationWish& wish, IsolationMeans& means) {
  const std::string program = prober.find("bwrap");
  means.env = prober.find("env");
  if (program.empty()) {
    return unsupported(
        "`sandbox` needs bubblewrap, which is not on PATH: apt-get install bubblewrap");
  }
  const auto env = prober.run({means.env, "--ignore-signal=TERM", "--default-signal=TERM", "true"});
  if (means.env.empty() || !env.ok() || !env->status.success()) {
    return unsupported("`sandbox` needs an `env` with --ignore-signal: coreutils 8.31 or newer");
  }
  std::vector<std::string> words{program, "--die-with-parent"};
  if (wish.sandbox.enabled) {
    words.insert(words.end(), {"--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc",
                               "--unshare-pid", "--unshare-ipc", "--tmpfs", "/tmp"});
  } else {
    words.insert(words.end(), {"--dev-bind", "/", "/"});
  }
  if (wish.sandbox.enabled && !wish.sandbox.network) {
    words.emplace_back("--unshare-net");
  }
  words.insert(words.end(), {"--", means.env, "true"});
  WATTLE_ASSIGN_OR_RETURN(const auto trial, prober.run(words));
  if (!trial.status.success()) {
    return unsupported("`sandbox` does not work here: " +
                       explain_bubblewrap(last_line(trial.output)));
  }
  means.bubblewrap = program;
  return {};
}

Status need(const std::string& program, std::string_view name) {
  return program.empty() ? Status(unsupported(concat("`container` needs ", name,
                                                     ", which is not on PATH: install it")))
                         : Status();
}

Status try_podman(Prober& prober, IsolationMeans& means) {
  const std::string program = prober.find("podman");
  WATTLE_RETURN_IF_ERROR(need(program, "podman"));
  if (!means.unified_cgroups) {
    return unsupported(
        "podman keeps a container in the group that counts its energy only with control groups of "
        "version 2 alone, and this host has version 1; use runc and a folder with the image");
  }
  WATTLE_ASSIGN_OR_RETURN(const auto info,
                          prober.run({program, "info", "--format", "{{.Host.OCIRuntime.Name}}"}));
  if (!info.status.success()) {
    return unsupported("podman does not work here: " + last_line(info.output));
  }
  if (last_line(info.output) != "crun") {
    means.oci_runtime = prober.find("crun");
    WATTLE_RETURN_IF_ERROR(
        means.oci_runtime.empty()
            ? Status(unsupported("podman keeps a container in the group that counts its energy "
                                 "only with crun: apt-get install crun"))
            : Status());
  }
  means.init_program = prober.find("catatonit");
  if (means.init_program.empty() && prober.files().exists("/usr/libexec/podman/catatonit")) {
    means.init_program = "/usr/libexec/podman/catatonit";
  }
  means.runtime = ContainerRuntime::kPodman;
  means.runtime_program = program;
  return {};
}

Status try_apptainer(Prober& prober, IsolationMeans& means) {
  const std::string program = prober.find("apptainer");
  WATTLE_RETURN_IF_ERROR(need(program, "apptainer"));
  means.runtime = ContainerRuntime::kApptainer;
  means.runtime_program = program;
  return {};
}

Status try_runc(Prober& prober, const std::string& image, IsolationMeans& means) {
  const std::string program = prober.find("runc");
  WATTLE_RETURN_IF_ERROR(need(program, "runc"));
  if (!image.starts_with('/')) {
    return unsupported(concat("runc runs a folder with a root file system, and '", image,
                              "' is the name of an image; make one: podman export $(podman create ",
                              image, ") | tar -x -C FOLDER"));
  }
  if (!means.is_root) {
    WATTLE_ASSIGN_OR_RETURN(const auto trial, prober.run({"unshare", "--user", "true"}));
    if (!trial.status.success()) {
      return unsupported("runc does not work here: " +
                         explain_bubblewrap("namespace: " + last_line(trial.output)));
    }
  }
  means.runtime = ContainerRuntime::kRunc;
  means.runtime_program = program;
  return {};
}

Status try_runtime(Prober& prober, std::string_view runtime, const std::string& image,
                   IsolationMeans& means) {
  if (runtime == "podman") {
    return try_podman(prober, means);
  }
  if (runtime == "apptainer") {
    return try_apptainer(prober, means);
  }
  if (runtime == "runc") {
    return try_runc(prober, image, means);
  }
  if (runtime == "docker") {
    return unsupported(
        "containers of docker are started by its daemon, so their energy can be neither counted "
        "nor limited as this run's; use podman, apptainer or runc (docker export makes the "
        "folder)");
  }
  return Error(ErrorCode::kInvalidArgument,
               concat("there is no container runtime '", runtime, "'"));
}

/// The first that works; the reasons of the others when none does.
Status choose_runtime(Prober& prober, const ContainerOptions& container, IsolationMeans& means) {
  if (container.runtime != "auto") {
    return try_runtime(prober, container.runtime, container.image, means);
  }
  std::vector<std::string> reasons;
  for (const auto* runtime : {"podman", "apptainer", "runc"}) {
    if (prober.find(runtime).empty()) {
      continue;
    }
    const auto status = try_runtime(prober, runtime, container.image, means);
    if (status.ok()) {
      return status;
    }
    reasons.push_back(status.error().message());
  }
  return reasons.empty()
             ? unsupported(
                   "`container` needs podman, apptainer or runc, and none of them is on "
                   "PATH: apt-get install podman crun")
             : unsupported(join(reasons, "; "));
}

Status check_image(const ContainerOptions& container) {
  const bool is_path = container.image.starts_with('/');
  std::error_code error;
  return is_path && !std::filesystem::exists(container.image, error)
             ? Status(Error(ErrorCode::kNotFound, concat("there is no image ", container.image)))
             : Status();
}

}  // namespace

Result<IsolationMeans> probe_isolation(FileSystem& files, Subprocess& subprocess,
                                       const IsolationWish& wish, const Environment& caller) {
  Prober prober(files, subprocess, caller);
  IsolationMeans means;
  describe_process(files, means);
  find_folders(prober, means);
  if (!wish.container.image.empty()) {
    WATTLE_RETURN_IF_ERROR(check_image(wish.container));
    WATTLE_RETURN_IF_ERROR(choose_runtime(prober, wish.container, means));
    return means;
  }
  if (wish.sandbox.enabled || wish.sagemaker) {
    const auto status = try_bubblewrap(prober, wish, means);
    if (!status.ok() && wish.sandbox.enabled) {
      return status.error();
    }
  }
  return means;
}

Status ensure_image(Subprocess& subprocess, const IsolationMeans& means,
                    const ContainerOptions& container, Seconds timeout) {
  if (means.runtime != ContainerRuntime::kPodman || container.image.starts_with('/')) {
    return {};  // apptainer fetches when it starts; the others have a folder
  }
  WATTLE_ASSIGN_OR_RETURN(
      const auto present,
      run_captured(subprocess,
                   {.argv = {means.runtime_program, "image", "exists", container.image}},
                   kTrialTimeout));
  if (present.status.success()) {
    return {};
  }
  WATTLE_ASSIGN_OR_RETURN(
      const auto pulled,
      run_captured(subprocess,
                   {.argv = {"/bin/sh", "-c", "exec \"$@\" 2>&1", "sh", means.runtime_program,
                             "pull", "--quiet", container.image}},
                   timeout));
  return pulled.status.success()
             ? Status()
             : Status(Error(ErrorCode::kNotFound,
                            concat("the image ", container.image,
                                   " cannot be fetched: ", last_line(pulled.output))));
}

bool can_show_opt_ml(const IsolationMeans& means) {
  return means.runtime != ContainerRuntime::kNone || (!means.bubblewrap.empty() && means.has_opt);
}

}  // namespace wattle::executor
