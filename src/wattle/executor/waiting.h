// Waiting for what happens in a folder and to a process, without polling: descriptors that become
// readable.
//
// Units:    Seconds. Errors: kUnavailable: this user's inotify instances or watches are used up;
// kNotFound: no such
//           folder. Threads: one thread per object. Lifetime: closes when it ends.
#pragma once

#include <optional>
#include <span>
#include <string>

#include <sys/types.h>

#include "wattle/base/descriptor.h"
#include "wattle/base/result.h"
#include "wattle/base/units.h"

namespace wattle::executor {

/// Tells that files of one folder were made, renamed or (kContents) written to.
class FolderWatch {
 public:
  enum class Events { kNames, kContents };

  static Result<FolderWatch> open(const std::string& folder, Events events);
  int descriptor() const { return descriptor_.get(); }
  /// Takes the events that are waiting. True when one of them is about a file whose name begins
  /// with `prefix`, or when events were lost.
  bool take(std::string_view prefix);

 private:
  explicit FolderWatch(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}
  Descriptor descriptor_;
};

/// Readable once the process has ended; works for processes of others. Not open when there is no
/// such process.
Descriptor open_process(pid_t pid);

/// Blocks until one of the descriptors is readable, and returns its index; one below zero is never
/// readable. nullopt after `timeout`; none: waits for ever.
std::optional<std::size_t> wait_readable(std::span<const int> descriptors,
                                         std::optional<Seconds> timeout = std::nullopt);

}  // namespace wattle::executor
