// The one shape of an error: {"error": {"code": …, "message": …}}.
//
// Units:    none. Errors: none. Threads: value types. Lifetime: value types.
// See:      docs/reference/exit-codes.md for the codes and their HTTP status.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "wattle/base/result.h"
#include "wattle/messages/described.h"

namespace wattle::messages {

template <>
struct Words<ErrorCode> {
  static constexpr std::string_view kName = "ErrorCode";
  static constexpr std::string_view kAbout =
      "What kind of error it is. The HTTP status follows from it, and so does the exit code of a "
      "command.";
  static constexpr std::array<std::string_view, 12> kWords{"invalid_argument",
                                                           "not_found",
                                                           "already_exists",
                                                           "failed_precondition",
                                                           "unavailable",
                                                           "timeout",
                                                           "cancelled",
                                                           "permission_denied",
                                                           "io",
                                                           "parse",
                                                           "unsupported",
                                                           "internal"};
};

struct Problem {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;
  std::optional<std::map<std::string, std::string>> detail;
  std::string request_id;

  static constexpr std::string_view kName = "Problem";
  static constexpr std::string_view kAbout = "Why a request was not done.";
  static void fields(auto& f) {
    f("code", &Problem::code, "What kind of error it is: for programs.");
    f("message", &Problem::message,
      "One line for people: what is wrong, with what, and what to do. Its words may change.");
    f("detail", &Problem::detail,
      "What the message names, by name: the key, the limit, the state.");
    f("request_id", &Problem::request_id,
      "The id of the request, as in the header Wattle-Request-Id and in the server's log.");
  }
  bool operator==(const Problem&) const = default;
};

struct ProblemAnswer {
  Problem error;

  static constexpr std::string_view kName = "ProblemAnswer";
  static constexpr std::string_view kAbout =
      "The body of every answer whose status is 400 or more.";
  static void fields(auto& f) { f("error", &ProblemAnswer::error, "What happened."); }
  bool operator==(const ProblemAnswer&) const = default;
};

ProblemAnswer answer_of(const Error& error, std::string_view request_id);
/// What a client makes of it.
Error error_of(const ProblemAnswer& answer);

extern template const Type& type_of<Problem>();
extern template const Type& type_of<ProblemAnswer>();

}  // namespace wattle::messages
