// Starts the real supervisor on jobs in temporary folders, and reads what it leaves behind.
//
// Units:    none.
// Errors:   whatever does not happen within kPatience fails the test, and the supervisor is ended.
// Threads:  the test's. Lifetime: Supervised ends its supervisor, and so the job.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "requests.h"
#include <fcntl.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "wattle/base/file.h"
#include "wattle/base/subprocess.h"
#include "wattle/base/text.h"
#include "wattle/energy/process_group.h"
#include "wattle/support/temporary_folder.h"

namespace wattle::supervise {

using Json = nlohmann::json;
using Words = std::vector<std::string>;

inline constexpr int kPatienceMilliseconds = 40'000;  // under sanitizers on a loaded machine

/// The program under test; WATTLE_TEST_SUPERVISE names another build of it.
inline std::string supervise_program() {
  const char* other = std::getenv("WATTLE_TEST_SUPERVISE");  // NOLINT(concurrency-mt-unsafe)
  return other != nullptr ? other : WATTLE_SUPERVISE;
}

inline bool becomes_readable(int descriptor) {
  pollfd waiting{descriptor, POLLIN, 0};
  return ::poll(&waiting, 1, kPatienceMilliseconds) == 1;
}

inline Json read_json(const std::string& path) {
  RealFileSystem files;
  const auto text = files.read(path, limits::kSmallFileBytes).value_or("");
  auto document = Json::parse(text, nullptr, false);
  EXPECT_TRUE(document.is_object()) << path;
  return document.is_object() ? document : Json::object();
}

/// A named pipe through which a job says something, or waits to be told.
class Fifo {
 public:
  explicit Fifo(std::string path) : path_(std::move(path)) {
    ::mkfifo(path_.c_str(), 0600);
    descriptor_ = ::open(path_.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK);
  }
  ~Fifo() { ::close(descriptor_); }
  Fifo(const Fifo&) = delete;
  Fifo& operator=(const Fifo&) = delete;

  const std::string& path() const { return path_; }
  /// The next line.
  std::string line() {
    std::string text;
    for (char c = 0; becomes_readable(descriptor_) && ::read(descriptor_, &c, 1) == 1;) {
      if (c == '\n') {
        return text;
      }
      text += c;
    }
    ADD_FAILURE() << "the job says nothing through " << path_;
    return text;
  }
  void tell(const std::string& text) {
    EXPECT_EQ(::write(descriptor_, (text + "\n").data(), text.size() + 1),
              static_cast<ssize_t>(text.size() + 1));
  }

 private:
  std::string path_;
  int descriptor_ = -1;
};

/// A process that may be nobody's child.
class Watch {
 public:
  explicit Watch(pid_t pid)
      : descriptor_(static_cast<int>(::syscall(SYS_pidfd_open, static_cast<long>(pid), 0L))) {}
  ~Watch() { ::close(descriptor_); }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  bool sees_its_end() const { return descriptor_ < 0 || becomes_readable(descriptor_); }

 private:
  int descriptor_;
};

/// Blocks until the condition holds, which is looked at when something changes in the folder of
/// `path`.
template <typename Condition>
bool wait_for_change(const std::string& path, Condition condition) {
  RealFileSystem files;
  (void)files.make_directories(path.substr(0, path.rfind('/'))).ok();
  const int watch = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  ::inotify_add_watch(watch, path.substr(0, path.rfind('/')).c_str(),
                      IN_MODIFY | IN_CREATE | IN_MOVED_TO);
  bool holds = false;
  while (!(holds = condition()) && becomes_readable(watch)) {
    alignas(inotify_event) char buffer[4096];
    [[maybe_unused]] const ssize_t count = ::read(watch, buffer, sizeof buffer);
  }
  ::close(watch);
  return holds;
}

/// Until the file holds the text.
inline void wait_for_file(const std::string& path, const std::string& text) {
  RealFileSystem files;
  EXPECT_TRUE(wait_for_change(path,
                              [&] {
                                const auto content = files.read(path, limits::kSmallFileBytes);
                                return content.ok() && content->find(text) != std::string::npos;
                              }))
      << path << " never holds: " << text;
}

/// Can this rung be had here?
inline bool has_rung(const std::string& rung) {
  const auto accounting = energy::accounting_from(rung);
  return accounting && energy::ProcessGroup::create({.name = "probe-" + std::to_string(::getpid()),
                                                     .accounting = *accounting})
                           .ok();
}

/// One attempt under a supervisor.
class Supervised {
 public:
  Supervised(std::string folder, const Words& options, const Words& command)
      : Supervised(folder, arguments(folder, options, command)) {}
  Supervised(std::string folder, Words command_line) : folder_(std::move(folder)) {
    Command call{.argv = std::move(command_line)};
    process_ = subprocess_.start(call).value();
  }
  ~Supervised() {
    if (process_ && !status_) {
      (void)process_->signal(SIGTERM).ok();
      (void)process_->signal(SIGINT).ok();
      (void)process_->wait().ok();
    }
  }
  Supervised(const Supervised&) = delete;
  Supervised& operator=(const Supervised&) = delete;

