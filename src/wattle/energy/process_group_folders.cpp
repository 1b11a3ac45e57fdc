#include "wattle/energy/process_group_folders.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wattle/base/text.h"
#include "wattle/energy/process_group_tree.h"

namespace wattle::energy {
namespace {

constexpr mode_t kGroupFolder = 0755;
constexpr int kCreations = 50;  // another supervisor may look whether a new folder is a leftover
constexpr int kRemovals = 50;
constexpr int kRemovalPauseMilliseconds = 2;

/// `path` of a hierarchy below a mount that shows only its part from `root` on (containers do
/// that).
std::string below_mount(std::string_view mount, std::string_view root, std::string_view path) {
  if (root != "/" && path.starts_with(root)) {
    path.remove_prefix(root.size());
  } else if (root != "/") {
    path = "";  // our group lies outside of what is mounted: the mount's top is the nearest we can
                // name
  }
  while (path.ends_with('/')) {
    path.remove_suffix(1);
  }
  return std::string(mount) + std::string(path);
}

struct Membership {
  std::string_view controllers;  // "" is version 2
  std::string_view path;
};

/// Lines "4:memory:/a/b" and "0::/a/b".
std::vector<Membership> parse_membership(std::string_view text) {
  std::vector<Membership> memberships;
  for (const auto line : split(text, '\n')) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first != std::string_view::npos && second != std::string_view::npos) {
      memberships.push_back({line.substr(first + 1, second - first - 1), line.substr(second + 1)});
    }
  }
  return memberships;
}

bool names(std::string_view list, std::string_view word) {
  const auto words = split(list, ',');
  return std::ranges::find(words, word) != words.end();
}

/// One line of mountinfo(5): "32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu".
std::optional<Hierarchy> parse_mount(std::string_view line, const std::vector<Membership>& all) {
  const auto separator = line.find(" - ");
  if (separator == std::string_view::npos) {
    return std::nullopt;
  }
  const auto place = split(line.substr(0, separator), ' ');
  const auto kind = split(line.substr(separator + 3), ' ');
  if (place.size() < 5 || kind.size() < 3 || !kind[0].starts_with("cgroup")) {
    return std::nullopt;
  }
  Hierarchy hierarchy{.unified = kind[0] == "cgroup2", .mount = std::string(place[4])};
  for (const auto& membership : all) {
    const auto controllers = split(membership.controllers, ',');
    const bool ours = hierarchy.unified ? membership.controllers.empty()
                                        : !membership.controllers.empty() &&
                                              names(kind.back(), controllers.front());
    if (!ours) {
      continue;
    }
    hierarchy.own = below_mount(place[4], place[3], membership.path);
    if (!hierarchy.unified) {
      hierarchy.controllers.assign(controllers.begin(), controllers.end());
    }
    return hierarchy;
  }
  return std::nullopt;
}

/// A locked descriptor of the folder, or -1: it has gone, or somebody holds it.
int lock_folder(const std::string& path) {
  const int folder = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  struct stat held{};
  struct stat named{};
  if (folder >= 0 && ::flock(folder, LOCK_EX | LOCK_NB) == 0 && ::fstat(folder, &held) == 0 &&
      ::stat(path.c_str(), &named) == 0 && held.st_ino == named.st_ino) {
    return folder;
  }
  if (folder >= 0) {
    ::close(folder);
  }
  return -1;
}

std::vector<std::string> folders_in(const std::string& folder) {
  std::vector<std::string> folders;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->is_directory(error)) {
      folders.push_back(entry->path().string());
    }
  }
  return folders;
}

/// Removes once, from the leaves up. True when nothing is left.
bool remove_tree(const std::string& folder) {
  for (const auto& child : folders_in(folder)) {
    remove_tree(child);
  }
  return ::rmdir(folder.c_str()) == 0 || errno == ENOENT;
}

void remove_leftovers(const std::string& parent) {
  for (const auto& folder : folders_in(parent)) {
    const int lock = is_our_group(folder) ? lock_folder(folder) : -1;
    if (lock >= 0) {
      remove_tree(folder);  // fails, rightly, while processes of a lost attempt are in it
      ::close(lock);
    }
  }
}

