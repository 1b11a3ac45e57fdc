#include "wattle/hardware/host_json.h"

#include <nlohmann/json.hpp>

#include "wattle/base/text.h"

namespace wattle::hardware {
namespace {

using nlohmann::json;

json cpu_to_json(const CpuInfo& cpu) {
  json document = {{"vendor", cpu.vendor},
                   {"model", cpu.model},
                   {"family", cpu.family},
                   {"model_number", cpu.model_number},
                   {"stepping", cpu.stepping},
                   {"sockets", cpu.sockets},
                   {"physical_cores", cpu.physical_cores},
                   {"logical_cpus", cpu.logical_cpus},
                   {"features", cpu.features},
                   {"vector_level", std::string(to_string(cpu.vector_level()))},
                   {"last_level_cache_bytes", cpu.last_level_cache.value()},
                   {"frequency_driver", cpu.frequency_driver},
                   {"governor", cpu.governor},
                   {"energy_preference", cpu.energy_preference},
                   {"max_frequency_hertz", cpu.max_frequency_hertz},
                   {"turbo", nullptr}};
  if (cpu.turbo) {
    document["turbo"] = *cpu.turbo;
  }
  return document;
}

json gpu_to_json(const Gpu& gpu) {
  return {{"vendor", gpu.vendor}, {"model", gpu.model},   {"bus", gpu.bus},
          {"uuid", gpu.uuid},     {"driver", gpu.driver}, {"memory_bytes", gpu.memory.value()}};
}

json platform_to_json(const Platform& platform) {
  return {{"hypervisor", platform.hypervisor}, {"provider", platform.provider},
          {"container", platform.container},   {"shape", std::string(to_string(platform.shape))},
          {"vendor", platform.vendor},         {"product", platform.product}};
}

template <typename Q>
json estimate_to_json(const Estimate<Q>& estimate) {
  json errors = json::array();
  for (const auto& term : estimate.errors()) {
    errors.push_back({{"cause", term.cause}, {"sigma", term.sigma}});
  }
  return {{"value", estimate.value().value()},
          {"low", estimate.low().value()},
          {"high", estimate.high().value()},
          {"quality", std::string(to_string(estimate.quality()))},
          {"errors", std::move(errors)}};
}

/// Throws nlohmann's exceptions; the one caller turns them into an Error.
template <typename Q>
Estimate<Q> estimate_from_json(const json& document) {
  const auto quality = quality_from(document.at("quality").get<std::string>());
  Estimate<Q> estimate(Q(document.at("value").get<double>()), quality.value_or(Quality::kClaimed));
  for (const auto& term : document.at("errors")) {
    estimate.add_error(term.at("cause").get<std::string>(), term.at("sigma").get<double>());
  }
  return estimate;
}

void read_rates(const json& document, Calibration& calibration) {
  for (const auto& [name, value] : document.at("rates").items()) {
    // A rate of a later release is not ours to understand.
    if (const auto rate = rate_from(name)) {
      calibration.rates.push_back({*rate, estimate_from_json<PerSecond>(value)});
    }
  }
}

}  // namespace

json to_json(const HostDescription& host) {
  json gpus = json::array();
  for (const auto& gpu : host.gpus) {
    gpus.push_back(gpu_to_json(gpu));
  }
  return {{"name", host.name},
          {"system", host.system},
          {"kernel", host.kernel},
          {"architecture", host.architecture},
          {"fingerprint", fingerprint(host)},
          {"cpu", cpu_to_json(host.cpu)},
          {"granted",
           {{"cores", host.granted.cores},
            {"cores_limited_by", host.granted.cores_limited_by},
            {"memory_bytes", host.granted.memory.value()},
            {"memory_limited_by", host.granted.memory_limited_by}}},
          {"memory_bytes", host.memory.value()},
          {"numa_nodes", host.numa_nodes},
          {"gpus", std::move(gpus)},
          {"platform", platform_to_json(host.platform)}};
}

json to_json(const Calibration& calibration) {
  json rates = json::object();
  for (const auto& row : calibration.rates) {
    rates[std::string(to_string(row.rate))] = estimate_to_json(row.value);
  }
  json power = json::array();
  for (const auto& point : calibration.power) {
    power.push_back({{"utilisation", point.utilisation},
                     {"power_watts", estimate_to_json(point.power)},
                     {"window_seconds", point.window.value()}});
  }
  return {{"fingerprint", calibration.fingerprint},
          {"at", to_rfc3339(calibration.at)},
          {"instruction_set", calibration.instruction_set},
          {"working_set_bytes", calibration.working_set.value()},
          {"cpu_seconds", calibration.cpu_time.value()},
          {"rates", std::move(rates)},
          {"missing", calibration.missing},
          {"power", std::move(power)}};
}

Result<Calibration> calibration_from_json(const json& document) {
  try {
    Calibration calibration;
    calibration.fingerprint = document.at("fingerprint").get<std::string>();
    WATTLE_ASSIGN_OR_RETURN(calibration.at, parse_rfc3339(document.at("at").get<std::string>()));
    calibration.instruction_set = document.at("instruction_set").get<std::string>();
    calibration.working_set = Bytes(document.at("working_set_bytes").get<std::int64_t>());
    calibration.cpu_time = Seconds(document.at("cpu_seconds").get<double>());
    calibration.missing = document.at("missing").get<std::vector<std::string>>();
    read_rates(document, calibration);
    for (const auto& point : document.at("power")) {
      calibration.power.push_back({point.at("utilisation").get<double>(),
                                   estimate_from_json<Watts>(point.at("power_watts")),
                                   Seconds(point.at("window_seconds").get<double>())});
    }
    return calibration;
  } catch (const json::exception& exception) {
    return Error(ErrorCode::kParse, concat("the calibration is damaged: ", exception.what()));
  }
}

}  // namespace wattle::hardware
