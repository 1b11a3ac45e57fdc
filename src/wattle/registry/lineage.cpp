#include "wattle/registry/lineage.h"

#include <array>
#include <set>

#include "wattle/base/limits.h"
#include "wattle/base/text.h"
#include "wattle/registry/changes.h"

namespace wattle::registry {
namespace {

constexpr std::array<std::string_view, 3> kRelations{"produced", "used", "derived"};

Result<Relation> parse_relation(std::string_view text) {
  for (std::size_t i = 0; i < kRelations.size(); ++i) {
    if (kRelations.at(i) == text) {
      return static_cast<Relation>(i);
    }
  }
  return Error(ErrorCode::kInternal, concat("the unknown relation '", text, "'"));
}

Result<std::vector<Edge>> edges_at(store::Session& session, std::string_view project,
                                   const Node& node, LineageSide side) {
  // One more than is ever answered, so that nothing is read without bound.
  const std::string sql = concat(
      "SELECT from_kind, from_id, relation, to_kind, to_id FROM lineage WHERE project = ? AND ",
      side == LineageSide::kAncestors ? "to_kind = ? AND to_id = ?"
                                      : "from_kind = ? AND from_id = ?",
      " ORDER BY from_kind, from_id, relation, to_kind, to_id LIMIT ?");
  std::vector<Edge> edges;
  WATTLE_RETURN_IF_ERROR(session.query(sql,
                                       {std::string(project), node.kind, node.id,
                                        static_cast<std::int64_t>(limits::kLineageNodes) + 1},
                                       [&edges](const store::SqlRow& row) -> Status {
                                         WATTLE_ASSIGN_OR_RETURN(const Relation relation,
                                                                 parse_relation(row.text(2)));
                                         edges.push_back({.from = {row.text(0), row.text(1)},
                                                          .relation = relation,
                                                          .to = {row.text(3), row.text(4)}});
                                         return {};
                                       }));
  return edges;
}

/// Walks in breadth, each node once: cycles, which nothing forbids, end there.
class Walk {
 public:
  Walk(store::Session& session, std::string_view project, const LineageQuery& query)
      : session_(session), project_(project), query_(query), seen_{query.start} {}

  Result<LineageAnswer> walk() {
    std::vector<Node> level{query_.start};
    for (int depth = 0; !level.empty(); ++depth) {
      WATTLE_ASSIGN_OR_RETURN(level, next_level(level, depth < query_.depth));
      if (answer_.is_cut) {
        break;
      }
    }
    return std::move(answer_);
  }

 private:
  Result<std::vector<Node>> next_level(const std::vector<Node>& level, bool may_go_on) {
    std::vector<Node> next;
    for (const auto& node : level) {
      WATTLE_ASSIGN_OR_RETURN(const auto edges, edges_at(session_, project_, node, query_.side));
      for (const auto& edge : edges) {
        const Node& other = query_.side == LineageSide::kAncestors ? edge.from : edge.to;
        const bool is_new = !seen_.contains(other);
        if (!may_go_on || (is_new && seen_.size() > query_.limit)) {
          answer_.is_cut = true;
          return next;
        }
        answer_.edges.push_back(edge);
        if (is_new) {
          seen_.insert(other);
          next.push_back(other);
        }
      }
    }
    return next;
  }

  store::Session& session_;
  std::string_view project_;
  const LineageQuery& query_;
  std::set<Node> seen_;
  LineageAnswer answer_;
};

}  // namespace

std::string_view to_text(Relation relation) {
  return kRelations.at(static_cast<std::size_t>(relation));
}

Status add_edge(store::Session& session, const Caller& caller, const Edge& edge) {
  if (edge.from == edge.to) {
    return Error(ErrorCode::kInvalidArgument,
                 concat(edge.from.kind, " ", edge.from.id, " cannot come from itself"));
  }
  WATTLE_ASSIGN_OR_RETURN(
      const std::int64_t made,
      session.execute(
          "INSERT INTO lineage (project, from_kind, from_id, relation, to_kind, to_id, "
          "actor, created_ns) VALUES (?, ?, ?, ?, ?, ?, ?, ?) "
          "ON CONFLICT (project, from_kind, from_id, relation, to_kind, to_id) "
          "DO NOTHING",
          {caller.project, edge.from.kind, edge.from.id, std::string(to_text(edge.relation)),
           edge.to.kind, edge.to.id, caller.actor, caller.now.ns}));
  if (made == 0) {
    return {};
  }
  return note_change(session, caller,
                     {"lineage.added",
                      edge.to.id,
                      {{"from", concat(edge.from.kind, " ", edge.from.id)},
                       {"relation", std::string(to_text(edge.relation))},
                       {"to", concat(edge.to.kind, " ", edge.to.id)}}});
}

Result<LineageAnswer> lineage_of(store::Session& session, std::string_view project,
                                 const LineageQuery& query) {
  if (query.depth < 0 || query.limit > limits::kLineageNodes) {
    return Error(ErrorCode::kInvalidArgument,
                 concat("lineage is told for at most ", limits::kLineageNodes, " nodes"));
  }
  return Walk(session, project, query).walk();
}

}  // namespace wattle::registry
