#include "wattle/carbon/embodied.h"

#include "wattle/base/text.h"
#include "wattle/base/time.h"
#include "wattle/carbon/number_text.h"

namespace wattle::carbon {
namespace {

constexpr double kGramsPerKilogram = 1000;
constexpr double kHighestServerKilograms = 20'000;
constexpr Seconds kFourYears{4 * 365.25 * 86400};

// Cloud Carbon Footprint, embodied emissions of servers, kg CO2e; life of four years.
constexpr double kServerKilograms = 1000;
constexpr double kCpuKilograms = 100;
constexpr double kSsdKilograms = 100;
constexpr double kGpuKilograms = 150;
constexpr double kDramKilogramsPerGigabyte = 1.39;
// An H100: its vendor's product footprint, and Boavizta's method by die and memory area.
constexpr double kGpuVendorKilograms = 164;
constexpr double kGpuAreaKilograms = 575;
// The parts other than GPUs have one source. The tools' disagreement on the H100, 575/150, is taken
// for theirs: as much below as above.
constexpr double kServerSpread = 1.96;  // sqrt(575 / 150)

EmbodiedRange kilograms(double min, double typical, double max) {
  return {GramsCo2e(min * kGramsPerKilogram), GramsCo2e(typical * kGramsPerKilogram),
          GramsCo2e(max * kGramsPerKilogram)};
}

}  // namespace

EmbodiedRange& EmbodiedRange::operator+=(const EmbodiedRange& other) {
  min += other.min;
  typical += other.typical;
  max += other.max;
  return *this;
}

Status check_embodied(const EmbodiedHardware& hardware) {
  const auto refuse = [&](std::string_view what) {
    return Error(ErrorCode::kInvalidArgument,
                 concat("embodied carbon of ", hardware.name, ": ", what));
  };
  const auto& total = hardware.total;
  if (!(total.min.value() >= 0 && total.min <= total.typical && total.typical <= total.max)) {
    return refuse(concat("the range ", number_text(total.min.value()), ", ",
                         number_text(total.typical.value()), ", ", number_text(total.max.value()),
                         " g must rise from min over typical to max, from 0"));
  }
  if (total.max.value() > kHighestServerKilograms * kGramsPerKilogram) {
    return refuse(concat(number_text(total.max.value() / 1e6),
                         " t is over 20 t, more than any server; is it in grams?"));
  }
  if (!(hardware.lifetime.value() > 0)) {
    return refuse("the lifetime must be above zero");
  }
  return {};
}

EmbodiedHardware laptop_embodied() {
  return {"laptop", kilograms(124, 210, 400), kFourYears,
          "ADEME 2018 (124 kg); makers' product footprints: Dell Latitude E6400 203 kg, Apple "
          "MacBook Pro 14 2021 209 kg, high-end models to 400 kg"};
}

EmbodiedHardware desktop_embodied() {
  return {"desktop", kilograms(100, 250, 1250), kFourYears,
          "makers' product footprints over life: 100 kg (compact) to 500 kg (tower) and 2,500 kg "
          "(workstation); of the larger two, half is taken as manufacture"};
}

EmbodiedHardware gpu_embodied() {
  return {"GPU", kilograms(kGpuKilograms, kGpuVendorKilograms, kGpuAreaKilograms), kFourYears,
          "Cloud Carbon Footprint 150 kg; vendor's H100 footprint 164 kg; Boavizta's method for an "
          "H100 575 kg"};
}

Result<EmbodiedHardware> server_embodied(const ServerParts& parts) {
  if (parts.cpus < 0 || parts.gpus < 0 || parts.ssds < 0 || !(parts.dram_gigabytes >= 0)) {
    return Error(ErrorCode::kInvalidArgument, "a server has no negative number of parts");
  }
  const double base = kServerKilograms + kCpuKilograms * parts.cpus + kSsdKilograms * parts.ssds +
                      kDramKilogramsPerGigabyte * parts.dram_gigabytes;
  EmbodiedHardware server{"server",
                          kilograms(base / kServerSpread, base, base * kServerSpread) +
                              gpu_embodied().total * parts.gpus,
                          kFourYears,
                          "Cloud Carbon Footprint: 1000 kg + 100 a CPU + 100 an SSD + 1.39 a GB of "
                          "memory; GPUs 150 to 575 kg"};
  WATTLE_RETURN_IF_ERROR(check_embodied(server));
  return server;
}

Result<EmbodiedRange> embodied_share(const EmbodiedHardware& hardware, Seconds reserved,
                                     double resource_share) {
  WATTLE_RETURN_IF_ERROR(check_embodied(hardware));
  if (!(resource_share >= 0 && resource_share <= 1)) {
    return Error(ErrorCode::kInvalidArgument,
                 concat("a share of ", number_text(resource_share), " of ", hardware.name,
                        " cannot be reserved; give a ratio from 0 to 1"));
  }
  if (!(reserved.value() >= 0 && reserved <= hardware.lifetime)) {
    return Error(ErrorCode::kInvalidArgument,
                 concat(hardware.name, " is reserved for ", format_duration(reserved),
                        ", outside its lifetime of ", format_duration(hardware.lifetime)));
  }
  return hardware.total * (reserved / hardware.lifetime * resource_share);
}

Result<EmbodiedRange> virtual_machine_share(const EmbodiedHardware& host, Seconds reserved,
                                            int vcpus, int host_vcpus) {
  if (vcpus < 1 || host_vcpus < vcpus) {
    return Error(ErrorCode::kInvalidArgument, concat("a virtual machine of ", vcpus,
                                                     " vCPUs does not fit a host of ", host_vcpus));
  }
  return embodied_share(host, reserved, static_cast<double>(vcpus) / host_vcpus);
}

}  // namespace wattle::carbon
