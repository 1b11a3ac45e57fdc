// How far the processor's power model is off on hosts that it has not seen.
//   bench_energy_model --data FOLDER [--json]
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/text.h"
#include "wattle/energy/cpu_load_profile.h"

namespace wattle::energy {
namespace {

struct Arguments {
  std::string data;
  bool json = false;
};

struct Section {
  std::string truth;
  std::string inputs;
  std::vector<CpuModelScore> scores;
};

Result<Arguments> parse_arguments(FileSystem& files, int count, char** values) {
  Arguments arguments;
  for (int i = 1; i < count; ++i) {
    const std::string_view word = values[i];
    if (word == "--json") {
      arguments.json = true;
    } else if (word == "--data" && i + 1 < count) {
      arguments.data = values[++i];
    } else {
      return Error(ErrorCode::kInvalidArgument,
                   concat("'", word, "' is not understood; use --data FOLDER [--json]"));
    }
  }
  if (arguments.data.empty()) {
    return Error(ErrorCode::kInvalidArgument,
                 "--data FOLDER is missing: a folder of load profiles, or of all shared data");
  }
  // The root of the shared data is as good as the folder itself.
  const std::string inside = arguments.data + "/energy/cpu_load_profiling";
  if (files.exists(inside)) {
    arguments.data = inside;
  }
  return arguments;
}

std::vector<Section> score_all(const std::vector<LoadProfile>& hosts) {
  std::vector<Section> sections;
  for (const bool published : {false, true}) {
    for (const bool frequency : {true, false}) {
      Section section{published ? "published watts, faulty rows dropped" : "counter over duration",
                      frequency ? "load and clock" : "load only",
                      {}};
      for (const auto& host : hosts) {
        section.scores.push_back(score_cpu_model(host, {published, frequency}));
      }
      sections.push_back(std::move(section));
    }
  }
  return sections;
}

CpuModelScore totals(const std::vector<CpuModelScore>& scores) {
  CpuModelScore total;
  total.host = "total";
  for (const auto& score : scores) {
    const double weight = score.points;
    total.points += score.points;
    total.prior_error += weight * score.prior_error;
    total.calibrated_error += weight * score.calibrated_error;
    total.random_triples_error += weight * score.random_triples_error;
    total.codecarbon_formula_error += weight * score.codecarbon_formula_error;
    total.codecarbon_column_error += weight * score.codecarbon_column_error;
    for (const auto coverage : {&CpuModelScore::prior_coverage, &CpuModelScore::calibrated_coverage,
                                &CpuModelScore::random_coverage}) {
      (total.*coverage).inside += (score.*coverage).inside;
      (total.*coverage).total += (score.*coverage).total;
    }
  }
  for (const auto error :
       {&CpuModelScore::prior_error, &CpuModelScore::calibrated_error,
        &CpuModelScore::random_triples_error, &CpuModelScore::codecarbon_formula_error,
        &CpuModelScore::codecarbon_column_error}) {
    total.*error /= total.points == 0 ? 1 : total.points;
  }
  return total;
}

std::string json_text(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
    }
    quoted += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  }
  return quoted + '"';
}

void print_json(const CpuModelScore& score) {
  std::printf(
      "{\"host\":%s,\"points\":%d,\"prior_error_ratio\":%.4f,\"calibrated_error_ratio\":%.4f,"
      "\"random_triples_error_ratio\":%.4f,\"codecarbon_formula_error_ratio\":%.4f,"
      "\"codecarbon_column_error_ratio\":%.4f,\"prior_coverage_ratio\":%.4f,"
      "\"calibrated_coverage_ratio\":%.4f,\"random_triples_coverage_ratio\":%.4f}",
      json_text(score.host).c_str(), score.points, score.prior_error, score.calibrated_error,
      score.random_triples_error, score.codecarbon_formula_error, score.codecarbon_column_error,
      score.prior_coverage.ratio(), score.calibrated_coverage.ratio(),
      score.random_coverage.ratio());
}

void print_json(const std::vector<Section>& sections) {
  std::printf("{\"evaluations\":[");
  const char* between_sections = "";
  for (const auto& section : sections) {
    std::printf("%s\n{\"truth\":%s,\"inputs\":%s,\"hosts\":[", between_sections,
                json_text(section.truth).c_str(), json_text(section.inputs).c_str());
    const char* between = "\n ";
    for (const auto& score : section.scores) {
      std::printf("%s", between);
      print_json(score);
      between = ",\n ";
    }
    std::printf("],\n \"total\":");
    print_json(totals(section.scores));
    std::printf("}");
    between_sections = ",";
  }
  std::printf("]}\n");
}

void print_row(const CpuModelScore& score) {
  const auto percent = [](double ratio) { return 100 * ratio; };
  std::printf("%-46.46s %4d | %6.1f %7.1f %7.1f | %7.1f %7.1f | %5.0f %7.0f %7.0f\n",
              score.host.c_str(), score.points, percent(score.prior_error),
              percent(score.calibrated_error), percent(score.random_triples_error),
              percent(score.codecarbon_formula_error), percent(score.codecarbon_column_error),
              percent(score.prior_coverage.ratio()), percent(score.calibrated_coverage.ratio()),
              percent(score.random_coverage.ratio()));
}

void print_table(const std::vector<Section>& sections) {
  std::printf(
      "Mean relative error and coverage of the 80 %% interval, in %%; no power of the host "
      "is known to 'prior',\nthree of its points to '3 points' and 'random 3'.\n");
  for (const auto& section : sections) {
    std::printf("\nTruth: %s. Model sees: %s.\n", section.truth.c_str(), section.inputs.c_str());
    std::printf("%-46s %4s | %22s | %15s | %21s\n", "", "", "mean error, ours", "CodeCarbon",
                "interval covers");
    std::printf("%-46s %4s | %6s %7s %7s | %7s %7s | %5s %7s %7s\n", "host left out", "n", "prior",
                "3 point", "rand. 3", "formula", "column", "prior", "3 point", "rand. 3");
    for (const auto& score : section.scores) {
      print_row(score);
    }
    print_row(totals(section.scores));
  }
}

int run(int count, char** values) {
  RealFileSystem files;
  const auto arguments = parse_arguments(files, count, values);
  if (!arguments) {
    std::fprintf(stderr, "bench_energy_model: %s\n", arguments.error().message().c_str());
    return 2;
  }
  const auto hosts = read_load_profiles(files, arguments->data);
  if (!hosts) {
    std::fprintf(stderr, "bench_energy_model: %s\n", hosts.error().message().c_str());
    return hosts.error().code() == ErrorCode::kNotFound ? 3 : 2;
  }
  const auto sections = score_all(*hosts);
  arguments->json ? print_json(sections) : print_table(sections);
  return 0;
}

}  // namespace
}  // namespace wattle::energy

int main(int count, char** values) {
  return wattle::energy::run(count, values);
}
