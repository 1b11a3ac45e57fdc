// Small pieces of work whose speed says what a CPU can do: arithmetic, memory, histograms, gathers.
//
// Units:    what a rate counts per second is written at Rate. Errors: none; memory that cannot be
// had ends the process, as everywhere. Threads: a Kernel stays on one thread. Lifetime: owns its
// arrays. No library is called: a BLAS would measure the BLAS.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "wattle/base/units.h"
#include "wattle/hardware/cpu_info.h"

namespace wattle::hardware {

enum class Rate {
  kScalarFp32,       // floating-point operations; a fused multiply-add is two
  kVectorFp32,       // likewise, in the widest vectors of this CPU
  kScalarFp64,       //
  kVectorFp64,       //
  kMemoryBandwidth,  // bytes of a[i] = b[i] + s c[i], two read and one written, as STREAM counts
  kHistogram,        // updates of a gradient histogram by 8-bit bins, what tree training does most
  kGather,           // independent loads from random places of an array larger than the caches
  kRandomAccess,     // dependent loads likewise: one over it is the latency of memory
};

inline constexpr std::array<Rate, 8> kRates = {
    Rate::kScalarFp32,      Rate::kVectorFp32, Rate::kScalarFp64, Rate::kVectorFp64,
    Rate::kMemoryBandwidth, Rate::kHistogram,  Rate::kGather,     Rate::kRandomAccess};

/// The key in JSON, with its unit last: "vector_fp32_flops_per_second".
std::string_view to_string(Rate rate);
std::optional<Rate> rate_from(std::string_view name);

class Kernel {
 public:
  virtual ~Kernel() = default;
  /// What the rate counts, in one round. A round takes microseconds.
  virtual double work_per_round() const = 0;
  virtual void run(std::int64_t rounds) = 0;
  /// Depends on everything computed, so that no work can be left out by the compiler.
  virtual double checksum() const = 0;
};

struct KernelOptions {
  VectorLevel level = VectorLevel::kBaseline;  // the widest that may be used
  Bytes working_set{64 << 20};  // of the kernels that measure memory, all arrays together
};

std::unique_ptr<Kernel> make_kernel(Rate rate, const KernelOptions& options);

/// What the vector kernels run with, never more than `level`: "avx512f", "avx2+fma" or "baseline".
std::string_view instruction_set(VectorLevel level);

}  // namespace wattle::hardware
