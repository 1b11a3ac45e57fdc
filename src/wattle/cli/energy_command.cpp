#include <algorithm>
#include <vector>

#include <nlohmann/json.hpp>

#include "wattle/base/text.h"
#include "wattle/cli/commands.h"
#include "wattle/cli/format.h"
#include "wattle/cli/table.h"
#include "wattle/job/books.h"
#include "wattle/spec/quantity.h"

namespace wattle::cli {
namespace {

/// "30d" before now, or a time.
Result<UtcTime> since(const std::string& text, UtcTime now) {
  if (const auto time = parse_rfc3339(text); time.ok()) {
    return *time;
  }
  const auto seconds = spec::parse_quantity(spec::Dimension::kDuration, text);
  if (!seconds.ok()) {
    return Error(
        ErrorCode::kInvalidArgument,
        concat("--since takes a duration (24h, 30d) or a time (2026-12-01), not '", text, "'"));
  }
  return now - Seconds(*seconds);
}

struct AccountWords {
  ledger::Account account;
  std::string_view title;
};
constexpr std::array<AccountWords, 6> kAccounts{
    {{ledger::Account::kDynamic, "runs"},
     {ledger::Account::kReservedIdle, "idle, reserved by runs"},
     {ledger::Account::kIdle, "idle"},
     {ledger::Account::kPlatform, "Wattle itself"},
     {ledger::Account::kOther, "other programs"},
     {ledger::Account::kUnmetered, "unmetered (estimated)"}}};

/// What the meters read: all accounts but the one that is estimated.
Microjoules metered(const job::PeriodTotals& totals) {
  Microjoules sum;
  for (const auto& [account, energy] : totals.accounts) {
    sum += account == ledger::Account::kUnmetered ? Microjoules(0) : energy;
  }
  return sum;
}

std::string json_of(const job::PeriodTotals& totals, UtcTime from, UtcTime to) {
  nlohmann::ordered_json json = {{"from", to_rfc3339(from)},
                                 {"to", to_rfc3339(to)},
                                 {"total_microjoules", metered(totals).value()}};
  for (const auto& entry : kAccounts) {
    const auto found = totals.accounts.find(entry.account);
    json["accounts_microjoules"][std::string(ledger::to_string(entry.account))] =
        found == totals.accounts.end() ? 0 : found->second.value();
  }
  json["projects_microjoules"] = nlohmann::ordered_json::object();
  for (const auto& [project, energy] : totals.by_project) {
    json["projects_microjoules"][project] = energy.value();
  }
  json["runs_microjoules"] = nlohmann::ordered_json::object();
  for (const auto& [run, energy] : totals.by_run) {
    json["runs_microjoules"][run] = energy.value();
  }
  return json.dump(2) + "\n";
}

Table account_table(const job::PeriodTotals& totals) {
  Table table({{"ACCOUNT"}, {"ENERGY", Align::kRight}, {"SHARE", Align::kRight}});
  const Microjoules total = metered(totals);
  const auto add = [&](std::string_view title, Microjoules value) {
    const double share = total > Microjoules(0) ? 100 * (value / total) : 0;
    table.add({std::string(title), energy(to_joules(value)), number(share, 3) + " %"});
  };
  for (const auto& entry : kAccounts) {
    if (const auto found = totals.accounts.find(entry.account); found != totals.accounts.end()) {
      add(entry.title, found->second);
    }
  }
  for (const auto& [project, value] : totals.by_project) {
    add("  project " + project, value);
  }
  return table;
}

}  // namespace

Result<int> energy(Context& context, const EnergyOptions& options) {
  WATTLE_ASSIGN_OR_RETURN(auto* house, context.house());
  const UtcTime now = context.clock().utc_now();
  WATTLE_ASSIGN_OR_RETURN(const UtcTime from, since(options.since, now));
  WATTLE_ASSIGN_OR_RETURN(const auto totals, house->desk().totals(from, now));
  auto& output = context.output();
  if (options.json) {
    output.data(json_of(totals, from, now));
  } else if (totals.accounts.empty()) {
    output.narrate(concat("Nothing was metered since ", to_rfc3339(from),
                          "; the meter runs while runs do.\n"));
  } else {
    output.data(account_table(totals).to_text(output));
    output.narrate(concat(energy(to_joules(metered(totals))),
                          " accounted on this home's hosts since ", to_rfc3339(from), "\n"));
  }
  return 0;
}

}  // namespace wattle::cli
