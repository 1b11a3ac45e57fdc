// What was asked of a run, durable before anything starts: spec.json in the folder of the run.
//
// Units:    UtcTime; figures of the prediction as messages. Errors: reading returns kParse with the
// path. Threads:  value type. Lifetime: value type. Secrets are names only: their values are
// resolved when an attempt starts, and never stored.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/result.h"
#include "wattle/base/time.h"
#include "wattle/messages/receipt.h"
#include "wattle/spec/job_spec.h"

namespace wattle::job {

struct RunRecord {
  std::string id;
  std::string kind = "run";  // "run", or "measure": output untouched, nothing reserved
  std::string actor;         // who asked: the user's name
  UtcTime created;
  std::string folder;  // working folder, absolute
  spec::JobSpec job;
  std::map<std::string, std::string> environment;  // provenance: interpreter, packages, git, host
  std::vector<messages::FileFacts> inputs;         // with digests
  std::optional<messages::PredictionFacts> prediction;
  std::optional<messages::ObservedFacts> observed;  // what is measured, beside what is executed

  /// The words that are executed: the list as given, or `sh -c TEXT`.
  std::vector<std::string> argv() const;
};

std::string to_json(const RunRecord& record);
Result<RunRecord> parse_run_record(std::string_view text);

}  // namespace wattle::job
