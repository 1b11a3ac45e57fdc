#include "wattle/energy/observed_tree.h"

#include <algorithm>
#include <cerrno>
#include <set>

#include <fcntl.h>
#include <unistd.h>

#include "wattle/base/descriptor.h"
#include "wattle/base/text.h"

namespace wattle::energy {
namespace {

constexpr std::size_t kMostIo = 256;        // processes asked for their I/O at each look
constexpr std::size_t kMostAncestors = 64;  // of a process; deeper trees are loops

/// The process first, then its parents.
std::vector<ProcessIdentity> ancestry_of(pid_t pid) {
  std::vector<ProcessIdentity> ancestry;
  while (pid > 0 && ancestry.size() < kMostAncestors) {
    const auto facts = read_process(pid);
    if (!facts) {
      break;
    }
    ancestry.push_back({.pid = pid, .start_ticks = facts->start_ticks});
    pid = facts->parent;
  }
  return ancestry;
}

bool is_thread(pid_t pid) {
  const auto status = read_kernel_file(concat("/proc/", static_cast<long>(pid), "/status"));
  return status &&
         status->find(concat("\nTgid:\t", static_cast<long>(pid), "\n")) == std::string::npos;
}

bool may_read(pid_t pid) {
  const auto path = concat("/proc/", static_cast<long>(pid), "/io");
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  return file.is_open() || (errno != EACCES && errno != EPERM);
}

}  // namespace

std::optional<ProcessIdentity> parse_identity(std::string_view text) {
  const auto colon = text.find(':');
  const auto pid = parse_integer(text.substr(0, colon));
  const auto start = colon == std::string_view::npos ? Result<std::int64_t>(0)
                                                     : parse_integer(text.substr(colon + 1));
  if (!pid.ok() || !start.ok() || *pid <= 1 || *pid > INT32_MAX || *start < 0) {
    return std::nullopt;
  }
  return ProcessIdentity{.pid = static_cast<std::int32_t>(*pid), .start_ticks = *start};
}

std::string to_text(const ProcessIdentity& process) {
  return concat(process.pid, ":", process.start_ticks);
}

Result<ProcessIdentity> find_process(const ProcessIdentity& process) {
  const auto facts = read_process(process.pid);
  if (!facts || is_thread(process.pid)) {
    return Error(ErrorCode::kNotFound, concat("there is no process ", process.pid));
  }
  if (process.start_ticks != 0 && facts->start_ticks != process.start_ticks) {
    return Error(ErrorCode::kNotFound,
                 concat("process ", process.pid, " has ended; another one has its number now"));
  }
  if (facts->is_dead()) {
    return Error(ErrorCode::kNotFound, concat("process ", process.pid, " has ended"));
  }
  if (!may_read(process.pid)) {
    return Error(ErrorCode::kPermissionDenied,
                 concat("process ", process.pid, " is another user's; ask as that user or root"));
  }
  return ProcessIdentity{.pid = process.pid, .start_ticks = facts->start_ticks};
}

Result<ObservedTree> ObservedTree::open(const ProcessIdentity& process) {
  WATTLE_ASSIGN_OR_RETURN(const auto found, find_process(process));
  ObservedTree observed(found);
  observed.ancestry_ = ancestry_of(found.pid);
  observed.within_ = environment_variable(found.pid, "WATTLE_ATTEMPT").value_or("");
  // A child that is waited for while we look is missed (see total()), never counted twice: so the
  // larger of two looks is the right one.
  for (int looks = 0; looks < 2; ++looks) {
    observed.members_ = observed.read().value_or(Members());
    const Use now = observed.total(observed.members_);
    observed.before_.cpu_microseconds =
        std::max(observed.before_.cpu_microseconds, now.cpu_microseconds);
    observed.before_.io.read_bytes = std::max(observed.before_.io.read_bytes, now.io.read_bytes);
    observed.before_.io.written_bytes =
        std::max(observed.before_.io.written_bytes, now.io.written_bytes);
  }
  return observed;
}

/// Who measures may be started by whom it measures: its own processes are not what is observed.
std::vector<pid_t> ObservedTree::measuring_branch() const {
  std::vector<pid_t> branch;
  for (const auto& process : ancestry_of(::getpid())) {
    if (process.pid == root_.pid) {
      return branch;
    }
    branch.push_back(process.pid);
  }
  return {};
}

std::vector<pid_t> ObservedTree::tree() {
  std::vector<pid_t> all{root_.pid};
  const auto below = descendants_of(root_.pid, measuring_branch());
  all.insert(all.end(), below.begin(), below.end());
  return all;
}

bool ObservedTree::is_below_root(pid_t pid) const {
  return std::ranges::count(ancestry_of(pid), root_) > 0;
}

/// The kernel's list of children may miss some while one of them ends: those of the last look that
/// are still below the root are still ours.
std::vector<pid_t> ObservedTree::tree_with_missed() {
  auto all = tree();
  const std::set<pid_t> listed(all.begin(), all.end());
  for (const auto& [pid, member] : members_) {
    const auto facts = listed.contains(pid) ? std::nullopt : read_process(pid);
    if (facts && facts->start_ticks == member.start_ticks && is_below_root(pid)) {
      all.push_back(pid);
    }
  }
  return all;
}

/// nullopt: it has ended, and nobody knows what it had used at last.
std::optional<ObservedTree::Members> ObservedTree::read() {
  Members members;
  std::size_t asked = 0;
  for (const pid_t pid : tree_with_missed()) {
    const auto facts = read_process(pid);
    if (pid == root_.pid && (!facts || facts->start_ticks != root_.start_ticks)) {
      return std::nullopt;
    }
    if (facts) {
      members[pid] = {
          .start_ticks = facts->start_ticks,
          .cpu_microseconds = facts->cpu_microseconds,
          .io = asked++ < kMostIo ? read_process_io(pid).value_or(ProcessIo{}) : ProcessIo{},
          .memory_bytes = facts->memory_bytes};
    }
  }
  return members;
}

/// A child that is missing and yet lives has been handed to another parent, and nobody of the tree
/// will ever wait for it.
void ObservedTree::keep_departed(const Members& now) {
  for (const auto& [pid, member] : members_) {
    const auto facts = now.contains(pid) ? std::nullopt : read_process(pid);
    if (facts && facts->start_ticks == member.start_ticks && !is_below_root(pid)) {
      departed_.cpu_microseconds += member.cpu_microseconds;
      departed_.io.read_bytes += member.io.read_bytes;
      departed_.io.written_bytes += member.io.written_bytes;
    }
  }
}

ObservedTree::Use ObservedTree::total(const Members& members) const {
  Use sum = departed_;
  // Parents were asked before their children: a child that was waited for in between is missed now
  // and counted next time.
  for (const auto& [pid, member] : members) {
    sum.cpu_microseconds += member.cpu_microseconds;
    sum.io.read_bytes += member.io.read_bytes;
    sum.io.written_bytes += member.io.written_bytes;
    sum.memory_bytes += member.memory_bytes;
  }
  sum.processes = static_cast<std::uint32_t>(members.size());
  return sum;
}

ObservedTree::Use ObservedTree::look() {
  auto now = read();
  if (!now) {
    members_.clear();
    last_.memory_bytes = last_.processes = 0;
    return last_;
  }
  keep_departed(*now);
  members_ = std::move(*now);
  Use use = total(members_);
  const auto since = [](std::int64_t last, std::int64_t sum, std::int64_t before) {
    return std::max(last, sum - before);
  };
  use.cpu_microseconds =
      since(last_.cpu_microseconds, use.cpu_microseconds, before_.cpu_microseconds);
  use.io.read_bytes = since(last_.io.read_bytes, use.io.read_bytes, before_.io.read_bytes);
  use.io.written_bytes =
      since(last_.io.written_bytes, use.io.written_bytes, before_.io.written_bytes);
  last_ = use;
  return use;
}

std::optional<Observation> ObservedTree::take_change(BootTime at) {
  std::vector<std::int32_t> members;
  for (const auto& [pid, member] : members_) {
    members.push_back(pid);
  }
  if (members == told_) {
    return std::nullopt;
  }
  told_ = members;
  return Observation{
      .at = at, .within = within_, .ancestry = ancestry_, .members = std::move(members)};
}

}  // namespace wattle::energy
