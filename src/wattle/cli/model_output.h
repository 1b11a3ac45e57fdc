// The kept output of a run that is to become a model: one that the run kept as it is, or all that
// it kept below a folder, such as WATTLE_MODEL_DIR.
//
// Units:    none.
// Errors:   kNotFound: the run kept no such output; the message names those that it kept.
//           kInvalidArgument: it kept several and none was named. kFailedPrecondition: the folder
//           is not any more what the run left. Else as the store.
// Threads:  as the house. Lifetime: value types.
#pragma once

#include <optional>
#include <string>

#include "wattle/job/job_house.h"

namespace wattle::cli {

struct ModelContent {
  std::string output;  // its name
  std::string digest;
  std::string lease;  // of a folder that was stored for this; "": the run references it
};

/// `output` nullopt: the only one, or `model` when all lie in WATTLE_MODEL_DIR.
Result<ModelContent> model_content(job::JobHouse& house, const store::Home& home,
                                   const std::string& run,
                                   const std::optional<std::string>& output);

}  // namespace wattle::cli
