#include "wattle/messages/run_request.h"

namespace wattle::messages {

Status RunRequest::check() const {
  const int ways = (job ? 1 : 0) + (job_text ? 1 : 0) + (command ? 1 : 0);
  if (ways != 1) {
    return Error(ErrorCode::kInvalidArgument,
                 ways == 0 ? "says not what to run: give job, job_text or command"
                           : "says twice what to run: give one of job, job_text and command");
  }
  if (command && command->empty()) {
    return Error(ErrorCode::kInvalidArgument, "command has no words");
  }
  if (command && !overrides.empty()) {
    return Error(ErrorCode::kInvalidArgument, "overrides are for a job; a command has no keys");
  }
  return {};
}

template const Type& type_of<RunRequest>();
template const Type& type_of<RunAccepted>();
template const Type& type_of<RunPlan>();
template const Type& type_of<RunAction>();
template const Type& type_of<RunUpdate>();

}  // namespace wattle::messages
