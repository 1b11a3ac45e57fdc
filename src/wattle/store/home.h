// Where everything lies under WATTLE_HOME. The one place that knows the names of folders and files.
//
// Units:    none.
// Errors:   default_root is kInvalidArgument when neither WATTLE_HOME nor HOME is set.
// Threads:  value type. Lifetime: value type.
// See:      docs/reference/home.md.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "wattle/base/result.h"

namespace wattle::store {

class Home {
 public:
  explicit Home(std::string root) : root_(std::move(root)) {}

  /// WATTLE_HOME, else $XDG_DATA_HOME/wattle, else ~/.local/share/wattle. `get` looks up the
  /// environment.
  static Result<std::string> default_root(
      const std::function<std::optional<std::string>(std::string_view)>& get);

  const std::string& root() const { return root_; }
  std::string runs() const { return root_ + "/runs"; }
  std::string run(std::string_view id) const { return runs() + "/" + std::string(id); }
  std::string spec_file(std::string_view id) const { return run(id) + "/spec.json"; }
  std::string receipt_file(std::string_view id) const { return run(id) + "/receipt.json"; }
  std::string attempts(std::string_view id) const { return run(id) + "/attempts"; }
  std::string attempt(std::string_view id, std::uint32_t number) const {
    return attempts(id) + "/" + std::to_string(number);
  }
  std::string usage(std::string_view id, std::uint32_t number) const {
    return attempt(id, number) + "/usage";
  }

  /// Where one run's states are announced: a line for each, for those who wait in its folder.
  std::string states_file(std::string_view id) const { return run(id) + "/states"; }
  std::string checkpoints(std::string_view id) const { return run(id) + "/checkpoints"; }

  /// The SQLite database, where no other one is named.
  std::string database_file() const { return root_ + "/wattle.db"; }
  std::string artifacts() const { return root_ + "/artifacts"; }
  /// Runs that were begun without the database, until they are entered into it.
  std::string inbox() const { return root_ + "/inbox"; }
  /// Held while the home is swept or put away.
  std::string maintenance_lock() const { return root_ + "/maintenance.lock"; }
  /// A file for each submission that is not in the queue yet, locked by who makes it.
  std::string submissions() const { return root_ + "/submissions"; }
  std::string server_lock() const { return root_ + "/server/lock"; }
  std::string server_process() const { return root_ + "/server/pid"; }
  /// Where the server answers its owner.
  std::string server_socket() const { return root_ + "/server/socket"; }
  std::string server_log() const { return root_ + "/server/log"; }

  std::string node(std::string_view host) const { return root_ + "/nodes/" + std::string(host); }
  std::string meter_lock() const { return root_ + "/meter/lock"; }
  std::string meter_socket() const { return root_ + "/meter/socket"; }
  /// The processor model calibrated on this host; the meter and predictions use it when it is
  /// there.
  std::string cpu_model() const { return root_ + "/meter/cpu-model"; }
  std::string host_file() const { return root_ + "/host.json"; }

 private:
  std::string root_;
};

/// The host's own meter, installed by `wattle doctor --fix rapl`: its socket, and where its
/// segments lie.
inline constexpr std::string_view kHostMeterSocket = "/run/wattle/meterd.sock";
inline constexpr std::string_view kHostMeterNodes = "/var/lib/wattle/nodes";

}  // namespace wattle::store
