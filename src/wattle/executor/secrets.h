// Secrets as references: which variables are secret, where their values come from, and how they are
// kept out of whatever is shown.
//
// Units:    bytes.
// Errors:   kInvalidArgument: a reference that is none, or a variable that is not set. kNotFound: a
//           value was lost with the memory that held it, or its file is not there.
// Threads:  pure functions, or as their FileSystem. Lifetime: value types.
// See:      docs/guides/sandbox.md, docs/adr/2026-11-25-secrets-in-memory.md
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/file.h"
#include "wattle/base/result.h"
#include "wattle/executor/environment.h"
#include "wattle/executor/secret_vault.h"

namespace wattle::executor {

/// "NAME", of the submitter's environment, or "NAME=file:PATH", read when an attempt starts.
struct SecretReference {
  std::string name;
  std::string file;  // "": of the submitter's environment
};

Result<SecretReference> parse_secret_reference(std::string_view text);

/// Does a variable's name say that its value is a secret? Such variables are kept like declared
/// ones.
bool looks_secret(std::string_view name);

/// The caller's environment cut in two: what may be stored, and what may not.
struct SplitEnvironment {
  Environment plain;
  SecretValues secret;  // declared without a file, and those whose names look secret
};

/// kInvalidArgument: a declared variable is not set.
Result<SplitEnvironment> split_environment(const Environment& caller,
                                           std::span<const SecretReference> references);

/// What an attempt of a run needs.
struct SecretNeeds {
  std::string run;
  std::vector<SecretReference> references;  // declared by the job
  std::vector<std::string> kept;            // names that were kept beside them at submission
};

/// The values with which an attempt starts: what the vault has of the run (null: there is no
/// vault), and the files, without their last line break. A declared one that is gone is an error
/// that names it; `warnings` gets a line for another one that is gone, and for a file that others
/// can read.
Result<SecretValues> resolve_secrets(const SecretVault* vault, const SecretNeeds& needs,
                                     std::vector<std::string>& warnings);

/// Replaces secret values in texts that are shown or stored. Values under 8 bytes are left alone:
/// they would be found everywhere.
class Redactor {
 public:
  explicit Redactor(const SecretValues& values);
  std::string apply(std::string_view text) const;

 private:
  std::vector<std::string> secrets_;  // longest first
};

}  // namespace wattle::executor
