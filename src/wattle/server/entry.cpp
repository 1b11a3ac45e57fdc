#include "wattle/server/entry.h"

#include "wattle/server/composition.h"
#include "wattle/server/server.h"

namespace wattle::server {

Result<ServerEnd> serve(job::Surroundings around, ServeOptions options) {
  Log log(around.clock,
          {.descriptor = 2, .format = options.logs_json ? LogFormat::kJson : LogFormat::kText});
  Server server(around.files, around.clock, log, around.home);
  std::unique_ptr<Composition> parts;
  return server.run(
      [&]() -> Result<Service> {
        WATTLE_ASSIGN_OR_RETURN(parts, Composition::create(around,
                                                           {.database_url = options.database_url,
                                                            .version = options.version,
                                                            .tcp = options.tcp,
                                                            .wake = [&server] { server.wake(); },
                                                            .drain = [&server] { server.drain(); }},
                                                           log));
        return Service{.dispatcher = &parts->dispatcher(), .doorway = &parts->front()};
      },
      {.idle_exit = options.idle_exit, .on_ready = [&] {
         if (options.on_ready) {
           options.on_ready(parts->front().ports());
         }
       }});
}

}  // namespace wattle::server
