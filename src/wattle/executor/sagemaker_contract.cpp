#include "wattle/executor/sagemaker_contract.h"

#include <array>
#include <filesystem>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wattle/base/descriptor.h"
#include "wattle/base/log.h"
#include "wattle/base/text.h"
#include "wattle/executor/sagemaker_environment.h"

namespace wattle::executor {
namespace {

constexpr std::size_t kFailureCharacters = 1024;  // CreateTrainingJob: FailureReason
constexpr std::size_t kBytesOfCharacter = 4;      // in UTF-8, at most

/// Replaces what is there if it is another link. What a job put in its place stays.
Status make_link(const std::string& target, const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_symlink(path, error)) {
    std::filesystem::remove(path, error);
  }
  if (::symlink(target.c_str(), path.c_str()) != 0 && errno != EEXIST) {
    return error_from_errno(errno, "linking " + path);
  }
  return {};
}

/// A flat map; every value is a text, as SageMaker has it.
std::string hyperparameters(const std::map<std::string, std::string>& params) {
  std::string members;
  for (const auto& [name, value] : params) {
    members += (members.empty() ? "" : ",") + json_quote(name) + ":" + json_quote(value);
  }
  return "{" + members + "}";
}

/// A channel is always a folder to the script.
Status make_channel(FileSystem& files, const std::string& channel, const std::string& input) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(input, error)) {
    return make_link(input, channel);
  }
  WATTLE_RETURN_IF_ERROR(files.make_directories(channel));
  return make_link(input, path_join(channel, std::filesystem::path(input).filename().string()));
}

/// The first characters of UTF-8 text: never a part of one.
std::string_view first_characters(std::string_view text, std::size_t count) {
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    const bool begins = (static_cast<unsigned char>(text[at]) & 0xC0U) != 0x80U;
    if (begins && count-- == 0) {
      break;
    }
  }
  return text.substr(0, at);
}

}  // namespace

std::string contract_folder(std::string_view attempt_folder) {
  return path_join(attempt_folder, "ml");
}

Status make_contract_tree(FileSystem& files, const ContractSpec& spec) {
  const std::string ml = contract_folder(spec.attempt_folder);
  const std::string config = path_join(ml, "input/config");
  const std::string data = path_join(ml, "input/data");
  const std::string output = path_join(ml, "output");
  const std::string artifacts = path_join(spec.run_folder, "artifacts");
  const std::string checkpoints = path_join(spec.run_folder, "checkpoints");
  for (const auto& folder :
       {config, data, output, path_join(output, "intermediate"), path_join(artifacts, "model"),
        path_join(artifacts, "output"), checkpoints}) {
    WATTLE_RETURN_IF_ERROR(files.make_directories(folder));
  }
  const std::string local = json_quote(path_join(spec.seen_at, "checkpoints"));
  for (const auto& [name, text] :
       std::map<std::string, std::string>{{"hyperparameters", hyperparameters(spec.params)},
                                          {"inputdataconfig", input_data_config(spec.inputs)},
                                          {"resourceconfig", resource_config(spec.host)},
                                          {"checkpointconfig", "{\"LocalPath\":" + local + "}"}}) {
    WATTLE_RETURN_IF_ERROR(files.write_atomic(path_join(config, name + ".json"), text + "\n"));
  }
  for (const auto& [name, input] : spec.inputs) {
    WATTLE_RETURN_IF_ERROR(make_channel(files, path_join(data, name), input));
  }
  WATTLE_RETURN_IF_ERROR(make_link(path_join(artifacts, "model"), path_join(ml, "model")));
  WATTLE_RETURN_IF_ERROR(make_link(path_join(artifacts, "output"), path_join(output, "data")));
  WATTLE_RETURN_IF_ERROR(make_link(checkpoints, path_join(ml, "checkpoints")));
  return make_link(spec.working_folder, path_join(ml, "code"));
}

std::optional<std::string> read_failure(const std::string& attempt_folder) {
  const std::string path = path_join(contract_folder(attempt_folder), "output/failure");
  // The job may have put anything there: a pipe must not block us, a link not lead elsewhere.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC));
  struct stat info{};
  if (!file.is_open() || ::fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode)) {
    return std::nullopt;
  }
  std::array<char, kFailureCharacters * kBytesOfCharacter> bytes{};
  const ssize_t size = ::pread(file.get(), bytes.data(), bytes.size(), 0);
  std::string reason(first_characters(
      std::string_view(bytes.data(), size > 0 ? static_cast<std::size_t>(size) : 0),
      kFailureCharacters));
  for (char& c : reason) {
    c = static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  }
  reason = trim(reason);
  return reason.empty() ? std::nullopt : std::optional(std::move(reason));
}

}  // namespace wattle::executor
