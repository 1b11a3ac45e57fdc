#include "wattle/job/books.h"

#include <algorithm>

namespace wattle::job {
namespace {

/// The first 10 characters of a ULID are its time: one that was made later cannot have been there
/// before.
bool made_after(const RunRecord& record, UtcTime time) {
  return time.ns != 0 && record.created > time;
}

/// The traces of one boot among `groups`, as settlement wants them.
std::vector<ledger::GroupTrace> of_boot(const std::vector<ledger::GroupTrace>& groups,
                                        const ledger::NodeTrace& node) {
  std::vector<ledger::GroupTrace> same;
  std::ranges::copy_if(groups, std::back_inserter(same), [&](const ledger::GroupTrace& group) {
    return group.boot_id == node.boot_id && group.host == node.host;
  });
  return same;
}

}  // namespace

Result<std::vector<ledger::GroupTrace>> Books::groups_during(UtcTime from, UtcTime to) {
  std::vector<ledger::GroupTrace> groups;
  WATTLE_ASSIGN_OR_RETURN(const auto ids, catalog_.ids());
  for (const auto& id : ids) {
    const auto record = catalog_.load(id);
    if (!record.ok() || made_after(*record, to)) {
      continue;
    }
    const auto receipt = catalog_.receipt(id);
    if (receipt.ok() && receipt->time.ended < from) {
      continue;  // settled, and over before the period began
    }
    for (const auto number : catalog_.attempts(id)) {
      auto trace = ledger::read_group_trace(files_, catalog_.home().usage(id, number));
      if (trace.ok() && !trace->empty()) {
        groups.push_back(std::move(*trace));
      }
    }
  }
  return groups;
}

Result<std::vector<ledger::NodeTrace>> Books::nodes(const std::string& host, UtcTime from,
                                                    UtcTime to) {
  // Where the host has a meter of its own, users' meters stand aside; a switch between them is two
  // boots' worth of lives in one trace, told apart by their meter ids.
  WATTLE_ASSIGN_OR_RETURN(auto traces,
                          ledger::read_node_traces(files_, catalog_.home().node(host), from, to));
  WATTLE_ASSIGN_OR_RETURN(auto hosts_own,
                          ledger::read_node_traces(files_, path_join(host_nodes_, host), from, to));
  std::ranges::move(hosts_own, std::back_inserter(traces));
  return traces;
}

Result<ledger::Statement> Books::statement(std::string_view run) {
  std::vector<ledger::GroupTrace> own;
  for (const auto number : catalog_.attempts(run)) {
    WATTLE_ASSIGN_OR_RETURN(auto trace,
                            ledger::read_group_trace(files_, catalog_.home().usage(run, number)));
    if (!trace.empty()) {
      own.push_back(std::move(trace));
    }
  }
  ledger::Statement statement;
  if (own.empty()) {
    return statement;
  }
  WATTLE_ASSIGN_OR_RETURN(const auto record, catalog_.load(run));
  WATTLE_ASSIGN_OR_RETURN(const auto groups, groups_during(record.created, {}));
  std::vector<std::string> hosts;
  for (const auto& trace : own) {
    if (std::ranges::find(hosts, trace.host) == hosts.end()) {
      hosts.push_back(trace.host);
    }
  }
  for (const auto& host : hosts) {
    WATTLE_ASSIGN_OR_RETURN(const auto traces, nodes(host, {}, {}));
    for (const auto& node : traces) {
      const auto same_boot = of_boot(groups, node);
      if (std::ranges::any_of(same_boot,
                              [&](const auto& group) { return group.description.run == run; })) {
        ledger::add(statement, ledger::state_run(node, same_boot, run));
      }
    }
  }
  return statement;
}

Result<PeriodTotals> Books::totals(UtcTime from, UtcTime to) {
  PeriodTotals totals;
  WATTLE_ASSIGN_OR_RETURN(const auto groups, groups_during(from, to));
  const std::string folder = path_join(catalog_.home().root(), "nodes");
  const auto hosts =
      files_.exists(folder) ? files_.list(folder) : Result(std::vector<std::string>());
  WATTLE_RETURN_IF_ERROR(hosts.ok() ? Status() : Status(hosts.error()));
  for (const auto& host : *hosts) {
    WATTLE_ASSIGN_OR_RETURN(const auto traces, nodes(host, from, to));
    for (const auto& node : traces) {
      const auto same_boot = of_boot(groups, node);
      ledger::settle(node, same_boot, [&](const ledger::Posting& posting) {
        const UtcTime at = node.to_utc(posting.to);
        if (at < from || (to.ns != 0 && at > to)) {
          return;
        }
        totals.accounts[posting.account] += posting.energy;
        if (posting.owner != ledger::kNoOwner) {
          totals.by_project[same_boot[posting.owner].description.project] += posting.energy;
          totals.by_run[same_boot[posting.owner].description.run] += posting.energy;
        }
      });
    }
  }
  return totals;
}

}  // namespace wattle::job
