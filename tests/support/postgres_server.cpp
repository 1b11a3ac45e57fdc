#include "postgres_server.h"

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace wattle::support {
namespace {

using Words = std::vector<std::string>;

[[noreturn]] void give_up(const std::string& what) {
  std::fprintf(stderr, "PostgresServer: %s\n", what.c_str());
  std::abort();
}

/// PostgreSQL refuses to run as root.
const passwd* other_user() {
  if (::geteuid() != 0) {
    return nullptr;
  }
  const passwd* user = ::getpwnam("postgres");           // NOLINT(concurrency-mt-unsafe)
  return user != nullptr ? user : ::getpwnam("nobody");  // NOLINT(concurrency-mt-unsafe)
}

/// The command as that user; it dies with us.
Words as_other_user(const Words& command) {
  Words words{"setpriv", "--pdeathsig", "KILL"};
  if (const passwd* user = other_user()) {
    words.insert(words.end(), {"--reuid", std::to_string(user->pw_uid), "--regid",
                               std::to_string(user->pw_gid), "--clear-groups"});
  }
  words.emplace_back("--");
  words.insert(words.end(), command.begin(), command.end());
  return words;
}

void give_to_other_user(const std::string& path) {
  const passwd* user = other_user();
  if (user == nullptr) {
    return;
  }
  const auto give = [&](const std::string& one) {
    if (::lchown(one.c_str(), user->pw_uid, user->pw_gid) != 0) {
      give_up("cannot give away " + one);
    }
  };
  give(path);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
    give(entry.path().string());
  }
}

/// Starts a program whose output and errors go to `output`.
pid_t spawn(const Words& words, int output) {
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (const auto& word : words) {
    argv.push_back(const_cast<char*>(word.c_str()));  // NOLINT: posix_spawn does not write to them
  }
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, 1);
  posix_spawn_file_actions_adddup2(&actions, output, 2);
  posix_spawn_file_actions_addchdir_np(&actions, "/");
  pid_t pid = -1;
  const int error = ::posix_spawnp(&pid, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    give_up("cannot start " + words[0]);
  }
  return pid;
}

std::array<int, 2> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    give_up("no pipe");
  }
  return ends;
}

std::string read_until(int pipe, std::string_view wanted) {
  std::string text;
  std::array<char, 4096> block{};
  while (wanted.empty() || text.find(wanted) == std::string::npos) {
    const ssize_t count = ::read(pipe, block.data(), block.size());
    if (count <= 0) {
      break;
    }
    text.append(block.data(), static_cast<std::size_t>(count));
  }
  return text;
}

void run(const Words& words) {
  const auto ends = make_pipe();
  const pid_t pid = spawn(words, ends[1]);
  ::close(ends[1]);
  const std::string said = read_until(ends[0], "");
  ::close(ends[0]);
  int status = 0;
  if (::waitpid(pid, &status, 0) != pid || status != 0) {
    give_up(words[0] + " failed: " + said);
  }
}

/// Making a cluster takes a second or two, copying one does not: the first that needs one makes it.
void copy_cluster(const std::string& to) {
  const std::filesystem::path kept = WATTLE_POSTGRES_TEMPLATE;
  if (!std::filesystem::exists(kept / "PG_VERSION")) {
    const TemporaryFolder folder;
    give_to_other_user(folder.path());
    run(as_other_user({PostgresServer::programs() + "/initdb", "--pgdata", folder / "data",
                       "--username", "wattle", "--auth", "trust", "--encoding", "UTF8", "--locale",
                       "C.UTF-8", "--locale-provider", "icu", "--icu-locale", "en-US",
                       "--wal-segsize", "1", "--no-sync"}));
    const std::string fresh = kept.string() + "." + std::to_string(::getpid());
    std::filesystem::copy(folder / "data", fresh, std::filesystem::copy_options::recursive);
    std::error_code lost_the_race;
    std::filesystem::rename(fresh, kept, lost_the_race);
    if (lost_the_race) {
      std::filesystem::remove_all(fresh);
    }
  }
  std::filesystem::copy(kept, to, std::filesystem::copy_options::recursive);
  std::filesystem::permissions(to, std::filesystem::perms::owner_all);
}

