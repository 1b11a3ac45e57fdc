// A file descriptor of the kernel that closes itself.
//
// Units:    none. Errors: none; a number below zero is no descriptor.
// Threads:  a value type, used by one thread. Lifetime: closes when it ends.
#pragma once

#include <utility>

#include <unistd.h>

namespace wattle {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() { reset(); }
  Descriptor(Descriptor&& other) noexcept : value_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) {
      reset();
      value_ = other.release();
    }
    return *this;
  }

  int get() const { return value_; }
  bool is_open() const { return value_ >= 0; }
  void reset() {
    if (value_ >= 0) {
      ::close(release());
    }
  }
  /// The caller closes it from now on.
  [[nodiscard]] int release() { return std::exchange(value_, -1); }

 private:
  int value_ = -1;
};

}  // namespace wattle
