// What the trainer needs from the world: files, clock, environment, and where it speaks.
//
// Units:    none. Threads: one. Lifetime: borrows all that it refers to.
// Errors:   what cannot be printed is dropped: a closed terminal must not end a training.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "wattle/base/file.h"
#include "wattle/base/time.h"
#include "wattle/base/units.h"

namespace wattle::training {

/// The value of an environment variable, if it is set and not empty.
using Environment = std::function<std::optional<std::string>(std::string_view name)>;
Environment process_environment();

/// Narration for people goes to standard error, the result for programs to standard output.
class Voice {
 public:
  Voice(int result_descriptor, int narration_descriptor)
      : result_(result_descriptor), narration_(narration_descriptor) {}

  void say(std::string_view line) const { print(narration_, line); }
  void result(std::string_view line) const { print(result_, line); }

 private:
  static void print(int descriptor, std::string_view line);
  int result_;
  int narration_;
};

struct Surroundings {
  FileSystem& files;
  const Clock& clock;
  const Voice& voice;
  /// CPU time of this process with all its threads.
  std::function<Seconds()> cpu_time;
  Environment environment;
};

Seconds process_cpu_time();

/// Cores that this process may use: its affinity mask, and the quota of its control group (v2).
int granted_cores(FileSystem& files);

}  // namespace wattle::training
