// The one place that knows the YAML library: bytes in, a bounded tree out.
//
// Units:    as node.h.
// Errors:   kParse, "line:column: what is wrong" without the name of the file.
// Threads:  pure functions. Lifetime: the tree owns its texts.
#pragma once

#include <string>
#include <string_view>

#include "wattle/base/result.h"
#include "wattle/spec/node.h"

namespace wattle::spec {

/// Reads one YAML 1.2 document. An empty one is a null node at 1:1. REQUIRES: `text` passed
/// check_encoding().
Result<Node> read_yaml(const std::string& text);

/// Refuses what is not UTF-8 or holds control characters, with the place; removes a leading mark.
Status check_encoding(std::string& text);

/// Line and column of a byte offset. REQUIRES: offset <= text.size().
Position position_of(std::string_view text, std::size_t offset);

}  // namespace wattle::spec
