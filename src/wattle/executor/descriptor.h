// A descriptor of the kernel that closes itself.
//
// Units:    none. Errors: none; a descriptor below zero is none.
// Threads:  a value type, used by one thread. Lifetime: closes when it ends.
#pragma once

#include <utility>

#include <unistd.h>

namespace wattle::executor {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() { reset(); }
  Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    reset();
    value_ = std::exchange(other.value_, -1);
    return *this;
  }

  int get() const { return value_; }
  bool is_open() const { return value_ >= 0; }
  void reset() {
    if (value_ >= 0) {
      ::close(std::exchange(value_, -1));
    }
  }

 private:
  int value_ = -1;
};

}  // namespace wattle::executor
