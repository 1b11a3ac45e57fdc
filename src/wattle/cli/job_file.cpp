#include "wattle/cli/job_file.h"

#include <filesystem>

#include "wattle/base/text.h"
#include "wattle/carbon/zone_atlas.h"
#include "wattle/spec/document.h"

namespace wattle::cli {
namespace {

/// Where a key stands, "inputs.data", or the innermost of its sections that stands anywhere.
spec::Position place_of(const spec::Document& document, std::string_view key) {
  const spec::Node* node = &document.root();
  while (!key.empty()) {
    const auto dot = std::min(key.find('.'), key.size());
    const spec::Node* inner = node->find(key.substr(0, dot));
    if (inner == nullptr) {
      break;
    }
    node = inner;
    key.remove_prefix(std::min(dot + 1, key.size()));
  }
  return node->at;
}

/// What is well written, but names something that is not here.
class HostCheck {
 public:
  HostCheck(const spec::Document& document, spec::JobReading& reading)
      : document_(document),
        reading_(reading),
        folder_(parent_of(absolute_path(document.path()))) {}

  void zone() {
    if (const auto& name = reading_.job.carbon.zone) {
      if (const auto zone = carbon::ZoneAtlas().resolve(*name); !zone.ok()) {
        fail("carbon.zone", zone.error().message());
      }
    }
  }

  void files(FileSystem& files) {
    std::error_code ignored;
    if (const auto folder = here(reading_.job.workdir);
        !std::filesystem::is_directory(folder, ignored)) {
      fail("workdir", concat("there is no folder ", folder));
    }
    for (const auto& [name, path] : reading_.job.inputs) {
      expect_file(files, "inputs." + name, path);
    }
    if (const auto& path = reading_.job.carbon.intensity_file) {
      expect_file(files, "carbon.intensity_file", *path);
    }
  }

 private:
  static std::string parent_of(const std::string& path) { return path.substr(0, path.rfind('/')); }
  std::string here(const std::string& path) const {
    return path.starts_with('/') ? path : absolute_path(path_join(folder_, path));
  }
  void expect_file(FileSystem& files, const std::string& key, const std::string& path) {
    if (!files.exists(here(path))) {
      fail(key, concat("there is no file ", here(path), "; make it, or correct the path"));
    }
  }
  void fail(const std::string& key, const std::string& message) {
    reading_.problems.add(document_, place_of(document_, key), key, message);
  }

  const spec::Document& document_;
  spec::JobReading& reading_;
  std::string folder_;
};

}  // namespace

std::string job_path(const std::string& file) {
  std::error_code ignored;
  return std::filesystem::is_directory(file, ignored) ? path_join(file, "wattle.yaml") : file;
}

Result<spec::JobReading> read_job_file(Context& context, const std::string& file,
                                       const std::vector<std::string>& overrides,
                                       NamedFiles named_files) {
  const std::string path = job_path(file);
  const auto document = spec::load_document(context.files(), path, overrides);
  if (!document.ok() && document.error().code() == ErrorCode::kNotFound && file == "wattle.yaml") {
    return Error(
        ErrorCode::kNotFound,
        "there is no wattle.yaml here; name one, or run a command: wattle run -- python train.py");
  }
  WATTLE_RETURN_IF_ERROR(document.ok() ? Status() : Status(document.error()));
  auto reading = spec::read_job(*document, context.environment());
  if (reading.ok()) {
    HostCheck check(*document, reading);
    check.zone();
    if (named_files == NamedFiles::kMustExist) {
      check.files(context.files());
    }
  }
  return reading;
}

spec::JobSpec job_of_command(const std::vector<std::string>& command,
                             const std::optional<std::string>& name) {
  spec::JobSpec job;
  job.run = command;
  job.name = name ? *name : spec::name_of_folder(command.front());
  return job;
}

Status check_name(const std::optional<std::string>& name) {
  if (!name || *name == spec::name_of_folder(*name)) {
    return {};
  }
  return Error(ErrorCode::kInvalidArgument,
               concat("--name: '", *name,
                      "' has other than a-z, 0-9, '.', '_' and '-', or more "
                      "than 63; write it as '",
                      spec::name_of_folder(*name), "'"));
}

}  // namespace wattle::cli
