#include "wattle/job/run_desk.h"

#include <algorithm>
#include <filesystem>

#include "wattle/base/text.h"
#include "wattle/executor/environment.h"
#include "wattle/hardware/host_files.h"

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
  if (error || space.available >= kRoomToStart) {
    return {};  // what is wrong with the folder, making it will tell
  }
  return Error(ErrorCode::kIo,
               concat("No space left on device: ", space.available / 1000, " kB are free below ",
                      home, ", a run takes ", kRoomToStart / 1000, " kB and what it writes"));
}

std::string end_state(const executor::ExitRecord& exit) {
  return end_of(exit).state;
}

}  // namespace

RunDesk::RunDesk(Surroundings surroundings)
    : around_(std::move(surroundings)),
      catalog_(around_.files, around_.home),
      host_(hardware::describe_host(
          hardware::HostFiles(around_.files, around_.root.empty() ? "/" : around_.root),
          hardware::ask_kernel())) {}

std::vector<std::string> RunDesk::environment_of(const RunRecord& record,
                                                 std::uint32_t attempt) const {
  const double limit = limit_of(record.job.resources.cpus);
  const auto& home = catalog_.home();
  return executor::job_environment(
      around_.environment,
      {.run_id = record.id,
       .attempt = attempt,
       .name = record.job.name,
       .run_folder = home.run(record.id),
       .attempt_folder = home.attempt(record.id, attempt),
       .params = texts_of(record.job.params),
       .inputs = record.job.inputs,
       .outputs = record.job.outputs,
       .extra = executor::Environment(record.job.env.begin(), record.job.env.end()),
       .cpus = limit > 0 ? std::min(limit, host_.granted.cores) : host_.granted.cores,
       .gpus = static_cast<int>(host_.gpus.size()),
       .host = host_.name,
       .program_folder = around_.program_folder});
}

executor::AttemptSpec RunDesk::attempt_of(const RunRecord& record, std::uint32_t number) const {
  const auto& job = record.job;
  return {.folder = catalog_.home().attempt(record.id, number),
          .run = record.id,
          .attempt = number,
          .project = job.project,
          .argv = record.argv(),
          .environment = environment_of(record, number),
          .working_folder = record.folder,
          .cpus = limit_of(job.resources.cpus),
          .reserve_cpus = limit_of(job.resources.cpus) > 0,
          .memory = job.resources.memory.value_or(Bytes(0)),
          .time_limit = job.resources.time_limit.value_or(Seconds(0)),
          .grace = job.grace,
          .output_limit = job.output_limit};
}

Status RunDesk::make_folders(const RunRecord& record, std::uint32_t number) {
  const std::string run = catalog_.home().run(record.id);
  for (const auto& folder : {catalog_.home().attempt(record.id, number), run + "/artifacts/model",
                             run + "/artifacts/output", run + "/checkpoints"}) {
    WATTLE_RETURN_IF_ERROR(around_.files.make_directories(folder));
  }
  return {};
}

Status RunDesk::start(const RunRecord& record, executor::Streams streams) {
  WATTLE_RETURN_IF_ERROR(check_room(catalog_.home().root()));
  WATTLE_RETURN_IF_ERROR(catalog_.add(record).with_context("accepting the run"));
  const std::uint32_t number = catalog_.last_attempt(record.id).value_or(0) + 1;
  WATTLE_RETURN_IF_ERROR(make_folders(record, number));
  auto spec = attempt_of(record, number);
  spec.streams = streams;
  return around_.executor.start(spec).with_context("starting the run");
}

Result<std::string> RunDesk::attempt_folder(std::string_view id) const {
  const auto number = catalog_.last_attempt(id);
  if (!number) {
    return Error(ErrorCode::kNotFound,
                 concat("run ", id, " was accepted, but no attempt was begun"));
  }
  return catalog_.home().attempt(id, *number);
}

Status RunDesk::wait(std::string_view id, int cancel) {
  WATTLE_ASSIGN_OR_RETURN(const auto folder, attempt_folder(id));
  const auto exit = around_.executor.wait(folder, cancel);
  return exit.ok() ? Status() : Status(exit.error());
}

Status RunDesk::stop(std::string_view id) {
  WATTLE_ASSIGN_OR_RETURN(const auto folder, attempt_folder(id));
  return around_.executor.stop(folder);
}

Status RunDesk::kill(std::string_view id) {
  WATTLE_ASSIGN_OR_RETURN(const auto folder, attempt_folder(id));
  return around_.executor.kill(folder);
}

Result<std::string> RunDesk::state_of(std::string_view id) {
  const auto folder = attempt_folder(id);
  if (!folder.ok()) {
    return std::string("interrupted");  // its maker died between accepting and starting it
  }
  WATTLE_ASSIGN_OR_RETURN(const auto state, around_.executor.state(*folder));
  switch (state) {
    case executor::AttemptState::kStarting:
      return std::string("starting");
    case executor::AttemptState::kRunning:
      return std::string("running");
    case executor::AttemptState::kEnded:
    case executor::AttemptState::kLost:
      break;
  }
  WATTLE_ASSIGN_OR_RETURN(const auto exit, around_.executor.exit_record(*folder));
  return end_state(exit);
}

Result<messages::Receipt> RunDesk::receipt(std::string_view id) {
  if (auto made = catalog_.receipt(id); made.ok()) {
    return made;
  }
  WATTLE_ASSIGN_OR_RETURN(const auto state, state_of(id));
  if (state == "starting" || state == "running") {
    return Error(ErrorCode::kUnavailable, concat("run ", id, " is still ", state));
  }
  return settle(id);
}

Result<RunSummary> RunDesk::summary(std::string_view id) {
  WATTLE_ASSIGN_OR_RETURN(const auto record, catalog_.load(id));
  RunSummary summary{
      .id = record.id, .name = record.job.name, .kind = record.kind, .created = record.created};
  if (auto made = receipt(id); made.ok()) {
    summary.state = made->run.state;
    summary.receipt = std::move(*made);
    return summary;
  }
  WATTLE_ASSIGN_OR_RETURN(summary.state, state_of(id));
  return summary;
}

Result<std::vector<RunSummary>> RunDesk::list(std::size_t limit) {
  WATTLE_ASSIGN_OR_RETURN(const auto ids, catalog_.ids());
  std::vector<RunSummary> runs;
  for (const auto& id : ids) {
    if (runs.size() == limit) {
      break;
    }
    auto run = summary(id);
    runs.push_back(
        run.ok() ? std::move(*run)
                 : RunSummary{.id = id, .name = "?", .state = "damaged: " + run.error().message()});
  }
  return runs;
}

}  // namespace wattle::job
