// From what a client asks to a run: the job is read, checked against this host and against what the
// client may, planned, and accepted.
//
// Units:    none.
// Errors:   kInvalidArgument: a job that cannot be read or run, with every problem in the message;
//           kPermissionDenied: the project, or jobs of this user on this host;
//           kFailedPrecondition: a quota; and those of job/run_desk.h and job/job_house.h.
// Threads:  one thread for each object. Lifetime: borrows its parts for one request.
#pragma once

#include <memory>
#include <string>

#include "wattle/access/grant.h"
#include "wattle/api/services.h"
#include "wattle/messages/run_request.h"

namespace wattle::api {

class RunSubmission {
 public:
  RunSubmission(Services& services, const access::Identity& by) : services_(services), by_(by) {}

  /// What would run; nothing is started or written.
  Result<messages::RunPlan> plan(const messages::RunRequest& request);
  /// From here on the run exists. `key` "": none.
  Result<messages::RunAccepted> submit(const messages::RunRequest& request, const std::string& key);
  /// The job of an earlier run, as a new run.
  Result<messages::RunAccepted> again(const job::JobRow& row, const std::string& key);

 private:
  Result<job::RunRecord> prepare(const messages::RunRequest& request);
  Result<job::Request> job_request(const messages::RunRequest& request);
  Status check_allowed(const spec::JobSpec& job);
  Status ensure_project(const std::string& project);
  Result<messages::RunAccepted> accept(const job::RunRecord& record, const std::string& key);

  Services& services_;
  const access::Identity& by_;
  std::unique_ptr<Annex> annex_;
};

/// Jobs run as the user of the server. Whoever is somebody else may not have them run here.
Status check_account(Services& services, const access::Identity& by);

}  // namespace wattle::api
