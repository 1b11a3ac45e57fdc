// Messages as JSON text, for whoever needs no JSON library: write_json, read_json.
//
// Units:    bytes.
// Errors:   reading returns kParse for what is no JSON (its syntax, its UTF-8, a number that no
//           double holds) and kInvalidArgument for JSON that is not this message: a key that is
//           unknown, missing or there twice, a wrong type, a value against a rule, too deep, too
//           large. The message says where, as a JSON pointer, and what was expected.
// Threads:  pure functions. Lifetime: value types.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "wattle/base/limits.h"
#include "wattle/base/result.h"
#include "wattle/messages/described.h"

namespace wattle::messages {

/// How a message is written: indented by two spaces with an end of line, or on one line.
enum class Layout { kIndented, kOneLine };

/// kRefused: what a server reads; a typing error must not be taken for a wish. Texts may hold no
/// NUL either, which would end a path early. kIgnored: what a client reads from a newer server.
enum class UnknownKeys { kRefused, kIgnored };

struct ReadOptions {
  UnknownKeys unknown_keys = UnknownKeys::kRefused;
  std::size_t max_bytes = limits::kMessageBytes;
  std::string_view what = "body";  // the first word of an error
};

std::string write_json(const StructType& type, const void* message, Layout layout);
/// What `message` was before is replaced where the text says something; after an error it is
/// neither.
Status read_json(const StructType& type, std::string_view text, void* message,
                 const ReadOptions& options);

/// The same message always gives the same bytes. Texts that are not UTF-8 have U+FFFD in the place
/// of what is wrong.
template <DescribedStruct T>
std::string to_json_text(const T& message, Layout layout = Layout::kIndented) {
  return write_json(struct_of<T>(), &message, layout);
}

template <DescribedStruct T>
Result<T> from_json_text(std::string_view text, const ReadOptions& options = {}) {
  T message{};
  WATTLE_RETURN_IF_ERROR(read_json(struct_of<T>(), text, &message, options));
  return message;
}

}  // namespace wattle::messages
