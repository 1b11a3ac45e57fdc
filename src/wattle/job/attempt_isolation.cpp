// The part of AttemptDesk that stands between a command and the host: callers, secrets, sandboxes,
// containers and SageMaker's folders.
#include <algorithm>

#include "wattle/base/text.h"
#include "wattle/executor/isolation_probe.h"
#include "wattle/executor/sagemaker_contract.h"
#include "wattle/executor/secrets.h"
#include "wattle/job/attempt_desk.h"

namespace wattle::job {
namespace {

constexpr Seconds kImageTimeout{3600};  // a large image over a slow line
constexpr std::string_view kCleanupFile = "cleanup";

executor::SandboxOptions sandbox_of(const spec::JobSpec& job) {
  return {.enabled = job.sandbox.kind == "bubblewrap",
          .network = job.sandbox.network,
          .writable = job.sandbox.writable};
}

executor::ContainerOptions container_of(const spec::JobSpec& job) {
  return {.image = job.container.image.value_or(""),
          .runtime = job.container.runtime,
          .arguments = job.container.arguments};
}

bool is_bare(const spec::JobSpec& job) {
  return job.sandbox.kind == "none" && !job.container.image && job.contract == "none";
}

Result<std::vector<executor::SecretReference>> references_of(const spec::JobSpec& job) {
  std::vector<executor::SecretReference> references;
  for (const auto& text : job.secrets) {
    WATTLE_ASSIGN_OR_RETURN(auto reference, executor::parse_secret_reference(text));
    references.push_back(std::move(reference));
  }
  return references;
}

std::vector<std::string> paths_of(const std::map<std::string, std::string>& named) {
  std::vector<std::string> paths;
  for (const auto& [name, path] : named) {
    paths.push_back(path);
  }
  return paths;
}

bool needs_vault(const std::vector<executor::SecretReference>& references) {
  return std::ranges::any_of(references, [](const auto& secret) { return secret.file.empty(); });
}

}  // namespace

Result<executor::SecretVault> AttemptDesk::vault() const {
  const auto runtime = around_.environment.find("XDG_RUNTIME_DIR");
  return executor::SecretVault::open(
      around_.files,
      {.runtime_folder = runtime == around_.environment.end() ? "" : runtime->second});
}

Status AttemptDesk::keep_caller(const RunRecord& record) const {
  WATTLE_ASSIGN_OR_RETURN(const auto references, references_of(record.job));
  WATTLE_ASSIGN_OR_RETURN(auto split, executor::split_environment(around_.environment, references));
  const auto folder = catalog_.home().run(record.id);
  WATTLE_RETURN_IF_ERROR(around_.files.make_directories(folder));
  if (!split.secret.empty()) {
    const auto kept = vault();
    if (kept.ok()) {
      WATTLE_RETURN_IF_ERROR(kept->put(record.id, split.secret));
    } else if (needs_vault(references)) {
      return kept.error();  // one that only looks like a secret may be missing instead
    }
  }
  std::vector<std::string> names;
  for (const auto& [name, value] : split.secret) {
    names.push_back(name);
  }
  return executor::store_environment(around_.files, folder,
                                     {.variables = executor::storable(std::move(split.plain)),
                                      .secret_names = std::move(names),
                                      .settings = executor::own_settings()});
}

Result<Caller> AttemptDesk::caller_of(const RunRecord& record) const {
  WATTLE_ASSIGN_OR_RETURN(const auto references, references_of(record.job));
  Caller caller;
  WATTLE_ASSIGN_OR_RETURN(caller.environment, executor::load_environment(
                                                  around_.files, catalog_.home().run(record.id)));
  const auto kept = vault();
  std::vector<std::string> warnings;
  WATTLE_ASSIGN_OR_RETURN(
      caller.secrets,
      executor::resolve_secrets(
          kept.ok() ? &*kept : nullptr,
          {.run = record.id, .references = references, .kept = caller.environment.secret_names},
          warnings));
  return caller;
}

std::optional<std::string> AttemptDesk::failure_told(const RunRecord& record,
                                                     std::uint32_t number) const {
  auto said = executor::read_failure(catalog_.home().attempt(record.id, number));
  if (!said) {
    return std::nullopt;
  }
  const auto caller = caller_of(record);
  if (!caller.ok()) {  // what is secret in it cannot be told any more
    return record.job.secrets.empty() ? said : std::nullopt;
  }
  return executor::Redactor(caller->secrets).apply(*said);
}

void AttemptDesk::forget_caller(std::string_view run) const {
  // What cannot be removed now is removed when the run's folder is.
  (void)executor::remove_environment(around_.files, catalog_.home().run(run)).ok();
  if (const auto kept = vault(); kept.ok()) {
    (void)kept->remove(run).ok();
  }
}

Status AttemptDesk::check_isolation(const spec::JobSpec& job) const {
  if (is_bare(job)) {
    return {};
  }
  WATTLE_ASSIGN_OR_RETURN(const auto means, isolation_means(job, ourselves()));
  return executor::ensure_image(around_.subprocess, means, container_of(job), kImageTimeout);
}

Result<executor::IsolationMeans> AttemptDesk::isolation_means(const spec::JobSpec& job,
                                                              const Caller& caller) const {
  if (is_bare(job)) {
    return executor::IsolationMeans{};
  }
  return executor::probe_isolation(around_.files, around_.subprocess,
                                   {.sandbox = sandbox_of(job),
                                    .container = container_of(job),
                                    .sagemaker = job.contract == "sagemaker"},
                                   caller.environment.variables);
}

/// Where the command sees the tree; "" without the contract.
Result<std::string> AttemptDesk::make_contract(const RunRecord& record, const AttemptPlan& plan,
                                               const executor::IsolationMeans& means) const {
  if (record.job.contract != "sagemaker") {
    return std::string();
  }
  const auto attempt = catalog_.home().attempt(record.id, plan.number);
  const auto seen = executor::can_show_opt_ml(means) ? std::string(executor::kOptMl)
                                                     : executor::contract_folder(attempt);
  std::map<std::string, std::string> params;
  for (const auto& [name, value] : record.job.params) {
    params[name] = value.text;
  }
  WATTLE_RETURN_IF_ERROR(
      executor::make_contract_tree(around_.files, {.run_folder = catalog_.home().run(record.id),
                                                   .attempt_folder = attempt,
                                                   .working_folder = record.folder,
                                                   .seen_at = seen,
                                                   .params = std::move(params),
                                                   .inputs = record.job.inputs,
                                                   .host = host_.name}));
  return seen;
}

executor::IsolationRequest AttemptDesk::isolation_request(const Start& start,
                                                          const executor::AttemptSpec& spec) const {
  const auto& [record, plan, caller] = start;
  const auto& home = catalog_.home();
  executor::IsolationRequest request{
      .run = record.id,
      .attempt = plan.number,
      .argv = spec.argv,
      .environment = spec.environment,
      .told = executor::told_names(environment_spec(record, plan)),
      .secret_names = spec.redact,
      .working_folder = spec.working_folder,
      .home = home.root(),
      .run_folder = home.run(record.id),
      .attempt_folder = spec.folder,
      .metrics_file = path_join(spec.folder, "metrics.jsonl"),
      .confirm_folder =
          record.job.checkpoint.request ? path_join(spec.folder, "checkpoint") : std::string(),
      .ml_folder = plan.ml_folder.empty() ? "" : executor::contract_folder(spec.folder),
      .inputs = paths_of(record.job.inputs),
      .outputs = paths_of(record.job.outputs),
      .captured = spec.streams == executor::Streams::kCapture,
      .sandbox = sandbox_of(record.job),
      .container = container_of(record.job)};
  if (const auto kept = vault(); kept.ok()) {
    request.memory_folder = kept->folder(record.id);
  }
  return request;
}

Status AttemptDesk::isolate(const Start& start, const executor::IsolationMeans& means,
                            executor::AttemptSpec& spec) const {
  auto request = isolation_request(start, spec);
  if (!executor::is_isolated(request)) {
    return {};
  }
  WATTLE_ASSIGN_OR_RETURN(request, executor::make_mount_points(around_.files, std::move(request)));
  if (!request.memory_folder.empty()) {
    WATTLE_ASSIGN_OR_RETURN(const auto kept, vault());
    WATTLE_RETURN_IF_ERROR(kept.make_folder(start.record.id));
  }
  WATTLE_ASSIGN_OR_RETURN(auto command, executor::isolate(request, means));
  WATTLE_RETURN_IF_ERROR(executor::write_memory_files(around_.files, command));
  if (!command.cleanup.empty()) {
    WATTLE_RETURN_IF_ERROR(around_.files.write_atomic(path_join(spec.folder, kCleanupFile),
                                                      join(command.cleanup, "\n")));
  }
  spec.argv = std::move(command.argv);
  spec.environment = std::move(command.environment);
  return {};
}

void AttemptDesk::clean_up(std::string_view run, std::uint32_t number) const {
  const auto path = path_join(catalog_.home().attempt(run, number), kCleanupFile);
  const auto text = around_.files.read(path);
  if (!text.ok()) {
    return;
  }
  executor::IsolatedCommand command;
  for (const auto word : split(*text, '\n')) {
    command.cleanup.emplace_back(word);
  }
  executor::end_isolation(around_.subprocess, command);
  (void)around_.files.remove_all(path).ok();
}

}  // namespace wattle::job
