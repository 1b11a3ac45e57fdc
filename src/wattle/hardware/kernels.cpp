#include "wattle/hardware/kernels.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <numeric>
#include <vector>

namespace wattle::hardware {
namespace {

using Float4 [[gnu::vector_size(16)]] = float;
using Float8 [[gnu::vector_size(32)]] = float;
using Float16 [[gnu::vector_size(64)]] = float;
using Double2 [[gnu::vector_size(16)]] = double;
using Double4 [[gnu::vector_size(32)]] = double;
using Double8 [[gnu::vector_size(64)]] = double;

// Enough independent chains to fill two multiply-add units of a latency of five, and few enough for
// the sixteen registers of AVX2 (with factor and addend).
constexpr int kChains = 12;
constexpr std::int64_t kStepsPerRound = 256;

/// Chains of x = x f + a, which tends to a/(1-f): finite for ever. Written out because a loop over
/// an array would be kept in memory.
template <typename Vector, typename Scalar>
[[gnu::always_inline]] inline double run_chains(std::int64_t rounds, Scalar f, Scalar a) {
  constexpr std::size_t kLanes = sizeof(Vector) / sizeof(Scalar);
  Vector x0 = Vector{} + a, x1 = x0 + a, x2 = x1 + a, x3 = x2 + a, x4 = x3 + a, x5 = x4 + a;
  Vector x6 = x5 + a, x7 = x6 + a, x8 = x7 + a, x9 = x8 + a, x10 = x9 + a, x11 = x10 + a;
  const Vector factor = Vector{} + f;
  const Vector addend = Vector{} + a;
  for (std::int64_t step = 0; step < rounds * kStepsPerRound; ++step) {
    x0 = x0 * factor + addend;
    x1 = x1 * factor + addend;
    x2 = x2 * factor + addend;
    x3 = x3 * factor + addend;
    x4 = x4 * factor + addend;
    x5 = x5 * factor + addend;
    x6 = x6 * factor + addend;
    x7 = x7 * factor + addend;
    x8 = x8 * factor + addend;
    x9 = x9 * factor + addend;
    x10 = x10 * factor + addend;
    x11 = x11 * factor + addend;
  }
  const Vector total = x0 + x1 + x2 + x3 + x4 + x5 + x6 + x7 + x8 + x9 + x10 + x11;
  std::array<Scalar, kLanes> lanes{};
  std::memcpy(lanes.data(), &total, sizeof(total));
  return static_cast<double>(std::accumulate(lanes.begin(), lanes.end(), Scalar{}));
}

template <typename Scalar>
using ChainFunction = double (*)(std::int64_t rounds, Scalar factor, Scalar addend);

double scalar_fp32(std::int64_t rounds, float f, float a) {
  return run_chains<float, float>(rounds, f, a);
}
double scalar_fp64(std::int64_t rounds, double f, double a) {
  return run_chains<double, double>(rounds, f, a);
}
double baseline_fp32(std::int64_t rounds, float f, float a) {
  return run_chains<Float4, float>(rounds, f, a);
}
double baseline_fp64(std::int64_t rounds, double f, double a) {
  return run_chains<Double2, double>(rounds, f, a);
}
#if defined(__x86_64__)
[[gnu::target("fma")]] double fused_scalar_fp32(std::int64_t rounds, float f, float a) {
  return run_chains<float, float>(rounds, f, a);
}
[[gnu::target("fma")]] double fused_scalar_fp64(std::int64_t rounds, double f, double a) {
  return run_chains<double, double>(rounds, f, a);
}
[[gnu::target("avx2,fma")]] double avx2_fp32(std::int64_t rounds, float f, float a) {
  return run_chains<Float8, float>(rounds, f, a);
}
[[gnu::target("avx2,fma")]] double avx2_fp64(std::int64_t rounds, double f, double a) {
  return run_chains<Double4, double>(rounds, f, a);
}
[[gnu::target("avx512f")]] double avx512_fp32(std::int64_t rounds, float f, float a) {
  return run_chains<Float16, float>(rounds, f, a);
}
[[gnu::target("avx512f")]] double avx512_fp64(std::int64_t rounds, double f, double a) {
  return run_chains<Double8, double>(rounds, f, a);
}
#endif

/// The level that both the caller and the CPU itself allow: a description may be of another host.
VectorLevel usable(VectorLevel level) {
#if defined(__x86_64__)
  if (level >= VectorLevel::kAvx512 && __builtin_cpu_supports("avx512f") != 0) {
    return VectorLevel::kAvx512;
  }
  if (level >= VectorLevel::kAvx2 && __builtin_cpu_supports("avx2") != 0 &&
      __builtin_cpu_supports("fma") != 0) {
    return VectorLevel::kAvx2;
  }
#else
  static_cast<void>(level);
#endif
  return VectorLevel::kBaseline;
}

template <typename Scalar>
struct ChainChoice {
  ChainFunction<Scalar> function;
  int lanes;
};

ChainChoice<float> choose_fp32(VectorLevel level, bool vector) {
#if defined(__x86_64__)
  if (usable(level) == VectorLevel::kAvx512 && vector) {
    return {avx512_fp32, 16};
  }
  if (usable(level) >= VectorLevel::kAvx2) {
    return vector ? ChainChoice<float>{avx2_fp32, 8} : ChainChoice<float>{fused_scalar_fp32, 1};
  }
#endif
  static_cast<void>(level);
  return vector ? ChainChoice<float>{baseline_fp32, 4} : ChainChoice<float>{scalar_fp32, 1};
}

ChainChoice<double> choose_fp64(VectorLevel level, bool vector) {
#if defined(__x86_64__)
  if (usable(level) == VectorLevel::kAvx512 && vector) {
    return {avx512_fp64, 8};
  }
  if (usable(level) >= VectorLevel::kAvx2) {
    return vector ? ChainChoice<double>{avx2_fp64, 4} : ChainChoice<double>{fused_scalar_fp64, 1};
  }
#endif
  static_cast<void>(level);
  return vector ? ChainChoice<double>{baseline_fp64, 2} : ChainChoice<double>{scalar_fp64, 1};
}

template <typename Scalar>
class Arithmetic final : public Kernel {
 public:
  explicit Arithmetic(ChainChoice<Scalar> choice) : choice_(choice) {}
  double work_per_round() const override {
    constexpr int kOperationsPerFusedStep = 2;
    return static_cast<double>(kStepsPerRound * kChains * kOperationsPerFusedStep) * choice_.lanes;
  }
  void run(std::int64_t rounds) override {
    checksum_ += choice_.function(rounds, factor_, addend_);
  }
  double checksum() const override { return checksum_; }

