// What a process group needs before its supervisor lives and after it has died: CPUs, and an end.
#include <algorithm>
#include <csignal>
#include <iterator>
#include <map>

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "wattle/base/text.h"
#include "wattle/energy/process_group.h"

namespace wattle::energy {
namespace {

constexpr int kRounds = 100;  // each ends what the last one's processes forked
constexpr int kDeathMilliseconds =
    10'000;  // longer than any process needs that is not stuck in the kernel

void write_file(const std::string& path, std::string_view text) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (file >= 0) {
    [[maybe_unused]] const ssize_t written = ::write(file, text.data(), text.size());
    ::close(file);
  }
}

std::vector<pid_t> remaining(const std::vector<std::string>& folders, const std::string& owner) {
  // Without a name the search would find the processes of every attempt.
  auto pids =
      owner.empty() ? std::vector<pid_t>() : processes_with_environment("WATTLE_ATTEMPT=" + owner);
  for (const auto& folder : folders) {
    const auto inside = processes_in(folder);
    pids.insert(pids.end(), inside.begin(), inside.end());
  }
  std::erase_if(pids, [](pid_t pid) {
    const auto facts = read_process(pid);
    return !facts || facts->is_dead() || pid == ::getpid();
  });
  return pids;
}

/// A process that is held by a descriptor, so that its pid cannot come to name another.
void kill_and_wait(pid_t pid) {
  const int descriptor = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (descriptor < 0) {
    return;
  }
  ::syscall(SYS_pidfd_send_signal, descriptor, SIGKILL, nullptr, 0);
  pollfd death{.fd = descriptor, .events = POLLIN, .revents = 0};
  ::poll(&death, 1, kDeathMilliseconds);
  ::close(descriptor);
}

/// How many processes are bound to each CPU while they could run on others. Threads of the kernel
/// have no memory of their own and do not count.
std::map<int, int> bound_processes(const cpu_set_t& allowed) {
  std::map<int, int> bound;
  const int all = CPU_COUNT(&allowed);
  for (const pid_t pid : all_processes()) {
    cpu_set_t set;
    CPU_ZERO(&set);
    if (::sched_getaffinity(pid, sizeof set, &set) != 0 || CPU_COUNT(&set) >= all) {
      continue;
    }
    const auto facts = read_process(pid);
    if (!facts || facts->memory_bytes == 0) {
      continue;
    }
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
      bound[cpu] += CPU_ISSET(static_cast<std::size_t>(cpu), &set) ? 1 : 0;
    }
  }
  return bound;
}

}  // namespace

Status end_group(const std::vector<std::string>& recorded, const std::string& owner) {
  std::vector<std::string> folders;  // a damaged record must not end anybody else's processes
  std::ranges::copy_if(recorded, std::back_inserter(folders), is_our_group);
  std::vector<pid_t> left;
  for (int round = 0; round < kRounds; ++round) {
    for (const auto& folder : folders) {
      write_file(folder + "/cgroup.kill", "1");
      write_file(folder + "/pids.max", "0");
    }
    left = remaining(folders, owner);
    if (left.empty()) {
      break;
    }
    for (const pid_t pid : left) {
      ::kill(pid, SIGSTOP);  // all stand still before the first dies: none forks in answer
    }
    for (const auto& folder : folders) {  // what is frozen in a group of version 1 cannot die
      write_file(folder + "/freezer.state", "THAWED");
      write_file(folder + "/cgroup.freeze", "0");
    }
    for (const pid_t pid : left) {
      kill_and_wait(pid);
    }
  }
  for (const auto& folder : folders) {
    remove_group(folder);
  }
  return left.empty() ? Status()
                      : Error(ErrorCode::kUnavailable,
                              concat(left.size(), " processes of ", owner, " could not be ended"));
}

std::vector<int> choose_cpus(std::size_t count) {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0 ||
      count >= static_cast<std::size_t>(CPU_COUNT(&allowed))) {
    return {};
  }
  std::vector<int> cpus;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(static_cast<std::size_t>(cpu), &allowed)) {
      cpus.push_back(cpu);
    }
  }
  auto bound = bound_processes(allowed);
  // Supervisors that start at the same moment see the same picture: each begins to look at another
  // CPU.
  std::ranges::rotate(cpus, cpus.begin() + ::getpid() % static_cast<int>(cpus.size()));
  std::ranges::stable_sort(cpus, {}, [&](int cpu) { return bound[cpu]; });
  cpus.resize(count);
  std::ranges::sort(cpus);
  return cpus;
}

}  // namespace wattle::energy
