#include "wattle/job/job_rows.h"

#include <cmath>

#include "wattle/base/hash.h"
#include "wattle/base/text.h"

namespace wattle::job {
namespace {

constexpr double kNanos = static_cast<double>(kNanosPerSecond);

std::vector<int> gpus_from(const std::string& text) {
  std::vector<int> gpus;
  for (const auto part : split(text, ',')) {
    if (const auto index = parse_integer(part); index.ok()) {
      gpus.push_back(static_cast<int>(*index));
    }
  }
  return gpus;
}

}  // namespace

Result<JobRow> read_job_row(const store::SqlRow& row) {
  JobRow job{.run = row.text(0),
             .project = row.text(1),
             .actor = row.text(2),
             .name = row.text(3),
             .kind = row.text(4),
             .reason = row.text(6),
             .priority = row.integer(8),
             .needs = {.cpus = static_cast<double>(row.integer(9)) / 1000,
                       .memory_bytes = row.integer(10),
                       .gpus = row.integer(11)},
             .gpus = gpus_from(row.text(12)),
             .created = {row.integer(14)},
             .changed = {row.integer(15)},
             .ready = {row.integer(16)},
             .attempt = static_cast<std::uint32_t>(row.integer(17)),
             .further_attempts = row.integer(18),
             .is_frozen = row.integer(19) != 0,
             .exhausted_budget = row.text(20)};
  WATTLE_ASSIGN_OR_RETURN(job.state, job_state_from(row.text(5)));
  WATTLE_ASSIGN_OR_RETURN(job.wish, wish_from(row.text(7)));
  WATTLE_ASSIGN_OR_RETURN(job.asked, wish_from(row.text(21)));
  if (const auto limit = row.maybe_integer(13)) {
    job.at_most = Seconds(static_cast<double>(*limit) / kNanos);
  }
  return job;
}

Needs needs_of(const spec::JobSpec& job) {
  return {.cpus = job.resources.cpus ? static_cast<double>(job.resources.cpus->value) : 1,
          .memory_bytes = job.resources.memory.value_or(Bytes(0)).value(),
          .gpus = job.resources.gpus};
}

std::string gpu_set_text(const std::vector<int>& gpus) {
  std::vector<std::string> words;
  for (const int gpu : gpus) {
    words.push_back(std::to_string(gpu));
  }
  return join(words, ",");
}

std::string submission_digest(const RunRecord& record) {
  return sha256_hex(concat(spec::fingerprint(record.job), "\n", record.folder));
}

}  // namespace wattle::job
