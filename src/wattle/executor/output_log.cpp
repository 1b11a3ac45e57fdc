#include "wattle/executor/output_log.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wattle/base/file.h"
#include "wattle/base/limits.h"
#include "wattle/executor/waiting.h"

namespace wattle::executor {
namespace {

constexpr std::string_view kName = "output.log";
constexpr std::size_t kBlockBytes = 64 << 10;
// Time, stream and tag come before the text.
constexpr std::size_t kMostRecordBytes = limits::kLogLineBytes + 64;
constexpr int kOpenTries = 100;

std::string_view take_word(std::string_view& text) {
  const auto end = text.find(' ');
  const auto word = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return word;
}

struct FileId {
  dev_t device = 0;
  ino_t inode = 0;
  bool operator==(const FileId&) const = default;
};

std::optional<FileId> id_of(const Descriptor& file) {
  struct stat info{};
  if (!file.is_open() || ::fstat(file.get(), &info) != 0) {
    return std::nullopt;
  }
  return FileId{.device = info.st_dev, .inode = info.st_ino};
}

Result<Descriptor> open_if_there(const std::string& path) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open() && errno != ENOENT) {
    return error_from_errno(errno, "opening " + path);
  }
  return file;
}

}  // namespace

std::optional<OutputLine> parse_output_line(std::string_view record) {
  OutputLine line;
  const auto time = parse_rfc3339(take_word(record));
  const auto stream = take_word(record);
  const auto tag = take_word(record);
  const bool known = (stream == "stdout" || stream == "stderr") && (tag == "F" || tag == "P");
  if (!time.ok() || !known) {
    return std::nullopt;
  }
  line.time = *time;
  line.stream = stream == "stdout" ? OutputLine::Stream::kOutput : OutputLine::Stream::kError;
  line.text = record;
  line.partial = tag == "P";
  return line;
}

OutputReader::OutputReader(std::string attempt_folder)
    : newer_(path_join(attempt_folder, kName)), older_(newer_ + ".1"), records_(kMostRecordBytes) {}

Result<Descriptor> OutputReader::open_next() const {
  const auto current = id_of(half_);
  for (int tried = 0; tried < kOpenTries; ++tried) {
    WATTLE_ASSIGN_OR_RETURN(auto newer, open_if_there(newer_));
    WATTLE_ASSIGN_OR_RETURN(auto older, open_if_there(older_));
    if (newer.is_open() && id_of(newer) == id_of(older)) {
      continue;  // it was renamed between the two
    }
    if (current && id_of(newer) == current) {
      return Descriptor();
    }
    const bool older_is_next = older.is_open() && id_of(older) != current;
    return older_is_next ? std::move(older) : std::move(newer);
  }
  return Error(ErrorCode::kUnavailable, newer_ + " is rotated faster than it can be read");
}

Status OutputReader::read_new(const OutputCallback& callback) {
  const auto more = read_some(~std::size_t{0}, callback);
  return more.ok() ? Status() : Status(more.error());
}

Result<bool> OutputReader::read_some(std::size_t bytes, const OutputCallback& callback) {
  for (;;) {
    // The next half is looked for before this one is read: once it is there, this one grows no
    // more.
    WATTLE_ASSIGN_OR_RETURN(auto next, open_next());
    WATTLE_ASSIGN_OR_RETURN(const bool is_read, read_half(bytes, callback));
    if (!is_read || !next.is_open()) {
      return !is_read;
    }
    half_ = std::move(next);
    offset_ = 0;
    records_.clear();
  }
}

Result<bool> OutputReader::read_half(std::size_t& bytes, const OutputCallback& callback) {
  struct stat info{};
  if (!half_.is_open() || ::fstat(half_.get(), &info) != 0) {
    return true;
  }
  if (info.st_size < offset_) {
    offset_ = info.st_size;  // a record that found no space was taken back
    records_.clear();
  }
  const auto take_record = [&callback](std::string_view record) {
    if (const auto line = parse_output_line(record)) {
      callback(*line);
    }
  };
  std::array<char, kBlockBytes> block;  // NOLINT: filled by pread
  while (bytes > 0) {
    const ssize_t count = ::pread(half_.get(), block.data(), block.size(), offset_);
    if (count < 0 && errno != EINTR) {
      return error_from_errno(errno, "reading " + newer_);
    }
    if (count == 0) {
      return true;
    }
    if (count > 0) {
      offset_ += count;
      bytes -= std::min(bytes, static_cast<std::size_t>(count));
      records_.take({block.data(), static_cast<std::size_t>(count)}, take_record);
    }
  }
  return false;
}

Status read_output(const std::string& attempt_folder, const OutputCallback& callback) {
  return OutputReader(attempt_folder).read_new(callback);
}

Status OutputFollower::follow(const std::string& attempt_folder, int stop_descriptor,
                              const OutputCallback& callback) {
  WATTLE_ASSIGN_OR_RETURN(auto watch,
                          FolderWatch::open(attempt_folder, FolderWatch::Events::kContents));
  OutputReader reader(attempt_folder);
  const std::array descriptors{stop_descriptor, watch.descriptor()};
  for (;;) {
    WATTLE_RETURN_IF_ERROR(reader.read_new(callback));
    for (bool changed = false; !changed;) {
      if (wait_readable(descriptors) == 0U) {
        return reader.read_new(callback);
      }
      changed = watch.take(kName);
    }
  }
}

}  // namespace wattle::executor
