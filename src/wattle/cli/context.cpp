#include "wattle/cli/context.h"

#include <filesystem>

#include "wattle/executor/local_executor.h"
#include "wattle/hardware/doctor_facts.h"

namespace wattle::cli {
namespace {

/// The folder of the running program, whatever it was called by.
std::string folder_of_program() {
  std::error_code error;
  const auto path = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? "." : path.parent_path().string();
}

}  // namespace

Context::Context(const char* const* environment_block, Output& output)
    : output_(output),
      environment_(hardware::read_environment(environment_block)),
      program_folder_(folder_of_program()) {}

Context::~Context() = default;

std::string Context::sensor_root() const {
  const auto root = environment_.find("WATTLE_SENSOR_ROOT");
  return root == environment_.end() || root->second == "/" ? "" : root->second;
}

Result<store::Home> Context::home() const {
  WATTLE_ASSIGN_OR_RETURN(
      auto root,
      store::Home::default_root([this](std::string_view name) -> std::optional<std::string> {
        const auto found = environment_.find(name);
        return found == environment_.end() ? std::nullopt : std::optional(found->second);
      }));
  return store::Home(absolute_path(root));
}

std::unique_ptr<executor::Executor> Context::make_executor(const store::Home& home) {
  std::vector<std::string> meter{path_join(program_folder_, "wattle-meterd"), "--home",
                                 home.root()};
  std::vector<std::string> sockets{std::string(store::kHostMeterSocket), home.meter_socket()};
  if (const auto root = sensor_root(); !root.empty()) {
    meter.insert(meter.end(), {"--root", root});
    sockets.erase(sockets.begin());  // the host's meter reads other sensors than were asked for
  }
  return std::make_unique<executor::LocalExecutor>(
      files_, subprocess_, clock_,
      executor::LocalExecutor::Options{
          .supervisor_program = path_join(program_folder_, "wattle-supervise"),
          .meter_sockets = std::move(sockets),
          .meter_start = std::move(meter)});
}

Result<job::Surroundings> Context::surroundings() {
  WATTLE_ASSIGN_OR_RETURN(auto home, this->home());
  if (!executor_) {
    executor_ = make_executor(home);
  }
  return job::Surroundings{.files = files_,
                           .clock = clock_,
                           .rng = rng_,
                           .subprocess = subprocess_,
                           .executor = *executor_,
                           .environment = environment_,
                           .home = std::move(home),
                           .program_folder = program_folder_,
                           .root = sensor_root(),
                           .host_nodes = std::string(store::kHostMeterNodes)};
}

Result<job::RunDesk*> Context::desk() {
  if (!desk_) {
    WATTLE_ASSIGN_OR_RETURN(auto around, surroundings());
    desk_ = std::make_unique<job::RunDesk>(std::move(around));
  }
  return desk_.get();
}

std::string Context::database_url() const {
  const auto url = environment_.find("WATTLE_DATABASE");
  return url == environment_.end() ? "" : url->second;
}

Result<job::JobHouse*> Context::house() {
  if (!house_) {
    WATTLE_ASSIGN_OR_RETURN(auto around, surroundings());
    WATTLE_ASSIGN_OR_RETURN(house_, job::JobHouse::open(std::move(around), database_url()));
    WATTLE_RETURN_IF_ERROR(house_->take_in());
  }
  return house_.get();
}

}  // namespace wattle::cli