 private:
  ChainChoice<Scalar> choice_;
  Scalar factor_ = static_cast<Scalar>(0.999);
  Scalar addend_ = static_cast<Scalar>(0.001);
  double checksum_ = 0;
};

/// a = b + s c over arrays that no cache holds, a piece per round.
class Triad final : public Kernel {
 public:
  explicit Triad(Bytes working_set)
      : length_(std::max(kPiece, static_cast<std::size_t>(working_set.value()) /
                                     (kArrays * sizeof(double)) / kPiece * kPiece)),
        a_(length_, 0.0),
        b_(length_, 1.0),
        c_(length_, 0.5) {}
  double work_per_round() const override { return kPiece * kArrays * sizeof(double); }
  void run(std::int64_t rounds) override {
    for (std::int64_t round = 0; round < rounds; ++round) {
      run_piece();
      position_ = position_ + kPiece < length_ ? position_ + kPiece : 0;
    }
  }
  double checksum() const override { return a_.front() + a_.back(); }

 private:
  using Lanes [[gnu::vector_size(32), gnu::aligned(8), gnu::may_alias]] = double;
  static constexpr std::size_t kArrays = 3;
  static constexpr std::size_t kPiece = 4096;
  static constexpr double kScale = 3.0;

  void run_piece() {
    auto* a = reinterpret_cast<Lanes*>(a_.data() + position_);
    const auto* b = reinterpret_cast<const Lanes*>(b_.data() + position_);
    const auto* c = reinterpret_cast<const Lanes*>(c_.data() + position_);
    for (std::size_t i = 0; i < kPiece / (sizeof(Lanes) / sizeof(double)); ++i) {
      a[i] = b[i] + kScale * c[i];
    }
  }

  std::size_t length_;
  std::size_t position_ = 0;
  std::vector<double> a_;
  std::vector<double> b_;
  std::vector<double> c_;
};

/// A cheap stream of numbers that a prefetcher cannot follow (Knuth's MMIX constants).
class Scatter {
 public:
  std::uint64_t next() {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return state_ >> 20U;
  }

 private:
  std::uint64_t state_ = 1;
};

/// Adds a gradient pair to one bin per feature, for rows in the scattered order of a tree's node.
class Histogram final : public Kernel {
 public:
  Histogram() : bins_(kRows * kFeatures), rows_(kRows), pairs_(kRows), sums_(kFeatures * kBins) {
    Scatter scatter;
    for (auto& bin : bins_) {
      bin = static_cast<std::uint8_t>(scatter.next());
    }
    for (std::size_t row = 0; row < kRows; ++row) {
      rows_[row] = static_cast<std::uint32_t>(scatter.next() % kRows);
      pairs_[row] = {static_cast<float>(row % 7) - 3.0F, 0.25F};
    }
  }
  double work_per_round() const override { return kRowsPerRound * kFeatures; }
  void run(std::int64_t rounds) override {
    for (std::int64_t row = 0; row < rounds * static_cast<std::int64_t>(kRowsPerRound); ++row) {
      add_row(rows_[position_]);
      position_ = (position_ + 1) % kRows;
    }
  }
  double checksum() const override { return sums_.front().gradient + sums_.back().hessian; }

