// A Database over the connections of one backend: one writer with group commit, several readers.
//
// Callers of write() queue. The first of the queue leads: it runs the works of everybody who waits,
// each within a savepoint, commits once and hands out the results, while the next ones queue. So N
// threads cost one fsync, not N, and a single thread waits for nobody.
//
// Units:    none.
// Errors:   as database.h. A work that fails undoes its own part alone. When the transaction itself
//           fails, each work of the group is tried by itself, so that one that does not fit on the
//           disk fails alone.
// Threads:  any. A work runs on the thread of whoever leads, while its caller waits. A work that
//           calls write() of the same database would wait for itself: WATTLE_CHECK.
// Lifetime: owns its connections. No call may be under way when it ends.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "wattle/store/connection.h"

namespace wattle::store {

class GroupCommitDatabase final : public Database {
 public:
  explicit GroupCommitDatabase(std::unique_ptr<Connector> connector)
      : connector_(std::move(connector)) {}

  Status write(const Work& work) override;
  Status read(const Work& work) override;
  Backend backend() const override { return connector_->backend(); }
  Status copy_to(const std::string& path) override { return connector_->copy_to(path); }

 private:
  /// A call of write() that waits for its turn or for its leader.
  struct Waiting {
    explicit Waiting(const Work& its_work) : work(&its_work) {}
    const Work* work;
    Status status;
    bool done = false;
    std::condition_variable changed;
  };
  using Group = std::span<Waiting* const>;
  /// How a transaction of a group ended.
  enum class End {
    kSettled,       // every member has its status
    kEachAlone,     // nothing was committed, and it may be the fault of one of them
    kDisconnected,  // nothing was committed, because the connection broke
    kUnknown,       // the connection broke during the commit
  };

  std::vector<Waiting*> take_group();
  void lead(Group group);
  void run_group(Group group);
  End try_group(Group group);
  End commit_group(Group group);
  bool run_member(Waiting& member, bool alone);
  Status ensure_writer();
  /// Resolves a commit that broke off: kSettled, kDisconnected (it did not happen) or kUnknown.
  End resolve(Group group);
  static void fail(Group group, const Error& error);

  Status read_once(Connection& reader, const Work& work);
  Result<std::unique_ptr<Connection>> take_reader();
  void give_back(std::unique_ptr<Connection> reader);

  std::unique_ptr<Connector> connector_;

  std::mutex queue_mutex_;
  std::deque<Waiting*> queue_;
  std::atomic<std::thread::id> leader_;
  std::unique_ptr<Connection> writer_;  // the leader's

  std::mutex reader_mutex_;
  std::condition_variable reader_returned_;
  std::vector<std::unique_ptr<Connection>> idle_readers_;
  int readers_ = 0;
};

}  // namespace wattle::store
