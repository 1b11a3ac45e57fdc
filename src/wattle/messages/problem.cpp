#include "wattle/messages/problem.h"

namespace wattle::messages {

ProblemAnswer answer_of(const Error& error, std::string_view request_id) {
  return {.error = {.code = error.code(),
                    .message = error.message(),
                    .detail = std::nullopt,
                    .request_id = std::string(request_id)}};
}

Error error_of(const ProblemAnswer& answer) {
  return {answer.error.code, answer.error.message};
}

template const Type& type_of<Problem>();
template const Type& type_of<ProblemAnswer>();

}  // namespace wattle::messages
