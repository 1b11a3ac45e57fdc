#include "wattle/job/job_schema.h"

#include "wattle/access/access_schema.h"
#include "wattle/registry/registry_schema.h"
#include "wattle/store/artifact_schema.h"
#include "wattle/store/store_schema.h"

namespace wattle::job {
namespace {

constexpr const char* kJobs =
    "CREATE TABLE jobs ("
    "run TEXT NOT NULL PRIMARY KEY, "
    "project TEXT NOT NULL, "
    "actor TEXT NOT NULL, "
    "name TEXT NOT NULL, "
    "kind TEXT NOT NULL, "
    "state TEXT NOT NULL, "
    "reason TEXT NOT NULL, "
    "wish TEXT NOT NULL, "
    "asked TEXT NOT NULL, "
    "priority INTEGER NOT NULL, "
    "milli_cpus INTEGER NOT NULL, "
    "memory_bytes INTEGER NOT NULL, "
    "gpus INTEGER NOT NULL, "
    "gpu_set TEXT NOT NULL, "
    "at_most_ns INTEGER, "
    "created_ns INTEGER NOT NULL, "
    "changed_ns INTEGER NOT NULL, "
    "ready_ns INTEGER NOT NULL, "
    "attempt INTEGER NOT NULL, "
    "further_attempts INTEGER NOT NULL, "
    "frozen INTEGER NOT NULL, "
    "exhausted_budget TEXT NOT NULL, "
    "idempotency_key TEXT, "
    "submission TEXT NOT NULL, "
    "record TEXT NOT NULL) STRICT";

constexpr const char* kAttempts =
    "CREATE TABLE job_attempts ("
    "run TEXT NOT NULL REFERENCES jobs (run), "
    "number INTEGER NOT NULL, "
    "started_ns INTEGER NOT NULL, "
    "ended_ns INTEGER, "
    "outcome TEXT NOT NULL, "
    "reason TEXT NOT NULL, "
    "exit_code INTEGER, "
    "signal INTEGER, "
    "PRIMARY KEY (run, number)) STRICT";

constexpr const char* kTransitions =
    "CREATE TABLE job_transitions ("
    "run TEXT NOT NULL REFERENCES jobs (run), "
    "sequence INTEGER NOT NULL, "
    "from_state TEXT NOT NULL, "
    "to_state TEXT NOT NULL, "
    "at_ns INTEGER NOT NULL, "
    "attempt INTEGER NOT NULL, "
    "reason TEXT NOT NULL, "
    "PRIMARY KEY (run, sequence)) STRICT";

constexpr const char* kDependencies =
    "CREATE TABLE job_dependencies ("
    "run TEXT NOT NULL REFERENCES jobs (run), "
    "needs TEXT NOT NULL REFERENCES jobs (run), "
    "PRIMARY KEY (run, needs)) STRICT";

constexpr const char* kReceipts =
    "CREATE TABLE job_receipts ("
    "run TEXT NOT NULL PRIMARY KEY REFERENCES jobs (run), "
    "ended_ns INTEGER NOT NULL, "
    "wall_seconds REAL NOT NULL, "
    "energy_joules REAL, "
    "grams_co2e REAL, "
    "json TEXT NOT NULL) STRICT";

}  // namespace

store::Schema job_schema() {
  return {.module = "job",
          .migrations = {{.number = 1,
                          .name = "the queue",
                          .statements =
                              {
                                  kJobs,
                                  "CREATE INDEX jobs_by_state ON jobs (state, run)",
                                  "CREATE INDEX jobs_by_submission ON jobs (submission, run)",
                                  "CREATE UNIQUE INDEX jobs_by_idempotency_key ON jobs (project, "
                                  "actor, idempotency_key)",
                                  kAttempts,
                                  "CREATE INDEX job_attempts_by_end ON job_attempts (ended_ns)",
                                  kTransitions,
                                  kDependencies,
                                  kReceipts,
                              }},
                         {.number = 2,
                          .name = "jobs of a project",
                          .statements = {
                              "CREATE INDEX jobs_by_project ON jobs (project, run)",
                          }}}};
}

std::vector<store::Schema> all_schemas() {
  return {store::store_schema(), store::artifact_schema(), registry::registry_schema(),
          access::access_schema(), job_schema()};
}

}  // namespace wattle::job
