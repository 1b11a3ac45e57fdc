#include "saving_job.h"

#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
  return value == nullptr ? "" : value;
}

int number(std::string_view text) {
  int value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

void write_file(const std::string& path, std::string_view text) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  [[maybe_unused]] const ssize_t written = ::write(file, text.data(), text.size());
  ::close(file);
}

class SavingJob {
 public:
  SavingJob(const char* fifo, int count, char** actions)
      : fifo_(::open(fifo, O_RDWR)), actions_(actions), count_(count) {}

  void say(const std::string& text) const {
    const std::string line = text + "\n";
    [[maybe_unused]] const ssize_t written = ::write(fifo_, line.data(), line.size());
  }
  void act() {
    const std::string action = actions_[next_];
    next_ = next_ + 1 < count_ ? next_ + 1 : next_;
    ++step_;
    const auto colon = action.find(':');
    const auto name = action.substr(0, colon);
    perform(name);
    say(action);
    if (colon != std::string::npos) {
      ::_exit(number(action.substr(colon + 1)));
    }
  }

 private:
  void perform(const std::string& name) {
    const std::string step = "step-" + std::to_string(step_);
    const std::string folder = variable("WATTLE_CHECKPOINT_DIR") + "/";
    if (name == "folder") {
      ::mkdir((folder + step).c_str(), 0700);
      write_file(folder + step + "/weights", "weights of " + step);
      write_file(folder + step + "/optimizer", "moments of " + step);
      confirm(step, request());
    } else if (name == "confirm" || name == "save" || name == "unasked") {
      write_file(folder + step, "state of " + step);
      confirm(step, name == "unasked" ? "" : request());
    } else if (name == "again") {
      rename_into_place(last_);
    } else if (name == "garbage") {
      rename_into_place("{\"path\": step");
    } else if (name == "outside") {
      write_file(folder + "../outside", "not below");
      confirm("../outside", request());
    } else if (name == "absent") {
      confirm("never-written", request());
    }
  }
  static std::string request() {
    std::string text(32, '\0');
    const int file = ::open(variable("WATTLE_CHECKPOINT_REQUEST").c_str(), O_RDONLY);
    const ssize_t size = ::read(file, text.data(), text.size());
    ::close(file);
    return text.substr(0, size > 0 ? static_cast<std::size_t>(size) - 1 : 0);
  }
  void confirm(const std::string& path, const std::string& request) {
    last_ = "{\"path\": \"" + path + "\", \"step\": " + std::to_string(step_) +
            (request.empty() ? "" : ", \"request\": " + request) + "}\n";
    rename_into_place(last_);
  }
  static void rename_into_place(const std::string& text) {
    const std::string target = variable("WATTLE_CHECKPOINT_CONFIRM");
    write_file(target + ".part", text);
    ::rename((target + ".part").c_str(), target.c_str());
  }

  int fifo_;
  char** actions_;
  int count_;
  int next_ = 0;
  int step_ = 0;
  std::string last_;
};

void handle(int) {}

[[noreturn]] void answer_signals(SavingJob& job, int number) {
  struct sigaction action{};
  action.sa_handler = handle;
  sigset_t blocked;
  sigset_t open;
  sigemptyset(&blocked);
  sigaddset(&blocked, number);
  ::sigprocmask(SIG_BLOCK, &blocked, &open);
  ::sigaction(number, &action, nullptr);
  job.say("ready");
  for (;;) {
    ::sigsuspend(&open);
    job.act();
  }
}

[[noreturn]] void answer_files(SavingJob& job) {
  const std::string path = variable("WATTLE_CHECKPOINT_REQUEST");
  const int watch = ::inotify_init1(IN_CLOEXEC);
  ::inotify_add_watch(watch, path.substr(0, path.rfind('/')).c_str(), IN_MOVED_TO);
  job.say("ready");
  for (;;) {
    alignas(inotify_event) char buffer[4096];
    const ssize_t size = ::read(watch, buffer, sizeof buffer);
    for (ssize_t at = 0; at < size;) {
      const auto* event = reinterpret_cast<const inotify_event*>(buffer + at);
      if (event->len > 0 && path.ends_with(std::string("/") + event->name)) {
        job.act();
      }
      at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
    }
  }
}

}  // namespace

int save(int count, char** words) {
  if (count < 3) {
    return 2;
  }
  SavingJob job(words[1], count - 2, words + 2);
  std::string_view(words[0]) == "file" ? answer_files(job) : answer_signals(job, number(words[0]));
}