void collect_processes(const std::string& folder, std::vector<pid_t>& pids) {
  if (const auto text = read_kernel_file(folder + "/cgroup.procs")) {
    const auto here = parse_pids(*text);
    pids.insert(pids.end(), here.begin(), here.end());
  }
  for (const auto& child : folders_in(folder)) {
    collect_processes(child, pids);
  }
}

}  // namespace

bool is_our_group(std::string_view path) {
  return path.substr(path.rfind('/') + 1).starts_with(kGroupPrefix);
}

std::vector<Hierarchy> parse_hierarchies(std::string_view mountinfo, std::string_view membership) {
  const auto memberships = parse_membership(membership);
  std::vector<Hierarchy> hierarchies;
  for (const auto line : split(mountinfo, '\n')) {
    if (auto hierarchy = parse_mount(line, memberships)) {
      hierarchies.push_back(std::move(*hierarchy));
    }
  }
  return hierarchies;
}

std::vector<Hierarchy> find_hierarchies() {
  return parse_hierarchies(read_kernel_file("/proc/self/mountinfo").value_or(""),
                           read_kernel_file("/proc/self/cgroup").value_or(""));
}

Result<std::unique_ptr<ControlGroup>> ControlGroup::create(const std::string& parent,
                                                           const std::string& name) {
  remove_leftovers(parent);
  const std::string path = parent + "/" + name;
  for (int attempt = 0; attempt < kCreations; ++attempt) {
    if (::mkdir(path.c_str(), kGroupFolder) != 0 && errno != EEXIST) {
      return error_from_errno(errno, "making the control group " + path);
    }
    if (const int lock = lock_folder(path); lock >= 0) {
      return std::unique_ptr<ControlGroup>(  // NOLINT: the constructor is private
          new ControlGroup(path, lock));
    }
    ::poll(nullptr, 0, kRemovalPauseMilliseconds);
  }
  return Error(ErrorCode::kUnavailable, "the control group " + path + " is in use");
}

ControlGroup::~ControlGroup() {
  remove_group(path_);
  ::close(lock_);
}

Status ControlGroup::try_entering() const {
  const pid_t child = ::fork();
  if (child == 0) {
    ::_exit(write("cgroup.procs", "0").ok() ? 0 : 1);
  }
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child || status != 0) {
    return Error(ErrorCode::kPermissionDenied, "processes may not enter " + path_);
  }
  return {};
}

Status ControlGroup::write(std::string_view name, std::string_view text) const {
  const int target = ::open(file(name).c_str(), O_WRONLY | O_CLOEXEC);
  const bool written =
      target >= 0 && ::write(target, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const int error = errno;
  if (target >= 0) {
    ::close(target);
  }
  return written ? Status() : error_from_errno(error, "writing " + file(name));
}

std::optional<std::int64_t> ControlGroup::number(std::string_view name) const {
  const auto text = read_kernel_file(file(name));
  const auto parsed = parse_integer(trim(text.value_or("")));
  return parsed.ok() ? std::optional(*parsed) : std::nullopt;
}

std::optional<std::int64_t> ControlGroup::value(std::string_view name, std::string_view key) const {
  const auto text = read_kernel_file(file(name));
  for (const auto line : split(text ? std::string_view(*text) : "", '\n')) {
    if (line.size() > key.size() && line.starts_with(key) && line[key.size()] == ' ') {
      const auto parsed = parse_integer(trim(line.substr(key.size())));
      return parsed.ok() ? std::optional(*parsed) : std::nullopt;
    }
  }
  return std::nullopt;
}

std::vector<pid_t> processes_in(const std::string& folder) {
  std::vector<pid_t> pids;
  collect_processes(folder, pids);
  std::ranges::sort(pids);
  return pids;
}

bool remove_group(const std::string& folder) {
  for (int attempt = 0; attempt < kRemovals; ++attempt) {
    if (remove_tree(folder)) {
      return true;
    }
    if (!processes_in(folder).empty()) {
      return false;
    }
    ::poll(nullptr, 0, kRemovalPauseMilliseconds);
  }
  return false;
}

}  // namespace wattle::energy
