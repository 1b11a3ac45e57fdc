// The command line's end of the server: wakes it, and starts one where there is none.
//
// Units:    Seconds. Errors: kUnavailable: it cannot be started; its own last words are in the
//           message.
// Threads:  one thread. Lifetime: the server goes on when we end.
#pragma once

#include "wattle/base/result.h"
#include "wattle/cli/context.h"

namespace wattle::cli {

/// Something was asked of the queue: the home's server looks at it now.
Status wake_server(Context& context);

/// A process that holds the home's server lock, as a descriptor that turns readable when it ends;
/// not open when there is none.
Descriptor open_server(Context& context);

}  // namespace wattle::cli
