// The parts of a server, put together: the house of its jobs, who may use it, the API, the front.
//
// Units:    none. Errors: create(): those of the database, of the listeners' names, and of inotify.
// Threads:  one thread; what it lends to the API may be used from any.
// Lifetime: owns its parts, which end in the reverse order.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "wattle/access/projects.h"
#include "wattle/access/quotas.h"
#include "wattle/access/random_source.h"
#include "wattle/access/sessions.h"
#include "wattle/access/tokens.h"
#include "wattle/access/users.h"
#include "wattle/api/api.h"
#include "wattle/base/log.h"
#include "wattle/job/job_house.h"
#include "wattle/server/doorkeeper.h"
#include "wattle/server/front.h"

namespace wattle::server {

struct CompositionOptions {
  std::string database_url;
  std::string version;
  std::vector<TcpListener> tcp;
  std::function<void()> wake;   // from any thread
  std::function<void()> drain;  // from any thread
};

class Composition {
 public:
  static Result<std::unique_ptr<Composition>> create(job::Surroundings around,
                                                     CompositionOptions options, Log& log);

  job::Dispatcher& dispatcher() { return *dispatcher_; }
  Front& front() { return *front_; }

 private:
  Composition(job::Surroundings around, CompositionOptions options, Log& log)
      : around_(std::move(around)), options_(std::move(options)), log_(log) {}

  Status open_house();
  Status open_api();
  Status sweep_access();
  Result<std::unique_ptr<api::Annex>> open_annex(api::EnvironmentMap environment);
  Status take_in();
  bool is_outdated() const;
  messages::ServerInfo info() const;
  messages::Health health() const;

  job::Surroundings around_;
  CompositionOptions options_;
  Log& log_;
  UtcTime started_;
  BootTime started_boot_;
  std::string program_;
  std::string program_identity_;  // of what this process runs

  std::shared_ptr<net::Bell> bell_;  // rung by every commit

  std::unique_ptr<api::EventFeed> feed_;
  std::unique_ptr<job::JobHouse> house_;
  std::unique_ptr<job::Dispatcher> dispatcher_;
  std::mutex take_in_;
  access::KernelRandom random_;
  std::unique_ptr<access::Tokens> tokens_;
  std::unique_ptr<access::Users> users_;
  std::unique_ptr<access::Projects> projects_;
  std::unique_ptr<access::Quotas> quotas_;
  std::unique_ptr<access::Sessions> sessions_;
  std::unique_ptr<api::FolderBells> folders_;
  std::unique_ptr<api::Services> services_;
  std::unique_ptr<api::Api> api_;
  std::unique_ptr<Doorkeeper> doorkeeper_;
  std::unique_ptr<Front> front_;
};

}  // namespace wattle::server
