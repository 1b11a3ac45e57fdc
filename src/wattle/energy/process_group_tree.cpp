#include "wattle/energy/process_group_tree.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <set>

#include <fcntl.h>
#include <unistd.h>

#include "wattle/base/limits.h"
#include "wattle/base/text.h"

namespace wattle::energy {
namespace {

constexpr std::size_t kParentField = 1;  // positions behind the command's closing parenthesis
constexpr std::size_t kFirstTimeField = 11;
constexpr std::size_t kThreadsField = 17;
constexpr std::size_t kStartField = 19;
constexpr std::size_t kResidentField = 21;

std::string process_path(pid_t pid, std::string_view file) {
  return concat("/proc/", static_cast<long>(pid), "/", file);
}

std::int64_t to_integer(std::string_view text) {
  return parse_integer(text).value_or(0);
}

/// Every numeric name of a folder: the pids of /proc, the threads of /proc/PID/task.
std::vector<pid_t> numeric_names(const std::string& folder) {
  std::vector<pid_t> numbers;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const auto number = parse_integer(entry->path().filename().native());
    if (number.ok()) {
      numbers.push_back(static_cast<pid_t>(*number));
    }
  }
  return numbers;
}

/// For kernels without CONFIG_PROC_CHILDREN: every process is asked for its parent.
std::vector<pid_t> children_by_scan(pid_t parent) {
  std::vector<pid_t> children;
  for (const pid_t pid : numeric_names("/proc")) {
    const auto facts = read_process(pid);
    if (facts && facts->parent == parent) {
      children.push_back(pid);
    }
  }
  return children;
}

}  // namespace

std::optional<std::string> read_kernel_file(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    return std::nullopt;
  }
  std::string text;
  std::array<char, 4096> block{};
  ssize_t count = 0;
  while ((count = ::read(file, block.data(), block.size())) > 0 || (count < 0 && errno == EINTR)) {
    text.append(block.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    if (text.size() > limits::kSmallFileBytes) {
      break;
    }
  }
  ::close(file);
  return count < 0 ? std::nullopt : std::optional(std::move(text));
}

std::vector<pid_t> parse_pids(std::string_view text) {
  std::vector<pid_t> pids;
  while (!text.empty()) {
    const auto end = std::min(text.find_first_of(" \n"), text.size());
    if (const auto pid = parse_integer(text.substr(0, end)); pid.ok() && *pid > 0) {
      pids.push_back(static_cast<pid_t>(*pid));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return pids;
}

std::optional<ProcessFacts> parse_process_stat(std::string_view line) {
  const auto open = line.find('(');
  const auto close = line.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) {
    return std::nullopt;
  }
  const auto fields = split(trim(line.substr(close + 1)), ' ');
  if (fields.size() <= kResidentField || fields[0].empty()) {
    return std::nullopt;
  }
  std::int64_t ticks = 0;  // utime, stime, cutime, cstime
  for (std::size_t i = kFirstTimeField; i < kFirstTimeField + 4; ++i) {
    ticks += to_integer(fields[i]);
  }
  return ProcessFacts{
      .pid = static_cast<pid_t>(to_integer(trim(line.substr(0, open)))),
      .parent = static_cast<pid_t>(to_integer(fields[kParentField])),
      .state = fields[0][0],
      .threads = to_integer(fields[kThreadsField]),
      .start_ticks = to_integer(fields[kStartField]),
      .cpu_microseconds = ticks * 1'000'000 / ::sysconf(_SC_CLK_TCK),
      .memory_bytes = to_integer(fields[kResidentField]) * ::sysconf(_SC_PAGESIZE),
  };
}

std::optional<ProcessFacts> read_process(pid_t pid) {
  const auto line = read_kernel_file(process_path(pid, "stat"));
  return line ? parse_process_stat(*line) : std::nullopt;
}

std::optional<ProcessIo> read_process_io(pid_t pid) {
  const auto text = read_kernel_file(process_path(pid, "io"));
  if (!text) {
    return std::nullopt;
  }
  ProcessIo io;
  for (const auto line : split(*text, '\n')) {
    if (line.starts_with("read_bytes: ")) {
      io.read_bytes = to_integer(line.substr(12));
    } else if (line.starts_with("write_bytes: ")) {
      io.written_bytes = to_integer(line.substr(13));
    }
  }
  return io;
}

std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> children;
  for (const pid_t thread : numeric_names(process_path(parent, "task"))) {
    const std::string folder = process_path(parent, concat("task/", static_cast<long>(thread)));
    if (const auto text = read_kernel_file(folder + "/children")) {
      const auto pids = parse_pids(*text);
      children.insert(children.end(), pids.begin(), pids.end());
    } else if (::access((folder + "/stat").c_str(), F_OK) == 0) {
      return children_by_scan(parent);
    }
  }
  return children;
}

std::vector<pid_t> descendants_of(pid_t root, const std::vector<pid_t>& excluded) {
  std::vector<pid_t> found{root};
  std::set<pid_t> seen(excluded.begin(), excluded.end());
  for (std::size_t next = 0; next < found.size() && found.size() < limits::kGroupProcesses;
       ++next) {
    for (const pid_t child : children_of(found[next])) {
      // A process that is reparented while we walk may show up twice.
      if (seen.insert(child).second) {
        found.push_back(child);
      }
    }
  }
  found.erase(found.begin());
  return found;
}

bool catches_signal(pid_t pid, int number) {
  const auto status = read_kernel_file(process_path(pid, "status"));
  for (const auto line : split(status ? std::string_view(*status) : "", '\n')) {
    if (line.starts_with("SigCgt:")) {
      const auto digits = trim(line.substr(7));
      std::uint64_t mask = 0;
      const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), mask, 16);
      return read.ec == std::errc() && ((mask >> static_cast<unsigned>(number - 1)) & 1U) != 0;
    }
  }
  return false;
}

bool has_environment_entry(pid_t pid, std::string_view entry) {
  const auto environment = read_kernel_file(process_path(pid, "environ"));
  if (!environment) {
    return false;
  }
  const bool by_name = entry.ends_with('=');
  return std::ranges::any_of(split(*environment, '\0'), [&](std::string_view held) {
    return by_name ? held.starts_with(entry) : held == entry;
  });
}

std::optional<std::string> environment_variable(pid_t pid, std::string_view name) {
  const auto environment = read_kernel_file(process_path(pid, "environ"));
  const std::string prefix = concat(name, "=");
  for (const auto entry : split(environment ? std::string_view(*environment) : "", '\0')) {
    if (entry.starts_with(prefix)) {
      return std::string(entry.substr(prefix.size()));
    }
  }
  return std::nullopt;
}

std::vector<pid_t> all_processes() {
  return numeric_names("/proc");
}

std::vector<pid_t> processes_with_environment(std::string_view entry) {
  auto pids = all_processes();
  std::erase_if(pids, [&](pid_t pid) { return !has_environment_entry(pid, entry); });
  return pids;
}

}  // namespace wattle::energy
