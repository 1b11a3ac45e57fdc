#include "wattle/executor/capture.h"

#include <array>
#include <optional>
#include <set>
#include <vector>

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wattle/base/hash.h"
#include "wattle/base/text.h"

namespace wattle::executor {
namespace {

constexpr Seconds kTimeout{5};
constexpr std::size_t kDiffBytes = 32 << 20;
constexpr std::size_t kPackageFolders = 64;
constexpr std::size_t kPackages = 20'000;
// Nothing is imported that is not loaded at start anyway.
constexpr std::string_view kAskPython =
    "import sys\nprint(sys.version.split()[0])\nfor p in sys.path: print(p)";

using Facts = std::map<std::string, std::string>;

std::string value_of(const Environment& environment, std::string_view name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string() : found->second;
}

/// Runs programs as the job would: in its folder, with its environment.
class Helper {
 public:
  Helper(Subprocess& subprocess, const Environment& environment, std::string folder)
      : subprocess_(subprocess), folder_(std::move(folder)) {
    for (const auto& [name, value] : environment) {
      environment_.push_back(concat(name, "=", value));
    }
  }
  /// nullopt: it is not there, failed, took too long, or printed `limit` bytes or more.
  std::optional<std::string> run(std::vector<std::string> argv, std::size_t limit = 1 << 20) {
    auto captured = run_captured(
        subprocess_, {.argv = std::move(argv), .environment = environment_, .folder = folder_},
        kTimeout, limit);
    if (!captured.ok() || !captured->status.success() || captured->output.size() >= limit) {
      return std::nullopt;
    }
    return std::move(captured->output);
  }

 private:
  Subprocess& subprocess_;
  std::vector<std::string> environment_;
  std::string folder_;
};

std::string host_name() {
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  return name.data();
}

std::string user_name(const Environment& environment) {
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found) == 0 &&
      found != nullptr) {
    return found->pw_name;
  }
  const auto name = value_of(environment, "USER");
  return name.empty() ? concat("uid ", ::geteuid()) : name;
}

/// Where a shell in the job's place would find the program; "" when it would not.
std::string find_program(const Environment& environment, std::string_view name,
                         const std::string& folder) {
  const auto path = value_of(environment, "PATH");
  for (const auto part : split(path, ':')) {
    const bool absolute = part.starts_with('/');
    const auto candidate = path_join(absolute ? part : path_join(folder, part), name);
    struct stat info{};
    if (::access(candidate.c_str(), X_OK) == 0 && ::stat(candidate.c_str(), &info) == 0 &&
        S_ISREG(info.st_mode)) {
      return candidate;
    }
  }
  return "";
}

/// "name==version" of a folder "Name_x-1.2.dist-info", with the name as PEP 503 normalises it.
std::optional<std::string> package_of(std::string_view folder) {
  constexpr std::string_view kEnding = ".dist-info";
  const auto dash = folder.find('-');
  if (!folder.ends_with(kEnding) || dash + kEnding.size() >= folder.size()) {
    return std::nullopt;
  }
  std::string name;
  for (const char c : to_lower(folder.substr(0, dash))) {
    const bool separator = c == '_' || c == '.' || c == '-';
    if (!separator || !name.ends_with('-')) {
      name += separator ? '-' : c;
    }
  }
  const auto version = folder.substr(dash + 1, folder.size() - kEnding.size() - dash - 1);
  return concat(name, "==", version);
}

void add_packages(FileSystem& files, const std::vector<std::string_view>& folders, Facts& facts) {
  std::set<std::string> packages;
  for (std::size_t i = 0; i < std::min(folders.size(), kPackageFolders); ++i) {
    const auto names = files.list(std::string(folders[i]));
    if (!names.ok()) {
      continue;  // an archive, or an entry that is not there
    }
    for (const auto& name : *names) {
      const auto package = package_of(name);
      if (package && packages.size() < kPackages) {
        packages.insert(*package);
      }
    }
  }
  Sha256 digest;
  for (const auto& package : packages) {
    digest.update(package + "\n");
  }
  facts["packages_count"] = std::to_string(packages.size());
  facts["packages_sha256"] = digest.finish();
}

void add_python(FileSystem& files, Helper& helper, const std::string& python, Facts& facts) {
  if (python.empty()) {
    return;
  }
  facts["python"] = python;
  const auto answer = helper.run({python, "-c", std::string(kAskPython)});
  if (!answer) {
    return;
  }
  auto lines = split(trim(*answer), '\n');
  facts["python_version"] = lines.front();
  lines.erase(lines.begin());
  std::erase_if(lines, [](std::string_view line) { return !line.starts_with('/'); });
  add_packages(files, lines, facts);
}

void add_git(Helper& helper, const std::string& git, Facts& facts) {
  const auto ask = [&](std::vector<std::string> words, std::size_t limit) {
    words.insert(words.begin(), {git, "-c", "core.fsmonitor=false"});
    return helper.run(std::move(words), limit);
  };
  constexpr std::size_t kShort = 1 << 20;
  const auto commit = git.empty() ? std::nullopt : ask({"rev-parse", "--verify", "HEAD"}, kShort);
  if (!commit) {
    return;
  }
  facts["git_commit"] = trim(*commit);
  if (const auto branch = ask({"symbolic-ref", "--short", "-q", "HEAD"}, kShort)) {
    facts["git_branch"] = trim(*branch);
  }
  const auto changes = ask({"status", "--porcelain"}, kDiffBytes);
  if (!changes) {
    return;
  }
  facts["git_dirty"] = changes->empty() ? "false" : "true";
  const auto diff =
      ask({"diff", "--binary", "--no-ext-diff", "--no-textconv", "--no-color", "HEAD"}, kDiffBytes);
  if (diff && !diff->empty()) {
    facts["git_diff_sha256"] = sha256_hex(*diff);
  }
}

}  // namespace

std::map<std::string, std::string> capture_environment(FileSystem& files, Subprocess& subprocess,
                                                       const Environment& environment,
                                                       const std::string& folder) {
  Facts facts{
      {"host", host_name()}, {"user", user_name(environment)}, {"folder", absolute_path(folder)}};
  for (const auto& [key, variable] :
       {std::pair("virtual_env", "VIRTUAL_ENV"), std::pair("conda_prefix", "CONDA_PREFIX")}) {
    if (const auto value = value_of(environment, variable); !value.empty()) {
      facts[key] = value;
    }
  }
  auto asked = environment;
  asked["GIT_OPTIONAL_LOCKS"] = "0";  // asking must not take a lock that the user's own git needs
  Helper helper(subprocess, asked, absolute_path(folder));
  auto python = find_program(environment, "python3", folder);
  if (python.empty()) {
    python = find_program(environment, "python", folder);
  }
  add_python(files, helper, python, facts);
  add_git(helper, find_program(environment, "git", folder), facts);
  return facts;
}

}  // namespace wattle::executor
