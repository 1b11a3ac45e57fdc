// The resources of the API: each adds its routes. One source for each, named after it.
//
// Units:    none. Errors: none. Threads: one thread, before the first request.
// Lifetime: the routes borrow the Services.
#pragma once

#include "wattle/api/router.h"
#include "wattle/api/services.h"

namespace wattle::api {

void add_server_routes(Router& router, Services& services);
void add_run_routes(Router& router, Services& services);
void add_run_stream_routes(Router& router, Services& services);
void add_event_routes(Router& router, Services& services);

}  // namespace wattle::api
