// A calibrated model as text, so that a host's fit survives the process that made it.
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <string>

#include "wattle/base/text.h"
#include "wattle/energy/cpu_power_model.h"

namespace wattle::energy {
namespace {

constexpr std::string_view kFirstLine = "wattle-cpu-model 1";

/// The shortest decimal that reads back as the same number.
std::string exact(double number) {
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr;
  return {buffer.data(), end};
}

template <std::size_t N>
std::string exact(const std::array<double, N>& numbers) {
  std::string line;
  for (const double number : numbers) {
    line += (line.empty() ? "" : " ") + exact(number);
  }
  return line;
}

using Lines = std::map<std::string_view, std::string_view>;

Error bad(std::string_view key) {
  return {ErrorCode::kParse, concat("stored processor model: key '", key,
                                    "' is missing or damaged; delete it and calibrate again")};
}

Status read(const Lines& lines, std::string_view key, std::span<double> into) {
  const auto line = lines.find(key);
  if (line == lines.end()) {
    return bad(key);
  }
  const auto words = split(line->second, ' ');
  if (words.size() != into.size()) {
    return bad(key);
  }
  for (std::size_t i = 0; i < into.size(); ++i) {
    const auto number = parse_number(words[i]);
    if (!number) {
      return bad(key);
    }
    into[i] = *number;
  }
  return {};
}

Result<std::string> read_text(const Lines& lines, std::string_view key) {
  const auto line = lines.find(key);
  return line == lines.end() || line->second.empty() ? Result<std::string>(bad(key))
                                                     : std::string(line->second);
}

/// Cholesky's decomposition exists, and the matrix is symmetric: it is a covariance.
bool is_covariance(CpuMatrix m) {
  for (std::size_t i = 0; i < kCpuParameters; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      if (std::abs(m[i][j] - m[j][i]) > 1e-9 * std::sqrt(std::abs(m[i][i] * m[j][j]))) {
        return false;
      }
    }
  }
  for (std::size_t k = 0; k < kCpuParameters; ++k) {
    if (!(m[k][k] > 0)) {
      return false;
    }
    for (std::size_t i = k + 1; i < kCpuParameters; ++i) {
      const double factor = m[i][k] / m[k][k];
      for (std::size_t j = k; j < kCpuParameters; ++j) {
        m[i][j] -= factor * m[k][j];
      }
    }
  }
  return true;
}

Result<CpuPowerFit> read_fit(const Lines& lines) {
  CpuPowerFit fit;
  std::array<double, 4> scalars{};
  std::array<double, kCpuParameters * kCpuParameters> covariance{};
  WATTLE_RETURN_IF_ERROR(read(lines, "scale_watts", std::span(scalars).subspan(0, 1)));
  WATTLE_RETURN_IF_ERROR(read(lines, "idle_clock_ratio", std::span(scalars).subspan(1, 1)));
  WATTLE_RETURN_IF_ERROR(read(lines, "noise_ratio", std::span(scalars).subspan(2, 1)));
  WATTLE_RETURN_IF_ERROR(read(lines, "observations", std::span(scalars).subspan(3, 1)));
  WATTLE_RETURN_IF_ERROR(read(lines, "mean", fit.mean));
  WATTLE_RETURN_IF_ERROR(read(lines, "covariance", covariance));
  if (!(scalars[0] > 0)) {
    return bad("scale_watts");
  }
  if (!(scalars[1] > 0 && scalars[1] <= 1)) {
    return bad("idle_clock_ratio");
  }
  if (!(scalars[2] > 0)) {
    return bad("noise_ratio");
  }
  constexpr double kMostObservations = 1e9;
  if (!(scalars[3] >= 0 && scalars[3] <= kMostObservations)) {
    return bad("observations");
  }
  fit.scale = Watts(scalars[0]);
  fit.idle_clock = scalars[1];
  fit.noise = scalars[2];
  fit.observations = static_cast<int>(scalars[3]);
  for (std::size_t i = 0; i < covariance.size(); ++i) {
    fit.covariance[i / kCpuParameters][i % kCpuParameters] = covariance[i];
  }
  return is_covariance(fit.covariance) ? Result<CpuPowerFit>(fit) : bad("covariance");
}

}  // namespace

std::string CpuPowerModel::serialise() const {
  std::string covariance;
  for (const auto& row : fit_.covariance) {
    covariance += (covariance.empty() ? "" : " ") + exact(row);
  }
  return concat(kFirstLine, "\ncause=", cause_, "\nsource=", source_,
                "\nscale_watts=", exact(fit_.scale.value()), "\nmean=", exact(fit_.mean),
                "\ncovariance=", covariance, "\nidle_clock_ratio=", exact(fit_.idle_clock),
                "\nnoise_ratio=", exact(fit_.noise), "\nobservations=", fit_.observations,
                "\nrejected=", rejected_, "\n");
}

Result<CpuPowerModel> CpuPowerModel::parse(std::string_view text) {
  const auto all = split(text, '\n');
  if (trim(all.front()) != kFirstLine) {
    return Error(ErrorCode::kParse, concat("stored processor model: the first line is not '",
                                           kFirstLine, "'; delete it and calibrate again"));
  }
  Lines lines;
  for (const std::string_view line : all) {
    if (const auto equals = line.find('='); equals != std::string_view::npos) {
      lines.emplace(line.substr(0, equals), trim(line.substr(equals + 1)));
    }
  }
  CpuPowerModel model;
  std::array<double, 1> rejected{};
  WATTLE_ASSIGN_OR_RETURN(model.cause_, read_text(lines, "cause"));
  WATTLE_ASSIGN_OR_RETURN(model.source_, read_text(lines, "source"));
  WATTLE_ASSIGN_OR_RETURN(model.fit_, read_fit(lines));
  WATTLE_RETURN_IF_ERROR(read(lines, "rejected", rejected));
  constexpr double kMostRejected = 1e9;
  if (!(rejected[0] >= 0 && rejected[0] <= kMostRejected)) {
    return bad("rejected");
  }
  model.rejected_ = static_cast<int>(rejected[0]);
  return model;
}

}  // namespace wattle::energy
