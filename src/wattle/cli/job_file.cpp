#include "wattle/cli/job_file.h"

#include <filesystem>

#include "wattle/base/text.h"
#include "wattle/spec/document.h"

namespace wattle::cli {

std::string job_path(const std::string& file) {
  std::error_code ignored;
  return std::filesystem::is_directory(file, ignored) ? path_join(file, "wattle.yaml") : file;
}

Result<spec::JobReading> read_job_file(Context& context, const std::string& file,
                                       const std::vector<std::string>& overrides) {
  const std::string path = job_path(file);
  const auto document = spec::load_document(context.files(), path, overrides);
  if (!document.ok() && document.error().code() == ErrorCode::kNotFound && file == "wattle.yaml") {
    return Error(
        ErrorCode::kNotFound,
        "there is no wattle.yaml here; name one, or run a command: wattle run -- python train.py");
  }
  WATTLE_RETURN_IF_ERROR(document.ok() ? Status() : Status(document.error()));
  return spec::read_job(*document, context.environment());
}

spec::JobSpec job_of_command(const std::vector<std::string>& command,
                             const std::optional<std::string>& name) {
  spec::JobSpec job;
  job.run = command;
  job.name = name ? *name : spec::name_of_folder(command.front());
  return job;
}

}  // namespace wattle::cli
