#include "wattle/hardware/doctor.h"

#include <algorithm>
#include <array>
#include <iterator>

#include <nlohmann/json.hpp>

#include "wattle/hardware/host_json.h"

namespace wattle::hardware {

std::string_view to_string(Severity severity) {
  constexpr std::array<std::string_view, 4> kNames = {"ok", "note", "warning", "problem"};
  return kNames[static_cast<std::size_t>(severity)];
}

std::vector<Finding> examine(const DoctorFacts& facts) {
  std::vector<Finding> all;
  for (const auto check :
       {check_energy, check_numeric_libraries, check_threads, check_host, check_home, check_zone}) {
    auto findings = check(facts);
    std::move(findings.begin(), findings.end(), std::back_inserter(all));
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const Finding& a, const Finding& b) { return a.severity > b.severity; });
  return all;
}

nlohmann::json doctor_report(const DoctorFacts& facts, const std::vector<Finding>& findings) {
  auto rows = nlohmann::json::array();
  for (const auto& finding : findings) {
    rows.push_back({{"severity", std::string(to_string(finding.severity))},
                    {"id", finding.id},
                    {"title", finding.title},
                    {"detail", finding.detail},
                    {"remedy", finding.remedy},
                    {"command", finding.command}});
  }
  return {{"host", to_json(facts.host)}, {"findings", std::move(rows)}};
}

}  // namespace wattle::hardware
