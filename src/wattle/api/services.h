// What the routes of the API work on: lent by the server that puts them together.
//
// Units:    none. Errors: none. Threads: everything here may be used from any thread.
// Lifetime: borrows everything; outlives the API.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "wattle/access/projects.h"
#include "wattle/access/quotas.h"
#include "wattle/access/sessions.h"
#include "wattle/access/tokens.h"
#include "wattle/access/users.h"
#include "wattle/api/event_feed.h"
#include "wattle/api/folder_bells.h"
#include "wattle/base/rng.h"
#include "wattle/base/time.h"
#include "wattle/job/job_house.h"
#include "wattle/messages/server_info.h"
#include "wattle/store/home.h"

namespace wattle::api {

using EnvironmentMap = std::map<std::string, std::string, std::less<>>;

/// A house for one request on its own thread, with random numbers of its own.
struct Annex {
  Rng rng = Rng::from_entropy();
  std::unique_ptr<job::JobHouse> house;  // borrows the above
};

struct Services {
  const Clock& clock;
  store::Home home;
  /// Its database, artifacts, and what its JobStore reads and wishes: these are of any thread.
  job::JobHouse& house;
  /// In the environment of the caller.
  std::function<Result<std::unique_ptr<Annex>>(EnvironmentMap)> open_annex;
  /// Enters runs that were begun without the database, so that whoever looks finds them.
  std::function<Status()> take_in;
  EnvironmentMap environment;  // of the server itself
  EventFeed& feed;
  FolderBells& folders;
  access::Tokens& tokens;
  access::Users& users;
  access::Projects& projects;
  access::Quotas& quotas;
  access::Sessions& sessions;
  std::function<void()> wake;  // the queue looks at what was asked of it
  std::function<messages::ServerInfo()> server_info;
  std::function<messages::Health()> health;
  std::function<void()> drain;  // the server is to end soon, for its successor
};

}  // namespace wattle::api
