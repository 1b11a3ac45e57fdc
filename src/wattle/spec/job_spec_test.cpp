#include "wattle/spec/job_spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wattle::spec {
namespace {

using ::testing::ElementsAre;

const Environment kEnvironment{{"HOME", "/home/me"}, {"HF_TOKEN", "hush"}, {"N", "4"}};

JobReading read(const std::string& text, const std::vector<std::string>& overrides = {}) {
  const auto document = parse_document(text, "demo/wattle.yaml", overrides);
  EXPECT_TRUE(document.ok()) << document.error().message();
  return read_job(*document, kEnvironment);
}

JobSpec job_of(const std::string& text, const std::vector<std::string>& overrides = {}) {
  const JobReading reading = read(text, overrides);
  EXPECT_TRUE(reading.ok()) << reading.problems.lines().front();
  return reading.job;
}

/// The lines about a document with this text after a good `run`, without the name of the file.
std::vector<std::string> problems(const std::string& text) {
  std::vector<std::string> lines = read("run: x\n" + text).problems.lines();
  for (std::string& line : lines) {
    line = line.substr(line.find(':') + 1);
  }
  return lines;
}

std::string all_keys() {
  return "version, name, project, experiment, workdir, run, env, secrets, params, inputs, outputs, "
         "metrics, resources, priority, after, retry, budget, checkpoint, contract, sandbox, "
         "container, register, grace, output_limit, carbon, tariff";
}

constexpr const char* kFull = R"(
version: 1
name: digits-cnn
project: vision
workdir: src
run: ./train --lr ${params.lr} --data ${inputs.train} --out ${outputs.model} $$HOME ${env.HOME}
env: {OMP_NUM_THREADS: 4, EMPTY: ''}
secrets: [HF_TOKEN]
params: {lr: 1e-3, epochs: 20, flag: true, text: "20"}
inputs: {train: data/train.csv}
outputs: {model: out/model.json}
metrics:
  file: out/metrics.jsonl
  patterns:
    - {name: "train:loss", pattern: 'loss=([0-9.]+)$'}
resources: {cpus: 4+, memory: 8GB, time_limit: 1h30m}
grace: 10s
output_limit: 64MiB
carbon: {zone: DE, intensity_file: grid.csv, pue: 1.2}
tariff:
  price: 0.30 EUR/kWh
  hours: [{from: 22, to: 6, price: 0.20 EUR/kWh}]
)";

