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

struct JobSpec {
  std::int64_t version = 1;
  std::string name;
  std::string project = "default";
  std::string workdir = ".";
  Command run;
  std::map<std::string, std::string> env;
  std::vector<std::string> secrets;  // names of environment variables; values are never kept
  std::map<std::string, Parameter> params;
  std::map<std::string, std::string> inputs;
  std::map<std::string, std::string> outputs;
  MetricsSpec metrics;
  ResourcesSpec resources;
  Seconds grace{30};
  Bytes output_limit{limits::kJobOutputBytes};
  CarbonSpec carbon;
  TariffSpec tariff;

  friend bool operator==(const JobSpec&, const JobSpec&) = default;
};

/// The description of a job's keys: the root of every SpecSchema.
Section<JobSpec> describe_job();

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
