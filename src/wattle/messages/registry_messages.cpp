#include "wattle/base/text.h"
#include "wattle/messages/artifact.h"
#include "wattle/messages/experiment.h"
#include "wattle/messages/lineage.h"
#include "wattle/messages/model.h"
#include "wattle/messages/model_request.h"

namespace wattle::messages {

Status NewVersion::check() const {
  if (!run && !sha256) {
    return Error(ErrorCode::kInvalidArgument, "names no content: give run or sha256");
  }
  if (output && !run) {
    return Error(ErrorCode::kInvalidArgument, "names an output of no run: give run");
  }
  return {};
}

Status Decision::check() const {
  return decision == DecisionVerb::kReject && trim(reason).empty()
             ? Status(Error(ErrorCode::kInvalidArgument, "a rejection says why: give reason"))
             : Status();
}

template const Type& type_of<Experiment>();
template const Type& type_of<Page<Experiment>>();
template const Type& type_of<NewExperiment>();
template const Type& type_of<ExperimentUpdate>();
template const Type& type_of<Model>();
template const Type& type_of<Page<Model>>();
template const Type& type_of<Alias>();
template const Type& type_of<ApprovalFacts>();
template const Type& type_of<ModelVersion>();
template const Type& type_of<Page<ModelVersion>>();
template const Type& type_of<VersionLine>();
template const Type& type_of<ModelVersionDetail>();
template const Type& type_of<NewModel>();
template const Type& type_of<ModelUpdate>();
template const Type& type_of<NewVersion>();
template const Type& type_of<AliasTarget>();
template const Type& type_of<Decision>();
template const Type& type_of<LineageNode>();
template const Type& type_of<LineageEdge>();
template const Type& type_of<Lineage>();
template const Type& type_of<ArtifactReference>();
template const Type& type_of<ArtifactEntry>();
template const Type& type_of<Artifact>();
template const Type& type_of<Page<Artifact>>();

}  // namespace wattle::messages
