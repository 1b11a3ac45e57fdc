#include "captured_streams.h"

#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

namespace wattle::supervise {
namespace {

constexpr std::size_t kBlockBytes = 64 << 10;
// A process that escaped the group may hold a pipe and write for ever: what is in the pipe is read,
// not all it can write.
constexpr int kLastBlocks = 256;

}  // namespace

CapturedStreams::CapturedStreams(EventLoop& loop, const Clock& clock, Options options)
    : loop_(loop),
      log_(std::move(options.path), options.limit),
      streams_{Stream{LineCutter("stdout", clock, options.secrets)},
               Stream{LineCutter("stderr", clock, options.secrets)}} {}

CapturedStreams::~CapturedStreams() {
  for (auto& stream : streams_) {
    close(stream);
  }
}

void CapturedStreams::open(int output, int error) {
  const std::array pipes{output, error};
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    auto& stream = streams_[i];
    ::fcntl(pipes[i], F_SETFL, O_NONBLOCK);
    stream.pipe = OwnedDescriptor(pipes[i]);
    loop_.add(pipes[i], [this, &stream] { read(stream); });
  }
}

bool CapturedStreams::read(Stream& stream) {
  std::array<char, kBlockBytes> block;  // NOLINT: filled by read
  const ssize_t count = ::read(stream.pipe.get(), block.data(), block.size());
  if (count > 0) {
    log_.append(stream.cutter.cut({block.data(), static_cast<std::size_t>(count)}));
    return true;
  }
  if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
    close(stream);
  }
  return false;
}

void CapturedStreams::flush() {
  for (auto& stream : streams_) {
    log_.append(stream.cutter.flush());
  }
}

void CapturedStreams::finish() {
  for (auto& stream : streams_) {
    for (int i = 0; i < kLastBlocks && stream.pipe.is_open() && read(stream); ++i) {
    }
    close(stream);
    log_.append(stream.cutter.finish());
  }
  log_.sync();
}

void CapturedStreams::close(Stream& stream) {
  if (stream.pipe.is_open()) {
    loop_.remove(stream.pipe.get());
    stream.pipe.reset();
  }
}

}  // namespace wattle::supervise
