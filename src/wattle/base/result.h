// Result<T>: a value, or an Error that says what happened, to what, and what to do.
//
// A fallible function returns Result<T> (Status when it has no value). Discarding one is a warning,
// and warnings are errors. Exceptions do not cross module borders; third-party ones are caught at
// the adapter.
//
// Units:    none. Threads: a value type, as safe as its T. Lifetime: owns its value.
// Errors:   value() on an error ends the process: it is a bug of the caller, who did not ask ok().
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "wattle/base/check.h"
#include "wattle/base/error_code.h"

namespace wattle {

/// Why something failed. `message` is one line for the user: what, which object, what to do.
class Error {
 public:
  Error(ErrorCode code, std::string message) : code_(code), message_(std::move(message)) {}

  ErrorCode code() const { return code_; }
  const std::string& message() const { return message_; }

  /// The same error seen from further out: "opening run 01J…: " is put before the message.
  Error with_context(std::string_view context) const {
    return {code_, std::string(context) + ": " + message_};
  }

 private:
  ErrorCode code_;
  std::string message_;
};

/// `Error` from errno, worded by the system: "opening /x: Permission denied". Maps the common
/// errnos to codes.
Error error_from_errno(int error_number, std::string_view what);

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}      // NOLINT(google-explicit-constructor)
  Result(Error error) : state_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & {
    WATTLE_CHECK(ok(), error().message());
    return std::get<0>(state_);
  }
  const T& value() const& {
    WATTLE_CHECK(ok(), error().message());
    return std::get<0>(state_);
  }
  /// By value, so that `for (auto& x : *f())` does not walk through something that is gone.
  T value() && {
    WATTLE_CHECK(ok(), error().message());
    return std::get<0>(std::move(state_));
  }
  T value_or(T fallback) && { return ok() ? std::get<0>(std::move(state_)) : std::move(fallback); }

  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  /// REQUIRES: !ok().
  const Error& error() const { return std::get<1>(state_); }

  Result with_context(std::string_view context) && {
    return ok() ? std::move(*this) : Result(error().with_context(context));
  }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }

  /// REQUIRES: !ok().
  const Error& error() const { return *error_; }

  // Not const: as in Result<T>, the result is used up.
  // NOLINTNEXTLINE(readability-make-member-function-const)
  Result with_context(std::string_view context) && {
    return ok() ? Result() : Result(error().with_context(context));
  }

 private:
  std::optional<Error> error_;
};

using Status = Result<void>;

}  // namespace wattle

#define WATTLE_CONCAT_INNER(a, b) a##b
#define WATTLE_CONCAT(a, b) WATTLE_CONCAT_INNER(a, b)

/// Returns the error of a Status to the caller.
#define WATTLE_RETURN_IF_ERROR(expression)                   \
  do {                                                       \
    if (auto wattle_status = (expression); !wattle_status) { \
      return wattle_status.error();                          \
    }                                                        \
  } while (false)

/// `WATTLE_ASSIGN_OR_RETURN(auto x, f());` declares x, or returns the error to the caller.
#define WATTLE_ASSIGN_OR_RETURN(declaration, expression)                 \
  auto WATTLE_CONCAT(wattle_result_, __LINE__) = (expression);           \
  if (!WATTLE_CONCAT(wattle_result_, __LINE__)) {                        \
    return WATTLE_CONCAT(wattle_result_, __LINE__).error();              \
  }                                                                      \
  declaration = /* NOLINT(bugprone-macro-parentheses): it may declare */ \
      std::move(WATTLE_CONCAT(wattle_result_, __LINE__)).value()
