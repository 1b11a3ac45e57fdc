#include "wattle/server/composition.h"

#include <sys/stat.h>
#include <unistd.h>

#include "wattle/base/text.h"
#include "wattle/job/current_user.h"
#include "wattle/store/outbox.h"

namespace wattle::server {
namespace {

/// What tells one file at a path from another that has taken its place.
std::string identity_of(const std::string& path) {
  struct stat info{};
  return ::stat(path.c_str(), &info) == 0 ? concat(info.st_dev, ":", info.st_ino, ":",
                                                   info.st_mtim.tv_sec, ".", info.st_mtim.tv_nsec)
                                          : "";
}

}  // namespace

Result<std::unique_ptr<Composition>> Composition::create(job::Surroundings around,
                                                         CompositionOptions options, Log& log) {
  std::unique_ptr<Composition> parts(
      new Composition(std::move(around), std::move(options), log));  // NOLINT: private constructor
  WATTLE_RETURN_IF_ERROR(parts->open_house());
  WATTLE_RETURN_IF_ERROR(parts->open_api());
  return parts;
}

Status Composition::open_house() {
  started_ = around_.clock.utc_now();
  started_boot_ = around_.clock.boot_now();
  program_ = path_join(around_.program_folder, "wattle");
  program_identity_ = identity_of("/proc/self/exe");
  bell_ = std::make_shared<net::Bell>();
  WATTLE_ASSIGN_OR_RETURN(house_, job::JobHouse::open(around_, options_.database_url,
                                                      [bell = bell_] { bell->ring(); }));
  WATTLE_RETURN_IF_ERROR(house_->take_in());
  dispatcher_ = house_->make_dispatcher(log_);
  return {};
}

Status Composition::open_api() {
  auto& database = house_->database();
  const auto& clock = around_.clock;
  feed_ = std::make_unique<api::EventFeed>(database, bell_);
  tokens_ = std::make_unique<access::Tokens>(database, clock, random_);
  users_ = std::make_unique<access::Users>(database, clock, *tokens_);
  projects_ = std::make_unique<access::Projects>(database, clock);
  quotas_ = std::make_unique<access::Quotas>(database, clock);
  sessions_ = std::make_unique<access::Sessions>(database, clock, random_);
  WATTLE_RETURN_IF_ERROR(sweep_access());
  WATTLE_ASSIGN_OR_RETURN(folders_, api::FolderBells::create());
  services_ = std::make_unique<api::Services>(api::Services{
      .clock = clock,
      .home = around_.home,
      .house = *house_,
      .open_annex =
          [this](api::EnvironmentMap environment) { return open_annex(std::move(environment)); },
      .take_in = [this] { return take_in(); },
      .environment = around_.environment,
      .feed = *feed_,
      .folders = *folders_,
      .tokens = *tokens_,
      .users = *users_,
      .projects = *projects_,
      .quotas = *quotas_,
      .sessions = *sessions_,
      .wake = options_.wake,
      .server_info = [this] { return info(); },
      .health = [this] { return health(); },
      .drain = options_.drain});
  api_ = std::make_unique<api::Api>(*services_);
  doorkeeper_ = std::make_unique<Doorkeeper>(Doorkeeper::Parts{.clock = clock,
                                                               .tokens = *tokens_,
                                                               .sessions = *sessions_,
                                                               .owner = job::current_user(),
                                                               .owner_id = ::geteuid()});
  front_ = std::make_unique<Front>(Front::Parts{.clock = clock,
                                                .log = log_,
                                                .api = *api_,
                                                .doorkeeper = *doorkeeper_,
                                                .services = *services_,
                                                .is_outdated = [this] { return is_outdated(); },
                                                .socket = around_.home.server_socket(),
                                                .tcp = options_.tcp});
  return {};
}

/// What is over is removed when a server begins; until then it is refused all the same.
Status Composition::sweep_access() {
  for (bool has_more = true; has_more;) {
    WATTLE_ASSIGN_OR_RETURN(const auto swept, sessions_->sweep());
    WATTLE_ASSIGN_OR_RETURN(const auto tokens, tokens_->sweep());
    has_more = swept.sessions + swept.links + tokens > 0;
  }
  return {};
}

Result<std::unique_ptr<api::Annex>> Composition::open_annex(api::EnvironmentMap environment) {
  auto annex = std::make_unique<api::Annex>();
  job::Surroundings around{.files = around_.files,
                           .clock = around_.clock,
                           .rng = annex->rng,
                           .subprocess = around_.subprocess,
                           .executor = around_.executor,
                           .environment = std::move(environment),
                           .home = around_.home,
                           .program_folder = around_.program_folder,
                           .root = around_.root,
                           .host_nodes = around_.host_nodes};
  WATTLE_ASSIGN_OR_RETURN(annex->house, house_->annex(std::move(around)));
  return annex;
}

/// Looks into the inbox only, which is empty almost always.
Status Composition::take_in() {
  const std::lock_guard lock(take_in_);
  if (!around_.files.exists(around_.home.inbox())) {
    return {};
  }
  WATTLE_ASSIGN_OR_RETURN(const auto waiting, around_.files.list(around_.home.inbox()));
  if (waiting.empty()) {
    return {};
  }
  WATTLE_ASSIGN_OR_RETURN(const auto annex, open_annex(around_.environment));
  return annex->house->take_in();
}

bool Composition::is_outdated() const {
  const auto there = identity_of(program_);
  return !there.empty() && there != program_identity_;
}

messages::ServerInfo Composition::info() const {
  const auto active = house_->jobs().active();
  return {.version = options_.version,
          .api_version = "v1",
          .build = program_identity_,
          .pid = ::getpid(),
          .home = around_.home.root(),
          .started_at = started_,
          .uptime_seconds = (around_.clock.boot_now() - started_boot_).value(),
          .database = house_->database().backend() == store::Backend::kSqlite
                          ? messages::DatabaseKind::kSqlite
                          : messages::DatabaseKind::kPostgresql,
          .jobs_active = active.ok() ? static_cast<std::int64_t>(active->size()) : 0,
          .streams_open = static_cast<std::int64_t>(front_ ? front_->streams() : 0),
          .is_draining = false,
          .is_outdated = is_outdated(),
          .platform_energy_joules = std::nullopt};
}

messages::Health Composition::health() const {
  messages::HealthCheck database{.name = "database", .ok = true, .message = ""};
  if (const auto last = store::Outbox(house_->database()).last(); !last.ok()) {
    database.ok = false;
    database.message = last.error().message();
  }
  return {.status = database.ok ? messages::HealthStatus::kOk : messages::HealthStatus::kFailing,
          .checks = {std::move(database)}};
}

}  // namespace wattle::server
