// Words of strangers within messages of errors: short, on one line, valid UTF-8.
//
// Units:    bytes. Errors: none. Threads: pure functions. Lifetime: strings.
#pragma once

#include <string>
#include <string_view>

#include "wattle/messages/json_codec.h"

namespace wattle::messages {

/// At most some 200 bytes of it, with control characters escaped.
std::string shown(std::string_view text);
/// The same as a JSON string: "a\nb".
std::string in_quotes(std::string_view text);
/// "a list", "text \"abc\"", "1.5".
std::string found_words(const Json& json);

}  // namespace wattle::messages
