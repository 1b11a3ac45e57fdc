#include "wattle/server/entry.h"

#include "wattle/job/job_house.h"
#include "wattle/server/server.h"

namespace wattle::server {

Status serve(job::Surroundings around, ServeOptions options) {
  Log log(around.clock,
          {.descriptor = 2, .format = options.logs_json ? LogFormat::kJson : LogFormat::kText});
  std::unique_ptr<job::JobHouse> house;
  std::unique_ptr<job::Dispatcher> dispatcher;
  Server server(around.files, around.clock, log, around.home);
  return server.run(
      [&]() -> Result<job::Dispatcher*> {
        WATTLE_ASSIGN_OR_RETURN(house, job::JobHouse::open(around, options.database_url));
        WATTLE_RETURN_IF_ERROR(house->take_in());
        dispatcher = house->make_dispatcher(log);
        return dispatcher.get();
      },
      {.idle_exit = options.idle_exit, .on_ready = std::move(options.on_ready)});
}

}  // namespace wattle::server
