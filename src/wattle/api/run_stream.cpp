#include "wattle/api/run_stream.h"

#include "wattle/api/run_messages.h"
#include "wattle/base/text.h"
#include "wattle/messages/json_text.h"
#include "wattle/net/event_stream.h"

namespace wattle::api {
namespace {

constexpr std::size_t kChunkBytes = 64 << 10;
// Keeps proxies from taking the stream for dead; rare enough to cost nothing.
constexpr Seconds kHeartbeat{30};

/// Did it come to an end, or to rest, with nothing more asked of it?
bool has_settled(const job::JobRow& row) {
  const bool rests = row.state == job::JobState::kInterrupted;
  return (job::is_final(row.state) || rests) && row.wish == job::Wish::kNone;
}

template <typename T>
std::string line_of(const T& message) {
  return messages::to_json_text(message, messages::Layout::kOneLine);
}

class RunStream final : public net::BodySource {
 public:
  RunStream(Services& services, RunStreamOptions options, std::string told, OutputPlace place)
      : services_(services),
        options_(std::move(options)),
        told_(std::move(told)),
        output_(services.home, options_.run, place),
        bell_(std::make_shared<net::Bell>()) {}

  Result<Chunk> read() override {
    // Before anything is looked at, so that what changes meanwhile rings.
    wait_ = services_.feed.bell()->wait([bell = bell_] { bell->ring(); });
    WATTLE_ASSIGN_OR_RETURN(const auto row, services_.house.jobs().get(options_.run));
    Chunk chunk;
    bool has_more = false;
    if (options_.wants_output && row.kind != "measure") {
      WATTLE_ASSIGN_OR_RETURN(has_more, add_output(chunk.bytes, row));
    }
    if (has_more) {
      bell_->ring();
    } else {
      WATTLE_RETURN_IF_ERROR(add_state(chunk, row));
    }
    if (chunk.bytes.empty()) {
      chunk.bytes = beat();
    }
    return chunk;
  }
  std::shared_ptr<net::Bell> bell() const override { return bell_; }
  std::optional<Seconds> heartbeat() const override { return kHeartbeat; }

 private:
  Result<bool> add_output(std::string& bytes, const job::JobRow& row) {
    const bool has_begun = row.attempt > 0 && row.state != job::JobState::kStarting;
    const std::uint32_t newest = has_begun ? row.attempt : row.attempt == 0 ? 0 : row.attempt - 1;
    WATTLE_ASSIGN_OR_RETURN(const auto read, output_.read(newest, kChunkBytes));
    WATTLE_RETURN_IF_ERROR(watch_output());
    for (const auto& line : read.lines) {
      bytes += net::to_text({.id = id(), .event = "output", .data = line_of(line)});
    }
    return read.has_more;
  }

  /// The folder that grows. Watched before it is read the next time: what was written in between
  /// rings at once.
  Status watch_output() {
    const auto folder = output_.folder();
    if (folder.empty() || watched_.folder() == folder) {
      return {};
    }
    auto watched = services_.folders.watch(folder, bell_);
    if (watched.ok()) {
      watched_ = std::move(*watched);
      bell_->ring();
      return {};
    }
    // A run that was swept has no folder any more, and no output.
    return watched.error().code() == ErrorCode::kNotFound ? Status() : Status(watched.error());
  }

  /// Its state, when it is another one than was told last, and its end.
  Status add_state(Chunk& chunk, const job::JobRow& row) {
    const auto state =
        concat(job::to_string(row.state), ":", row.changed.ns, ":", job::to_string(row.wish));
    chunk.is_end = has_settled(row);
    if (state == told_ && !chunk.is_end) {
      return {};
    }
    told_ = state;
    WATTLE_ASSIGN_OR_RETURN(const auto summaries, run_summaries(services_.house.jobs(), {row}));
    chunk.bytes += net::to_text(
        {.id = id(), .event = chunk.is_end ? "end" : "state", .data = line_of(summaries.front())});
    return {};
  }

  std::string id() const { return concat(output_.place().text(), "/", told_); }

  /// A comment when it was asked without anything to tell: only after a heartbeat's time.
  std::string beat() {
    const auto now = services_.clock.boot_now();
    if (now - last_beat_ < kHeartbeat) {
      return "";
    }
    last_beat_ = now;
    return net::event_stream_comment("alive");
  }

  Services& services_;
  RunStreamOptions options_;
  std::string told_;  // the state that was told last
  RunOutput output_;
  std::shared_ptr<net::Bell> bell_;
  net::Bell::Wait wait_;
  FolderBells::Handle watched_;
  BootTime last_beat_ = services_.clock.boot_now();
};

/// Bounded in memory, however long the output is.
class WholeOutput final : public net::BodySource {
 public:
  WholeOutput(Services& services, const job::JobRow& row)
      : newest_(row.attempt), output_(services.home, row.run, {}) {}

  Result<Chunk> read() override {
    Chunk chunk;
    do {
      WATTLE_ASSIGN_OR_RETURN(const auto read, output_.read(newest_, kChunkBytes));
      for (const auto& line : read.lines) {
        chunk.bytes += line_of(line) + "\n";
      }
      chunk.is_end = !read.has_more;
    } while (chunk.bytes.empty() && !chunk.is_end);
    return chunk;
  }

 private:
  std::uint32_t newest_;
  RunOutput output_;
};

}  // namespace

Result<std::unique_ptr<net::BodySource>> follow_run(Services& services, RunStreamOptions options) {
  OutputPlace place{.attempt = options.after_attempt, .time_ns = INT64_MAX, .lines = 0};
  std::string told;
  if (options.after_attempt == 0) {
    place = {};
  }
  if (!options.last_event_id.empty()) {
    const auto slash = options.last_event_id.find('/');
    WATTLE_ASSIGN_OR_RETURN(place, OutputPlace::parse(options.last_event_id.substr(0, slash)));
    told = slash == std::string::npos ? "" : options.last_event_id.substr(slash + 1);
  }
  return std::unique_ptr<net::BodySource>(
      std::make_unique<RunStream>(services, std::move(options), std::move(told), place));
}

std::unique_ptr<net::BodySource> whole_output(Services& services, const job::JobRow& row) {
  return std::make_unique<WholeOutput>(services, row);
}

}  // namespace wattle::api
