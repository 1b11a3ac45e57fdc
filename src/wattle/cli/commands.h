// The commands of `wattle`, one function each. They print, and return the exit code or the error
// that main reports.
//
// Units:    exit codes as base/error_code.h. Errors: one line for the user.
// Threads:  one thread. Lifetime: borrow the context.
#pragma once

#include "wattle/base/result.h"
#include "wattle/cli/command_line.h"
#include "wattle/cli/context.h"
#include "wattle/cli/entry.h"

namespace wattle::cli {

Result<int> measure(Context& context, const MeasureOptions& options);
Result<int> await_process(Context& context, const AwaitOptions& options);
Result<int> run(Context& context, const RunOptions& options);
Result<int> ps(Context& context, const PsOptions& options);
Result<int> show(Context& context, const ShowOptions& options);
Result<int> logs(Context& context, const LogsOptions& options);
Result<int> compare(Context& context, const CompareOptions& options);
Result<int> stop(Context& context, const StopOptions& options);
Result<int> pause(Context& context, const PauseOptions& options);
Result<int> resume(Context& context, const ResumeOptions& options);
Result<int> retry(Context& context, const RetryOptions& options);
Result<int> up(Context& context, const UpOptions& options, const ServerEntry& serve);
Result<int> energy(Context& context, const EnergyOptions& options);
Result<int> models_list(Context& context, const ModelsListOptions& options);
Result<int> models_show(Context& context, const ModelsShowOptions& options);
Result<int> models_register(Context& context, const ModelsRegisterOptions& options);
Result<int> models_alias(Context& context, const ModelsAliasOptions& options);
Result<int> models_decide(Context& context, const ModelsDecideOptions& options);
Result<int> models_get(Context& context, const ModelsGetOptions& options);
Result<int> gc(Context& context, const GcOptions& options);
Result<int> backup(Context& context, const BackupVerbOptions& options);
Result<int> restore(Context& context, const RestoreVerbOptions& options);
Result<int> doctor(Context& context, const DoctorOptions& options);
Result<int> validate(Context& context, const ValidateOptions& options);
Result<int> version(Context& context, const VersionOptions& options);

}  // namespace wattle::cli
