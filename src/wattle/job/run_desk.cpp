#include "wattle/job/run_desk.h"

#include "wattle/base/text.h"
#include "wattle/hardware/host_files.h"

namespace wattle::job {

RunDesk::RunDesk(Surroundings surroundings)
    : around_(std::move(surroundings)),
      catalog_(around_.files, around_.home),
      host_(hardware::describe_host(
          hardware::HostFiles(around_.files, around_.root.empty() ? "/" : around_.root),
          hardware::ask_kernel())),
      attempts_(around_, catalog_, host_) {}

Capacity RunDesk::capacity() const {
  Capacity capacity{.cpus = host_.granted.cores, .memory_bytes = host_.memory.value()};
  for (std::size_t i = 0; i < host_.gpus.size(); ++i) {
    capacity.gpus.push_back(static_cast<int>(i));
  }
  return capacity;
}

void RunDesk::announce(std::string_view id, JobState state) const {
  // Only for those who wait right now: the database has the state, and a full disk harms nothing.
  const auto file = around_.files.open_append(catalog_.home().states_file(id));
  if (file.ok()) {
    (void)(*file)
        ->append(concat(to_rfc3339(around_.clock.utc_now()), " ", to_string(state), "\n"))
        .ok();
  }
}

Books RunDesk::books() {
  return {around_.files, catalog_, around_.index != nullptr ? *around_.index : catalog_,
          around_.host_nodes};
}

Result<PeriodTotals> RunDesk::totals(UtcTime from, UtcTime to) {
  return books().totals(from, to);
}

Status RunDesk::start(const RunRecord& record, executor::Streams streams) {
  WATTLE_RETURN_IF_ERROR(catalog_.add(record).with_context("accepting the run"));
  return attempts_.start(record, {.number = 1, .streams = streams}, attempts_.ourselves());
}

Status RunDesk::wait(std::string_view id, int cancel) {
  const auto exit = around_.executor.wait(catalog_.home().attempt(id, 1), cancel);
  return exit.ok() ? Status() : Status(exit.error());
}

Status RunDesk::stop(std::string_view id) {
  return around_.executor.stop(catalog_.home().attempt(id, 1));
}

}  // namespace wattle::job
