// The files that a training leaves behind: found out before the work, not after it, that one of
// them could not be written.
//
// Units:    none. Threads: pure functions but for the file system. Lifetime: value types.
// Errors:   kInvalidArgument and the kernel's, naming the file and the folder.
#pragma once

#include <string>

#include "options.h"

#include "wattle/base/file.h"
#include "wattle/base/result.h"

namespace wattle::training {

/// "out/model.json" for "out/model.ubj".
std::string with_ending(const std::string& model, const std::string& ending);

/// Whether every result can be written. Makes nothing. `ending` is the model's own.
Status check_outputs(const OutputOptions& output, const std::string& ending);
Status make_output_folders(const OutputOptions& output, FileSystem& files);

}  // namespace wattle::training
