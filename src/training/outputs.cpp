#include "outputs.h"

#include <cerrno>
#include <filesystem>
#include <vector>

#include <unistd.h>

#include "wattle/base/text.h"

namespace wattle::training {
namespace {

std::filesystem::path folder_of(const std::string& path) {
  return std::filesystem::path(absolute_path(path)).parent_path();
}

/// The nearest folder that exists is asked.
Status check_writable(const std::string& path) {
  if (std::filesystem::is_directory(path)) {
    return Error(ErrorCode::kInvalidArgument, path + " is a folder; name a file to write");
  }
  auto folder = folder_of(path);
  while (!std::filesystem::exists(folder) && folder.has_relative_path()) {
    folder = folder.parent_path();
  }
  if (!std::filesystem::is_directory(folder)) {
    return error_from_errno(ENOTDIR, concat("writing ", path, " below ", folder.string()));
  }
  if (::access(folder.c_str(), W_OK | X_OK) != 0) {
    return error_from_errno(errno, "writing into " + folder.string());
  }
  return {};
}

std::vector<std::string> output_files(const OutputOptions& output) {
  std::vector<std::string> paths{output.model, with_ending(output.model, ".json"),
                                 output.predictions, output.metrics};
  std::erase(paths, "");
  return paths;
}

}  // namespace

std::string with_ending(const std::string& model, const std::string& ending) {
  return std::filesystem::path(model).replace_extension(ending).string();
}

Status check_outputs(const OutputOptions& output, const std::string& ending) {
  for (const std::string taken : {".json", ".onnx"}) {
    if (taken != ending && output.model.ends_with(taken)) {
      return Error(ErrorCode::kInvalidArgument,
                   concat("--model-out ", output.model, ": ", taken,
                          " is the ending of what is written beside the model; choose ", ending));
    }
  }
  for (const auto& path : output_files(output)) {
    WATTLE_RETURN_IF_ERROR(check_writable(path));
  }
  return output.checkpoints.empty() ? Status()
                                    : check_writable(path_join(output.checkpoints, "checkpoint"));
}

Status make_output_folders(const OutputOptions& output, FileSystem& files) {
  for (const auto& path : output_files(output)) {
    WATTLE_RETURN_IF_ERROR(files.make_directories(folder_of(path).string()));
  }
  return {};
}

}  // namespace wattle::training
