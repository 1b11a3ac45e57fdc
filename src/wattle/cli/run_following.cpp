#include "wattle/cli/run_following.h"

#include <optional>

#include "wattle/base/text.h"
#include "wattle/cli/run_summary.h"
#include "wattle/messages/run_request.h"

namespace wattle::cli {
namespace {

using messages::RunState;
using messages::RunSummary;
using messages::RunVerb;

constexpr messages::ReadOptions kFromServer{.unknown_keys = messages::UnknownKeys::kIgnored,
                                            .what = "the run's stream"};

class Following {
 public:
  Following(Context& context, ApiClient& client, std::string run, const FollowOptions& options)
      : context_(context), client_(client), run_(std::move(run)), options_(options) {}

  Result<RunSummary> until_settled(StopSignals* signals) {
    const auto target = api_target(run_target(run_, "/stream"),
                                   {{"output", options_.on_output ? "true" : "false"},
                                    {"after_attempt", std::to_string(options_.after_attempt)}});
    const int stop = signals != nullptr ? signals->descriptor() : -1;
    for (;;) {
      const auto followed =
          client_.follow(target, parser_, [this](const auto& event) { return take(event); }, stop);
      WATTLE_RETURN_IF_ERROR(Status(failed_));
      if (end_) {
        return *end_;
      }
      const bool is_signal =
          !followed.ok() && followed.error().code() == ErrorCode::kCancelled && signals != nullptr;
      if (!is_signal) {
        return followed.ok() ? Error(ErrorCode::kInternal, "the run's stream has no end")
                             : followed.error();
      }
      WATTLE_RETURN_IF_ERROR(pass_on_signal(*signals));
    }
  }

 private:
  /// False at the end.
  bool take(const net::ServerSentEvent& event) {
    if (event.event == "output") {
      return take_output(event.data);
    }
    auto run = messages::from_json_text<RunSummary>(event.data, kFromServer);
    if (!run.ok()) {
      failed_ = run.error();
      return false;
    }
    tell(*run);
    if (event.event == "end") {
      end_ = std::move(*run);
    }
    return !end_;
  }

  bool take_output(const std::string& data) {
    const auto line = messages::from_json_text<messages::LogLine>(data, kFromServer);
    if (!line.ok()) {
      failed_ = line.error();
      return false;
    }
    options_.on_output(*line);
    return true;
  }

  void tell(const RunSummary& run) {
    const auto words =
        concat(messages::word_of(run.state), run.reason.empty() ? "" : ": ", run.reason);
    // Every job is pending and waiting for a moment: only what it waits for is worth a line.
    const bool waits = run.state == RunState::kWaiting || run.state == RunState::kPending;
    const bool is_worth_it =
        run.state == RunState::kInterrupting || (waits && !run.reason.empty());
    if (options_.tells_states && is_worth_it && words != told_) {
      context_.output().narrate(words + "\n");
      told_ = words;
    }
  }

  Status pass_on_signal(StopSignals& signals) {
    signals.take();
    const auto verb = asked_++ == 0 ? RunVerb::kStop : RunVerb::kKill;
    if (verb == RunVerb::kStop) {
      context_.output().narrate("\nstopping: SIGTERM was sent; Ctrl-C again kills\n");
    }
    const auto asked =
        client_.post<RunSummary>(run_target(run_, "/actions"), messages::RunAction{.action = verb});
    // It may have ended by itself meanwhile, which its stream tells.
    const bool is_over = !asked.ok() && asked.error().code() == ErrorCode::kFailedPrecondition;
    return asked.ok() || is_over ? Status() : Status(asked.error());
  }

  Context& context_;
  ApiClient& client_;
  std::string run_;
  const FollowOptions& options_;
  net::EventStreamParser parser_;
  std::optional<RunSummary> end_;
  Status failed_;
  std::string told_;
  int asked_ = 0;
};

}  // namespace

Result<RunSummary> follow_run(Context& context, ApiClient& client, const std::string& run,
                              const FollowOptions& options, StopSignals* signals) {
  return Following(context, client, run, options).until_settled(signals);
}

}  // namespace wattle::cli
