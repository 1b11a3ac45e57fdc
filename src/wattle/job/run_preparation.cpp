#include <filesystem>

#include "wattle/base/ids.h"
#include "wattle/base/path_digest.h"
#include "wattle/base/text.h"
#include "wattle/carbon/zone_atlas.h"
#include "wattle/energy/cpu_power_model.h"
#include "wattle/energy/host_facts.h"
#include "wattle/energy/sensor_files.h"
#include "wattle/executor/capture.h"
#include "wattle/hardware/doctor_facts.h"
#include "wattle/hardware/host_files.h"
#include "wattle/job/current_user.h"
#include "wattle/job/prediction.h"
#include "wattle/job/run_desk.h"

namespace wattle::job {
namespace {

constexpr std::size_t kHistory = 20;  // runs of a job that a prediction looks back on
constexpr Seconds kEstimateTimeout{20};

std::string absolute_from(const std::string& folder, const std::string& path) {
  return absolute_path(path.starts_with('/') ? path : path_join(folder, path));
}

/// The job with every path made absolute, so that its record means the same from anywhere.
spec::JobSpec with_absolute_paths(spec::JobSpec job, const std::string& folder) {
  job.workdir = absolute_from(folder, job.workdir);
  for (auto* paths : {&job.inputs, &job.outputs}) {
    for (auto& [name, path] : *paths) {
      path = absolute_from(folder, path);
    }
  }
  for (auto& path : job.sandbox.writable) {
    path = absolute_from(folder, path);
  }
  for (auto* path : {&job.carbon.intensity_file, &job.metrics.file}) {
    if (*path) {
      **path = absolute_from(folder, **path);
    }
  }
  return job;
}

/// A zone that is misspelt is wrong input, and its message says where it was written.
Status check_zone(std::string_view origin, const std::string& name) {
  const auto zone = carbon::ZoneAtlas().resolve(name);
  return zone.ok()
             ? Status()
             : Error(ErrorCode::kInvalidArgument, concat(origin, ": ", zone.error().message()));
}

}  // namespace

/// What a job file is checked for, of a job that was made of words: a record that cannot be read
/// again must never be accepted.
Status check_job(const spec::JobSpec& job) {
  if (const auto* words = std::get_if<std::vector<std::string>>(&job.run);
      words != nullptr && (words->empty() || words->front().empty())) {
    return Error(ErrorCode::kInvalidArgument,
                 "the command is empty; its first word names the program");
  }
  const auto again = spec::job_from_json(spec::to_json(job));
  return again.ok() ? Status()
                    : Error(ErrorCode::kInvalidArgument,
                            concat("this job cannot be recorded: ", again.error().message()));
}

energy::CpuPowerModel power_model(FileSystem& files, const store::Home& home,
                                  const std::string& root) {
  const energy::SensorFiles sensors(files, root.empty() ? "/" : root);
  auto prior = energy::CpuPowerModel::prior(energy::read_cpu_description(sensors));
  if (const auto text = files.read(home.cpu_model(), limits::kSmallFileBytes); text.ok()) {
    if (auto calibrated = energy::CpuPowerModel::parse(*text);
        calibrated.ok() && calibrated->cause() == prior.cause()) {
      return std::move(*calibrated);
    }
  }
  return prior;
}

Result<messages::FileFacts> facts_of_file(FileSystem& files, const std::string& name,
                                          const std::string& path) {
  messages::FileFacts facts{.name = name, .path = path};
  if (!files.exists(path)) {
    return Error(ErrorCode::kNotFound, concat("'", name, "': there is no file ", path));
  }
  WATTLE_ASSIGN_OR_RETURN(const auto digest, digest_path(path));
  facts.sha256 = digest.sha256;
  facts.bytes = digest.bytes;
  return facts;
}

Result<std::optional<std::string>> zone_of(
    const Request& request, const std::map<std::string, std::string, std::less<>>& environment) {
  if (request.zone) {
    WATTLE_RETURN_IF_ERROR(check_zone("--zone", *request.zone));
    return request.zone;
  }
  if (const auto zone = environment.find("WATTLE_ZONE");
      zone != environment.end() && !zone->second.empty()) {
    WATTLE_RETURN_IF_ERROR(check_zone("WATTLE_ZONE", zone->second));
    return std::optional(zone->second);
  }
  return request.job.carbon.zone;
}

Result<RunRecord> RunDesk::prepare(const Request& request) {
  RunRecord record{.id = make_ulid(around_.clock, around_.rng),
                   .kind = request.kind,
                   .actor = request.actor.empty() ? current_user() : request.actor,
                   .created = around_.clock.utc_now(),
                   .job = with_absolute_paths(request.job, request.folder)};
  record.folder = record.job.workdir;
  WATTLE_RETURN_IF_ERROR(check_job(record.job));
  WATTLE_ASSIGN_OR_RETURN(record.job.carbon.zone, zone_of(request, around_.environment));
  if (!std::filesystem::is_directory(record.folder)) {
    return Error(ErrorCode::kNotFound, concat("key 'workdir': there is no folder ", record.folder));
  }
  WATTLE_ASSIGN_OR_RETURN([[maybe_unused]] const auto checked, open_carbon(record.job));
  WATTLE_RETURN_IF_ERROR(attempts_.check_isolation(record.job));
  for (const auto& [name, path] : record.job.inputs) {
    WATTLE_ASSIGN_OR_RETURN(auto facts,
                            facts_of_file(around_.files, name, path).with_context("key 'inputs'"));
    record.inputs.push_back(std::move(facts));
  }
  record.environment = executor::capture_environment(around_.files, around_.subprocess,
                                                     around_.environment, record.folder);
  record.observed = request.observed;
  if (!record.observed) {  // how long a process will go on is not in its past
    record.prediction = predict(record);
  }
  return record;
}

Result<std::unique_ptr<CarbonDesk>> RunDesk::open_carbon(const spec::JobSpec& job) const {
  const auto tz = around_.environment.find("TZ");
  const hardware::HostFiles host_files(around_.files, around_.root.empty() ? "/" : around_.root);
  return CarbonDesk::open(
      around_.files, around_.clock, job,
      {.root = around_.root,
       .tz = tz == around_.environment.end() ? std::nullopt : std::optional(tz->second),
       .time_zone = hardware::find_time_zone(host_files, around_.environment)});
}

std::vector<messages::Receipt> RunDesk::history_of(const RunRecord& record) {
  RunIndex& index = around_.index != nullptr ? *around_.index : catalog_;
  std::vector<messages::Receipt> same;
  for (const auto& id : index.same_job(record, kHistory).value_or({})) {
    if (auto receipt = catalog_.receipt(id); receipt.ok()) {
      same.push_back(std::move(*receipt));
    }
  }
  return same;
}

std::optional<messages::PredictionFacts> RunDesk::predict(const RunRecord& record) {
  if (auto from_history = predict_from_history(history_of(record))) {
    return from_history;
  }
  const auto command = estimate_command(record.job);
  if (!command) {
    return std::nullopt;
  }
  const auto captured =
      run_captured(around_.subprocess,
                   {.argv = *command,
                    .environment = attempts_.environment(record, {}, attempts_.ourselves()),
                    .folder = record.folder},
                   kEstimateTimeout);
  if (!captured.ok() || !captured->status.success()) {
    return std::nullopt;  // what is wrong with the command, its run will say
  }
  const auto estimate = parse_program_estimate(captured->output);
  if (!estimate.ok()) {
    return std::nullopt;
  }
  return predict_from_estimate(*estimate, power_model(around_.files, around_.home, around_.root),
                               host_.cpu.logical_cpus);
}

}  // namespace wattle::job
