#include <algorithm>

#include "wattle/base/text.h"
#include "wattle/spec/job_spec.h"

namespace wattle::spec {
namespace {

const TextRule kMoney{"[0-9]+(\\.[0-9]+)? [A-Z]{3}", "an amount is written as 2.50 EUR"};
const TextRule kModel{"[A-Za-z0-9][A-Za-z0-9._-]{0,126}",
                      "1 to 127 letters, digits, '.', '_' and '-', a letter or digit first"};
// Aliases that are numbers or 'latest' would be taken for versions: MLflow refuses them likewise.
const TextRule kAlias{"[A-Za-z][A-Za-z0-9._-]{0,126}",
                      "1 to 127 letters, digits, '.', '_' and '-', a letter first"};
const TextRule kRun{"[0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{4,26}",
                    "a run is named by its id or the first four or more characters of it"};

constexpr std::size_t kMostDependencies = 1000;

Section<RetrySpec> describe_retry() {
  Section<RetrySpec> retry("When an attempt that did not succeed is followed by another one.");
  retry.key("attempts", &RetrySpec::attempts, "Most further attempts.").minimum(0).maximum(100);
  retry
      .key("on", &RetrySpec::on,
           "`failure`: the command failed. `interruption`: its host or supervisor went, or it was "
           "interrupted without a checkpoint. An attempt that has left a confirmed checkpoint is "
           "resumed without counting.")
      .matching({"failure|interruption", "write failure, interruption, or both"})
      .items(0, 2);
  retry.key("delay", &RetrySpec::delay, "Wait before the first of them.")
      .minimum(Seconds(0))
      .maximum(Seconds(86'400));
  retry.key("factor", &RetrySpec::factor, "By which the wait grows from one to the next.")
      .minimum(1)
      .maximum(10);
  return retry;
}

Section<BudgetSpec> describe_budget() {
  Section<BudgetSpec> budget(
      "The most that all attempts together may take; then the job is checkpointed and stopped.");
  budget.key("energy", &BudgetSpec::energy, "Energy, as its receipt counts it.")
      .minimum(Joules(1))
      .example("2kWh");
  budget.key("emissions", &BudgetSpec::emissions, "Operational emissions.").example("500g");
  budget.key("cost", &BudgetSpec::cost, "Cost of the energy by `tariff`, in its currency.")
      .matching(kMoney)
      .example("2.50 EUR");
  budget.key("time", &BudgetSpec::time, "Time in which it runs.").minimum(Seconds(1)).example("8h");
  return budget;
}

void check_budget(const JobSpec& job, const Node& node, Reader& reader) {
  if (!job.budget.cost) {
    return;
  }
  const Node* budget = node.find("budget");
  const Reader::Within section(reader, "budget");
  const Reader::Within key(reader, "cost");
  const Position at = budget->find("cost")->at;
  const auto& tariff = job.tariff;
  const std::string currency = tariff.price           ? tariff.price->currency
                               : tariff.hours.empty() ? ""
                                                      : tariff.hours.front().price.currency;
  if (currency.empty()) {
    reader.fail(at, "needs a price of the energy; write a `tariff`");
  } else if (!job.budget.cost->ends_with(currency)) {
    reader.fail(at, concat("is not in the currency of the tariff, ", currency));
  }
}

Section<CheckpointSpec> describe_checkpoint() {
  Section<CheckpointSpec> checkpoint(
      "How the command is asked to save its state, so that it can be interrupted and resumed.");
  checkpoint
      .key("request", &CheckpointSpec::request,
           "Signal that asks for a checkpoint; SIGTERM asks for one and the end. `file`: only the "
           "file $WATTLE_CHECKPOINT_REQUEST asks.")
      .choices({"SIGUSR1", "SIGUSR2", "SIGTERM", "SIGINT", "file"})
      .default_words("it makes no checkpoints")
      .example("SIGUSR1");
  checkpoint.key("timeout", &CheckpointSpec::timeout, "Longest wait for its confirmation.")
      .minimum(Seconds(1))
      .maximum(Seconds(86'400));
  checkpoint.key("interval", &CheckpointSpec::interval, "Time between two requests.")
      .minimum(Seconds(1))
      .default_words("by Young's formula, with the measured cost")
      .example("15m");
  checkpoint
      .key("mean_time_between_interruptions", &CheckpointSpec::mean_time_between_interruptions,
           "What Young's formula expects of the machine.")
      .minimum(Seconds(60))
      .example("2h");
  return checkpoint;
}

Section<SandboxSpec> describe_sandbox() {
  Section<SandboxSpec> sandbox("What the command may see and change of the host.");
  sandbox
      .key("kind", &SandboxSpec::kind,
           "`bubblewrap`: the file system is read-only but for the run's folders, its outputs and "
           "`writable`; /tmp is its own.")
      .choices({"none", "bubblewrap"});
  sandbox.key("network", &SandboxSpec::network, "Whether it reaches the network.");
  sandbox.key("writable", &SandboxSpec::writable, "Further folders that it may write.")
      .items(0, kMostDependencies)
      .example("[cache]");
  return sandbox;
}

void check_sandbox(const JobSpec& job, const Node& node, Reader& reader) {
  if (job.sandbox.kind == "none" && (!job.sandbox.network || !job.sandbox.writable.empty())) {
    const Reader::Within section(reader, "sandbox");
    reader.fail(node.find("sandbox")->at, "restricts nothing without `kind: bubblewrap`");
  }
}

Section<ContainerSpec> describe_container() {
  Section<ContainerSpec> container("The image that the command runs in.");
  container
      .key("image", &ContainerSpec::image,
           "Image; for runc a folder with a root file system, for apptainer also a .sif file.")
      .default_words("none: it runs on the host")
      .example("docker.io/library/python:3.12");
  container.key("runtime", &ContainerSpec::runtime, "Which program runs it; auto: the first found.")
      .choices({"auto", "podman", "docker", "apptainer", "runc"});
  container.key("arguments", &ContainerSpec::arguments, "Further words for that program.")
      .items(0, kMostDependencies)
      .example("[--shm-size=8g]");
  return container;
}

Section<RegisterSpec> describe_registration() {
  Section<RegisterSpec> registration("The model version that a successful run becomes.");
  registration.key("model", &RegisterSpec::model, "Name of the model.")
      .matching(kModel)
      .default_words("none is registered")
      .example("digits");
  registration.key("output", &RegisterSpec::output, "Which of `outputs` is the model.")
      .default_words("the only one")
      .example("model");
  registration.key("aliases", &RegisterSpec::aliases, "Aliases that move to the new version.")
      .matching(kAlias)
      .items(0, 16)
      .example("[candidate]");
  return registration;
}

void check_registration(const JobSpec& job, const Node& node, Reader& reader) {
  const auto& registration = job.registration;
  if (!registration.model) {
    return;
  }
  const Reader::Within section(reader, "register");
  const Position at = node.find("register")->at;
  if (registration.output && !job.outputs.contains(*registration.output)) {
    reader.fail(at, concat("there is no output '", *registration.output, "' to register"));
  } else if (!registration.output && job.outputs.size() != 1) {
    reader.fail(
        at, concat("write `output`: which of the ", job.outputs.size(), " outputs is the model"));
  }
}

}  // namespace

void describe_life(Section<JobSpec>& job) {
  job.key("priority", &JobSpec::priority, "Jobs of higher priority start first.")
      .minimum(-100)
      .maximum(100);
  job.key("after", &JobSpec::after, "Runs that must have succeeded before it starts.")
      .matching(kRun)
      .items(0, kMostDependencies)
      .example("[01KAT3]");
  job.section("retry", &JobSpec::retry, describe_retry());
  job.section("budget", &JobSpec::budget, describe_budget());
  job.section("checkpoint", &JobSpec::checkpoint, describe_checkpoint());
  job.key("contract", &JobSpec::contract,
          "`sagemaker`: the folders, files and variables of SageMaker's training containers.")
      .choices({"none", "sagemaker"});
  job.section("sandbox", &JobSpec::sandbox, describe_sandbox());
  job.section("container", &JobSpec::container, describe_container());
  job.section("register", &JobSpec::registration, describe_registration());
  job.check(check_budget);
  job.check(check_sandbox);
  job.check(check_registration);
}

}  // namespace wattle::spec
