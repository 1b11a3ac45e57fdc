// A job of which is known what it uses: stands in for the user's command in tests.
//   burn CPU_SECONDS FILE [FIFO]  uses CPU, adds its microseconds by getrusage(2) to FILE as a
//                                 line; FIFO is open for writing until it ends
//   orphan WORD...                executes WORD... as an orphan in a session of its own, and ends
//   allocate BYTES                exit code 9 when it does not get them
//   say COUNT LENGTH              prints COUNT lines of LENGTH bytes
//   save ...                      see saving_job.h
//   forks FIFO                    starts children without end, each of which ends at once; says
//                                 "ready" through FIFO after the first
#include <charconv>
#include <cstdio>
#include <string>
#include <string_view>

#include "saving_job.h"
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

constexpr int kWrongUse = 2;
constexpr int kNoMemory = 9;
constexpr std::size_t kPage = 4096;

/// 0 for what is no number.
template <typename Number>
Number number(std::string_view text) {
  Number value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

long long used_microseconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1'000'000LL + usage.ru_utime.tv_usec +
         usage.ru_stime.tv_usec;
}

int burn(double seconds, const char* path, const char* fifo) {
  if (fifo != nullptr && ::open(fifo, O_WRONLY) < 0) {
    return 1;
  }
  while (static_cast<double>(used_microseconds()) < seconds * 1e6) {
  }
  const int file = ::open(path, O_WRONLY | O_APPEND | O_CREAT, 0600);
  const std::string line = std::to_string(used_microseconds()) + "\n";
  return ::write(file, line.data(), line.size()) > 0 ? 0 : 1;
}

int orphan(char** words) {
  if (::fork() != 0) {
    return 0;
  }
  ::setsid();
  if (::fork() != 0) {
    return 0;
  }
  ::execvp(words[0], words);
  return 1;
}

int allocate(std::size_t bytes) {
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    return kNoMemory;
  }
  for (std::size_t at = 0; at < bytes; at += kPage) {
    static_cast<volatile char*>(memory)[at] = 1;
  }
  return 0;
}

int say(long count, std::size_t length) {
  const std::string line = std::string(length, 'x') + "\n";
  for (long i = 0; i < count; ++i) {
    std::fwrite(line.data(), 1, line.size(), stdout);
  }
  return 0;
}

int fork_for_ever(const char* path) {
  const int fifo = ::open(path, O_RDWR);
  for (bool first = true;; first = false) {
    const pid_t child = ::fork();
    if (child == 0) {
      ::_exit(0);
    }
    ::waitpid(child, nullptr, 0);
    if (first && ::write(fifo, "ready\n", 6) != 6) {
      return 1;
    }
  }
}

}  // namespace

int main(int count, char** words) {
  const std::string_view what = count > 2 ? words[1] : "";
  if (what == "burn" && count > 3) {
    return burn(number<double>(words[2]), words[3], count > 4 ? words[4] : nullptr);
  }
  if (what == "orphan") {
    return orphan(words + 2);
  }
  if (what == "save") {
    return save(count - 2, words + 2);
  }
  if (what == "forks") {
    return fork_for_ever(words[2]);
  }
  if (what == "allocate") {
    return allocate(number<std::size_t>(words[2]));
  }
  if (what == "say" && count > 3) {
    return say(number<long>(words[2]), number<std::size_t>(words[3]));
  }
  return kWrongUse;
}
