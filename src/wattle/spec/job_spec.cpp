#include "wattle/spec/job_spec.h"

#include <algorithm>
#include <filesystem>

#include "wattle/base/hash.h"
#include "wattle/base/text.h"

namespace wattle::spec {
namespace {

JobReading read(const Document& document, const Environment& environment, Expressions expressions) {
  const SpecSchema schema(describe_job());
  Reading reading = read_spec(schema, document, environment, expressions);
  JobReading result;
  result.problems = std::move(reading.problems);
  if (result.ok()) {
    result.job = reading.root<JobSpec>();
  }
  return result;
}

}  // namespace

JobReading read_job(const Document& document, const Environment& environment) {
  JobReading reading = read(document, environment, Expressions::kReplace);
  if (reading.ok() && reading.job.name.empty()) {
    const std::filesystem::path file(absolute_path(document.path()));
    reading.job.name = name_of_folder(file.parent_path().string());
  }
  return reading;
}

std::string name_of_folder(const std::string& folder) {
  constexpr std::size_t kLongest = 63;
  const std::string last = to_lower(std::filesystem::path(folder).filename().string());
  std::string name;
  for (const char c : last) {
    const bool is_word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    const bool is_mark = c == '.' || c == '_' || c == '-';
    if (is_word || (is_mark && !name.empty())) {
      name += c;
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
  }
  name.resize(std::min(name.size(), kLongest));
  while (name.ends_with('-')) {
    name.pop_back();
  }
  return name.empty() ? "job" : name;
}

std::string to_json(const JobSpec& job) {
  return to_canonical_json(write_section(*describe_job().info(), &job));
}

Result<JobSpec> job_from_json(const std::string& json) {
  WATTLE_ASSIGN_OR_RETURN(const Document document, parse_stored_document(json, "job.json"));
  JobReading reading = read(document, {}, Expressions::kKeep);
  if (!reading.ok()) {
    return reading.problems.to_error();
  }
  return std::move(reading.job);
}

std::string fingerprint(const JobSpec& job) {
  return sha256_hex(to_json(job));
}

}  // namespace wattle::spec