  static std::string run_of(const std::string& folder) {
    return "T" + folder.substr(folder.find_last_of('-') + 1);
  }
  static Words arguments(const std::string& folder, const Words& options, const Words& command) {
    std::string run = run_of(folder);
    std::ranges::replace(run, '/', '_');
    Words words{
        supervise_program(), "--protocol", "2", "--folder", folder, "--run", run, "--attempt", "1",
        "--time-limit",      "60"};
    words.insert(words.end(), options.begin(), options.end());
    words.emplace_back("--");
    words.insert(words.end(), command.begin(), command.end());
    return words;
  }

  const std::string& folder() const { return folder_; }
  std::string file(std::string_view name) const { return path_join(folder_, name); }
  pid_t pid() const { return process_->pid(); }
  void ask(Request request) { signal(signal_of(request)); }
  void signal(int number) { EXPECT_TRUE(process_->signal(number).ok()); }
  Json start() const { return read_json(file("supervisor.json")); }
  Json end() const { return read_json(file("exit.json")); }
  /// The lines of checkpoints.jsonl.
  std::vector<Json> checkpoints() const {
    RealFileSystem files;
    std::vector<Json> lines;
    const auto text = files.read(file("checkpoints.jsonl"), limits::kSmallFileBytes).value_or("");
    for (const auto line : split(text, '\n')) {
      if (!line.empty()) {
        lines.push_back(Json::parse(line));
      }
    }
    return lines;
  }
  /// Until `count` of them count.
  std::vector<Json> wait_for_checkpoints(std::size_t count) const {
    EXPECT_TRUE(
        wait_for_change(file("checkpoints.jsonl"), [&] { return checkpoints().size() >= count; }));
    auto all = checkpoints();
    all.resize(std::max(all.size(), count), Json::object());
    return all;
  }
  /// Until the supervisor has written a line that holds the text.
  void wait_for_journal(const std::string& text) const {
    wait_for_file(file("supervisor.log"), text);
  }
  void wait_for_freeze(bool frozen) const {
    wait_for_file(file("freeze.json"), frozen ? "\"frozen\":true" : "\"frozen\":false");
  }
  /// Waits for the supervisor's end; 1000: it does not come.
  int wait() {
    if (!status_ && becomes_readable(process_->pidfd())) {
      status_ = process_->wait().value();
    }
    return status_ ? status_->shell_code() : 1000;
  }
  /// What is in the log, without times.
  std::string log(std::string_view name = "output.log") const {
    RealFileSystem files;
    std::string text;
    const auto content = files.read(file(name), limits::kSmallFileBytes).value_or("");
    for (const auto line : split(content, '\n')) {
      text += line.empty() ? "" : std::string(line.substr(line.find(' ') + 1)) + "\n";
    }
    return text;
  }

 private:
  std::string folder_;
  RealSubprocess subprocess_;
  std::unique_ptr<Process> process_;
  std::optional<ExitStatus> status_;
};

}  // namespace wattle::supervise
