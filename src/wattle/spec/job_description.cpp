#include <algorithm>
#include <array>
#include <set>

#include "wattle/base/text.h"
#include "wattle/spec/job_spec.h"

namespace wattle::spec {
namespace {

const TextRule kVariable{"[A-Za-z_][A-Za-z0-9_]*",
                         "a variable has letters, digits and '_', and no digit first"};
const TextRule kSecret{"[A-Za-z_][A-Za-z0-9_]*(=file:/.+)?",
                       "a secret is NAME or NAME=file:/ABSOLUTE/PATH; NAME has letters, digits and "
                       "'_', and no digit first"};
const TextRule kName{"[a-z0-9][a-z0-9._-]{0,62}",
                     "1 to 63 of a-z, 0-9, '.', '_' and '-', a letter or digit first"};
const TextRule kWord{"[A-Za-z_][A-Za-z0-9_.-]{0,62}",
                     "1 to 63 letters, digits, '.', '_' and '-', a letter or '_' first"};
const TextRule kZone{"[A-Za-z0-9][A-Za-z0-9_.:-]{0,62}", "a zone is written as DE or US-CAL-CISO"};

constexpr std::size_t kMostValues = 1000;

/// A metric's pattern is compiled here once, so that a mistake in it is found before the job runs.
void check_pattern(const MetricPattern& metric, const Node& node, Reader& reader) {
  constexpr std::size_t kLongest = 500;
  const Reader::Within within(reader, "pattern");
  const Node* text = node.find("pattern");
  const Position at = text == nullptr ? node.at : text->at;
  if (metric.pattern.size() > kLongest) {
    reader.fail(at, concat("is longer than ", kLongest, " characters"));
    return;
  }
  const auto groups = count_groups(metric.pattern);
  if (!groups.ok()) {
    reader.fail(at, groups.error());
  } else if (*groups != 1) {
    reader.fail(at, concat("needs exactly one group (...) for the number and has ", *groups,
                           "; (?:...) groups without capturing"));
  }
}

void check_metrics(const MetricsSpec& metrics, const Node& node, Reader& reader) {
  std::set<std::pair<std::string, std::string>> seen;
  for (std::size_t i = 0; i < metrics.patterns.size(); ++i) {
    const MetricPattern& metric = metrics.patterns[i];
    if (!seen.emplace(metric.name, metric.pattern).second) {
      const Reader::Within patterns(reader, "patterns");
      const Reader::Within within(reader, i);
      reader.fail(node.find("patterns")->items[i].at, "stands twice");
    }
  }
}

void check_command(const JobSpec& job, const Node& node, Reader& reader) {
  const auto* words = std::get_if<std::vector<std::string>>(&job.run);
  if (words != nullptr && !words->empty() && words->front().empty()) {
    const Reader::Within within(reader, "run.0");
    reader.fail(node.find("run")->items.front().at, "is empty; the first word names the program");
  }
}

/// Which hours of the day a tariff row covers.
std::vector<std::size_t> hours_of(const TariffHours& row) {
  constexpr std::int64_t kDay = 24;
  std::vector<std::size_t> hours;
  const std::int64_t end = row.to > row.from ? row.to : row.to + kDay;
  for (std::int64_t hour = row.from; hour < end; ++hour) {
    hours.push_back(static_cast<std::size_t>(hour % kDay));
  }
  return hours;
}

void check_tariff(const TariffSpec& tariff, const Node& node, Reader& reader) {
  std::array<int, 24> covered{};
  std::string currency = tariff.price ? tariff.price->currency : "";
  for (std::size_t i = 0; i < tariff.hours.size(); ++i) {
    const TariffHours& row = tariff.hours[i];
    const Position at = node.find("hours")->items[i].at;
    const Reader::Within hours(reader, "hours");
    const Reader::Within within(reader, i);
    if (row.from == row.to) {
      reader.fail(at, "'from' and 'to' are the same hour; write 0 and 24 for the whole day");
      return;
    }
    currency = currency.empty() ? row.price.currency : currency;
    if (row.price.currency != currency) {
      reader.fail(at, concat("a price in ", row.price.currency, " beside one in ", currency));
    }
    for (const std::size_t hour : hours_of(row)) {
      if (++covered[hour] == 2) {
        reader.fail(at, concat("the hour from ", hour, ":00 has a price already"));
        return;
      }
    }
  }
  const bool is_covered = std::ranges::find(covered, 0) == covered.end();
  if (!tariff.hours.empty() && !tariff.price && !is_covered) {
    const auto hour = std::ranges::find(covered, 0) - covered.begin();
    reader.fail(node.at, concat("the hour from ", hour, ":00 has no price; write 'price' for the ",
                                "hours that 'hours' leaves out"));
  }
}

Section<MetricsSpec> describe_metrics() {
  Section<MetricPattern> pattern("A number that the job prints.");
  pattern.key("name", &MetricPattern::name, "Name of the metric.")
      .required()
      .matching({"[A-Za-z0-9_][A-Za-z0-9_.:/ -]{0,127}",
                 "1 to 128 letters, digits, blanks and '_.:/-', not beginning with a sign"})
      .example("train:loss");
  pattern
      .key("pattern", &MetricPattern::pattern,
           "Regular expression (RE2) searched in each line of output; its one group "
           "captures the number. `$` means the end of the line, as expressions do not apply.")
      .required()
      .literal()
      .example("'loss=([0-9.eE+-]+)'");
  pattern.check(check_pattern);

  Section<MetricsSpec> metrics("Where the job's metrics are found; file and patterns may both be.");
  metrics
      .key("file", &MetricsSpec::file,
           "File that the job writes: JSON lines, each an object of names and numbers.")
      .example("out/metrics.jsonl");
  metrics.list_of("patterns", &MetricsSpec::patterns, pattern);
  metrics.check(check_metrics);
  return metrics;
}

Section<ResourcesSpec> describe_resources() {
  Section<ResourcesSpec> resources("What the job needs, and the most that it may use.");
  resources.key("cpus", &ResourcesSpec::cpus, "CPU cores: exactly `4`, or at least four: `4+`.")
      .minimum(1)
      .maximum(65536)
      .default_words("all that are granted");
  resources.key("gpus", &ResourcesSpec::gpus, "GPUs that are the job's alone while it runs.")
      .minimum(0)
      .maximum(1024);
  resources.key("memory", &ResourcesSpec::memory, "Memory of all its processes together.")
      .minimum(Bytes(1'000'000))
      .default_words("no limit")
      .example("8GB");
  resources
      .key("time_limit", &ResourcesSpec::time_limit,
           "Time after which the job is ended, by SIGTERM, then, after `grace`, SIGKILL.")
      .minimum(Seconds(1))
      .default_words("no limit")
      .example("1h30m");
  return resources;
}

Section<CarbonSpec> describe_carbon() {
  Section<CarbonSpec> carbon("The grid that feeds the machine.");
  carbon.key("zone", &CarbonSpec::zone, "Country, grid zone or cloud region.")
      .matching(kZone)
      .default_words("guessed from the time zone")
      .example("DE");
  carbon
      .key("intensity_file", &CarbonSpec::intensity_file,
           "CSV (or CSV.gz) with the carbon intensity of each hour.")
      .example("intensity.csv.gz");
  carbon
      .key("pue", &CarbonSpec::pue,
           "Power usage effectiveness of the site: all its energy over that of the machines.")
      .minimum(1)
      .maximum(10)
      .example("1.2");
  return carbon;
}

Section<TariffSpec> describe_tariff() {
  Section<TariffHours> hours("A price for some hours of the day, in local time.");
  hours.key("from", &TariffHours::from, "First hour.").required().minimum(0).maximum(23);
  hours.key("to", &TariffHours::to, "Hour before which it ends; across midnight if before `from`.")
      .required()
      .minimum(0)
      .maximum(24);
  hours.key("price", &TariffHours::price, "Price in these hours.")
      .required()
      .example("0.20 EUR/kWh");
  Section<TariffSpec> tariff("What the energy costs; one currency throughout.");
  tariff.key("price", &TariffSpec::price, "Price in every hour that `hours` does not name.")
      .example("0.30 EUR/kWh");
  tariff.list_of("hours", &TariffSpec::hours, hours).items(0, 24);
  tariff.check(check_tariff);
  return tariff;
}

void describe_data(Section<JobSpec>& job) {
  job.key("env", &JobSpec::env, "Environment variables of the command, beside the caller's own.")
      .named(kVariable)
      .items(0, kMostValues)
      .may_be_empty()
      .example("{OMP_NUM_THREADS: \"4\"}");
  job.key("secrets", &JobSpec::secrets,
          "Environment variables that the command may read and that are never stored: `NAME`, of "
          "the caller's environment, or `NAME=file:PATH`, read when an attempt starts.")
      .matching(kSecret)
      .items(0, kMostValues)
      .literal()
      .example("[HF_TOKEN]")
      .example("[DB_PASSWORD=file:/run/secrets/db]");
  job.key("params", &JobSpec::params,
          "Parameters, recorded with the run, for `${params.NAME}`. Any single value.")
      .named(kWord)
      .items(0, kMostValues)
      .example("{lr: 0.01, epochs: 20}");
  job.key("inputs", &JobSpec::inputs, "Files that are read, whose digests are recorded.")
      .named(kWord)
      .items(0, kMostValues)
      .example("{train: data/train.csv}");
  job.key("outputs", &JobSpec::outputs, "Files that are written and kept as artifacts.")
      .named(kWord)
      .items(0, kMostValues)
      .example("{model: out/model.json}");
}

}  // namespace

Section<JobSpec> describe_job() {
  Section<JobSpec> job("One job. `run` alone is enough.");
  job.key("version", &JobSpec::version, "Version of this format.").choices({"1"});
  job.key("name", &JobSpec::name, "Name of the job.")
      .matching(kName)
      .default_words("name of the folder")
      .example("digits-cnn");
  job.key("project", &JobSpec::project, "What the job's energy is booked to.").matching(kName);
  job.key("experiment", &JobSpec::experiment, "Experiment that its runs are listed under.")
      .matching({"[^/\\n]{1,200}", "1 to 200 characters, no '/'"})
      .default_words("`Default`, of the project")
      .example("digits");
  job.key("workdir", &JobSpec::workdir, "Folder in which the command runs.");
  job.key("run", &JobSpec::run,
          "The command: a text for `sh -c`, or a list of words that no shell sees.")
      .required()
      .items(1, kMostValues)
      .may_be_empty()
      .example("python train.py --lr ${params.lr}")
      .example("[python, train.py]");
  describe_data(job);
  job.section("metrics", &JobSpec::metrics, describe_metrics());
  job.section("resources", &JobSpec::resources, describe_resources());
  describe_life(job);
  job.key("grace", &JobSpec::grace, "Time between SIGTERM and SIGKILL when the job is ended.")
      .minimum(Seconds(0))
      .maximum(Seconds(86400));
  job.key("output_limit", &JobSpec::output_limit,
          "Most that is kept of the job's output; beyond it the oldest half goes.")
      .minimum(Bytes(1000));
  job.section("carbon", &JobSpec::carbon, describe_carbon());
  job.section("tariff", &JobSpec::tariff, describe_tariff());
  job.check(check_command);
  return job;
}

}  // namespace wattle::spec
