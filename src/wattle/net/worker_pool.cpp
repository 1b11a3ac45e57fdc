#include "wattle/net/worker_pool.h"

#include <utility>

namespace wattle::net {

WorkerPool::WorkerPool(int workers, std::size_t most_waiting)
    : workers_(workers), most_waiting_(most_waiting) {}

void WorkerPool::start() {
  for (int i = 0; i < workers_; ++i) {
    threads_.emplace_back([this] { work(); });
  }
}

bool WorkerPool::submit(Lane lane, std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    // A request for which a thread stands ready does not wait.
    const bool is_full = requests_.size() >= most_waiting_ + idle_;
    if (stopping_ || (lane == Lane::kRequest && is_full)) {
      return false;
    }
    (lane == Lane::kRequest ? requests_ : begun_).push_back(std::move(job));
  }
  changed_.notify_one();
  return true;
}

void WorkerPool::stop() {
  std::deque<std::function<void()>> dropped;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    dropped.swap(requests_);
    for (auto& job : std::exchange(begun_, {})) {
      dropped.push_back(std::move(job));
    }
  }
  changed_.notify_all();
  for (auto& thread : threads_) {
    thread.join();
  }
  threads_.clear();
}

void WorkerPool::work() {
  while (auto job = take()) {
    job();
  }
}

std::function<void()> WorkerPool::take() {
  std::unique_lock lock(mutex_);
  ++idle_;
  changed_.wait(lock, [this] { return stopping_ || !requests_.empty() || !begun_.empty(); });
  --idle_;
  if (stopping_) {
    return nullptr;
  }
  // In turn, so that neither starves the other.
  const bool takes_begun = !begun_.empty() && (begun_is_next_ || requests_.empty());
  begun_is_next_ = !takes_begun;
  auto& queue = takes_begun ? begun_ : requests_;
  auto job = std::move(queue.front());
  queue.pop_front();
  return job;
}

}  // namespace wattle::net
