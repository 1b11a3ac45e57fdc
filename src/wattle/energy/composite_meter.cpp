#include "wattle/energy/composite_meter.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace wattle::energy {
namespace {

constexpr std::string_view kWholeNode = "board";

bool holds_whole_node(const Meter& meter) {
  const auto& domains = meter.domains();
  return std::ranges::find(domains, kWholeNode, &Domain::name) != domains.end();
}

}  // namespace

CompositeMeter::CompositeMeter(std::vector<std::unique_ptr<Meter>> meters, CpuLoad load,
                               std::optional<LoadShape> cpu_shape)
    : meters_(std::move(meters)), load_(std::move(load)) {
  for (const auto& meter : meters_) {
    add_domains(*meter, cpu_shape);
  }
  std::set<std::string_view> names;
  for (const auto& domain : domains_) {
    WATTLE_CHECK(names.insert(domain.name).second, domain.name);
  }
}

void CompositeMeter::add_domains(const Meter& meter, std::optional<LoadShape> cpu_shape) {
  const auto first = static_cast<std::uint32_t>(domains_.size());
  const bool is_whole = holds_whole_node(meter);
  for (auto domain : meter.domains()) {
    if (domain.part_of) {
      *domain.part_of += first;
    } else if (!is_whole) {
      others_.push_back(domains_.size());
    }
    if (domain.name == kWholeNode) {
      board_ = domains_.size();
    }
    if (domain.component == Component::kCpu && cpu_shape) {
      domain.idle_ratio = cpu_shape->idle_ratio;
      domain.load_exponent = cpu_shape->exponent;
    }
    domains_.push_back(std::move(domain));
  }
}

void CompositeMeter::append(Reading& whole, Reading part, std::size_t first) const {
  for (std::size_t i = 0; i < part.energy.size(); ++i) {
    const auto& domain = domains_[first + i];
    const bool ask = std::isnan(part.utilisation[i]) && domain.component == Component::kCpu;
    whole.energy.push_back(part.energy[i]);
    whole.stale.push_back(part.stale[i]);
    whole.utilisation.push_back(ask ? load_.of_domain(domain.name) : part.utilisation[i]);
  }
  for (auto& process : part.processes) {
    process.domain += static_cast<std::uint32_t>(first);
    whole.processes.push_back(std::move(process));
  }
}

Reading CompositeMeter::read() {
  load_.refresh();
  Reading reading;
  for (const auto& meter : meters_) {
    auto part = meter->read();
    if (reading.at == BootTime{}) {
      reading.at = part.at;
    }
    append(reading, std::move(part), reading.energy.size());
  }
  if (board_ && !others_.empty()) {
    take_residual(reading);
  }
  return reading;
}

void CompositeMeter::take_residual(Reading& reading) {
  bool fresh = !reading.stale[*board_];
  Microjoules parts{0};
  for (const auto other : others_) {
    parts += reading.energy[other];
    fresh = fresh && !reading.stale[other];
  }
  if (fresh) {
    residual_.update(reading.energy[*board_], parts);
  }
  reading.energy[*board_] = residual_.total();
  reading.stale[*board_] = !fresh;
}

}  // namespace wattle::energy
