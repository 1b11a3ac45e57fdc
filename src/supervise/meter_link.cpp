#include "meter_link.h"

#include <algorithm>

#include <sys/socket.h>

namespace wattle::supervise {
namespace {

constexpr Seconds kSampleTimeout{2};
constexpr int kMostFailures = 20;  // with the delays below: a quarter of an hour
constexpr double kMostDelaySeconds = 60;

}  // namespace

bool MeterLink::connect(Seconds timeout) {
  if (options_.socket_paths.empty()) {
    return false;
  }
  auto options = options_;
  options.timeout = timeout;
  auto client = energy::MeterClient::connect(options);
  if (!client.ok()) {
    ++failures_;
    return false;
  }
  client_ = std::move(*client);
  failures_ = 0;
  return true;
}

bool MeterLink::sample() {
  if (client_ && !client_->sample(kSampleTimeout).ok()) {
    lose();
  }
  return client_.has_value();
}

bool MeterLink::check() {
  char byte = 0;
  // A meter speaks only when it is asked: the end of the stream and a word out of turn are both its
  // loss.
  if (client_ && ::recv(client_->descriptor(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0) {
    lose();
  } else if (client_ && client_->is_gone()) {
    lose();
  }
  return client_.has_value();
}

std::optional<Seconds> MeterLink::next_retry() {
  if (options_.socket_paths.empty() || failures_ >= kMostFailures) {
    return std::nullopt;
  }
  return Seconds(std::min(static_cast<double>(1 << std::min(failures_, 10)), kMostDelaySeconds));
}

void MeterLink::lose() {
  client_.reset();
  ++losses_;
}

}  // namespace wattle::supervise
