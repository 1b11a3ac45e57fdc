#include "flags.h"

#include <algorithm>
#include <map>

#include <CLI/CLI.hpp>

#include "wattle/base/text.h"

namespace wattle::training {
namespace {

/// Flags as text: ranges and messages are settings.h's, the same as for the environment.
using Texts = std::map<std::string_view, std::string>;

std::string dashed(std::string_view flag) {
  return concat("--", flag);
}

void add_flags(CLI::App& app, const CommandFlags& flags, Texts& texts) {
  for (const auto& text : flags.texts) {
    auto* const option = app.add_option(dashed(text.flag), *text.value, std::string(text.help))
                             ->type_name(std::string(text.type));
    if (!text.value->empty()) {
      option->capture_default_str();
    }
  }
  for (const auto& list : flags.lists) {
    app.add_option(dashed(list.flag), *list.values, std::string(list.help))
        ->type_name(std::string(list.type))
        ->take_all()
        ->allow_extra_args(false);
  }
  for (const auto& setting : flags.settings) {
    app.add_option(dashed(setting.flag), texts[setting.flag],
                   concat(setting.help, " (", range_of(setting), ") [", value_of(setting), "]"))
        ->type_name(std::holds_alternative<Choice>(setting.value) ? "WORD" : "N");
  }
  if (flags.estimate_only != nullptr) {
    app.add_flag("--estimate,--dry-run-estimate", *flags.estimate_only,
                 "measure the beginning, print the time that a training will take as JSON, and "
                 "stop");
  }
}

std::string_view nearest_flag(const CLI::App& app, std::string_view flag,
                              std::vector<std::string>& names) {
  for (const auto* option : app.get_options()) {
    for (const auto& name : option->get_lnames()) {
      names.push_back("--" + name);
    }
  }
  const std::vector<std::string_view> views(names.begin(), names.end());
  return nearest(flag, views);
}

/// The library's message, or a better one for an unknown word.
Error usage_error(const CLI::App& app, const CLI::App* command, const CLI::Error& error) {
  const std::string help =
      command == nullptr ? app.get_name() : concat(app.get_name(), " ", command->get_name());
  const auto unknown = app.remaining(true);
  if (dynamic_cast<const CLI::ExtrasError*>(&error) == nullptr || unknown.empty()) {
    return {ErrorCode::kInvalidArgument, concat(error.what(), "; see ", help, " --help")};
  }
  const std::string flag = unknown.front().substr(0, unknown.front().find('='));
  std::vector<std::string> names;
  const auto near = nearest_flag(command == nullptr ? app : *command, flag, names);
  return {ErrorCode::kInvalidArgument,
          concat("unknown argument '", flag, "'",
                 near.empty() ? concat("; see ", help, " --help")
                              : concat("; did you mean '", near, "'?"))};
}

Status apply(const CLI::App& command, const CommandFlags& flags, const Texts& texts) {
  for (const auto& setting : flags.settings) {
    const std::string flag = dashed(setting.flag);
    if (command.count(flag) > 0) {
      WATTLE_RETURN_IF_ERROR(assign(setting, texts.at(setting.flag), flag));
    }
  }
  return {};
}

}  // namespace

void add_common_flags(CommandFlags& flags, DataOptions& data, OutputOptions& output) {
  const std::vector<TextFlag> texts{
      {"data", "FILE", "the rows to learn from (required)", &data.path},
      {"test", "FILE", "test rows; default: --test-fraction of the data", &data.test_path},
      {"target", "COLUMN", "column to predict (required for a table)", &data.target},
      {"metrics", "FILE", "metrics as the training goes on, JSON lines", &output.metrics},
      {"predictions", "FILE", "predictions for the test rows, CSV", &output.predictions},
      {"checkpoint", "DIR", "folder for checkpoints; a training found there is resumed",
       &output.checkpoints},
  };
  flags.texts.insert(flags.texts.begin(), texts.begin(), texts.end());
  flags.lists = {
      {"ignore", "COLUMN", "column to leave out; repeatable", &data.ignored},
      {"categorical", "COLUMN", "column whose numbers are names, such as postcodes; repeatable",
       &data.categorical},
  };
  for (auto& setting : data_settings(data)) {
    flags.settings.push_back(std::move(setting));
  }
}

Result<ParsedFlags> parse_flags(const ProgramFlags& program, std::vector<std::string> arguments) {
  ParsedFlags parsed;
  CLI::App app(std::string(program.about), std::string(program.program));
  app.set_version_flag("--version", program.version);
  app.require_subcommand(1);
  std::vector<Texts> texts(program.commands.size());
  std::vector<CLI::App*> commands;
  for (std::size_t i = 0; i < program.commands.size(); ++i) {
    const CommandFlags& flags = program.commands[i];
    commands.push_back(app.add_subcommand(std::string(flags.name), flags.about));
    commands.back()->footer(flags.footer);
    add_flags(*commands.back(), flags, texts[i]);
  }
  const auto chosen = [&]() -> const CLI::App* {
    const auto found = std::ranges::find_if(commands, [](auto* one) { return one->parsed(); });
    return found == commands.end() ? nullptr : *found;
  };
  std::ranges::reverse(arguments);  // the order that CLI11 wants
  try {
    app.parse(arguments);
  } catch (const CLI::CallForHelp&) {
    parsed.text = chosen() == nullptr ? app.help() : chosen()->help(std::string(program.program));
    return parsed;
  } catch (const CLI::CallForVersion& version) {
    parsed.text = version.what();
    return parsed;
  } catch (const CLI::Error& error) {
    return usage_error(app, chosen(), error);
  }
  for (std::size_t i = 0; i < commands.size(); ++i) {
    if (commands[i]->parsed()) {
      parsed.command = commands[i]->get_name();
      parsed.has_metrics = commands[i]->count("--metrics") > 0;
      WATTLE_RETURN_IF_ERROR(apply(*commands[i], program.commands[i], texts[i]));
    }
  }
  return parsed;
}

}  // namespace wattle::training
