// Every message that is described: what tests and fuzzers go through.
//
// Units:    none. Errors: none. Threads: pure functions. Lifetime: constants.
#pragma once

#include "wattle/messages/access_request.h"
#include "wattle/messages/backup.h"
#include "wattle/messages/comparison.h"
#include "wattle/messages/energy_report.h"
#include "wattle/messages/event.h"
#include "wattle/messages/experiment.h"
#include "wattle/messages/model_request.h"
#include "wattle/messages/problem.h"
#include "wattle/messages/run_request.h"
#include "wattle/messages/server_info.h"
#include "wattle/messages/sweep.h"

namespace wattle::messages {

template <typename... T>
struct MessageList {
  /// `use.operator()<T>()` for each of them.
  template <typename Use>
  static void each(Use use) {
    (use.template operator()<T>(), ...);
  }
};

using Requests =
    MessageList<AliasTarget, BackupRequest, Decision, ExperimentUpdate, ModelUpdate, NewExperiment,
                NewModel, NewProject, NewToken, NewUser, NewVersion, ProjectUpdate, QuotaUpdate,
                RunAction, RunRequest, RunUpdate, SweepRequest, UserUpdate>;
using Answers =
    MessageList<Alias, Artifact, BackupReport, Comparison, EnergyReport, Event, Experiment, Figure,
                Health, Lineage, LogLine, Model, ModelVersion, ModelVersionDetail, Page<Artifact>,
                Page<Event>, Page<Experiment>, Page<LogLine>, Page<Model>, Page<ModelVersion>,
                Page<Project>, Page<RunSummary>, Page<Token>, Page<User>, ProblemAnswer, Project,
                Quota, Receipt, RestoreReport, RunAccepted, RunDetail, RunPlan, RunSummary,
                ServerInfo, Session, SweepReport, Token, TokenSecret, User, VerificationReport>;

}  // namespace wattle::messages
