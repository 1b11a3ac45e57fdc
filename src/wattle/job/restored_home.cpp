#include "wattle/job/restored_home.h"

#include "wattle/executor/attempt_documents.h"
#include "wattle/executor/lost_attempt.h"
#include "wattle/job/run_catalog.h"

namespace wattle::job {

Result<std::int64_t> end_copied_attempts(FileSystem& files, const Clock& clock,
                                         const store::Home& home) {
  const RunCatalog catalog(files, home);
  WATTLE_ASSIGN_OR_RETURN(const auto runs, catalog.ids());
  std::int64_t ended = 0;
  for (const auto& run : runs) {
    for (const auto number : catalog.attempts(run)) {
      const auto folder = home.attempt(run, number);
      if (!files.exists(executor::exit_file(folder))) {
        const auto record =
            executor::settle_lost(files, clock, folder, executor::Processes::kLeave);
        WATTLE_RETURN_IF_ERROR(record.ok() ? Status() : Status(record.error()));
        ++ended;
      }
    }
  }
  return ended;
}

}  // namespace wattle::job
