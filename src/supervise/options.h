// What the supervisor was asked to do: its command line.
//
// Units:    Seconds, Bytes, CPUs. Errors: kInvalidArgument names the option and what it takes.
// Threads:  value types. Lifetime: value types.
// See:      docs/reference/supervisor-protocol.md
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "wattle/base/limits.h"
#include "wattle/base/result.h"
#include "wattle/base/units.h"
#include "wattle/energy/meter_client.h"
#include "wattle/energy/process_group.h"

namespace wattle::supervise {

/// Of the command line, of the signals and of the documents together. Version 1 is a part of it: a
/// starter that speaks it is answered in it.
inline constexpr std::int64_t kProtocol = 2;
inline constexpr std::int64_t kOldestProtocol = 1;

enum class Stdio {
  kCapture,  // both streams into output.log; input is empty; a session of its own
  kInherit,  // the caller's streams, terminal and session
};

/// How the job is asked for a checkpoint, and how often.
struct CheckpointOptions {
  std::string request = "none";  // name of a signal, "file" or "none"
  Seconds timeout{120};
  Seconds interval{0};  // 0: Young's
  Seconds mean_time_between_interruptions{86'400};
  std::string folder;  // "": confirmations are not looked for

  bool can_ask() const { return request != "none"; }
  /// The signal that asks; 0: only the file does.
  int signal() const;
  /// Such a request asks for the end as well: it is made to interrupt, and never at intervals.
  bool asks_for_the_end() const;
};

struct Options {
  std::int64_t protocol = kProtocol;  // what the starter speaks
  std::string folder;
  std::string run;
  std::uint32_t attempt = 0;
  std::string project = "default";
  double cpus = 0;  // 0: no limit
  bool reserve = false;
  Bytes memory{0};        // 0: no limit
  Seconds time_limit{0};  // 0: no limit
  Seconds grace{10};
  Bytes output_limit{limits::kJobOutputBytes};
  Stdio stdio = Stdio::kCapture;
  energy::Accounting accounting = energy::Accounting::kAuto;
  energy::MeterClient::Options meter;
  Seconds period{1};
  CheckpointOptions checkpoint;
  std::vector<std::string> redact;                  // names of variables
  std::optional<energy::ProcessIdentity> observed;  // counted with the job, and left alone
  std::vector<std::string> command;

  /// What WATTLE_ATTEMPT holds.
  std::string owner() const { return run + "/" + std::to_string(attempt); }
};

/// `words` is the command line without the program's own name.
Result<Options> parse_options(std::span<const std::string> words);

}  // namespace wattle::supervise
