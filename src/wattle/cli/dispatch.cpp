#include "wattle/base/text.h"
#include "wattle/cli/commands.h"
#include "wattle/cli/entry.h"

namespace wattle::cli {
namespace {

Result<int> print_help(Context& context, const HelpText& help) {
  context.output().data(help.text);
  return 0;
}

/// Hands each options struct to its command.
struct Dispatch {
  Context& context;
  const ServerEntry& serve;

  Result<int> operator()(const HelpText& help) const { return print_help(context, help); }
  Result<int> operator()(const MeasureOptions& options) const { return measure(context, options); }
  Result<int> operator()(const AwaitOptions& options) const {
    return await_process(context, options);
  }
  Result<int> operator()(const RunOptions& options) const { return run(context, options); }
  Result<int> operator()(const PsOptions& options) const { return ps(context, options); }
  Result<int> operator()(const ShowOptions& options) const { return show(context, options); }
  Result<int> operator()(const LogsOptions& options) const { return logs(context, options); }
  Result<int> operator()(const StopOptions& options) const { return stop(context, options); }
  Result<int> operator()(const PauseOptions& options) const { return pause(context, options); }
  Result<int> operator()(const ResumeOptions& options) const { return resume(context, options); }
  Result<int> operator()(const RetryOptions& options) const { return retry(context, options); }
  Result<int> operator()(const UpOptions& options) const { return up(context, options, serve); }
  Result<int> operator()(const EnergyOptions& options) const { return energy(context, options); }
  Result<int> operator()(const CompareOptions& options) const { return compare(context, options); }
  Result<int> operator()(const ModelsListOptions& options) const {
    return models_list(context, options);
  }
  Result<int> operator()(const ModelsShowOptions& options) const {
    return models_show(context, options);
  }
  Result<int> operator()(const ModelsRegisterOptions& options) const {
    return models_register(context, options);
  }
  Result<int> operator()(const ModelsAliasOptions& options) const {
    return models_alias(context, options);
  }
  Result<int> operator()(const ModelsDecideOptions& options) const {
    return models_decide(context, options);
  }
  Result<int> operator()(const ModelsGetOptions& options) const {
    return models_get(context, options);
  }
  Result<int> operator()(const GcOptions& options) const { return gc(context, options); }
  Result<int> operator()(const BackupVerbOptions& options) const {
    return backup(context, options);
  }
  Result<int> operator()(const RestoreVerbOptions& options) const {
    return restore(context, options);
  }
  Result<int> operator()(const DoctorOptions& options) const { return doctor(context, options); }
  Result<int> operator()(const ValidateOptions& options) const {
    return validate(context, options);
  }
  Result<int> operator()(const VersionOptions& options) const { return version(context, options); }
};

int report(Output& output, const Error& error) {
  output.fail(error.message());
  return static_cast<int>(describe(error.code()).exit_code);
}

}  // namespace

int run_command_line(int argc, const char* const* argv, const char* const* environment,
                     const ServerEntry& serve) {
  const Environment look_up = [environment](std::string_view name) -> std::optional<std::string> {
    for (const char* const* entry = environment; *entry != nullptr; ++entry) {
      const std::string_view text(*entry);
      if (text.starts_with(name) && text.size() > name.size() && text[name.size()] == '=') {
        return std::string(text.substr(name.size() + 1));
      }
    }
    return std::nullopt;
  };
  Output output(Output::detect(look_up));
  const std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  const auto line = parse_command_line(words);
  if (!line.ok()) {
    return report(output, line.error());
  }
  Context context(environment, output);
  const auto code = std::visit(Dispatch{context, serve}, *line);
  if (!code.ok()) {
    return report(output, code.error());
  }
  if (!output.ok()) {
    output.fail("standard output could not be written (is the disk full, or the pipe closed?)");
    return static_cast<int>(ExitCode::kFailed);
  }
  return *code;
}

}  // namespace wattle::cli
