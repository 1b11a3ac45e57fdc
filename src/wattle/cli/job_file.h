// Reading the user's wattle.yaml for the commands that take one.
//
// Units:    none. Errors: as spec/document.h; every problem of the file is in the reading.
// Threads:  one thread. Lifetime: values.
#pragma once

#include <string>
#include <vector>

#include "wattle/base/result.h"
#include "wattle/cli/context.h"
#include "wattle/spec/job_spec.h"

namespace wattle::cli {

/// Whether the files and folders that a job names must be here: to run it, not to check how it is
/// written.
enum class NamedFiles { kMustExist, kMayBeMissing };

/// A folder means the wattle.yaml in it.
std::string job_path(const std::string& file);
Result<spec::JobReading> read_job_file(Context& context, const std::string& file,
                                       const std::vector<std::string>& overrides,
                                       NamedFiles named_files);
/// A job made of bare words, called after the program: `wattle run -- python train.py` is "python".
spec::JobSpec job_of_command(const std::vector<std::string>& command,
                             const std::optional<std::string>& name);

/// --name: a name that a job may have. The error says how to write it.
Status check_name(const std::optional<std::string>& name);

}  // namespace wattle::cli
