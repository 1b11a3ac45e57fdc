#include "checkpoint_verifier.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <filesystem>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "wattle/base/descriptor.h"
#include "wattle/base/text.h"

namespace wattle::supervise {
namespace {

constexpr std::size_t kAnswerBytes = 4096;  // PIPE_BUF: it comes whole
constexpr std::string_view kDigest = "digest ";

Status sync_one(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  return file.is_open() && ::fsync(file.get()) == 0 ? Status()
                                                    : error_from_errno(errno, "syncing " + path);
}

/// Our locks and pipes are not for it: a lock lives as long as anybody has its descriptor.
void close_all_but(int kept) {
  const auto close_range = [](unsigned first, unsigned last) {
    if (first <= last && ::syscall(SYS_close_range, first, last, 0U) != 0) {
      for (unsigned descriptor = first; descriptor < std::min(last, 65'536U); ++descriptor) {
        ::close(static_cast<int>(descriptor));  // before Linux 5.9
      }
    }
  };
  close_range(STDERR_FILENO + 1, static_cast<unsigned>(kept) - 1);
  close_range(static_cast<unsigned>(kept) + 1, ~0U);
}

[[noreturn]] void verify(const std::string& root, const std::string& path, int answer) {
  const auto synced = sync_below(root, path);
  const auto digest = synced.ok() ? digest_path(path) : Result<PathDigest>(synced.error());
  std::string text =
      digest.ok() ? concat(kDigest, digest->sha256, " ", digest->bytes) : digest.error().message();
  text.resize(std::min(text.size(), kAnswerBytes));
  const bool told = ::write(answer, text.data(), text.size()) == std::ssize(text);
  ::_exit(told ? 0 : 1);
}

}  // namespace

Status sync_below(const std::string& root, const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    for (std::filesystem::recursive_directory_iterator entry(path, error), end;
         !error && entry != end; entry.increment(error)) {
      std::error_code dangling;
      if (entry->is_regular_file(dangling) || entry->is_directory(dangling)) {
        WATTLE_RETURN_IF_ERROR(sync_one(entry->path().string()));
      }
    }
  }
  if (error) {
    return error_from_errno(error.value(), "listing " + path);
  }
  WATTLE_RETURN_IF_ERROR(sync_one(path));
  auto folder = std::filesystem::path(path).parent_path();
  for (; folder.native().size() > root.size(); folder = folder.parent_path()) {
    WATTLE_RETURN_IF_ERROR(sync_one(folder.string()));
  }
  return sync_one(root);
}

Status CheckpointVerifier::start(const std::string& root, const std::string& path, int niceness) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
    return error_from_errno(errno, "making a pipe");
  }
  answer_ = OwnedDescriptor(ends[0]);
  const OwnedDescriptor write_end(ends[1]);
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) {
      ::_exit(1);
    }
    close_all_but(ends[1]);
    ::setpriority(PRIO_PROCESS, 0, niceness);
    verify(root, path, ends[1]);
  }
  if (child < 0) {
    return error_from_errno(errno, "starting a process that reads the checkpoint");
  }
  pid_ = child;
  return {};
}

void CheckpointVerifier::abort() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
  }
}

Result<PathDigest> CheckpointVerifier::reaped(const rusage& usage) {
  pid_ = -1;
  const auto microseconds = [](const timeval& time) {
    return time.tv_sec * 1'000'000 + time.tv_usec;
  };
  cpu_microseconds_ += microseconds(usage.ru_utime) + microseconds(usage.ru_stime);
  std::array<char, kAnswerBytes> buffer;  // NOLINT: filled by read
  const ssize_t count = ::read(answer_.get(), buffer.data(), buffer.size());
  answer_.reset();
  std::string_view text(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  if (!text.starts_with(kDigest)) {
    return Error(ErrorCode::kIo, text.empty() ? "reading it took too long, or was ended by a signal"
                                              : std::string(text));
  }
  const auto words = split(text.substr(kDigest.size()), ' ');
  return PathDigest{.sha256 = std::string(words.front()),
                    .bytes = parse_integer(words.back()).value_or(0)};
}

}  // namespace wattle::supervise
