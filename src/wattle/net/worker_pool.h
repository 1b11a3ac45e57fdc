// A few threads that run jobs from two bounded queues: requests, which may be refused, and the work
// of responses that have begun, which may not.
//
// Units:    none. Errors: submit() is false when the queue of requests is full, or after stop().
// Threads:  any; a thread without a job is blocked and costs nothing.
// Lifetime: stop() waits for the jobs that run and drops those that wait.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace wattle::net {

class WorkerPool {
 public:
  /// kBegun: as many as there are connections at most.
  enum class Lane { kRequest, kBegun };

  WorkerPool(int workers, std::size_t most_waiting);
  ~WorkerPool() { stop(); }
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  void start();
  /// Jobs do not throw.
  bool submit(Lane lane, std::function<void()> job);
  void stop();

 private:
  void work();
  std::function<void()> take();

  const int workers_;
  const std::size_t most_waiting_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> requests_;
  std::deque<std::function<void()>> begun_;
  bool begun_is_next_ = true;
  bool stopping_ = false;
  std::size_t idle_ = 0;
  std::vector<std::thread> threads_;
};

}  // namespace wattle::net