std::vector<pid_t> children_of(pid_t pid) {
  const std::string number = std::to_string(pid);
  std::ifstream file("/proc/" + number + "/task/" + number + "/children");
  std::vector<pid_t> children;
  for (pid_t child = 0; file >> child;) {
    children.push_back(child);
  }
  return children;
}

}  // namespace

std::string PostgresServer::programs() {
  for (const auto* folder : {"/usr/lib/postgresql/15/bin", "/usr/lib/postgresql/16/bin",
                             "/usr/lib/postgresql/17/bin", "/usr/local/pgsql/bin"}) {
    if (::access((std::string(folder) + "/postgres").c_str(), X_OK) == 0) {
      return folder;
    }
  }
  return "";
}

bool PostgresServer::is_installed() {
  return !programs().empty();
}

PostgresServer::PostgresServer() {
  copy_cluster(folder_ / "data");
  give_to_other_user(folder_.path());
  start();
}

PostgresServer::~PostgresServer() {
  kill();
}

void PostgresServer::start() {
  const auto ends = make_pipe();
  Words words{programs() + "/postgres", "-D", folder_ / "data", "-k", folder_.path()};
  // Errors are the tests' own affair; what the server says of itself tells when it is ready.
  for (const auto* setting :
       {"listen_addresses=", "fsync=on", "shared_buffers=16MB", "max_connections=60",
        "wal_level=minimal", "max_wal_senders=0", "log_min_messages=log",
        "log_min_error_statement=panic", "log_checkpoints=off", "logging_collector=off"}) {
    words.insert(words.end(), {"-c", setting});
  }
  pid_ = spawn(as_other_user(words), ends[1]);
  ::close(ends[1]);
  const std::string log = read_until(ends[0], "ready to accept connections");
  if (log.find("ready to accept connections") == std::string::npos) {
    give_up("the server did not start: " + log);
  }
  output_ = ends[0];
}

std::string PostgresServer::url(std::string_view database) const {
  return "postgresql:///" + std::string(database) + "?host=" + folder_.path() + "&user=wattle";
}

std::string PostgresServer::create_database() {
  if (databases_ == 0) {
    ++databases_;
    return url("postgres");  // empty as well, and there already
  }
  const std::string name = "t" + std::to_string(++databases_);
  run({programs() + "/createdb", "-h", folder_.path(), "-U", "wattle", name});
  return url(name);
}

void PostgresServer::kill() {
  if (pid_ < 0) {
    return;
  }
  ::kill(pid_, SIGSTOP);  // it makes no more of them
  std::vector<pid_t> processes = children_of(pid_);
  processes.push_back(pid_);
  for (const pid_t process : processes) {
    ::kill(process, SIGKILL);
  }
  await_end(processes);
}

void PostgresServer::stop_immediately() {
  const std::vector<pid_t> processes = children_of(pid_);
  ::kill(pid_, SIGQUIT);
  await_end(processes);
}

/// All of them, since a server does not start while a process of the last one holds its memory.
void PostgresServer::await_end(const std::vector<pid_t>& processes) {
  for (const pid_t process : processes) {
    const int descriptor = static_cast<int>(::syscall(SYS_pidfd_open, process, 0));
    if (process != pid_ && descriptor >= 0) {
      pollfd ended{.fd = descriptor, .events = POLLIN, .revents = 0};
      ::poll(&ended, 1, -1);
    }
    if (descriptor >= 0) {
      ::close(descriptor);
    }
  }
  int status = 0;
  ::waitpid(pid_, &status, 0);
  ::close(output_);
  pid_ = -1;
}

}  // namespace wattle::support
