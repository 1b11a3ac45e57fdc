#include "wattle/api/run_submission.h"

#include "wattle/api/quota_check.h"
#include "wattle/base/text.h"
#include "wattle/job/current_user.h"
#include "wattle/job/job_rows.h"
#include "wattle/spec/document.h"
#include "wattle/spec/job_spec.h"

namespace wattle::api {
namespace {

using messages::RunRequest;

EnvironmentMap environment_of(const Services& services, const RunRequest& request) {
  return request.environment
             ? EnvironmentMap(request.environment->begin(), request.environment->end())
             : services.environment;
}

Result<spec::JobSpec> read_document(const std::string& text, const RunRequest& request,
                                    const EnvironmentMap& environment) {
  // Its path names the job that has no name, and is what messages call it.
  WATTLE_ASSIGN_OR_RETURN(
      const auto document,
      spec::parse_document(text, path_join(request.folder, "wattle.yaml"), request.overrides));
  auto reading = spec::read_job(document, environment);
  return reading.ok() ? Result<spec::JobSpec>(std::move(reading.job))
                      : Error(ErrorCode::kInvalidArgument, join(reading.problems.lines(), "; "));
}

Result<spec::JobSpec> read_job(const RunRequest& request, const EnvironmentMap& environment) {
  if (request.job) {
    return read_document(request.job->text(), request, environment);
  }
  if (request.job_text) {
    return read_document(*request.job_text, request, environment);
  }
  if (request.command->empty()) {
    return Error(ErrorCode::kInvalidArgument,
                 "the command is empty; its first word names the program");
  }
  spec::JobSpec job;
  job.run = *request.command;
  job.name = spec::name_of_folder(request.command->front());
  return job;
}

messages::RunAccepted accepted_message(const job::Accepted& accepted,
                                       const job::RunRecord& record) {
  return {.id = accepted.run,
          .name = record.job.name,
          .is_new = accepted.is_new,
          .prediction = accepted.is_new ? record.prediction : std::nullopt};
}

}  // namespace

Status check_account(Services& services, const access::Identity& by) {
  if (by.kind() == access::Identity::Kind::kOwner || by.grant().token_id.empty()) {
    return {};
  }
  const auto account = job::current_user();
  const auto user = services.users.get(by.actor());
  const bool is_same = user.ok() && user->unix_account == account;
  return is_same ? Status()
                 : Status(Error(ErrorCode::kPermissionDenied,
                                concat("jobs run as ", account, " here, and '", by.actor(),
                                       "' is not that account; have an admin set the account of "
                                       "the user, or use a server of your own")));
}

Result<job::Request> RunSubmission::job_request(const RunRequest& request) {
  const auto environment = environment_of(services_, request);
  WATTLE_ASSIGN_OR_RETURN(auto job, read_job(request, environment));
  job.name = request.name.value_or(job.name);
  job.project = request.project.value_or(job.project);
  job.experiment = request.experiment ? request.experiment : job.experiment;
  job.priority = request.priority.value_or(job.priority);
  const auto& range = by_.grant().projects;
  const auto scope = range.is_all() ? std::nullopt : std::optional(range.text());
  for (const auto& earlier : request.after) {
    auto id = services_.house.jobs().find(earlier, scope);
    WATTLE_ASSIGN_OR_RETURN(std::string found, std::move(id).with_context("after"));
    job.after.push_back(std::move(found));
  }
  return job::Request{.job = std::move(job),
                      .folder = request.folder,
                      .kind = "run",
                      .actor = by_.actor(),
                      .zone = request.zone};
}

Status RunSubmission::check_allowed(const spec::JobSpec& job) {
  WATTLE_RETURN_IF_ERROR(by_.require(access::Scope::kWrite, job.project));
  WATTLE_RETURN_IF_ERROR(check_account(services_, by_));
  return check_quotas(services_.quotas, services_.house.jobs(),
                      {.project = job.project,
                       .user = by_.actor(),
                       .cores = job::needs_of(job).cpus,
                       .now = services_.clock.utc_now()});
}

Result<job::RunRecord> RunSubmission::prepare(const RunRequest& request) {
  if (!request.folder.starts_with('/')) {
    return Error(ErrorCode::kInvalidArgument,
                 concat("folder: '", request.folder, "' is not absolute"));
  }
  WATTLE_ASSIGN_OR_RETURN(const auto wanted, job_request(request));
  WATTLE_RETURN_IF_ERROR(check_allowed(wanted.job));
  WATTLE_ASSIGN_OR_RETURN(annex_, services_.open_annex(environment_of(services_, request)));
  return annex_->house->desk().prepare(wanted);
}

Result<messages::RunPlan> RunSubmission::plan(const RunRequest& request) {
  WATTLE_ASSIGN_OR_RETURN(const auto record, prepare(request));
  return messages::RunPlan{.name = record.job.name,
                           .folder = record.folder,
                           .command = record.argv(),
                           .prediction = record.prediction};
}

/// The first run in a project makes it.
Status RunSubmission::ensure_project(const std::string& project) {
  const auto known = services_.projects.get(project);
  if (known.ok() || known.error().code() != ErrorCode::kNotFound) {
    return known.ok() ? Status() : Status(known.error());
  }
  return services_.house.database().write([&](store::Session& session) {
    return access::Projects::ensure(session, by_, project, services_.clock.utc_now());
  });
}

Result<messages::RunAccepted> RunSubmission::accept(const job::RunRecord& record,
                                                    const std::string& key) {
  WATTLE_RETURN_IF_ERROR(ensure_project(record.job.project));
  WATTLE_ASSIGN_OR_RETURN(const auto accepted, annex_->house->submit(record, key));
  services_.wake();
  return accepted_message(accepted, record);
}

Result<messages::RunAccepted> RunSubmission::submit(const RunRequest& request,
                                                    const std::string& key) {
  WATTLE_ASSIGN_OR_RETURN(const auto record, prepare(request));
  return accept(record, key);
}

Result<messages::RunAccepted> RunSubmission::again(const job::JobRow& row, const std::string& key) {
  if (row.kind == "measure") {
    return Error(
        ErrorCode::kInvalidArgument,
        concat("run ", row.run, " was measured in its terminal; measure its command again"));
  }
  WATTLE_ASSIGN_OR_RETURN(const auto before, services_.house.jobs().record(row.run));
  WATTLE_RETURN_IF_ERROR(check_allowed(before.job));
  WATTLE_ASSIGN_OR_RETURN(annex_, services_.open_annex(services_.environment));
  WATTLE_ASSIGN_OR_RETURN(
      const auto record,
      annex_->house->desk().prepare(
          {.job = before.job, .folder = before.folder, .actor = by_.actor(), .zone = {}}));
  return accept(record, key);
}

}  // namespace wattle::api
