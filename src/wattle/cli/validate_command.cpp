#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include "wattle/base/text.h"
#include "wattle/cli/commands.h"
#include "wattle/cli/job_file.h"
#include "wattle/spec/spec_schema.h"

namespace wattle::cli {

Result<int> validate(Context& context, const ValidateOptions& options) {
  auto& output = context.output();
  if (options.schema) {
    output.data(spec::json_schema(spec::SpecSchema(spec::describe_job())));
    return 0;
  }
  const auto reading =
      read_job_file(context, options.file, options.overrides, NamedFiles::kMayBeMissing);
  const std::vector<std::string> problems =
      reading.ok() ? reading->problems.lines() : std::vector{reading.error().message()};
  if (options.json) {
    output.data(nlohmann::ordered_json({{"valid", problems.empty()}, {"problems", problems}})
                    .dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) +
                "\n");
  } else {
    for (const auto& problem : problems) {
      output.narrate(concat(problem, "\n"));
    }
  }
  if (!reading.ok()) {
    return static_cast<int>(describe(reading.error().code()).exit_code);
  }
  if (!problems.empty()) {
    return static_cast<int>(ExitCode::kUsage);
  }
  if (!options.json) {
    output.narrate(concat(job_path(options.file), " is valid: job '", reading->job.name, "'\n"));
  }
  return 0;
}

}  // namespace wattle::cli