TEST(JobSpec, ReadsEveryKey) {
  const JobSpec job = job_of(kFull);
  EXPECT_EQ(job.name, "digits-cnn");
  EXPECT_EQ(job.project, "vision");
  EXPECT_EQ(std::get<std::string>(job.run),
            "./train --lr 1e-3 --data data/train.csv --out out/model.json $HOME /home/me");
  EXPECT_EQ(job.env.at("OMP_NUM_THREADS"), "4");
  EXPECT_EQ(job.env.at("EMPTY"), "");
  EXPECT_EQ(job.params.at("lr"), (Parameter{ScalarKind::kNumber, "1e-3"}));
  EXPECT_EQ(job.params.at("text"), (Parameter{ScalarKind::kText, "20"}));
  EXPECT_EQ(job.metrics.patterns.front().pattern, "loss=([0-9.]+)$");
  EXPECT_EQ(job.resources.cpus, (Count{4, true}));
  EXPECT_EQ(job.resources.memory, Bytes(8'000'000'000));
  EXPECT_EQ(job.resources.time_limit, Seconds(5400));
  EXPECT_EQ(job.grace, Seconds(10));
  EXPECT_EQ(job.carbon.pue, 1.2);
  EXPECT_EQ(job.tariff.hours.front().price, (Price{MoneyPerKwh(0.2), "EUR"}));
}

TEST(JobSpec, NeedsOnlyACommand) {
  const JobSpec job = job_of("run: [python, '', -c]\n");
  EXPECT_THAT(std::get<1>(job.run), ElementsAre("python", "", "-c"));
  EXPECT_EQ(job.name, "demo");
  EXPECT_EQ(job.grace, Seconds(30));
  EXPECT_THAT(read("name: a\n").problems.lines(),
              ElementsAre("demo/wattle.yaml:1:1: key 'run': missing; write a text or a list, e.g. "
                          "run: python train.py --lr ${params.lr}"));
}

TEST(JobSpec, NamesItselfAfterItsFolder) {
  EXPECT_EQ(name_of_folder("/data/My Digits (2)"), "my-digits-2");
  EXPECT_EQ(name_of_folder("/"), "job");
  EXPECT_EQ(name_of_folder("/x/" + std::string(100, 'A')), std::string(63, 'a'));
}

TEST(JobSpec, SuggestsTheNearestKey) {
  EXPECT_THAT(problems("resources: {cpuz: 4}\n"),
              ElementsAre("2:13: key 'resources.cpuz': unknown key; did you mean 'cpus'?"));
  EXPECT_THAT(problems("cpus: 4\n"),
              ElementsAre("2:1: key 'cpus': unknown key; did you mean 'resources.cpus'?"));
  EXPECT_THAT(problems("tariff: {quux: 4}\n"),
              ElementsAre("2:10: key 'tariff.quux': unknown key; there are price, hours"));
  EXPECT_THAT(problems("tune: {max_trials: 4}\n"),
              ElementsAre("2:1: key 'tune': unknown key; there are " + all_keys()));
  EXPECT_THAT(problems("deployment: {}\n"),
              ElementsAre("2:1: key 'deployment': unknown key; there are " + all_keys()));
  EXPECT_THAT(
      problems("x: &x {zone: DE}\ncarbon:\n  <<: *x\n"),
      ElementsAre("2:1: key 'x': unknown key; there are " + all_keys(),
                  "4:3: key 'carbon.<<': merge keys are not supported; write the keys out"));
}

TEST(JobSpec, RefusesWrongTypesAndUnits) {
  EXPECT_THAT(problems("grace: 30\n"),
              ElementsAre("2:8: key 'grace': '30' has no unit; write a duration, e.g. 90s"));
  EXPECT_THAT(problems("resources: {memory: 5s}\n"),
              ElementsAre("2:21: key 'resources.memory': '5s' is a duration where a size in bytes "
                          "is wanted, e.g. 8GB"));
  EXPECT_THAT(problems("resources: {memory: 8kWh, cpus: many}\n"),
              ElementsAre("2:21: key 'resources.memory': '8kWh' is an energy where a size in bytes "
                          "is wanted, e.g. 8GB",
                          "2:33: key 'resources.cpus': 'many' is not a count, e.g. 4, or 4+ for at "
                          "least four"));
  EXPECT_THAT(problems("resources: 4\n"),
              ElementsAre("2:12: key 'resources': '4' where a section of keys is wanted"));
  EXPECT_THAT(problems("env: [A]\n"),
              ElementsAre("2:6: key 'env': a list where a map of keys and values is wanted"));
  EXPECT_THAT(problems("secrets: HF_TOKEN\n"),
              ElementsAre("2:10: key 'secrets': 'HF_TOKEN' where a list is wanted"));
  EXPECT_THAT(problems("workdir: [a]\n"),
              ElementsAre("2:10: key 'workdir': a list where a text is wanted"));
  EXPECT_THAT(problems("name:\n"),
              ElementsAre("2:1: key 'name': has no value; write a text, or remove the key"));
  EXPECT_THAT(problems("params: {lr: [1]}\n"),
              ElementsAre("2:14: key 'params.lr': a list where a single value is wanted"));
  EXPECT_THAT(problems("carbon: {pue: fine}\n"),
              ElementsAre("2:15: key 'carbon.pue': 'fine' is not a number"));
  EXPECT_THAT(problems("carbon: {pue: '1.2'}\n"),
              ElementsAre("2:15: key 'carbon.pue': '1.2' is not a number; take away the quotes"));
  EXPECT_THAT(problems("carbon: {pue: .nan}\n"),
              ElementsAre("2:15: key 'carbon.pue': '.nan' is not a number"));
}

TEST(JobSpec, RefusesValuesOutsideTheirBounds) {
  EXPECT_THAT(problems("version: 2\n"), ElementsAre("2:10: key 'version': '2' is not 1"));
  EXPECT_THAT(problems("carbon: {pue: 0.9}\n"),
              ElementsAre("2:15: key 'carbon.pue': '0.9' is too small; the least is 1"));
  EXPECT_THAT(problems("resources: {time_limit: 1ms, cpus: 0}\n"),
              ElementsAre("2:25: key 'resources.time_limit': '1ms' is too small; the least is 1s",
                          "2:36: key 'resources.cpus': '0' is too small; the least is 1"));
  EXPECT_THAT(problems("grace: 2d\n"),
              ElementsAre("2:8: key 'grace': '2d' is too large; the most is 1d"));
  EXPECT_THAT(problems("name: Digits\n"),
              ElementsAre("2:7: key 'name': 'Digits' is not allowed: 1 to 63 of a-z, 0-9, '.', '_' "
                          "and '-', a letter or digit first"));
  EXPECT_THAT(problems("env: {2X: a}\n"),
              ElementsAre("2:7: key 'env': '2X' is no name: a variable has letters, digits and "
                          "'_', and no digit first"));
  EXPECT_THAT(problems("inputs: {a: ''}\n"),
              ElementsAre("2:13: key 'inputs.a': is empty; write a text, or remove the key"));
}

TEST(JobSpec, RefusesACommandThatIsNone) {
  EXPECT_THAT(read("run: ''\n").problems.lines(),
              ElementsAre("demo/wattle.yaml:1:6: key 'run': is empty; write a text, or remove the "
                          "key"));
  EXPECT_THAT(read("run: []\n").problems.lines(),
              ElementsAre("demo/wattle.yaml:1:6: key 'run': needs at least 1 item"));
  EXPECT_THAT(read("run:\n").problems.lines(),
              ElementsAre("demo/wattle.yaml:1:1: key 'run': has no value; write a text or a list, "
                          "or remove the key"));
  EXPECT_THAT(read("run: ['', x]\n").problems.lines(),
              ElementsAre("demo/wattle.yaml:1:7: key 'run.0': is empty; the first word names the "
                          "program"));
  EXPECT_THAT(read("run: {a: b}\n").problems.lines(),
              ElementsAre("demo/wattle.yaml:1:6: key 'run': a map of keys where a text or a list "
                          "is wanted"));
}

TEST(JobSpec, ChecksMetricPatterns) {
  EXPECT_THAT(problems("metrics: {patterns: [{name: a, pattern: x}]}\n"),
              ElementsAre("2:41: key 'metrics.patterns.0.pattern': needs exactly one group (...) "
                          "for the number and has 0; (?:...) groups without capturing"));
  EXPECT_THAT(problems("metrics: {patterns: [{name: a}]}\n"),
              ElementsAre("2:22: key 'metrics.patterns.0.pattern': missing; write a text, e.g. "
                          "pattern: 'loss=([0-9.eE+-]+)'"));
  const auto broken = problems("metrics: {patterns: [{name: a, pattern: '(x'}]}\n");
  ASSERT_EQ(broken.size(), 1U);
  EXPECT_THAT(broken.front(), ::testing::StartsWith("2:41: key 'metrics.patterns.0.pattern': is no "
                                                    "regular expression: "));
}

TEST(JobSpec, TakesNoPatternThatTheExecutorCouldNotMatchInLinearTime) {
  for (const char* pattern : {R"((x)\1)", "(?=x)(y)"}) {
    const auto found =
        problems("metrics: {patterns: [{name: a, pattern: '" + std::string(pattern) + "'}]}\n");
    ASSERT_EQ(found.size(), 1U) << pattern;
    EXPECT_THAT(found.front(), ::testing::HasSubstr("is no regular expression: ")) << pattern;
  }
  EXPECT_TRUE(problems("metrics: {patterns: [{name: a, pattern: '(?P<n>[0-9]+)'}]}\n").empty());
}

TEST(JobSpec, ChecksTheTariff) {
  const auto hours = [](const std::string& rows) { return "tariff:\n  hours:\n" + rows; };
  const std::string night = "    - {from: 22, to: 6, price: 0.2 EUR/kWh}\n";
  EXPECT_THAT(problems(hours(night)),
              ElementsAre("3:3: key 'tariff': the hour from 6:00 has no price; write 'price' for "
                          "the hours that 'hours' leaves out"));
  EXPECT_TRUE(problems(hours(night + "    - {from: 6, to: 22, price: 0.3 EUR/kWh}\n")).empty());
  EXPECT_THAT(problems(hours(night + "    - {from: 5, to: 22, price: 0.3 EUR/kWh}\n")),
              ElementsAre("5:7: key 'tariff.hours.1': the hour from 5:00 has a price already"));
  EXPECT_THAT(problems(hours(night + "    - {from: 6, to: 22, price: 0.3 USD/kWh}\n")),
              ElementsAre("5:7: key 'tariff.hours.1': a price in USD beside one in EUR"));
  EXPECT_THAT(problems(hours("    - {from: 6, to: 6, price: 1 EUR/kWh}\n")),
              ElementsAre("4:7: key 'tariff.hours.0': 'from' and 'to' are the same hour; write 0 "
                          "and 24 for the whole day"));
}

TEST(JobSpec, ReportsAllProblemsUpToABound) {
  std::string keys;
  for (int i = 0; i < 30; ++i) {
    keys += "unknown" + std::to_string(i) + ": 1\n";
  }
  const auto lines = problems(keys);
  ASSERT_EQ(lines.size(), limits::kSpecProblems + 1);
  EXPECT_EQ(read(keys + "run: x").problems.lines().back(), "... and more; these 20 come first");
  EXPECT_EQ(read("run: x\ngrace: 1\nname: A\n").problems.to_error().message(),
            "demo/wattle.yaml:2:8: key 'grace': '1' has no unit; write a duration, e.g. 90s (and 1 "
            "other problem)");
}

TEST(JobSpec, PutsOverridesIntoMessages) {
  EXPECT_THAT(read("run: x\n", {"resources.cpus=4x", "resources.memory=8GB"}).problems.lines(),
              ElementsAre("--set resources.cpus=4x: key 'resources.cpus': '4x' is not a count, "
                          "e.g. 4, or 4+ for at least four"));
  EXPECT_EQ(job_of("run: x\nparams: {lr: 1}\n", {"params.lr=0.1", "name=b"}).params.at("lr").text,
            "0.1");
  EXPECT_THAT(read("run: x\n", {"nam=b"}).problems.lines(),
              ElementsAre("--set nam=b: key 'nam': unknown key; did you mean 'name'?"));
}

TEST(Expressions, ReportUnknownNamesWhereTheyStand) {
  EXPECT_THAT(problems("params: {lr: 1}\nworkdir: a/${params.lt}/b\n"),
              ElementsAre("3:12: key 'workdir': 'params' has no 'lt'; did you mean "
                          "'${params.lr}'?"));
  EXPECT_THAT(problems("workdir: |-\n  first\n  ${param.x}\n"),
              ElementsAre("4:3: key 'workdir': '${param.x}' is no expression; did you mean "
                          "'${params.x}'?"));
  EXPECT_THAT(problems("workdir: ${HOME}\n"),
              ElementsAre("2:10: key 'workdir': '${HOME}' is no expression; did you mean "
                          "'${env.HOME}'?; write '$${HOME}' to leave it to the shell"));
  EXPECT_THAT(problems("workdir: x${env.HOMER}\n"),
              ElementsAre("2:11: key 'workdir': the environment variable 'HOMER' is not set; did "
                          "you mean '${env.HOME}'?"));
  EXPECT_THAT(problems("workdir: ${params.x\n"),
              ElementsAre("2:10: key 'workdir': '${' is never closed by '}'; write '$${' for the "
                          "two characters"));
  EXPECT_THAT(problems("env: {A: 1}\nworkdir: ${env.A}\n"),
              ElementsAre("3:10: key 'workdir': '${env.A}' reads the caller's environment, where "
                          "it is not set; what 'env' sets is for the command, which reads it as "
                          "$A"));
}

TEST(Expressions, NeverStoreASecret) {
  EXPECT_THAT(problems("secrets: [HF_TOKEN]\nenv: {T: \"${env.HF_TOKEN}\"}\n"),
              ElementsAre("3:11: key 'env.T': '${env.HF_TOKEN}' is one of the secrets, and would "
                          "be stored here; the command finds it in its environment as $HF_TOKEN"));
}

TEST(Expressions, RefuseCirclesAndGrowth) {
  EXPECT_THAT(problems("params: {a: \"${params.b}\", b: \"${params.a}\"}\n"),
              ElementsAre("2:14: key 'params.a': refers to itself: params.b -> params.a -> "
                          "params.b"));
  std::string growing = "params:\n  a0: " + std::string(1000, 'x') + "\n";
  for (int i = 1; i < 20; ++i) {
    const std::string below = "${params.a" + std::to_string(i - 1) + "}";
    growing += "  a" + std::to_string(i) + ": " + below + below + "\n";
  }
  const auto lines = problems(growing);
  ASSERT_FALSE(lines.empty());
  EXPECT_THAT(lines.front(), ::testing::HasSubstr("grows beyond 262144 bytes"));
}

TEST(Expressions, AreBoundedTogether) {
  std::string text = "params: {a: " + std::string(100'000, 'x') + "}\nenv:\n";
  for (int i = 0; i < 12; ++i) {
    text += "  A" + std::to_string(i) + ": ${params.a}\n";
  }
  const auto lines = problems(text);
  ASSERT_FALSE(lines.empty());
  EXPECT_EQ(lines.front(), "14:8: key 'env.A10': expressions bring more than 1048576 bytes");
}

TEST(JobJson, ReadsBackACommandThatJsonMakesLonger) {
  std::string text = "run: |\n";
  for (int i = 0; i < 300'000; ++i) {
    text += " x\n";
  }
  const JobSpec job = job_of(text);
  ASSERT_GT(to_json(job).size(), limits::kSpecFileBytes * 8 / 10);
  EXPECT_EQ(*job_from_json(to_json(job)), job);
}

TEST(Expressions, GiveTypedValues) {
  const JobSpec job = job_of(
      "run: x\nparams: {n: 3, m: \"${params.n}\"}\nresources: {cpus: \"${env.N}\"}\n"
      "carbon: {pue: \"${params.n}\"}\nworkdir: $${x}$$y$\n");
  EXPECT_EQ(job.resources.cpus, (Count{4, false}));
  EXPECT_EQ(job.carbon.pue, 3);
  EXPECT_EQ(job.params.at("m"), (Parameter{ScalarKind::kInteger, "3"}));
  EXPECT_EQ(job.workdir, "${x}$y$");
}

TEST(JobJson, IsTheSameForTheSameJob) {
  const JobSpec job = job_of("run: x\nparams: {b: 1, a: 2}\nname: n\n");
  EXPECT_EQ(to_json(job),
            R"({"checkpoint":{"mean_time_between_interruptions":"1d","timeout":"2m"},)"
            R"("container":{"runtime":"auto"},"contract":"none","grace":"30s","name":"n",)"
            R"("output_limit":"256MiB","params":{"a":2,"b":1},"priority":0,"project":"default",)"
            R"("resources":{"gpus":0},)"
            R"("retry":{"attempts":0,"delay":"10s","factor":2,"on":["failure","interruption"]},)"
            R"("run":"x","sandbox":{"kind":"none","network":true},"version":1,"workdir":"."})");
  EXPECT_EQ(fingerprint(job), fingerprint(job_of("name: n\nparams: {a: 2, b: 1}\nrun: 'x'\n")));
  EXPECT_NE(fingerprint(job), fingerprint(job_of("name: n\nparams: {a: 2, b: 1.0}\nrun: x\n")));
}

TEST(JobJson, ReadsBackWhatItWrote) {
  for (const std::string& text :
       {std::string(kFull), std::string("run: [a, '', 'b c', \"1\"]\nname: '1'\n"),
        std::string(
            "run: \"line\\n$${env.NOT} \\\"q\\\" \\\\ \\t \\x7f\"\nparams: {z: -0.5e-7}\n")}) {
    const JobSpec job = job_of(text);
    const auto back = job_from_json(to_json(job));
    ASSERT_TRUE(back.ok()) << back.error().message() << "\n" << to_json(job);
    EXPECT_EQ(*back, job) << to_json(job);
  }
}

}  // namespace
}  // namespace wattle::spec
