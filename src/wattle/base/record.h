// A typed record on its way to a segment, and the sink that takes it. Lets a module write records
// without knowing where they go; store::SegmentWriter is the sink in files.
//
// Units:    bytes. Errors: the sink's. Threads: one thread per sink. Lifetime: records are values.
#pragma once

#include <cstdint>
#include <string>

#include "wattle/base/result.h"

namespace wattle {

struct Record {
  std::uint8_t type = 0;  // 1..255, given by the module that owns the record
  std::string payload;

  bool operator==(const Record&) const = default;
};

class RecordSink {
 public:
  virtual ~RecordSink() = default;
  /// Durable against the death of this process once it returns.
  virtual Status append(const Record& record) = 0;
  virtual Status sync() = 0;
};

}  // namespace wattle
