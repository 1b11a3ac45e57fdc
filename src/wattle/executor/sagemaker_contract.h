// `contract: sagemaker`: the folders and files that a SageMaker training container finds below
// /opt/ml, made below an attempt's folder, so that a training script runs unchanged.
//
// Units:    none.
// Errors:   the file system's.
// Threads:  as its FileSystem. Lifetime: value types.
// Source:   the layout of SageMaker's training toolkit, as its public documentation has it.
// See:      docs/guides/sagemaker.md, docs/reference/environment.md
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/file.h"
#include "wattle/base/result.h"

namespace wattle::executor {

inline constexpr std::string_view kOptMl = "/opt/ml";

struct ContractSpec {
  std::string run_folder;
  std::string attempt_folder;
  std::string working_folder;                 // becomes ml/code
  std::string seen_at = std::string(kOptMl);  // where the job sees the tree; its own path: bare
  std::map<std::string, std::string> params;  // hyperparameters
  std::map<std::string, std::string> inputs;  // channels: name to absolute path
  std::string host;
};

/// Folder of an attempt's tree: "ATTEMPT/ml".
std::string contract_folder(std::string_view attempt_folder);

/// Makes the tree. Model, output data and checkpoints are links to the run's folders; a channel is
/// a link to its folder, or a folder with a link to its file. Doing it again is harmless.
Status make_contract_tree(FileSystem& files, const ContractSpec& spec);

/// What the job wrote to ml/output/failure: at most its first 1024 characters, on one line.
/// nullopt: nothing.
std::optional<std::string> read_failure(const std::string& attempt_folder);

}  // namespace wattle::executor
