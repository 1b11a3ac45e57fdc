#include "wattle/registry/run_list.h"

#include <algorithm>
#include <tuple>
#include <unordered_map>

#include "wattle/base/limits.h"
#include "wattle/base/text.h"
#include "wattle/registry/experiments.h"

namespace wattle::registry {
namespace {

// A condition that leaves no more runs than this is followed from its own index and then sorted:
// a few milliseconds. One that leaves more is found often enough by walking from the newest run.
constexpr std::int64_t kFewRuns = 10'000;
// So few can be looked up one by one to be put into any order.
constexpr std::int64_t kVeryFewRuns = 2'000;
constexpr std::size_t kFirstCandidates = 64;
constexpr std::size_t kMostCandidates = 2'048;
constexpr int kValueColumn = 14;  // behind run_columns()

store::SqlValue read_value(const store::SqlRow& row, OrderPhase::ValueType type) {
  switch (type) {
    case OrderPhase::ValueType::kInteger:
      return row.integer(kValueColumn);
    case OrderPhase::ValueType::kReal:
      return row.real(kValueColumn);
    case OrderPhase::ValueType::kText:
      return row.text(kValueColumn);
    case OrderPhase::ValueType::kNone:
      break;
  }
  return {};
}

/// All that a cursor belongs to.
std::string listing_text(const ListQuery& query) {
  std::string text = query.project;
  for (const auto* part : {&query.experiments, &query.states}) {
    text += '\n';
    for (const auto& word : *part) {
      text += '\0';
      text += word;
    }
  }
  return concat(text, '\n', to_text(query.lifecycle), '\n', query.filter, '\n', query.order_by);
}

/// Up to one more than few.
Result<std::int64_t> count_rows(store::Session& session, const Sql& from) {
  Sql sql{.text = "SELECT COUNT(*) FROM (SELECT 1 AS one "};
  (sql += from) += " LIMIT ";
  sql.bind(kFewRuns + 1) += ") c";
  std::int64_t count = 0;
  WATTLE_RETURN_IF_ERROR(
      session.query(sql.text, sql.parameters, [&count](const store::SqlRow& row) {
        count = row.integer(0);
        return Status();
      }));
  return count;
}

bool comes_first(const PageKey& a, const PageKey& b, Direction direction) {
  const auto key_a = std::tie(a.created_ns, a.id);
  const auto key_b = std::tie(b.created_ns, b.id);
  return direction == Direction::kDescending ? key_b < key_a : key_a < key_b;
}

}  // namespace

Result<RunPage> RunList::list(const ListQuery& query) {
  if (query.limit == 0 || query.limit > limits::kListLimit) {
    return Error(ErrorCode::kInvalidArgument,
                 concat("a page has 1 to ", limits::kListLimit, " runs, not ", query.limit));
  }
  WATTLE_ASSIGN_OR_RETURN(const Filter filter, parse_filter(query.filter));
  WATTLE_ASSIGN_OR_RETURN(const OrderBy order, parse_order(query.order_by));
  Plan plan{.scope = {query.project, query.experiments, query.states, to_text(query.lifecycle)},
            .wanted = query.limit + 1};
  WATTLE_ASSIGN_OR_RETURN(const Sql condition, filter_sql(filter));
  plan.filter = tested_on_the_way(condition);
  WATTLE_RETURN_IF_ERROR(narrow(plan.scope, filter));
  if (!query.experiments.empty() && plan.scope.experiments.empty()) {
    return RunPage{};
  }
  WATTLE_ASSIGN_OR_RETURN(const auto phases, order_phases(order, plan.scope));
  WATTLE_RETURN_IF_ERROR(count_drivers(plan, filter));

  const std::string listing = listing_text(query);
  PageKey after;
  if (!query.cursor.empty()) {
    WATTLE_ASSIGN_OR_RETURN(after, decode_cursor(query.cursor, listing));
  }
  Rows rows;
  for (auto i = static_cast<std::size_t>(after.phase); i < phases.size(); ++i) {
    const std::size_t before = rows.size();
    WATTLE_RETURN_IF_ERROR(fill(plan, phases[i], after, rows));
    for (std::size_t row = before; row < rows.size(); ++row) {
      rows[row].key.phase = static_cast<int>(i);
    }
    if (rows.size() >= plan.wanted) {
      break;
    }
    after = {};
  }
  RunPage page;
  if (rows.size() > query.limit) {
    rows.resize(query.limit);
    page.next_cursor = encode_cursor(rows.back().key, listing);
  }
  for (auto& row : rows) {
    page.runs.push_back(std::move(row.run));
  }
  return page;
}

/// Leaves out experiments of other projects, and takes a state that the filter asks for as one that
/// an index leads to.
Status RunList::narrow(RunScope& scope, const Filter& filter) {
  std::vector<std::string> known;
  for (const auto& id : scope.experiments) {
    auto experiment = Experiments(session_).get(scope.project, id);
    if (experiment.ok()) {
      known.push_back(id);
    } else if (experiment.error().code() != ErrorCode::kNotFound) {
      return experiment.error();
    }
  }
  scope.experiments = std::move(known);
  for (const auto& condition : required_conditions(filter)) {
    const auto attribute = condition.field.kind == FieldKind::kAttribute
                               ? run_attribute(condition.field.key)
                               : std::nullopt;
    const auto* state = std::get_if<std::string>(&condition.value);
    if (attribute && attribute->column == "state" && scope.states.empty() && state != nullptr &&
        condition.comparison == Comparison::kEqual) {
      scope.states = {*state};
    }
  }
  return {};
}

Status RunList::count_drivers(Plan& plan, const Filter& filter) {
  const auto* only = plan.scope.only_experiment();
  const auto experiment = only != nullptr ? std::optional(*only) : std::nullopt;
  for (const auto& condition : required_conditions(filter)) {
    auto driver = run_driver(condition, plan.scope.project, experiment);
    if (!driver) {
      continue;
    }
    for (const auto& stretch : driver->stretches) {
      WATTLE_ASSIGN_OR_RETURN(const std::int64_t count, count_rows(session_, stretch));
      driver->count += count;
    }
    plan.drivers.push_back(*std::move(driver));
  }
  std::ranges::stable_sort(plan.drivers, {}, &RunDriver::count);
  return {};
}

Status RunList::fill(const Plan& plan, const OrderPhase& phase, const PageKey& after, Rows& rows) {
  if (!phase.is_by_creation) {
    return walk(plan, phase, after, rows);
  }
  if (!plan.drivers.empty()) {
    const RunDriver& best = plan.drivers.front();
    if (best.count <= kFewRuns) {
      return follow(plan, best.from, after, phase.direction, rows);
    }
    // Within one experiment the runs are much alike: to walk them is as good.
    if (plan.scope.only_experiment() == nullptr) {
      return follow(plan, best.by_creation, after, phase.direction, rows);
    }
  }
  return plan.scope.states.size() > 1 ? walk_states(plan, after, phase.direction, rows)
                                      : walk(plan, phase, after, rows);
}

Status RunList::walk(const Plan& plan, const OrderPhase& phase, const PageKey& after, Rows& rows) {
  const std::string value = phase.value_column();
  Sql sql{.text = concat("SELECT ", run_columns(), value.empty() ? "" : ", ", value, " FROM ")};
  const bool is_led = !plan.drivers.empty() && plan.drivers.front().count <= kVeryFewRuns;
  if (is_led) {
    sql += "(SELECT t.run_id AS run_id ";
    (sql += plan.drivers.front().from) += ") d CROSS JOIN ";
  }
  (sql += concat(phase.tables, " WHERE ")) += phase.where;
  if (is_led) {
    sql += concat(" AND ", phase.columns.back().sql, " = d.run_id");
  }
  (sql += " AND ") += plan.filter;
  sql += phase.after_sql(after);
  sql += concat(" ", phase.order_sql(), " LIMIT ");
  sql.bind(static_cast<std::int64_t>(plan.wanted - rows.size()));
  return session_.query(sql.text, sql.parameters, [&](const store::SqlRow& row) {
    Run run = read_run(row);
    PageKey key{
        .value = read_value(row, phase.value_type), .created_ns = run.created.ns, .id = run.id};
    rows.push_back({std::move(run), std::move(key)});
    return Status();
  });
}

/// No index holds the runs of several states in one order: a page of each, merged.
Status RunList::walk_states(const Plan& plan, const PageKey& after, Direction direction,
                            Rows& rows) {
  Rows merged;
  for (const auto& state : plan.scope.states) {
    Plan one = plan;
    one.scope.states = {state};
    WATTLE_ASSIGN_OR_RETURN(
        const auto phases,
        order_phases({.field = {FieldKind::kAttribute, "created"}, .direction = direction},
                     one.scope));
    Rows found;
    WATTLE_RETURN_IF_ERROR(walk(one, phases.front(), after, found));
    std::ranges::move(found, std::back_inserter(merged));
  }
  std::ranges::sort(merged, [direction](const Row& a, const Row& b) {
    return comes_first(a.key, b.key, direction);
  });
  merged.resize(std::min(merged.size(), plan.wanted - rows.size()));
  std::ranges::move(merged, std::back_inserter(rows));
  return {};
}

Status RunList::follow(const Plan& plan, const Sql& driver, PageKey after, Direction direction,
                       Rows& rows) {
  // Most runs that an index leads to are wanted, so few more than a page are looked at first.
  std::size_t count = std::max(kFirstCandidates, plan.wanted);
  while (rows.size() < plan.wanted) {
    WATTLE_ASSIGN_OR_RETURN(const auto found, next_candidates(driver, after, direction, count));
    WATTLE_RETURN_IF_ERROR(take_matching(plan, found, rows));
    if (found.size() < count) {
      return {};
    }
    after = found.back();
    count = std::max(count, std::min(count * 2, kMostCandidates));
  }
  return {};
}

Result<std::vector<PageKey>> RunList::next_candidates(const Sql& driver, const PageKey& after,
                                                      Direction direction, std::size_t count) {
  const bool is_down = direction == Direction::kDescending;
  Sql sql{.text = "SELECT t.created_ns, t.run_id "};
  sql += driver;
  if (!after.id.empty()) {
    sql += concat(" AND (t.created_ns, t.run_id) ", is_down ? "<" : ">", " (");
    sql.bind(after.created_ns) += ", ";
    sql.bind(after.id) += ")";
  }
  sql += is_down ? " ORDER BY t.created_ns DESC, t.run_id DESC LIMIT "
                 : " ORDER BY t.created_ns, t.run_id LIMIT ";
  sql.bind(static_cast<std::int64_t>(count));
  std::vector<PageKey> found;
  WATTLE_RETURN_IF_ERROR(
      session_.query(sql.text, sql.parameters, [&found](const store::SqlRow& row) {
        found.push_back({.created_ns = row.integer(0), .id = row.text(1)});
        return Status();
      }));
  return found;
}

Status RunList::take_matching(const Plan& plan, const std::vector<PageKey>& candidates,
                              Rows& rows) {
  if (candidates.empty()) {
    return {};
  }
  Sql sql{.text = concat("SELECT ", run_columns(), " FROM runs r WHERE r.id IN ")};
  std::string_view separator = "(";
  for (const auto& candidate : candidates) {
    (sql += separator).bind(candidate.id);
    separator = ", ";
  }
  (sql += ") AND ") += scope_sql(plan.scope);
  (sql += " AND ") += plan.filter;
  std::unordered_map<std::string, Run> matching;
  WATTLE_RETURN_IF_ERROR(
      session_.query(sql.text, sql.parameters, [&matching](const store::SqlRow& row) {
        Run run = read_run(row);
        matching.emplace(run.id, std::move(run));
        return Status();
      }));
  for (const auto& candidate : candidates) {
    const auto found = matching.find(candidate.id);
    if (found != matching.end() && rows.size() < plan.wanted) {
      rows.push_back({std::move(found->second), candidate});
    }
  }
  return {};
}

}  // namespace wattle::registry
