// Keeps a supervisor connected to the node meter of its host: connects before the job, again when
// the meter goes.
//
// Units:    Seconds.
// Errors:   none: without a meter the job runs on, and exit.json says that it was not metered.
// Threads:  one thread. Lifetime: borrows nothing; the meter outlives it.
#pragma once

#include <optional>

#include "wattle/energy/meter_client.h"

namespace wattle::supervise {

class MeterLink {
 public:
  explicit MeterLink(energy::MeterClient::Options options) : options_(std::move(options)) {}

  /// Tries once, for as long as `timeout`. True when a meter is connected.
  bool connect(Seconds timeout);
  /// Has a sample made durable now. False when there is none: the meter has gone, or does not
  /// answer.
  bool sample();
  /// To be called when descriptor() is readable. True while the meter is there.
  bool check();

  bool is_connected() const { return client_.has_value(); }
  int descriptor() const { return client_ ? client_->descriptor() : -1; }
  /// How long to wait before the next connect(); nullopt: it has been tried often enough.
  std::optional<Seconds> next_retry();
  /// How often a meter has gone away.
  int losses() const { return losses_; }

 private:
  void lose();

  energy::MeterClient::Options options_;
  std::optional<energy::MeterClient> client_;
  int losses_ = 0;
  int failures_ = 0;  // in a row
};

}  // namespace wattle::supervise
