#include "wattle/cli/run_following.h"

#include <array>
#include <memory>

#include "wattle/base/text.h"
#include "wattle/cli/output_printer.h"
#include "wattle/cli/server_link.h"
#include "wattle/executor/waiting.h"
#include "wattle/job/job_house.h"

namespace wattle::cli {
namespace {

using executor::FolderWatch;
using job::JobState;
using job::Wish;

class Following {
 public:
  Following(Context& context, job::JobStore& jobs, std::string run, const FollowOptions& options)
      : context_(context),
        jobs_(jobs),
        run_(std::move(run)),
        options_(options),
        followed_(options.after_attempt) {}

  Result<job::JobRow> until_settled(const store::Home& home, StopSignals* signals) {
    // The folder is watched before the state is read, so that no change falls in between.
    WATTLE_ASSIGN_OR_RETURN(auto watch,
                            FolderWatch::open(home.run(run_), FolderWatch::Events::kContents));
    for (;;) {
      (void)watch.take("states");
      WATTLE_ASSIGN_OR_RETURN(auto row, jobs_.get(run_));
      follow_output(home, row);
      if (has_settled(row)) {
        printer_.reset();
        return row;
      }
      tell(row);
      WATTLE_RETURN_IF_ERROR(wait(watch, signals));
    }
  }

 private:
  /// The newest attempt's, once its supervisor has begun.
  void follow_output(const store::Home& home, const job::JobRow& row) {
    const bool is_new = row.attempt > followed_ && row.state != JobState::kStarting;
    if (options_.on_output && is_new) {
      printer_.reset();
      followed_ = row.attempt;
      printer_ = std::make_unique<OutputPrinter>(context_.output(), home.attempt(run_, row.attempt),
                                                 options_.on_output);
    }
  }

  void tell(const job::JobRow& row) {
    const auto words =
        concat(job::to_string(row.state), row.reason.empty() ? "" : ": ", row.reason);
    const bool is_worth_it = row.state == JobState::kWaiting || row.state == JobState::kPending ||
                             row.state == JobState::kInterrupting;
    if (options_.tells_states && is_worth_it && words != told_) {
      context_.output().narrate(words + "\n");
      told_ = words;
    }
  }

  Status wait(FolderWatch& watch, StopSignals* signals) {
    const auto server = open_server(context_);
    if (!server.is_open()) {
      // It went, or has just come to its end: the next one takes the run up.
      WATTLE_RETURN_IF_ERROR(wake_server(context_));
      return {};
    }
    const int stop = signals != nullptr ? signals->descriptor() : -1;
    const auto ready = executor::wait_readable(std::array{stop, watch.descriptor(), server.get()});
    return ready == 0U ? pass_on_signal(*signals) : Status();
  }

  Status pass_on_signal(StopSignals& signals) {
    signals.take();
    const auto wish = asked_++ == 0 ? Wish::kStop : Wish::kKill;
    if (wish == Wish::kStop) {
      context_.output().narrate("\nstopping: SIGTERM was sent; Ctrl-C again kills\n");
    }
    WATTLE_RETURN_IF_ERROR(jobs_.wish(run_, wish));
    return wake_server(context_);
  }

  Context& context_;
  job::JobStore& jobs_;
  std::string run_;
  const FollowOptions& options_;
  std::unique_ptr<OutputPrinter> printer_;
  std::uint32_t followed_;
  std::string told_;
  int asked_ = 0;
};

}  // namespace

bool has_settled(const job::JobRow& row) {
  const bool rests = row.state == JobState::kInterrupted && row.wish == Wish::kNone;
  return job::is_final(row.state) ? row.wish == Wish::kNone : rests;
}

Result<job::JobRow> follow_run(Context& context, const std::string& run,
                               const FollowOptions& options, StopSignals* signals) {
  WATTLE_ASSIGN_OR_RETURN(auto* house, context.house());
  WATTLE_ASSIGN_OR_RETURN(const auto home, context.home());
  return Following(context, house->jobs(), run, options).until_settled(home, signals);
}

}  // namespace wattle::cli
