#include <algorithm>
#include <array>
#include <optional>

#include "wattle/base/text.h"
#include "wattle/hardware/doctor.h"

namespace wattle::hardware {
namespace {

/// A value of a setting, and the vector instructions that it confines a library to.
struct SettingValue {
  std::string_view variable;
  std::string_view value;  // lower case
  VectorLevel level;
};

using Level = VectorLevel;

/// OpenBLAS: names of driver/others/dynamic.c. oneMKL and oneDNN: their documents on instruction
/// set dispatch. MKL_DEBUG_CPU_TYPE: undocumented, known from use. ATen: c10 CPUCapability.
constexpr std::array<SettingValue, 36> kValues = {{
    {"OPENBLAS_CORETYPE", "prescott", Level::kBaseline},
    {"OPENBLAS_CORETYPE", "core2", Level::kBaseline},
    {"OPENBLAS_CORETYPE", "penryn", Level::kBaseline},
    {"OPENBLAS_CORETYPE", "dunnington", Level::kBaseline},
    {"OPENBLAS_CORETYPE", "nehalem", Level::kBaseline},
    {"OPENBLAS_CORETYPE", "atom", Level::kBaseline},
    {"OPENBLAS_CORETYPE", "barcelona", Level::kBaseline},
    {"OPENBLAS_CORETYPE", "sandybridge", Level::kAvx},
    {"OPENBLAS_CORETYPE", "bulldozer", Level::kAvx},
    {"OPENBLAS_CORETYPE", "piledriver", Level::kAvx},
    {"OPENBLAS_CORETYPE", "steamroller", Level::kAvx},
    {"OPENBLAS_CORETYPE", "excavator", Level::kAvx2},
    {"OPENBLAS_CORETYPE", "haswell", Level::kAvx2},
    {"OPENBLAS_CORETYPE", "zen", Level::kAvx2},
    {"OPENBLAS_CORETYPE", "skylakex", Level::kAvx512},
    {"OPENBLAS_CORETYPE", "cooperlake", Level::kAvx512Bf16},
    {"OPENBLAS_CORETYPE", "sapphirerapids", Level::kAmx},
    {"MKL_DEBUG_CPU_TYPE", "3", Level::kBaseline},
    {"MKL_DEBUG_CPU_TYPE", "4", Level::kAvx},
    {"MKL_DEBUG_CPU_TYPE", "5", Level::kAvx2},
    {"MKL_ENABLE_INSTRUCTIONS", "sse4_2", Level::kBaseline},
    {"MKL_ENABLE_INSTRUCTIONS", "avx", Level::kAvx},
    {"MKL_ENABLE_INSTRUCTIONS", "avx2", Level::kAvx2},
    {"MKL_ENABLE_INSTRUCTIONS", "avx512", Level::kAvx512},
    {"MKL_ENABLE_INSTRUCTIONS", "avx512_e3", Level::kAvx512Bf16},
    {"MKL_ENABLE_INSTRUCTIONS", "avx512_e4", Level::kAmx},
    {"ONEDNN_MAX_CPU_ISA", "sse41", Level::kBaseline},
    {"ONEDNN_MAX_CPU_ISA", "avx", Level::kAvx},
    {"ONEDNN_MAX_CPU_ISA", "avx2", Level::kAvx2},
    {"ONEDNN_MAX_CPU_ISA", "avx512_core", Level::kAvx512},
    {"ONEDNN_MAX_CPU_ISA", "avx512_core_bf16", Level::kAvx512Bf16},
    {"ONEDNN_MAX_CPU_ISA", "avx512_core_amx", Level::kAmx},
    {"DNNL_MAX_CPU_ISA", "avx2", Level::kAvx2},
    {"DNNL_MAX_CPU_ISA", "avx512_core", Level::kAvx512},
    {"DNNL_MAX_CPU_ISA", "avx512_core_bf16", Level::kAvx512Bf16},
    {"ATEN_CPU_CAPABILITY", "default", Level::kBaseline},
}};

/// AMX has no kernels of 32-bit numbers: for a BLAS it adds nothing to the level below it.
Level worth(Level level) {
  return std::min(level, Level::kAvx512Bf16);
}

/// Whether a value above the CPU makes the library use what the CPU lacks. The others take the
/// value as an upper bound.
bool forces_kernels(std::string_view variable) {
  return variable == "OPENBLAS_CORETYPE" || variable == "MKL_DEBUG_CPU_TYPE";
}

Finding slower(const SettingValue& row, const std::string& value, Level cpu) {
  return {Severity::kWarning,
          "numeric.kernels-too-old",
          concat(row.variable, "=", value, " keeps this CPU below what it can do"),
          concat("The setting confines the library to ", to_string(row.level),
                 ", and this CPU has ", to_string(cpu),
                 ". OPENBLAS_CORETYPE=Haswell on a CPU with AVX-512 made matrix products 1.8 times "
                 "slower, at about the same power."),
          "unset it: the library then chooses by the CPU itself",
          concat("unset ", row.variable)};
}

Finding too_new(const SettingValue& row, const std::string& value, Level cpu) {
  return {Severity::kProblem,
          "numeric.kernels-too-new",
          concat(row.variable, "=", value, " asks for instructions that this CPU lacks"),
          concat("The setting forces ", to_string(row.level), ", and this CPU has ", to_string(cpu),
                 ": programs will end with an illegal instruction."),
          "unset it: the library then chooses by the CPU itself",
          concat("unset ", row.variable)};
}

Finding unknown_value(std::string_view variable, const std::string& value) {
  return {Severity::kNote,
          "numeric.kernels-pinned",
          concat(variable, "=", value, " overrides what a numeric library finds out by itself"),
          "What it asks for is not known here, so it was not compared with this CPU.",
          "unset it unless you measured that it helps on this very host",
          concat("unset ", variable)};
}

std::optional<Finding> judge(std::string_view variable, const std::string& value,
                             const HostDescription& host) {
  const std::string lower = to_lower(value);
  const auto row = std::find_if(kValues.begin(), kValues.end(), [&](const SettingValue& candidate) {
    return candidate.variable == variable && candidate.value == lower;
  });
  const bool x86 = host.architecture == "x86_64";
  if (row == kValues.end() || !x86) {
    return unknown_value(variable, value);
  }
  const Level cpu = host.cpu.vector_level();
  if (worth(row->level) < worth(cpu)) {
    return slower(*row, value, cpu);
  }
  if (worth(row->level) > worth(cpu) && forces_kernels(variable)) {
    return too_new(*row, value, cpu);
  }
  return std::nullopt;
}

std::vector<Finding> check_settings(const DoctorFacts& facts) {
  constexpr std::array<std::string_view, 8> kVariables = {
      "OPENBLAS_CORETYPE",  "OPENBLAS_L2_SIZE", "MKL_DEBUG_CPU_TYPE",  "MKL_ENABLE_INSTRUCTIONS",
      "ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA", "ATEN_CPU_CAPABILITY", "NVPL_BLAS_DEBUG_CPU_TYPE"};
  std::vector<Finding> findings;
  for (const auto variable : kVariables) {
    const auto set = facts.environment.find(variable);
    // ATen's values above "default" are upper bounds that it chooses itself on most CPUs.
    if (set == facts.environment.end() || set->second.empty() ||
        (variable == "ATEN_CPU_CAPABILITY" && to_lower(set->second) != "default")) {
      continue;
    }
    if (auto finding = judge(variable, set->second, facts.host)) {
      findings.push_back(std::move(*finding));
    }
  }
  if (findings.empty()) {
    findings.push_back({Severity::kOk, "numeric.settings",
                        "no setting keeps numeric libraries from this CPU's instructions", "", "",
                        ""});
  }
  return findings;
}

/// Netlib's implementation stands in a folder named "blas" (Debian) or in the library folder
/// itself; the others have folders or file names of their own.
bool is_reference_blas(std::string_view library) {
  const auto slash = library.rfind('/');
  if (slash == std::string_view::npos || !library.substr(slash + 1).starts_with("libblas.so")) {
    return false;
  }
  const auto folder = library.substr(0, slash);
  const auto name = folder.substr(folder.rfind('/') + 1);
  return name == "blas" || name == "lib" || name == "lib64" || name.ends_with("-linux-gnu");
}

std::vector<Finding> check_blas(const DoctorFacts& facts) {
  const auto& library = facts.blas_library;
  if (library.empty()) {
    return {};
  }
  if (!is_reference_blas(library)) {
    return {{Severity::kOk, "numeric.blas", "an optimised BLAS is installed", library, "", ""}};
  }
  return {{Severity::kWarning, "numeric.reference-blas",
           "linear algebra runs on the reference BLAS",
           "libblas.so.3 leads to " + library +
               ". Matrix products were 28 to 52 times slower with it than with OpenBLAS, and took "
               "as much more energy. Python wheels that bring their own BLAS are not concerned.",
           "install OpenBLAS; on Debian it becomes the default by itself (`update-alternatives "
           "--display libblas.so.3-x86_64-linux-gnu` shows it)",
           "sudo apt-get install libopenblas0-pthread"}};
}

}  // namespace

std::vector<Finding> check_numeric_libraries(const DoctorFacts& facts) {
  auto findings = check_blas(facts);
  for (auto& finding : check_settings(facts)) {
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace wattle::hardware
