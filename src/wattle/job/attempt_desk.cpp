#include "wattle/job/attempt_desk.h"

#include <algorithm>
#include <filesystem>

#include "wattle/base/text.h"
#include "wattle/executor/attempt_documents.h"
#include "wattle/executor/environment.h"
#include "wattle/executor/lost_attempt.h"

namespace wattle::job {
namespace {

std::map<std::string, std::string> texts_of(
    const std::map<std::string, spec::Parameter>& parameters) {
  std::map<std::string, std::string> texts;
  for (const auto& [name, parameter] : parameters) {
    texts[name] = parameter.text;
  }
  return texts;
}

/// An exact number of CPUs is a limit and a reservation; "4+" asks for no less and limits nothing.
double limit_of(const std::optional<spec::Count>& cpus) {
  return cpus && !cpus->at_least ? static_cast<double>(cpus->value) : 0;
}

// What a start writes at once, and the supervisor's reserve for its last record, amply.
constexpr std::uintmax_t kRoomToStart = 256 << 10;

/// A start on a full disk would stop half way; it is refused before anything is written.
Status check_room(const std::string& home) {
  std::filesystem::path folder(home);
  std::error_code error;
  while (!std::filesystem::exists(folder, error) && folder.has_relative_path()) {
    folder = folder.parent_path();
  }
  const auto space = std::filesystem::space(folder, error);
  if (error || space.capacity == 0 || space.available >= kRoomToStart) {
    return {};  // what else is wrong with the folder, making it will tell
  }
  return Error(ErrorCode::kIo,
               concat("No space left on device: ", space.available / 1000, " kB are free below ",
                      home, ", a run takes ", kRoomToStart / 1000, " kB and what it writes"));
}

/// As --observe of the supervisor takes it.
std::string identity_of(const messages::ObservedFacts& observed) {
  return concat(observed.pid, ":", observed.start_ticks);
}

executor::CheckpointPlan checkpoint_plan(const spec::CheckpointSpec& checkpoint,
                                         std::string folder) {
  return {.request = checkpoint.request.value_or("none"),
          .timeout = checkpoint.timeout,
          .interval = checkpoint.interval.value_or(Seconds(0)),
          .mean_time_between_interruptions = checkpoint.mean_time_between_interruptions,
          .folder = std::move(folder)};
}

}  // namespace

Caller AttemptDesk::ourselves() const {
  return {.environment = {.variables = around_.environment, .settings = executor::own_settings()},
          .secrets = {}};
}

executor::EnvironmentSpec AttemptDesk::environment_spec(const RunRecord& record,
                                                        const AttemptPlan& plan) const {
  const double limit = limit_of(record.job.resources.cpus);
  const auto& home = catalog_.home();
  const auto attempt = home.attempt(record.id, plan.number);
  executor::EnvironmentSpec spec{
      .run_id = record.id,
      .attempt = plan.number,
      .name = record.job.name,
      .run_folder = home.run(record.id),
      .attempt_folder = attempt,
      .params = texts_of(record.job.params),
      .inputs = record.job.inputs,
      .outputs = record.job.outputs,
      .extra = executor::Environment(record.job.env.begin(), record.job.env.end()),
      .cpus = limit > 0 ? std::min(limit, host_.granted.cores) : host_.granted.cores,
      .gpus = plan.gpus ? static_cast<int>(plan.gpus->size()) : static_cast<int>(host_.gpus.size()),
      .host = host_.name,
      .program_folder = around_.program_folder,
      .resume_from = plan.resume_from.value_or(""),
      .gpu_indices = plan.gpus,
      .command = record.argv()};
  if (record.job.checkpoint.request) {
    // As wattle-supervise makes them (docs/reference/supervisor-protocol.md).
    spec.checkpoint_request = path_join(attempt, "checkpoint.request");
    spec.checkpoint_confirm = path_join(attempt, "checkpoint/confirmation.json");
  }
  spec.ml_folder = plan.ml_folder;
  return spec;
}

std::vector<std::string> AttemptDesk::environment(const RunRecord& record, const AttemptPlan& plan,
                                                  const Caller& caller) const {
  auto variables = caller.environment.variables;
  for (const auto& [name, value] : caller.secrets) {
    variables.insert_or_assign(name, value);
  }
  return executor::job_environment(variables, environment_spec(record, plan));
}

executor::AttemptSpec AttemptDesk::attempt_spec(const RunRecord& record,
                                                const AttemptPlan& plan) const {
  const auto& job = record.job;
  const auto& home = catalog_.home();
  return {.folder = home.attempt(record.id, plan.number),
          .run = record.id,
          .attempt = plan.number,
          .project = job.project,
          .argv = record.argv(),
          .working_folder = record.folder,
          .cpus = limit_of(job.resources.cpus),
          .reserve_cpus = limit_of(job.resources.cpus) > 0,
          .memory = job.resources.memory.value_or(Bytes(0)),
          .time_limit = job.resources.time_limit.value_or(Seconds(0)),
          .grace = job.grace,
          .output_limit = job.output_limit,
          .streams = plan.streams,
          .checkpoint = checkpoint_plan(job.checkpoint, home.checkpoints(record.id)),
          .observed = record.observed ? identity_of(*record.observed) : ""};
}

Status AttemptDesk::make_folders(const RunRecord& record, std::uint32_t number) const {
  const auto& home = catalog_.home();
  const std::string run = home.run(record.id);
  for (const auto& folder : {home.attempt(record.id, number), run + "/artifacts/model",
                             run + "/artifacts/output", home.checkpoints(record.id)}) {
    WATTLE_RETURN_IF_ERROR(around_.files.make_directories(folder));
  }
  return {};
}

Status AttemptDesk::start(const RunRecord& record, AttemptPlan plan, const Caller& caller) const {
  WATTLE_RETURN_IF_ERROR(check_room(catalog_.home().root()));
  WATTLE_RETURN_IF_ERROR(make_folders(record, plan.number));
  WATTLE_ASSIGN_OR_RETURN(const auto means, isolation_means(record.job, caller));
  WATTLE_ASSIGN_OR_RETURN(plan.ml_folder, make_contract(record, plan, means));
  auto spec = attempt_spec(record, plan);
  spec.environment = environment(record, plan, caller);
  for (const auto& [name, value] : caller.secrets) {
    spec.redact.push_back(name);
  }
  WATTLE_RETURN_IF_ERROR(isolate({.record = record, .plan = plan, .caller = caller}, means, spec));
  spec.argv = executor::with_settings(std::move(spec.argv), caller.environment.settings,
                                      executor::own_settings());
  return around_.executor.start(spec).with_context("starting the run");
}

Result<std::optional<executor::ExitRecord>> AttemptDesk::fence(std::string_view run,
                                                               std::uint32_t number) const {
  const auto folder = catalog_.home().attempt(run, number);
  if (!around_.files.exists(folder)) {
    return std::optional<executor::ExitRecord>();
  }
  WATTLE_ASSIGN_OR_RETURN(const auto state, around_.executor.state(folder));
  Result<executor::ExitRecord> end = executor::ExitRecord{};
  if (state == executor::AttemptState::kStarting) {
    // Nobody has it. Its end is written down; whoever comes late finds that.
    end = executor::settle_lost(around_.files, around_.clock, folder);
  } else if (state == executor::AttemptState::kRunning) {
    WATTLE_RETURN_IF_ERROR(around_.executor.kill(folder));
    end = around_.executor.wait(folder, -1);
  } else {
    end = around_.executor.exit_record(folder);
  }
  WATTLE_RETURN_IF_ERROR(end.ok() ? Status() : Status(end.error()));
  return std::optional(*std::move(end));
}

bool AttemptDesk::began(std::string_view run, std::uint32_t number) const {
  return around_.files.exists(executor::supervisor_file(catalog_.home().attempt(run, number)));
}

Result<executor::NewestCheckpoint> AttemptDesk::newest_checkpoint(std::string_view run) const {
  std::vector<std::string> folders;
  for (const auto number : catalog_.attempts(run)) {
    folders.push_back(catalog_.home().attempt(run, number));
  }
  return executor::newest_verified(around_.files, folders, catalog_.home().checkpoints(run));
}

}  // namespace wattle::job
