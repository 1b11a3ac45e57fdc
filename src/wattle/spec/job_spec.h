// The job of a wattle.yaml: what to run, on what, with which energy tariff and grid.
//
//   WATTLE_ASSIGN_OR_RETURN(auto document, load_document(files, "wattle.yaml", overrides));
//   const JobReading job = read_job(document, environment);
//   if (!job.ok()) { for (const auto& line : job.problems.lines()) ... }
//
// Units:    the fields' types. Paths are relative to the folder of the wattle.yaml.
// Errors:   a JobReading carries every problem of the document.
// Threads:  pure functions. Lifetime: value types.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "wattle/base/limits.h"
#include "wattle/spec/spec_schema.h"

namespace wattle::spec {

/// A text for `sh -c`, or the words of a command that is run as it is.
using Command = std::variant<std::string, std::vector<std::string>>;

/// A metric that stands in the output: the pattern's one group captures its number.
struct MetricPattern {
  std::string name;
  std::string pattern;

  friend bool operator==(const MetricPattern&, const MetricPattern&) = default;
};

struct MetricsSpec {
  std::optional<std::string> file;
  std::vector<MetricPattern> patterns;

  friend bool operator==(const MetricsSpec&, const MetricsSpec&) = default;
};

struct ResourcesSpec {
  std::optional<Count> cpus;
  std::int64_t gpus = 0;
  std::optional<Bytes> memory;
  std::optional<Seconds> time_limit;

  friend bool operator==(const ResourcesSpec&, const ResourcesSpec&) = default;
};

struct CarbonSpec {
  std::optional<std::string> zone;
  std::optional<std::string> intensity_file;
  std::optional<double> pue;

  friend bool operator==(const CarbonSpec&, const CarbonSpec&) = default;
};

/// A price for the hours of the local day in [from, to); across midnight when from > to.
struct TariffHours {
  std::int64_t from = 0;
  std::int64_t to = 24;
  Price price;

  friend bool operator==(const TariffHours&, const TariffHours&) = default;
};

struct TariffSpec {
  std::optional<Price> price;  // of the hours that `hours` leaves out
  std::vector<TariffHours> hours;

  friend bool operator==(const TariffSpec&, const TariffSpec&) = default;
};

/// When an attempt that did not succeed is followed by another one.
struct RetrySpec {
  std::int64_t attempts = 0;  // further ones
  std::vector<std::string> on{"failure", "interruption"};
  Seconds delay{10};  // before the first further one
  double factor = 2;  // of the delay, from one to the next

  friend bool operator==(const RetrySpec&, const RetrySpec&) = default;
};

/// The most that all attempts together may take; then the job is checkpointed and stopped.
struct BudgetSpec {
  std::optional<Joules> energy;
  std::optional<GramsCo2e> emissions;
  std::optional<std::string> cost;  // "2.50 EUR"
  std::optional<Seconds> time;

  friend bool operator==(const BudgetSpec&, const BudgetSpec&) = default;
};

/// How the command is asked for a checkpoint, and how often. See docs/reference/checkpoints.md.
struct CheckpointSpec {
  std::optional<std::string> request;  // a signal's name, or "file"; nullopt: it makes none
  Seconds timeout{120};                // for its confirmation
  std::optional<Seconds> interval;     // nullopt: Young's formula with the measured cost
  Seconds mean_time_between_interruptions{86'400};

  friend bool operator==(const CheckpointSpec&, const CheckpointSpec&) = default;
};

/// What the command may see and change of the host.
struct SandboxSpec {
  std::string kind = "none";  // or "bubblewrap"
  bool network = true;
  std::vector<std::string> writable;  // folders beside those of the run

  friend bool operator==(const SandboxSpec&, const SandboxSpec&) = default;
};

struct ContainerSpec {
  std::optional<std::string> image;  // nullopt: no container
  std::string runtime = "auto";      // or "podman", "docker", "apptainer", "runc"
  std::vector<std::string> arguments;

  friend bool operator==(const ContainerSpec&, const ContainerSpec&) = default;
};

/// The model version that a successful run becomes.
struct RegisterSpec {
  std::optional<std::string> model;   // nullopt: none
  std::optional<std::string> output;  // which of `outputs`; nullopt: the only one
  std::vector<std::string> aliases;

  friend bool operator==(const RegisterSpec&, const RegisterSpec&) = default;
};

struct JobSpec {
  std::int64_t version = 1;
  std::string name;
  std::string project = "default";
  std::optional<std::string> experiment;  // nullopt: the project's default experiment
  std::int64_t priority = 0;
  std::vector<std::string> after;  // ids of runs that must have succeeded
  std::string workdir = ".";
  Command run;
  std::map<std::string, std::string> env;
  std::vector<std::string>
      secrets;  // references, "NAME" or "NAME=file:PATH"; values are never kept
  std::map<std::string, Parameter> params;
  std::map<std::string, std::string> inputs;
  std::map<std::string, std::string> outputs;
  MetricsSpec metrics;
  ResourcesSpec resources;
  RetrySpec retry;
  BudgetSpec budget;
  CheckpointSpec checkpoint;
  std::string contract = "none";  // or "sagemaker"
  SandboxSpec sandbox;
  ContainerSpec container;
  RegisterSpec registration;
  Seconds grace{30};
  Bytes output_limit{limits::kJobOutputBytes};
  CarbonSpec carbon;
  TariffSpec tariff;

  friend bool operator==(const JobSpec&, const JobSpec&) = default;
};

/// The description of a job's keys: the root of every SpecSchema.
Section<JobSpec> describe_job();
/// The part of it that says how a job lives: retries, budget, checkpoints, sandbox, registration.
void describe_life(Section<JobSpec>& job);

struct JobReading {
  JobSpec job;  // REQUIRES: ok()
  Problems problems;

  bool ok() const { return problems.empty(); }
};

/// The job of a document that holds nothing else, checked, expressions replaced. Without a `name`
/// it is called after the folder of the document.
JobReading read_job(const Document& document, const Environment& environment);

/// The name for a job in this folder: "/data/My Digits" is "my-digits".
std::string name_of_folder(const std::string& folder);

/// The job as JSON on one line, keys sorted, defaults written out: the same job always gives the
/// same bytes, and the text is itself a wattle.yaml without expressions.
std::string to_json(const JobSpec& job);
/// Reads what to_json() wrote.
Result<JobSpec> job_from_json(const std::string& json);
/// SHA-256 of to_json(), as 64 hexadecimal digits.
std::string fingerprint(const JobSpec& job);

}  // namespace wattle::spec
