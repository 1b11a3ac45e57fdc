// A large body while it comes: in a file that has no name, so that nothing is left of it.
//
// Units:    bytes. Errors: kIo with the kernel's words; out_of_space() tells a full disk.
// Threads:  one at a time. Lifetime: what was not taken out is gone with the object.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "wattle/base/descriptor.h"
#include "wattle/base/result.h"

namespace wattle::net {

/// A file without a name for what is too large for memory.
class SpoolFile {
 public:
  explicit SpoolFile(std::string folder) : folder_(std::move(folder)) {}

  bool is_open() const { return file_.is_open(); }
  /// Opens the file at the first call.
  Status append(std::string_view bytes);
  bool out_of_space() const { return out_of_space_; }
  /// At its beginning.
  Result<Descriptor> take();

 private:
  Status open();
  Error fail(int error_number, std::string_view what);

  std::string folder_;
  Descriptor file_;
  bool out_of_space_ = false;
};

}  // namespace wattle::net
