// Any bytes as a wattle.yaml: refused with one line, or read, written and read back to the same
// job.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "wattle/spec/job_spec.h"

namespace {

using wattle::spec::JobReading;

void check(bool holds) {
  if (!holds) {
    std::abort();
  }
}

void check_one_line(const std::string& message) {
  check(!message.empty() && message.find('\n') == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto document =
      wattle::spec::parse_document(std::string(data, data + size), "fuzz/wattle.yaml");
  if (!document.ok()) {
    check_one_line(document.error().message());
    return 0;
  }
  const wattle::spec::Environment environment{{"HOME", "/home/me"}};
  const JobReading reading = wattle::spec::read_job(*document, environment);
  for (const std::string& line : reading.problems.lines()) {
    check_one_line(line);
  }
  if (reading.ok()) {
    const auto back = wattle::spec::job_from_json(wattle::spec::to_json(reading.job));
    check(back.ok() && *back == reading.job);
  }
  return 0;
}
