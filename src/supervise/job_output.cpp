#include "job_output.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wattle/base/limits.h"

namespace wattle::supervise {
namespace {

constexpr mode_t kPrivateFile = 0600;
constexpr std::int64_t kLeastHalfBytes = 4096;

}  // namespace

BoundedLog::BoundedLog(std::string path, Bytes limit)
    : path_(std::move(path)), half_(std::max(limit.value() / 2, kLeastHalfBytes)) {
  begin_half();
}

BoundedLog::~BoundedLog() {
  if (file_ >= 0) {
    ::close(file_);
  }
}

void BoundedLog::begin_half() {
  if (file_ >= 0) {
    ::close(file_);
  }
  file_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kPrivateFile);
  size_ = 0;
}

std::size_t BoundedLog::fitting(std::string_view records) const {
  const auto room = static_cast<std::size_t>(std::max<std::int64_t>(half_ - size_, 0));
  if (records.size() <= room) {
    return records.size();
  }
  const auto last = records.substr(0, room).rfind('\n');
  if (last != std::string_view::npos) {
    return last + 1;
  }
  return size_ > 0 ? 0 : std::min(records.find('\n'), records.size() - 1) + 1;
}

void BoundedLog::append(std::string_view records) {
  while (!records.empty()) {
    const std::size_t count = fitting(records);
    write(records.substr(0, count));
    records.remove_prefix(count);
    if (records.empty()) {
      return;
    }
    if (::rename(path_.c_str(), (path_ + ".1").c_str()) != 0) {
      dropped_bytes_ += static_cast<std::int64_t>(records.size());
      return;
    }
    discarded_bytes_ += older_size_;
    older_size_ = size_;
    begin_half();
  }
}

void BoundedLog::write(std::string_view records) {
  const auto count = static_cast<std::int64_t>(records.size());
  std::int64_t done = 0;
  if (file_ < 0) {
    begin_half();  // there may be space for it by now
  }
  while (file_ >= 0 && done < count) {
    const ssize_t written = ::pwrite(file_, records.data() + done,
                                     static_cast<std::size_t>(count - done), size_ + done);
    if (written < 0 && errno != EINTR) {
      break;
    }
    done += std::max<ssize_t>(written, 0);
  }
  if (done == count) {
    size_ += count;
    return;
  }
  // No torn line stays: what comes after it, once there is space again, must be readable.
  dropped_bytes_ += count;
  if (file_ >= 0 && ::ftruncate(file_, size_) != 0) {
    size_ += done;
  }
}

void BoundedLog::sync() {
  if (file_ >= 0) {
    ::fdatasync(file_);
  }
}

std::string to_log_time(UtcTime time) {
  std::string text = to_rfc3339(time);  // "2026-11-23T18:17:26.123Z"
  const std::int64_t nanos = ((time.ns % kNanosPerSecond) + kNanosPerSecond) % kNanosPerSecond;
  std::array<char, 16> fraction{};
  std::snprintf(fraction.data(), fraction.size(), "%09lldZ", static_cast<long long>(nanos));
  text.resize(text.size() - 4);
  return text + fraction.data();
}

std::string LineCutter::cut(std::string_view bytes) {
  std::string records;
  while (!bytes.empty()) {
    if (waiting_.empty()) {
      waiting_since_ = clock_.utc_now();
    }
    const auto room = limits::kLogLineBytes - waiting_.size();
    const auto end = bytes.substr(0, room).find('\n');
    const bool complete = end != std::string_view::npos;
    const auto taken = complete ? end : std::min(room, bytes.size());
    waiting_.append(bytes.substr(0, taken));
    bytes.remove_prefix(taken + (complete ? 1 : 0));
    if (complete || waiting_.size() >= limits::kLogLineBytes) {
      std::string text = redactor_.feed(waiting_);
      text += complete ? redactor_.end_line() : "";
      add_record(records, text, complete ? 'F' : 'P');
      waiting_.clear();
    }
  }
  return records;
}

std::string LineCutter::flush() {
  std::string record;
  const std::string text = redactor_.feed(waiting_);
  if (!text.empty()) {
    add_record(record, text, 'P');
  }
  waiting_.clear();
  return record;
}

std::string LineCutter::finish() {
  std::string record;
  std::string text = redactor_.feed(waiting_);
  text += redactor_.end_stream();
  if (!text.empty()) {
    add_record(record, text, 'P');
  }
  waiting_.clear();
  return record;
}

void LineCutter::add_record(std::string& into, std::string_view text, char tag) {
  into += to_log_time(waiting_since_);
  into += ' ';
  into += stream_;
  into += ' ';
  into += tag;
  into += ' ';
  into += text;
  into += '\n';
}

}  // namespace wattle::supervise
