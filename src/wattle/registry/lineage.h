// Lineage: what came from what. Edges between things that are named by kind and id; what the things
// are is known to whoever draws the edges.
//
// Units:    UTC.
// Errors:   kInvalidArgument: an edge from a thing to itself, or more asked for than is answered.
//           Else as the database.
// Threads:  as the Session. Lifetime: value types.
// See:      docs/reference/registry.md
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/result.h"
#include "wattle/registry/caller.h"
#include "wattle/store/database.h"

namespace wattle::registry {

/// ("run", ULID), ("artifact", digest), ("model_version", "MODEL_ID/3").
struct Node {
  std::string kind;
  std::string id;
  friend auto operator<=>(const Node&, const Node&) = default;
};

/// A run produced a version; a run used an artifact; an artifact was derived from another.
enum class Relation { kProduced, kUsed, kDerived };
std::string_view to_text(Relation relation);

/// Drawn in the direction in which content flows: from what was there first to what came of it. So
/// an input is `from`, and the run that used it is `to`.
struct Edge {
  Node from;
  Relation relation = Relation::kProduced;
  Node to;
  friend auto operator<=>(const Edge&, const Edge&) = default;
};

/// The same edge again is fine.
Status add_edge(store::Session& session, const Caller& caller, const Edge& edge);

enum class LineageSide { kAncestors, kDescendants };

struct LineageQuery {
  Node start;
  LineageSide side = LineageSide::kAncestors;
  int depth = 10;            // edges from the start
  std::size_t limit = 1000;  // nodes; at most limits::kLineageNodes
};

struct LineageAnswer {
  std::vector<Edge> edges;  // the nearest first
  bool is_cut = false;      // depth or limit left something out
};

Result<LineageAnswer> lineage_of(store::Session& session, std::string_view project,
                                 const LineageQuery& query);

}  // namespace wattle::registry
