// What a finished network says and leaves behind: lines of metrics, the summary, model.json.
//
// Units:    in the JSON keys. Threads: pure functions. Lifetime: borrows what it reports.
// Errors:   none; writing is the caller's.
#pragma once

#include <string>
#include <vector>

#include "data.h"
#include "learner.h"
#include "loop.h"
#include "options.h"

namespace wattle::networks {

/// {"step":1,"progress":0.01,"train_loss":1.9,"validation_loss":2.0,...}: `step` is the epoch.
std::string epoch_line(const NetworkOptions& options, const NetworkData& data,
                       const std::vector<Epoch>& history);

struct Finished {
  const NetworkOptions& options;
  const NetworkData& data;
  const std::vector<Epoch>& history;
  const Architecture& architecture;
  const Arithmetic& arithmetic;
  std::int64_t parameters = 0;
  std::int64_t resumed_from_step = 0;   // 0: not resumed
  std::vector<float> test_predictions;  // probabilities per row and class, or numbers
  std::string torchscript_sha256;
  std::string onnx_sha256;
};

/// Metrics of the test part as one more line of the metrics file.
std::string final_line(const Finished& finished);
/// One JSON object: metrics, epochs, where the model is.
std::string summary(const Finished& finished);
/// model.json: all that is needed to use the model on a row of the same columns.
std::string describe_model(const Finished& finished);
/// What stands inside of the models: classes, columns and shape, as JSON.
std::string describe_input(const NetworkOptions& options, const NetworkData& data);

}  // namespace wattle::networks
