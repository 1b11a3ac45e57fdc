#include "wattle/base/text.h"
#include "wattle/cli/commands.h"

namespace wattle::cli {

Result<int> version(Context& context, const VersionOptions& options) {
  constexpr std::string_view kVersion = WATTLE_VERSION;
  context.output().data(options.json ? concat("{\"version\": \"", kVersion, "\"}\n")
                                     : concat("wattle ", kVersion, "\n"));
  return 0;
}

}  // namespace wattle::cli
