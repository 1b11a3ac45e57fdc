#include "options.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <functional>
#include <map>

#include "wattle/base/text.h"

namespace wattle::supervise {
namespace {

constexpr Seconds kMeterTimeout{5};
constexpr double kMostSeconds = 1e9;
constexpr double kMostCpus = 1e6;
constexpr double kMostAttempts = 1e9;
constexpr double kMostBytes = 1e18;
constexpr double kLeastSeconds = 0.01;

struct RequestName {
  std::string_view name;
  int signal = 0;
  bool asks_for_the_end = false;
};

// What nobody uses to go on is not asked at intervals: the default of both is to end.
constexpr std::array<RequestName, 6> kRequests{{
    {"none", 0, false},
    {"file", 0, false},
    {"SIGUSR1", SIGUSR1, false},
    {"SIGUSR2", SIGUSR2, false},
    {"SIGTERM", SIGTERM, true},
    {"SIGINT", SIGINT, true},
}};

const RequestName* find_request(std::string_view name) {
  const auto* found = std::ranges::find(kRequests, name, &RequestName::name);
  return found == kRequests.end() ? nullptr : found;
}

Error bad_value(std::string_view option, std::string_view value, std::string_view wanted) {
  return Error(ErrorCode::kInvalidArgument,
               concat(option, " takes ", wanted, ", not '", value, "'"));
}

using Setter = std::function<Status(Options&, std::string_view option, const std::string& value)>;

Setter text(std::string Options::* field) {
  return [field](Options& options, std::string_view option, const std::string& value) -> Status {
    if (value.empty()) {
      return bad_value(option, value, "a text");
    }
    options.*field = value;
    return {};
  };
}

struct Range {
  double least = 0;
  double most = 0;
};

/// A number in the range, given to `assign`.
Setter number(Range range, std::function<void(Options&, double)> assign) {
  return [range, assign = std::move(assign)](Options& options, std::string_view option,
                                             const std::string& value) -> Status {
    const auto parsed = parse_number(value);
    if (!parsed.ok() || *parsed < range.least || *parsed > range.most) {
      std::array<char, 64> wanted{};
      std::snprintf(wanted.data(), wanted.size(), "a number from %g to %g", range.least,
                    range.most);
      return bad_value(option, value, wanted.data());
    }
    assign(options, *parsed);
    return {};
  };
}

Setter seconds(Seconds Options::* field, double least) {
  return number({least, kMostSeconds},
                [field](Options& options, double value) { options.*field = Seconds(value); });
}

using Checkpoint = CheckpointOptions;

Setter checkpoint_seconds(Seconds Checkpoint::* field, double least) {
  return number({least, kMostSeconds}, [field](Options& options, double value) {
    options.checkpoint.*field = Seconds(value);
  });
}

Setter bytes(Bytes Options::* field) {
  return number({0, kMostBytes}, [field](Options& options, double value) {
    options.*field = Bytes(static_cast<std::int64_t>(value));
  });
}

Status set_stdio(Options& options, std::string_view option, const std::string& value) {
  if (value != "capture" && value != "inherit") {
    return bad_value(option, value, "'capture' or 'inherit'");
  }
  options.stdio = value == "capture" ? Stdio::kCapture : Stdio::kInherit;
  return {};
}

Status set_accounting(Options& options, std::string_view option, const std::string& value) {
  const auto accounting = energy::accounting_from(value);
  if (!accounting) {
    return bad_value(option, value, "'auto', 'cgroup2', 'cgroup1' or 'subreaper'");
  }
  options.accounting = *accounting;
  return {};
}

Status set_request(Options& options, std::string_view option, const std::string& value) {
  if (find_request(value) == nullptr) {
    return bad_value(option, value, "SIGUSR1, SIGUSR2, SIGTERM, SIGINT, 'file' or 'none'");
  }
  options.checkpoint.request = value;
  return {};
}

Status set_observed(Options& options, std::string_view option, const std::string& value) {
  options.observed = energy::parse_identity(value);
  return options.observed ? Status() : bad_value(option, value, "PID:START or a PID above 1");
}

Status set_checkpoint_folder(Options& options, std::string_view option, const std::string& value) {
  if (!value.starts_with('/')) {
    return bad_value(option, value, "a path that begins with '/'");
  }
  options.checkpoint.folder = value;
  return {};
}

Status set_protocol(Options& options, std::string_view option, const std::string& value) {
  const auto protocol = parse_integer(value);
  if (!protocol.ok() || *protocol < kOldestProtocol || *protocol > kProtocol) {
    return bad_value(
        option, value,
        concat("a version that this supervisor speaks, ", kOldestProtocol, " to ", kProtocol));
  }
  options.protocol = *protocol;
  return {};
}

std::map<std::string, Setter, std::less<>> setters() {
  return {
      {"--protocol", set_protocol},
      {"--folder", text(&Options::folder)},
      {"--run", text(&Options::run)},
      {"--project", text(&Options::project)},
      {"--attempt", number({1, kMostAttempts},
                           [](Options& o, double v) { o.attempt = static_cast<unsigned>(v); })},
      {"--cpus", number({0, kMostCpus}, [](Options& o, double v) { o.cpus = v; })},
      {"--memory", bytes(&Options::memory)},
      {"--time-limit", seconds(&Options::time_limit, 0)},
      {"--grace", seconds(&Options::grace, 0)},
      {"--output-limit", bytes(&Options::output_limit)},
      {"--stdio", set_stdio},
      {"--observe", set_observed},
      {"--accounting", set_accounting},
      {"--period", seconds(&Options::period, kLeastSeconds)},
      {"--checkpoint-request", set_request},
      {"--checkpoint-folder", set_checkpoint_folder},
      {"--checkpoint-timeout", checkpoint_seconds(&Checkpoint::timeout, kLeastSeconds)},
      {"--checkpoint-interval", checkpoint_seconds(&Checkpoint::interval, 0)},
      {"--mean-time-between-interruptions",
       checkpoint_seconds(&Checkpoint::mean_time_between_interruptions, kLeastSeconds)},
      {"--redact",
       [](Options& o, std::string_view, const std::string& value) -> Status {
         o.redact.push_back(value);
         return {};
       }},
      {"--meter-socket",
       [](Options& o, std::string_view, const std::string& value) -> Status {
         o.meter.socket_paths.push_back(value);
         return {};
       }},
      {"--meter-start",
       [](Options& o, std::string_view, const std::string& value) -> Status {
         o.meter.start_command.push_back(value);
         return {};
       }},
  };
}

Status check_complete(const Options& options, bool protocol_given) {
  if (!protocol_given || options.folder.empty() || options.run.empty() || options.attempt == 0) {
    return Error(ErrorCode::kInvalidArgument,
                 "--protocol, --folder, --run and --attempt are needed");
  }
  if (options.command.empty() || options.command.front().empty()) {
    return Error(ErrorCode::kInvalidArgument, "a command is needed after --");
  }
  if (options.checkpoint.can_ask() && options.checkpoint.folder.empty()) {
    return Error(ErrorCode::kInvalidArgument, "--checkpoint-request needs --checkpoint-folder");
  }
  return {};
}

}  // namespace

int CheckpointOptions::signal() const {
  const auto* found = find_request(request);
  return found == nullptr ? 0 : found->signal;
}

bool CheckpointOptions::asks_for_the_end() const {
  const auto* found = find_request(request);
  return found != nullptr && found->asks_for_the_end;
}

Result<Options> parse_options(std::span<const std::string> words) {
  const auto known = setters();
  Options options;
  options.meter.timeout = kMeterTimeout;
  bool protocol_given = false;
  std::size_t next = 0;
  for (; next < words.size() && words[next] != "--"; ++next) {
    const std::string& option = words[next];
    if (option == "--reserve") {
      options.reserve = true;
      continue;
    }
    const auto setter = known.find(option);
    if (setter == known.end() || next + 1 == words.size()) {
      return Error(ErrorCode::kInvalidArgument, setter == known.end()
                                                    ? "no such option: '" + option + "'"
                                                    : option + " takes a value");
    }
    WATTLE_RETURN_IF_ERROR(setter->second(options, option, words[++next]));
    protocol_given = protocol_given || option == "--protocol";
  }
  for (++next; next < words.size(); ++next) {
    options.command.push_back(words[next]);
  }
  WATTLE_RETURN_IF_ERROR(check_complete(options, protocol_given));
  return options;
}

}  // namespace wattle::supervise
