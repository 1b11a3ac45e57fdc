// A response body that is made while it is sent: a file, a stream of events.
//
// Units:    bytes.
// Errors:   read() failing ends the connection: what the head promised can no longer be kept.
// Threads:  read() is called on worker threads, one call at a time. The destructor runs on the
//           server's own thread, never during a read(), and must not block. A Bell is rung from
//           any.
// Lifetime: a source lives until its end was sent, the client left, or the server stops.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "wattle/base/result.h"
#include "wattle/base/units.h"

namespace wattle::net {

/// Wakes the sources that have nothing to send. Each ring has every source that waits asked again;
/// who waits costs nothing until then.
class Bell {
 public:
  struct Waiters;

  /// Waits for the next ring as long as it lives. Once it is gone, its function is not called.
  class Wait {
   public:
    Wait() = default;
    ~Wait() { cancel(); }
    Wait(Wait&& other) noexcept = default;
    Wait& operator=(Wait&& other) noexcept;
    void cancel();

   private:
    friend class Bell;
    std::shared_ptr<Waiters> waiters_;  // shared: the bell or the wait may end first
    std::uint64_t number_ = 0;
  };

  Bell();
  ~Bell();
  Bell(const Bell&) = delete;
  Bell& operator=(const Bell&) = delete;

  void ring();
  /// The next ring() calls `on_ring`, once, from its own thread. It must be quick and must leave
  /// this bell alone.
  [[nodiscard]] Wait wait(std::function<void()> on_ring);

 private:
  std::shared_ptr<Waiters> waiters_;
};

class BodySource {
 public:
  struct Chunk {
    std::string bytes;    // "" and not the end: nothing now; wait for the bell. Best under 1 MiB
    bool is_end = false;  // after these bytes
  };

  virtual ~BodySource() = default;

  /// The next bytes. It may block for a disk or a database; a source that has nothing yet returns
  /// at once and has a bell.
  virtual Result<Chunk> read() = 0;
  /// The length, when it is known before: then it is sent as Content-Length, else the body is
  /// chunked. More or fewer bytes than that end the connection.
  virtual std::optional<std::uint64_t> length() const { return std::nullopt; }
  /// Whom to wait for when there is nothing; nullptr: there is always something. A ring between a
  /// read() that had nothing and the wait is not lost: the server waits for the bell before it
  /// reads.
  // Shared: the bell belongs to whoever makes the events, and must outlive the wait.
  virtual std::shared_ptr<Bell> bell() const { return nullptr; }
  /// Asked again after this long even if nobody rings; nullopt: never.
  virtual std::optional<Seconds> heartbeat() const { return std::nullopt; }
};

}  // namespace wattle::net
