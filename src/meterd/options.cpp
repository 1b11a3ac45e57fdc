#include "options.h"

#include <algorithm>

#include "wattle/base/file.h"
#include "wattle/base/text.h"

namespace wattle::meterd {
namespace {

// Slower, and a counter can wrap unseen (energy/counter.h); faster, and metering is no longer free.
constexpr Seconds kShortestPeriod{0.05};
constexpr Seconds kLongestPeriod{30};
constexpr Seconds kLongestLinger{86'400};
constexpr const char* kSystemState = "/var/lib/wattle";
constexpr const char* kSystemSocket = "/run/wattle/meterd.sock";

/// "500ms", "2s" or "2".
Result<Seconds> parse_seconds(std::string_view flag, std::string_view text, Seconds least,
                              Seconds most) {
  std::string_view digits = text;
  double factor = 1;
  if (digits.ends_with("ms")) {
    digits.remove_suffix(2);
    factor = 1e-3;
  } else if (digits.ends_with("s")) {
    digits.remove_suffix(1);
  }
  const auto number = parse_number(digits);
  const Seconds value(number ? *number * factor : -1);
  if (value < least || value > most) {
    return Error(ErrorCode::kInvalidArgument,
                 concat(flag, " '", text, "' is no duration from ", least.value(), " to ",
                        most.value(), " seconds, such as 500ms or 2s"));
  }
  return value;
}

std::string* text_option(Options& options, std::string_view flag) {
  if (flag == "--home" || flag == "--state") {
    return &options.home;
  }
  if (flag == "--socket") {
    return &options.socket_path;
  }
  if (flag == "--root") {
    return &options.root;
  }
  if (flag == "--nvml") {
    return &options.nvml_library;
  }
  if (flag == "--replay") {
    return &options.replay;
  }
  return flag == "--cpu-model" ? &options.cpu_model : nullptr;
}

bool take_word(Options& options, std::string_view word) {
  if (word == "--system") {
    options.system = true;
  } else if (word == "--print-unit") {
    options.task = Task::kPrintService;
  } else if (word == "--print-socket-unit") {
    options.task = Task::kPrintSocket;
  } else if (word == "--help") {
    options.task = Task::kHelp;
  } else {
    return false;
  }
  return true;
}

Status take_value(Options& options, const std::string& flag, const std::string& value) {
  if (auto* text = text_option(options, flag); text != nullptr) {
    *text = value;
    return {};
  }
  if (flag == "--period") {
    WATTLE_ASSIGN_OR_RETURN(options.period,
                            parse_seconds(flag, value, kShortestPeriod, kLongestPeriod));
    return {};
  }
  WATTLE_ASSIGN_OR_RETURN(options.linger, parse_seconds(flag, value, Seconds(0), kLongestLinger));
  return {};
}

bool takes_value(Options& options, std::string_view flag) {
  return flag == "--period" || flag == "--linger" || text_option(options, flag) != nullptr;
}

Status complete(Options& options) {
  if (options.home.empty() && !options.system) {
    return Error(ErrorCode::kInvalidArgument,
                 "wattle-meterd needs --home DIR (a user's meter) or --system (the host's)");
  }
  if (options.system && options.period < kShortestSystemPeriod) {
    return Error(ErrorCode::kInvalidArgument,
                 concat("--period of --system is at least ", kShortestSystemPeriod.value(),
                        " s: faster readings tell every user what other processes compute"));
  }
  if (options.home.empty()) {
    options.home = kSystemState;
  }
  // The meter works in "/", so that it keeps no folder of its starter busy.
  for (std::string* path :
       {&options.home, &options.root, &options.replay, &options.cpu_model, &options.socket_path}) {
    *path = path->empty() ? "" : absolute_path(*path);
  }
  const std::string folder = path_join(options.home, "meter");
  options.lock_path = path_join(folder, "lock");
  if (options.cpu_model.empty()) {
    options.cpu_model = path_join(folder, "cpu-model");
  }
  if (options.socket_path.empty()) {
    options.socket_path = options.system ? kSystemSocket : path_join(folder, "socket");
  }
  return {};
}

}  // namespace

Result<Options> parse_options(std::span<const std::string> arguments,
                              const std::string& environment_root) {
  Options options;
  if (!environment_root.empty()) {
    options.root = environment_root;
  }
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    if (take_word(options, word)) {
      continue;
    }
    if (!takes_value(options, word)) {
      return Error(ErrorCode::kInvalidArgument,
                   concat("unknown argument '", word, "'; see wattle-meterd --help"));
    }
    if (++i == arguments.size()) {
      return Error(ErrorCode::kInvalidArgument, word + " needs a value");
    }
    WATTLE_RETURN_IF_ERROR(take_value(options, word, arguments[i]));
  }
  if (options.task == Task::kMeter) {
    WATTLE_RETURN_IF_ERROR(complete(options));
  }
  return options;
}

std::string help_text() {
  return "wattle-meterd: the one node meter of a host (of a user, where counters are open to all)\n"
         "  --home DIR            WATTLE_HOME: samples go below DIR/nodes, clients to\n"
         "                        DIR/meter/socket\n"
         "  --system              for all users: state in /var/lib/wattle, socket\n"
         "                        /run/wattle/meterd.sock\n"
         "  --state DIR           other state folder, with --system\n"
         "  --socket PATH         other socket\n"
         "  --period TIME         between samples while clients are connected (1s)\n"
         "  --linger TIME         stay so long after the last client (2s)\n"
         "  --root DIR            prefix of /sys and /proc (WATTLE_SENSOR_ROOT, else /)\n"
         "  --nvml FILE           NVIDIA management library (libnvidia-ml.so.1)\n"
         "  --replay FILE         meter a recorded trace (CSV) instead of this host\n"
         "  --cpu-model FILE      calibrated processor model (DIR/meter/cpu-model)\n"
         "  --print-unit          print the systemd service of --system; --print-socket-unit its\n"
         "                        socket\n";
}

}  // namespace wattle::meterd
