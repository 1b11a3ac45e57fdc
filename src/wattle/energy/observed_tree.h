// A process that runs already, and everything below it, counted from outside: what it has used
// since the counting began. It is nobody's to signal, limit or end: this only reads.
//
// What a process has used stands in /proc with the children that it has waited for, so the sum over
// the living counts everything once. A descendant that is handed to another parent has left: what
// it had used stays counted, what it uses from then on does not. Once the observed process has
// ended nothing more is counted, whatever it leaves behind.
//
// Units:    microseconds of CPU time in steps of a clock tick, bytes.
// Errors:   open(): kNotFound: no such process, or another one has its number now;
//           kPermissionDenied: it is another user's.
// Threads:  one thread. Lifetime: value type.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include "wattle/base/result.h"
#include "wattle/energy/process_group_tree.h"
#include "wattle/energy/records.h"

namespace wattle::energy {

/// "1234:567890", a pid and its start in ticks since boot, or "1234".
std::optional<ProcessIdentity> parse_identity(std::string_view text);
std::string to_text(const ProcessIdentity& process);

/// Is it there, ours to read, and the one that is meant? With its start, where that was not given.
Result<ProcessIdentity> find_process(const ProcessIdentity& process);

class ObservedTree {
 public:
  struct Use {
    std::int64_t cpu_microseconds = 0;  // since open(); never less than the last time
    ProcessIo io;                       // likewise
    std::int64_t memory_bytes = 0;      // now
    std::uint32_t processes = 0;        // now

    bool operator==(const Use&) const = default;
  };

  /// What was used before this is never counted.
  static Result<ObservedTree> open(const ProcessIdentity& process);

  Use look();
  /// Which processes those are; nullopt when they are the same as the last time.
  std::optional<Observation> take_change(BootTime at);

 private:
  struct Member {
    std::int64_t start_ticks = 0;
    std::int64_t cpu_microseconds = 0;
    ProcessIo io;
    std::int64_t memory_bytes = 0;
  };
  using Members = std::map<pid_t, Member>;

  explicit ObservedTree(const ProcessIdentity& root) : root_(root) {}
  std::vector<pid_t> tree();
  std::vector<pid_t> tree_with_missed();
  bool is_below_root(pid_t pid) const;
  std::vector<pid_t> measuring_branch() const;
  std::optional<Members> read();
  void keep_departed(const Members& now);
  Use total(const Members& members) const;

  ProcessIdentity root_;
  std::string within_;
  std::vector<ProcessIdentity> ancestry_;
  Members members_;  // at the last look
  Use departed_;     // of those that went to another parent
  Use before_;       // at open()
  Use last_;
  std::vector<std::int32_t> told_;
};

}  // namespace wattle::energy
