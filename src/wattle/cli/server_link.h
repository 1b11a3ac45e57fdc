// Sees to it that the home has a server.
//
// Units:    Seconds. Errors: kUnavailable: it cannot be started; its own last words are in the
//           message.
// Threads:  one thread. Lifetime: the server goes on when we end.
#pragma once

#include "wattle/base/result.h"
#include "wattle/cli/context.h"

namespace wattle::cli {

/// Returns once a server of the home answers: one that is there, or one that is started now.
Status ensure_server(Context& context);

/// A process that holds the home's server lock, as a descriptor that turns readable when it ends;
/// not open when there is none.
Descriptor open_server(Context& context);

/// A server that was asked to end has gone, or does not go.
Status await_server_end(Context& context);

/// Does a server listen at that socket?
bool answers(const std::string& socket);

}  // namespace wattle::cli