 private:
  static constexpr std::size_t kRows = 1 << 15;
  static constexpr std::size_t kFeatures = 16;
  static constexpr std::size_t kBins = 256;
  static constexpr std::size_t kRowsPerRound = 256;
  struct Pair {
    float gradient;
    float hessian;
  };
  struct Sum {
    double gradient = 0;
    double hessian = 0;
  };

  void add_row(std::size_t row) {
    const Pair pair = pairs_[row];
    const std::uint8_t* bins = bins_.data() + row * kFeatures;
    for (std::size_t feature = 0; feature < kFeatures; ++feature) {
      Sum& sum = sums_[feature * kBins + bins[feature]];
      sum.gradient += static_cast<double>(pair.gradient);
      sum.hessian += static_cast<double>(pair.hessian);
    }
  }

  std::size_t position_ = 0;
  std::vector<std::uint8_t> bins_;
  std::vector<std::uint32_t> rows_;
  std::vector<Pair> pairs_;
  std::vector<Sum> sums_;
};

enum class Order { kIndependent, kDependent };

/// Loads from random places; kDependent waits for each value before it knows the next place. A
/// template, because a choice in the loop would make every place wait for the sum.
template <Order kOrder>
class RandomLoads final : public Kernel {
 public:
  explicit RandomLoads(Bytes working_set)
      : table_(std::bit_floor(std::max<std::size_t>(
            1024, static_cast<std::size_t>(working_set.value()) / sizeof(std::uint32_t)))) {
    std::iota(table_.begin(), table_.end(), 7U);
  }
  double work_per_round() const override { return kLoadsPerRound; }
  void run(std::int64_t rounds) override {
    const std::size_t mask = table_.size() - 1;
    std::uint64_t sum = sum_;
    for (std::int64_t load = 0; load < rounds * kLoadsPerRound; ++load) {
      std::uint64_t place = scatter_.next();
      if constexpr (kOrder == Order::kDependent) {
        place += sum;
      }
      sum += table_[place & mask];
    }
    sum_ = sum;
  }
  double checksum() const override { return static_cast<double>(sum_); }

 private:
  static constexpr std::int64_t kLoadsPerRound = 512;
  std::vector<std::uint32_t> table_;
  Scatter scatter_;
  std::uint64_t sum_ = 0;
};

constexpr std::array<std::string_view, kRates.size()> kNames = {
    "scalar_fp32_flops_per_second", "vector_fp32_flops_per_second",  "scalar_fp64_flops_per_second",
    "vector_fp64_flops_per_second", "memory_bytes_per_second",       "histogram_updates_per_second",
    "gather_loads_per_second",      "random_access_loads_per_second"};

}  // namespace

std::string_view to_string(Rate rate) {
  return kNames[static_cast<std::size_t>(rate)];
}

std::optional<Rate> rate_from(std::string_view name) {
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  return found == kNames.end()
             ? std::nullopt
             : std::optional(kRates[static_cast<std::size_t>(found - kNames.begin())]);
}

std::string_view instruction_set(VectorLevel level) {
  switch (usable(level)) {
    case VectorLevel::kAvx512:
      return "avx512f";
    case VectorLevel::kAvx2:
      return "avx2+fma";
    default:
      return "baseline";
  }
}

std::unique_ptr<Kernel> make_kernel(Rate rate, const KernelOptions& options) {
  switch (rate) {
    case Rate::kScalarFp32:
      return std::make_unique<Arithmetic<float>>(choose_fp32(options.level, false));
    case Rate::kVectorFp32:
      return std::make_unique<Arithmetic<float>>(choose_fp32(options.level, true));
    case Rate::kScalarFp64:
      return std::make_unique<Arithmetic<double>>(choose_fp64(options.level, false));
    case Rate::kVectorFp64:
      return std::make_unique<Arithmetic<double>>(choose_fp64(options.level, true));
    case Rate::kMemoryBandwidth:
      return std::make_unique<Triad>(options.working_set);
    case Rate::kHistogram:
      return std::make_unique<Histogram>();
    case Rate::kGather:
      return std::make_unique<RandomLoads<Order::kIndependent>>(options.working_set);
    case Rate::kRandomAccess:
      break;
  }
  return std::make_unique<RandomLoads<Order::kDependent>>(options.working_set);
}

}  // namespace wattle::hardware
