// Hands over to the program that trains neural networks. It is one of its own because libtorch
// loads 288 libraries, which every training of trees would pay for.
//
// Units:    none. Threads: call before any other thread exists. Lifetime: none.
// Errors:   kNotFound where the program is not installed, with what to do.
#pragma once

#include <string_view>

#include "wattle/base/result.h"

namespace wattle::trainer {

/// "mlp" and "cnn" are the other program's commands.
bool is_network_command(std::string_view command);

/// Replaces this process by `wattle-train-torch`, which lies beside it. Returns only on an error.
Error become_network_trainer(char** argv);

}  // namespace wattle::trainer
