// What the server says of itself.
//
// Units:    seconds, joules. Errors: none. Threads: value types. Lifetime: value types.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/messages/figure.h"

namespace wattle::messages {

enum class DatabaseKind { kSqlite, kPostgresql };
template <>
struct Words<DatabaseKind> {
  static constexpr std::string_view kName = "DatabaseKind";
  static constexpr std::string_view kAbout = "What keeps the rows.";
  static constexpr std::array<std::string_view, 2> kWords{"sqlite", "postgresql"};
};

struct ServerInfo {
  std::string version;
  std::string api_version;
  std::string build;
  std::int64_t pid = 0;
  std::string home;
  UtcTime started_at;
  double uptime_seconds = 0;
  DatabaseKind database = DatabaseKind::kSqlite;
  std::int64_t jobs_active = 0;
  std::int64_t streams_open = 0;
  bool is_draining = false;
  bool is_outdated = false;
  std::optional<Figure> platform_energy_joules;

  static constexpr std::string_view kName = "ServerInfo";
  static constexpr std::string_view kAbout = "Which server answers, and what it is doing.";
  static void fields(auto& f) {
    f("version", &ServerInfo::version, "Of the program.");
    f("api_version", &ServerInfo::api_version, "Of this API: v1.");
    f("build", &ServerInfo::build, "What tells two builds of one version apart.");
    f("pid", &ServerInfo::pid, "The server's process on its host.");
    f("home", &ServerInfo::home, "WATTLE_HOME, absolute.");
    f("started_at", &ServerInfo::started_at, "When this process started.");
    f("uptime_seconds", &ServerInfo::uptime_seconds, "How long it has been up, on the boot clock.");
    f("database", &ServerInfo::database, "What keeps the rows.");
    f("jobs_active", &ServerInfo::jobs_active, "Jobs that are neither at rest nor ended.");
    f("streams_open", &ServerInfo::streams_open, "Clients that follow events or output.");
    f("is_draining", &ServerInfo::is_draining, "It ends soon and takes no new work.");
    f("is_outdated", &ServerInfo::is_outdated,
      "Its program on the disk was replaced: a restart would run another one.");
    f("platform_energy_joules", &ServerInfo::platform_energy_joules,
      "What Wattle itself has used since this server started, where a meter saw it.");
  }
  bool operator==(const ServerInfo&) const = default;
};

enum class HealthStatus { kOk, kDegraded, kFailing };
template <>
struct Words<HealthStatus> {
  static constexpr std::string_view kName = "HealthStatus";
  static constexpr std::string_view kAbout =
      "ok; degraded: work is done, but not all of it; failing: no work is done.";
  static constexpr std::array<std::string_view, 3> kWords{"ok", "degraded", "failing"};
};

struct HealthCheck {
  std::string name;
  bool ok = true;
  std::string message;

  static constexpr std::string_view kName = "HealthCheck";
  static constexpr std::string_view kAbout = "One thing that was looked at.";
  static void fields(auto& f) {
    f("name", &HealthCheck::name, "What was looked at: database, disk, meter.");
    f("ok", &HealthCheck::ok, "Whether it is well.");
    f("message", &HealthCheck::message, "What is wrong and what to do; empty when it is well.");
  }
  bool operator==(const HealthCheck&) const = default;
};

struct Health {
  HealthStatus status = HealthStatus::kOk;
  std::vector<HealthCheck> checks;

  static constexpr std::string_view kName = "Health";
  static constexpr std::string_view kAbout = "Whether the server can work.";
  static void fields(auto& f) {
    f("status", &Health::status, "The worst of the checks.");
    f("checks", &Health::checks, "Each thing that was looked at.");
  }
  bool operator==(const Health&) const = default;
};

extern template const Type& type_of<ServerInfo>();
extern template const Type& type_of<HealthCheck>();
extern template const Type& type_of<Health>();

}  // namespace wattle::messages
