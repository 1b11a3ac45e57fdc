// What every trainer says of a finished training: metrics of the test part, rows, predictions.
//
// Units:    in the JSON keys. Threads: pure functions. Lifetime: value types.
// Errors:   none; writing is the caller's.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "prepare.h"
#include <nlohmann/json_fwd.hpp>

namespace wattle::training {

/// On one line, or indented. File names and column names are bytes, JSON wants UTF-8: what is not
/// becomes a replacement character.
std::string dump(const nlohmann::ordered_json& json, int indent = -1);

/// What was read and how it is divided, for people. `cells` names a row's content: "64 features".
std::string describe_rows(const PreparedData& data, std::string_view cells,
                          const DataOptions& options);

/// The test part beside its predictions: probabilities per row and class, or numbers.
struct Tested {
  const PreparedData& data;
  std::span<const float> predictions;
};

/// Empty without test rows.
nlohmann::ordered_json test_metrics(const Tested& tested);
nlohmann::ordered_json rows_of(const PreparedData& data);
nlohmann::ordered_json columns_of(const Encoding& encoding);
/// CSV: row (the first row after the header is 1), actual, predicted, and a class's probability.
std::string predictions_csv(const Tested& tested);
/// "test accuracy 97.2 % (80 % interval 96.0 to 98.1 %)": for people.
std::string headline(const Tested& tested);

}  // namespace wattle::training
