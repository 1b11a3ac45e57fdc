// Use that is recorded twice: attempts that watch processes from outside (`wattle measure --pid`)
// count what is also counted for the attempt that these processes belong to, and for others that
// watch them too. Here each use is given to one of them.
//
// In the books of the host it is the attempt that the processes belong to, else whoever has watched
// longest. In the statement of one run, the viewpoint, it is that run; the others have the rest.
//
// Units:    any kind of use: CPU time, time of a GPU. Errors: none.
// Threads:  pure functions. Lifetime: borrows the traces.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "wattle/base/time.h"
#include "wattle/ledger/trace.h"

namespace wattle::ledger {

class Observers {
 public:
  /// `viewpoint`: a run, or "" for the books of the host.
  Observers(std::span<const GroupTrace> groups, std::string_view viewpoint);

  /// `uses` has one for each group, as each recorded it for [from, to]. Afterwards nothing is in
  /// two of them.
  void separate(std::span<double> uses, BootTime from, BootTime to) const;

  /// The groups that watch a process within [from, to], each with the part of that time in which it
  /// did.
  struct Watching {
    std::size_t group = 0;
    double part = 0;
  };
  std::vector<Watching> watching(std::int32_t pid, BootTime from, BootTime to) const;

 private:
  struct Observer {
    std::size_t group = 0;
    std::vector<std::size_t> containers;  // groups in whose use its own is as well
  };

  std::span<const GroupTrace> groups_;
  std::string_view viewpoint_;
  std::vector<Observer> observers_;
};

}  // namespace wattle::ledger
