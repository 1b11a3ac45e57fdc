#include "wattle/executor/stored_environment.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wattle/base/bytes.h"
#include "wattle/base/hash.h"
#include "wattle/base/text.h"

namespace wattle::executor {
namespace {

constexpr std::string_view kMagic = "wattle environment 1\n";

struct LimitName {
  const char* name;
  int resource;
};

// Those of getrlimit(2) that prlimit(1) names and that have a meaning for a job.
constexpr std::array<LimitName, 10> kLimits{{{"as", RLIMIT_AS},
                                             {"core", RLIMIT_CORE},
                                             {"cpu", RLIMIT_CPU},
                                             {"data", RLIMIT_DATA},
                                             {"fsize", RLIMIT_FSIZE},
                                             {"memlock", RLIMIT_MEMLOCK},
                                             {"nofile", RLIMIT_NOFILE},
                                             {"nproc", RLIMIT_NPROC},
                                             {"rss", RLIMIT_RSS},
                                             {"stack", RLIMIT_STACK}}};

// Of one shell, one terminal, one session; and the marks of the run in which `wattle` was called.
constexpr std::array kOfTheMoment{
    "_",           "OLDPWD",       "SHLVL",           "COLUMNS",        "LINES",
    "TERM",        "TERMCAP",      "COLORTERM",       "LS_COLORS",      "WINDOWID",
    "STY",         "TMUX",         "TMUX_PANE",       "GPG_TTY",        "SSH_TTY",
    "VTE_VERSION", "TERM_PROGRAM", "TERM_SESSION_ID", "XDG_SESSION_ID", "TERM_PROGRAM_VERSION",
    "PS1",         "PS2",          "WATTLE_ATTEMPT",  "WATTLE_PLATFORM"};

std::string limit_text(std::uint64_t value) {
  return value == RLIM_INFINITY ? "unlimited" : std::to_string(value);
}

/// umask(2) can only be asked by setting it; /proc tells it without.
std::uint32_t read_umask() {
  RealFileSystem files;
  const auto status = files.read("/proc/self/status", limits::kSmallFileBytes);
  constexpr std::string_view kKey = "\nUmask:\t";
  const auto at = status.ok() ? status->find(kKey) : std::string::npos;
  std::uint32_t mask = 0;
  if (at == std::string::npos) {
    return ProcessSettings{}.umask;
  }
  for (std::size_t i = at + kKey.size(); i < status->size() && (*status)[i] != '\n'; ++i) {
    mask = mask * 8 + static_cast<std::uint32_t>((*status)[i] - '0');
  }
  return mask;
}

void encode_settings(ByteWriter& writer, const ProcessSettings& settings) {
  writer.u32(settings.umask);
  writer.u32(static_cast<std::uint32_t>(settings.niceness));
  writer.varint(settings.limits.size());
  for (const auto& limit : settings.limits) {
    writer.text(limit.name);
    writer.u64(limit.soft);
    writer.u64(limit.hard);
  }
}

std::string encode(const StoredEnvironment& stored) {
  ByteWriter writer;
  encode_settings(writer, stored.settings);
  writer.varint(stored.secret_names.size());
  for (const auto& name : stored.secret_names) {
    writer.text(name);
  }
  writer.varint(stored.variables.size());
  for (const auto& [name, value] : stored.variables) {
    writer.text(name);
    writer.text(value);
  }
  return writer.bytes();
}

StoredEnvironment decode(ByteReader& reader) {
  StoredEnvironment stored;
  stored.settings.umask = reader.u32();
  stored.settings.niceness = static_cast<std::int32_t>(reader.u32());
  for (auto left = reader.varint(); left > 0 && reader.ok(); --left) {
    const std::string name(reader.text());
    const auto soft = reader.u64();
    stored.settings.limits.push_back({.name = name, .soft = soft, .hard = reader.u64()});
  }
  for (auto left = reader.varint(); left > 0 && reader.ok(); --left) {
    stored.secret_names.emplace_back(reader.text());
  }
  for (auto left = reader.varint(); left > 0 && reader.ok(); --left) {
    const std::string name(reader.text());
    stored.variables.insert_or_assign(name, std::string(reader.text()));
  }
  return stored;
}

/// prlimit's words for the limits that differ; a hard limit only falls.
std::vector<std::string> limit_words(const ProcessSettings& wanted, const ProcessSettings& own) {
  std::vector<std::string> words;
  for (const auto& limit : wanted.limits) {
    const auto mine = std::ranges::find(own.limits, limit.name, &ResourceLimit::name);
    if (mine == own.limits.end()) {
      continue;
    }
    const auto hard = std::min(limit.hard, mine->hard);
    const auto soft = std::min(limit.soft, hard);
    if (soft != mine->soft || hard != mine->hard) {
      words.push_back(fmt::format("--{}={}:{}", limit.name, limit_text(soft), limit_text(hard)));
    }
  }
  return words;
}

void put_before(std::vector<std::string>& argv, std::vector<std::string> words) {
  argv.insert(argv.begin(), words.begin(), words.end());
}

}  // namespace

ProcessSettings own_settings() {
  ProcessSettings settings{.umask = read_umask(), .niceness = ::getpriority(PRIO_PROCESS, 0)};
  for (const auto& [name, resource] : kLimits) {
    rlimit limit{};
    if (::getrlimit(static_cast<__rlimit_resource_t>(resource), &limit) == 0) {
      settings.limits.push_back({.name = name, .soft = limit.rlim_cur, .hard = limit.rlim_max});
    }
  }
  return settings;
}

std::vector<std::string> with_settings(std::vector<std::string> argv, const ProcessSettings& wanted,
                                       const ProcessSettings& own) {
  if (auto words = limit_words(wanted, own); !words.empty()) {
    words.insert(words.begin(), "/usr/bin/prlimit");
    put_before(argv, std::move(words));
  }
  if (wanted.niceness > own.niceness) {
    put_before(argv, {"/usr/bin/nice", "-n", std::to_string(wanted.niceness - own.niceness)});
  }
  if (wanted.umask != own.umask) {
    put_before(argv,
               {"/bin/sh", "-c", fmt::format("umask {:04o}; exec \"$@\"", wanted.umask), "umask"});
  }
  return argv;
}

Environment storable(Environment caller) {
  for (const auto* name : kOfTheMoment) {
    if (const auto found = caller.find(name); found != caller.end()) {
      caller.erase(found);
    }
  }
  return caller;
}

std::string stored_environment_file(std::string_view run_folder) {
  return path_join(run_folder, "environment");
}

Status store_environment(FileSystem& files, const std::string& run_folder,
                         const StoredEnvironment& stored) {
  const std::string body = encode(stored);
  ByteWriter checksum;
  checksum.u32(crc32_of(body));
  return files
      .write_atomic(stored_environment_file(run_folder), concat(kMagic, checksum.bytes(), body))
      .with_context("keeping the environment of the run");
}

Result<StoredEnvironment> load_environment(FileSystem& files, const std::string& run_folder) {
  const std::string path = stored_environment_file(run_folder);
  WATTLE_ASSIGN_OR_RETURN(const auto bytes, files.read(path, limits::kSmallFileBytes));
  const Error damaged(ErrorCode::kParse, path + ": damaged; submit the job again");
  if (!bytes.starts_with(kMagic)) {
    return damaged;
  }
  ByteReader head(std::string_view(bytes).substr(kMagic.size()));
  const auto checksum = head.u32();
  if (!head.ok()) {
    return damaged;
  }
  const auto body = std::string_view(bytes).substr(kMagic.size() + sizeof checksum);
  if (crc32_of(body) != checksum) {
    return damaged;
  }
  ByteReader reader(body);
  auto stored = decode(reader);
  return reader.ok() && reader.at_end() ? Result(std::move(stored))
                                        : Result<StoredEnvironment>(damaged);
}

Status remove_environment(FileSystem& files, const std::string& run_folder) {
  return files.remove_all(stored_environment_file(run_folder));
}

}  // namespace wattle::executor
