// Gradient-boosted trees by XGBoost's C API, with its handles owned and its errors as Results.
//
// Units:    losses as XGBoost defines them: log loss in nats, RMSE in the target's unit.
// Errors:   kInternal with XGBoost's own words: what the user can get wrong is checked before.
// Threads:  one thread per object; XGBoost uses the threads that the settings name.
// Lifetime: a Booster borrows the Datasets it was made with; they must outlive it.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wattle/base/result.h"
#include "wattle/training/encoding.h"

namespace wattle::trainer {

/// Features and labels in XGBoost's memory.
class Dataset {
 public:
  static Result<Dataset> create(const training::Matrix& matrix, std::span<const float> labels,
                                int threads);

  std::size_t rows() const { return rows_; }
  void* handle() const { return handle_.get(); }

 private:
  struct Free {
    void operator()(void* handle) const;
  };
  Dataset(void* handle, std::size_t rows) : handle_(handle), rows_(rows) {}

  std::unique_ptr<void, Free> handle_;
  std::size_t rows_;
};

struct Losses {
  double train = 0;
  double validation = 0;  // 0 without a validation part

  friend bool operator==(const Losses&, const Losses&) = default;
};

/// XGBoost's parameters by name.
using BoosterSettings = std::vector<std::pair<std::string, std::string>>;

class Booster {
 public:
  /// `validation` may be null. Both stay in use until the Booster ends.
  static Result<Booster> create(const BoosterSettings& settings, const Dataset& train,
                                const Dataset* validation);
  /// A booster as state() saved it, on the same data, with `threads` of this host.
  static Result<Booster> restore(std::string_view state, int threads, const Dataset& train,
                                 const Dataset* validation);

  /// Grows the trees of one round. The result is a function of the data, the settings, the trees so
  /// far and `round`, and of nothing else: a restored booster goes on bit for bit.
  Status boost(int round);
  Result<Losses> losses(int round) const;
  /// Everything that restore() needs.
  Result<std::string> state() const;
  /// The first `rounds` rounds as a model file (UBJSON), with feature names inside.
  Result<std::string> model(int rounds, const std::vector<std::string>& feature_names) const;
  /// By the first `rounds` rounds: one number per row, or one per row and class.
  Result<std::vector<float>> predict(const Dataset& data, int rounds) const;

 private:
  struct Free {
    void operator()(void* handle) const;
  };
  Booster(void* handle, const Dataset& train, const Dataset* validation)
      : handle_(handle), train_(&train), validation_(validation) {}
  static Result<Booster> make(const Dataset& train, const Dataset* validation);
  Status set(const std::string& name, const std::string& value);

  std::unique_ptr<void, Free> handle_;
  const Dataset* train_;
  const Dataset* validation_;
};

/// "1.7.4", as the loaded library says.
std::string xgboost_version();

}  // namespace wattle::trainer
