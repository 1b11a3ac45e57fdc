#include "wattle/net/body_source.h"

#include <map>
#include <mutex>
#include <utility>

namespace wattle::net {

struct Bell::Waiters {
  std::mutex mutex;
  std::uint64_t last = 0;
  std::map<std::uint64_t, std::function<void()>> functions;
};

Bell::Wait& Bell::Wait::operator=(Wait&& other) noexcept {
  if (this != &other) {
    cancel();
    waiters_ = std::move(other.waiters_);
    number_ = other.number_;
  }
  return *this;
}

void Bell::Wait::cancel() {
  if (waiters_ != nullptr) {
    const std::lock_guard lock(waiters_->mutex);
    waiters_->functions.erase(number_);
  }
  waiters_ = nullptr;
}

Bell::Bell() : waiters_(std::make_shared<Waiters>()) {}

Bell::~Bell() = default;

void Bell::ring() {
  // Called under the lock: whoever cancels knows afterwards that its function does not run.
  const std::lock_guard lock(waiters_->mutex);
  for (const auto& [number, function] : waiters_->functions) {
    function();
  }
  waiters_->functions.clear();
}

Bell::Wait Bell::wait(std::function<void()> on_ring) {
  Wait wait;
  wait.waiters_ = waiters_;
  const std::lock_guard lock(waiters_->mutex);
  wait.number_ = ++waiters_->last;
  waiters_->functions.emplace(wait.number_, std::move(on_ring));
  return wait;
}

}  // namespace wattle::net
