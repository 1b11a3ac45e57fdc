// A receipt for people: one screen, every figure with its error and its origin.
//
// Units:    as written. Errors: none. Threads: pure function. Lifetime: strings.
#pragma once

#include <string>

#include "wattle/cli/output.h"
#include "wattle/messages/receipt.h"

namespace wattle::cli {

std::string receipt_text(const messages::Receipt& receipt, const Output& output);

}  // namespace wattle::cli
