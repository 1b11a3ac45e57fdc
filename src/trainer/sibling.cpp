#include "sibling.h"

#include <cerrno>
#include <filesystem>

#include <unistd.h>

#include "wattle/base/text.h"

namespace wattle::trainer {

bool is_network_command(std::string_view command) {
  return command == "mlp" || command == "cnn";
}

Error become_network_trainer(char** argv) {
  std::error_code ignored;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", ignored);
  const std::string program = (self.parent_path() / "wattle-train-torch").string();
  ::execv(program.c_str(), argv);
  if (errno != ENOENT) {
    return error_from_errno(errno, "starting " + program);
  }
  return {ErrorCode::kNotFound,
          concat("neural networks need ", program,
                 ", which is not there: install libtorch-dev and libopenblas0-pthread, then build "
                 "again with cmake -DWATTLE_TORCH=ON")};
}

}  // namespace wattle::trainer
