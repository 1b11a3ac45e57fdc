#include "wattle/job/books.h"

#include <algorithm>
#include <span>

namespace wattle::job {
namespace {

/// The traces of one boot among `groups`, as settlement wants them.
std::vector<ledger::GroupTrace> of_boot(const std::vector<ledger::GroupTrace>& groups,
                                        const ledger::NodeTrace& node) {
  std::vector<ledger::GroupTrace> same;
  std::ranges::copy_if(groups, std::back_inserter(same), [&](const ledger::GroupTrace& group) {
    return group.boot_id == node.boot_id && group.host == node.host;
  });
  return same;
}

/// What a posting is looked at with.
struct Period {
  const ledger::NodeTrace& node;
  std::span<const ledger::GroupTrace> groups;
  UtcTime from;
  UtcTime to;  // 0: no end
};

void add_posting(PeriodTotals& totals, const ledger::Posting& posting, const Period& period) {
  const UtcTime at = period.node.to_utc(posting.to);
  if (at < period.from || (period.to.ns != 0 && at > period.to)) {
    return;
  }
  totals.accounts[posting.account] += posting.energy;
  if (posting.owner != ledger::kNoOwner) {
    const auto& owner = period.groups[posting.owner].description;
    totals.by_project[owner.project] += posting.energy;
    totals.by_run[owner.run] += posting.energy;
  }
}

}  // namespace

Result<std::vector<ledger::GroupTrace>> Books::groups_during(UtcTime from, UtcTime to) {
  std::vector<ledger::GroupTrace> groups;
  WATTLE_ASSIGN_OR_RETURN(const auto ids, index_.during(from, to));
  for (const auto& id : ids) {
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
  WATTLE_ASSIGN_OR_RETURN(auto users,
                          ledger::read_node_traces(files_, catalog_.home().node(host), from, to));
  WATTLE_ASSIGN_OR_RETURN(auto hosts_own,
                          ledger::read_node_traces(files_, path_join(host_nodes_, host), from, to));
  // The host's own meter may read counters that a user's cannot.
  return ledger::merge_traces(std::move(hosts_own), std::move(users));
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
    WATTLE_ASSIGN_OR_RETURN(const auto traces, nodes(host, record.created, {}));
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

Result<std::set<std::string>> Books::hosts() const {
  std::set<std::string> hosts;
  for (const auto& folder : {path_join(catalog_.home().root(), "nodes"), host_nodes_}) {
    if (files_.exists(folder)) {
      WATTLE_ASSIGN_OR_RETURN(const auto names, files_.list(folder));
      hosts.insert(names.begin(), names.end());
    }
  }
  return hosts;
}

Result<PeriodTotals> Books::totals(UtcTime from, UtcTime to) {
  PeriodTotals totals;
  WATTLE_ASSIGN_OR_RETURN(const auto groups, groups_during(from, to));
  WATTLE_ASSIGN_OR_RETURN(const auto all_hosts, hosts());
  for (const auto& host : all_hosts) {
    WATTLE_ASSIGN_OR_RETURN(const auto traces, nodes(host, from, to));
    for (const auto& node : traces) {
      const auto same_boot = of_boot(groups, node);
      ledger::settle(node, same_boot, [&](const ledger::Posting& posting) {
        add_posting(totals, posting, {.node = node, .groups = same_boot, .from = from, .to = to});
      });
    }
  }
  return totals;
}

}  // namespace wattle::job
