// Cuts bytes that come in blocks into lines, holding no more than a bounded piece of a line that
// has not ended.
//
// Units:    bytes. Errors: none; a line longer than the bound loses bytes behind it.
// Threads:  one thread per object. Lifetime: views last as long as the callback.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace wattle::executor {

class LineSplitter {
 public:
  explicit LineSplitter(std::size_t most_bytes) : most_bytes_(most_bytes) {}

  /// Calls `callback` with each line that these bytes end, without its end.
  template <typename Callback>
  void take(std::string_view bytes, const Callback& callback) {
    for (auto end = bytes.find('\n'); end != bytes.npos; end = bytes.find('\n')) {
      waiting_.append(bytes.substr(0, end));
      bytes.remove_prefix(end + 1);
      callback(std::string_view(waiting_));
      waiting_.clear();
    }
    if (waiting_.size() <= most_bytes_) {
      waiting_.append(bytes.substr(0, most_bytes_ + 1 - waiting_.size()));
    }
  }
  /// The line that has not ended.
  const std::string& rest() const { return waiting_; }
  void clear() { waiting_.clear(); }

 private:
  std::size_t most_bytes_;
  std::string waiting_;
};

}  // namespace wattle::executor
