#include "wattle/store/group_commit.h"

#include <algorithm>

#include "wattle/base/limits.h"

namespace wattle::store {
namespace {

constexpr std::size_t kMostOfAGroup = 64;
constexpr int kMostReaders = 16;         // open at once; more callers wait
constexpr std::size_t kKeptReaders = 4;  // kept open when nobody reads
constexpr int kTries = 2;                // of a transaction whose connection broke

}  // namespace

Status GroupCommitDatabase::write(const Work& work) {
  WATTLE_CHECK(leader_.load() != std::this_thread::get_id(),
               "a work may not call write() of its own database: it would wait for itself");
  Waiting self(work);
  std::unique_lock lock(queue_mutex_);
  queue_.push_back(&self);
  self.changed.wait(lock, [&] { return self.done || queue_.front() == &self; });
  if (self.done) {
    return self.status;
  }
  const std::vector<Waiting*> group = take_group();
  lock.unlock();
  lead(group);
  lock.lock();
  queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(group.size()));
  for (Waiting* member : group) {
    member->done = true;
    if (member != &self) {
      member->changed.notify_one();
    }
  }
  if (!queue_.empty()) {
    queue_.front()->changed.notify_one();
  }
  return self.status;
}

/// They stay in the queue, so that whoever comes meanwhile does not lead.
std::vector<GroupCommitDatabase::Waiting*> GroupCommitDatabase::take_group() {
  const std::size_t count = std::min(queue_.size(), kMostOfAGroup);
  return {queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(count)};
}

void GroupCommitDatabase::lead(Group group) {
  leader_.store(std::this_thread::get_id());
  run_group(group);
  leader_.store(std::thread::id());
}

void GroupCommitDatabase::run_group(Group group) {
  End end = End::kDisconnected;
  for (int tries = 0; tries < kTries && end == End::kDisconnected; ++tries) {
    end = try_group(group);
    if (end == End::kUnknown) {
      end = resolve(group);
    }
  }
  if (end == End::kEachAlone && group.size() > 1) {
    for (Waiting* const& member : group) {
      run_group({&member, 1});
    }
  }
}

Status GroupCommitDatabase::ensure_writer() {
  if (writer_ && writer_->usable()) {
    return {};
  }
  writer_.reset();
  WATTLE_ASSIGN_OR_RETURN(writer_, connector_->connect_writer());
  return {};
}

GroupCommitDatabase::End GroupCommitDatabase::try_group(Group group) {
  for (Waiting* member : group) {
    member->status = {};  // what an earlier try came to is over
  }
  auto begun = ensure_writer();
  if (begun.ok()) {
    begun = writer_->begin();
  }
  if (!begun.ok()) {
    fail(group, begun.error());
    return writer_ && !writer_->usable() ? End::kDisconnected : End::kSettled;
  }
  for (Waiting* member : group) {
    if (!run_member(*member, group.size() == 1)) {
      const Error error = member->status.error();
      fail(group, error);
      writer_->rollback();
      return writer_->usable() ? End::kEachAlone : End::kDisconnected;
    }
  }
  return commit_group(group);
}

/// False when the whole transaction is lost with this member.
bool GroupCommitDatabase::run_member(Waiting& member, bool alone) {
  member.status = alone ? Status() : writer_->set_savepoint();
  if (member.status.ok()) {
    member.status = (*member.work)(*writer_);
  }
  if (writer_->failure() && member.status.ok()) {
    member.status = *writer_->failure();  // whatever the work made of it
  }
  if (!writer_->usable() || !writer_->in_transaction()) {
    if (member.status.ok()) {
      member.status = Error(ErrorCode::kUnavailable, "the transaction ended by itself");
    }
    return false;
  }
  if (alone) {
    return true;
  }
  const auto ended =
      member.status.ok() ? writer_->release_savepoint() : writer_->undo_to_savepoint();
  if (!ended.ok()) {
    member.status = ended.error();
  }
  return ended.ok();
}

GroupCommitDatabase::End GroupCommitDatabase::commit_group(Group group) {
  if (std::ranges::none_of(group, [](const Waiting* member) { return member->status.ok(); })) {
    writer_->rollback();
    return End::kSettled;
  }
  const CommitEnd end = writer_->commit();
  switch (end.outcome) {
    case CommitOutcome::kCommitted:
      return End::kSettled;
    case CommitOutcome::kUnknown:
      return End::kUnknown;
    case CommitOutcome::kRolledBack:
      break;
  }
  fail(group, *end.error);
  return writer_->usable() ? End::kEachAlone : End::kDisconnected;
}

GroupCommitDatabase::End GroupCommitDatabase::resolve(Group group) {
  auto reached = ensure_writer();
  if (reached.ok()) {
    reached = writer_->begin();  // whoever may still be committing is over when this returns
  }
  if (!reached.ok()) {
    fail(group, Error(ErrorCode::kUnavailable,
                      "the connection broke during a commit, and whether it took place is not "
                      "known: " +
                          reached.error().message()));
    return End::kUnknown;
  }
  const auto is_there = connector_->last_commit_is_there(*writer_);
  writer_->rollback();
  if (!is_there.ok()) {
    fail(group,
         is_there.error().with_context(
             "the connection broke during a commit, and whether it took place is not known"));
    return End::kUnknown;
  }
  if (*is_there) {
    return End::kSettled;
  }
  fail(group, Error(ErrorCode::kUnavailable,
                    "the connection broke during a commit, and nothing of it was kept: try again"));
  return End::kDisconnected;
}

void GroupCommitDatabase::fail(Group group, const Error& error) {
  for (Waiting* member : group) {
    if (member->status.ok()) {
      member->status = error;
    }
  }
}

Status GroupCommitDatabase::read(const Work& work) {
  Status status;
  for (int tries = 0; tries < kTries; ++tries) {
    auto reader = take_reader();
    if (!reader.ok()) {
      return reader.error();
    }
    status = read_once(**reader, work);
    const bool again = !(*reader)->usable();
    give_back(std::move(*reader));
    if (!again) {
      break;
    }
  }
  return status;
}

Status GroupCommitDatabase::read_once(Connection& reader, const Work& work) {
  WATTLE_RETURN_IF_ERROR(reader.begin());
  auto status = work(reader);
  if (status.ok() && reader.failure()) {
    status = *reader.failure();
  }
  reader.rollback();
  return status;
}

Result<std::unique_ptr<Connection>> GroupCommitDatabase::take_reader() {
  {
    std::unique_lock lock(reader_mutex_);
    reader_returned_.wait(lock, [&] { return readers_ < kMostReaders; });
    ++readers_;
    if (!idle_readers_.empty()) {
      auto reader = std::move(idle_readers_.back());
      idle_readers_.pop_back();
      return reader;
    }
  }
  auto reader = connector_->connect_reader();
  if (!reader.ok()) {
    give_back(nullptr);
  }
  return reader;
}

void GroupCommitDatabase::give_back(std::unique_ptr<Connection> reader) {
  std::vector<std::unique_ptr<Connection>> ended;  // closed without the lock
  {
    const std::scoped_lock lock(reader_mutex_);
    --readers_;
    if (reader && !reader->usable()) {
      ended.swap(idle_readers_);  // what broke one has broken all
    } else if (reader && idle_readers_.size() < kKeptReaders) {
      idle_readers_.push_back(std::move(reader));
    }
  }
  reader_returned_.notify_one();
}

}  // namespace wattle::store
