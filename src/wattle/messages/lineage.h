// What came from what.
//
// Units:    none. Errors: none. Threads: value types. Lifetime: value types.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "wattle/messages/described.h"

namespace wattle::messages {

struct LineageNode {
  std::string kind;
  std::string id;

  static constexpr std::string_view kName = "LineageNode";
  static constexpr std::string_view kAbout = "A thing that came from others, or became others.";
  static void fields(auto& f) {
    f("kind", &LineageNode::kind, "run, artifact, model_version.");
    f("id", &LineageNode::id,
      "Of a run its ULID, of an artifact its digest, of a version MODEL/3.");
  }
  bool operator==(const LineageNode&) const = default;
};

enum class LineageRelation { kProduced, kUsed, kDerived };
template <>
struct Words<LineageRelation> {
  static constexpr std::string_view kName = "LineageRelation";
  static constexpr std::string_view kAbout =
      "A run produced a version; a run used an artifact; an artifact was derived from another.";
  static constexpr std::array<std::string_view, 3> kWords{"produced", "used", "derived"};
};

struct LineageEdge {
  LineageNode from;
  LineageRelation relation = LineageRelation::kProduced;
  LineageNode to;

  static constexpr std::string_view kName = "LineageEdge";
  static constexpr std::string_view kAbout =
      "Drawn as content flows: an input is `from`, and the run that used it is `to`.";
  static void fields(auto& f) {
    f("from", &LineageEdge::from, "What was there first.");
    f("relation", &LineageEdge::relation, "How they belong together.");
    f("to", &LineageEdge::to, "What came of it.");
  }
  bool operator==(const LineageEdge&) const = default;
};

struct Lineage {
  std::vector<LineageEdge> edges;
  bool is_cut = false;

  static constexpr std::string_view kName = "Lineage";
  static constexpr std::string_view kAbout = "What a thing came from, or what came of it.";
  static void fields(auto& f) {
    f("edges", &Lineage::edges, "The nearest first.");
    f("is_cut", &Lineage::is_cut, "Depth or limit left something out.");
  }
  bool operator==(const Lineage&) const = default;
};

extern template const Type& type_of<LineageNode>();
extern template const Type& type_of<LineageEdge>();
extern template const Type& type_of<Lineage>();

}  // namespace wattle::messages
