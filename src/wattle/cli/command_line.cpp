#include "wattle/cli/command_line.h"

#include <algorithm>

#include "wattle/base/text.h"
#include "wattle/cli/grammar.h"

namespace wattle::cli {
namespace {

constexpr const char* kFooter =
    "Exit codes: 0 ok, 1 failed, 2 usage, 3 not found, 6 permission, 7 unavailable, 130 "
    "interrupted.\n"
    "`wattle COMMAND --help` tells more; the files lie in WATTLE_HOME (~/.local/share/wattle).";

Error usage_error(const std::string& message) {
  return {ErrorCode::kInvalidArgument, message};
}

/// `run` and `measure` take the words of another program: those behind "--", or for `measure` from
/// the first word that is no flag of ours. The parser must not see them.
std::size_t end_of_own_words(std::span<const std::string> words) {
  const auto dashes = static_cast<std::size_t>(std::ranges::find(words, "--") - words.begin());
  if (words.front() != "measure") {
    return dashes;
  }
  std::size_t i = 1;
  while (i < dashes && words[i].starts_with('-')) {
    const bool takes_value = words[i] == "--zone" || words[i] == "--name" ||
                             words[i] == "--output" || words[i] == "--pid";
    i += takes_value ? 2 : 1;
  }
  return std::min(i, dashes);
}

std::vector<std::string> names_of_commands(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(sub->get_name());
  }
  return names;
}

/// Those that --help lists.
std::vector<std::string_view> listed(const CLI::App& app, const std::vector<std::string>& names) {
  std::vector<std::string_view> visible;
  std::ranges::copy_if(names, std::back_inserter(visible), [&](const std::string& name) {
    return !app.get_subcommand(name)->get_group().empty();
  });
  return visible;
}

/// The word behind `app` names one of its commands. `what` is such a command in words.
Status check_word(const CLI::App& app, const std::string& word, std::string_view what) {
  const auto names = names_of_commands(app);
  if (word.starts_with('-') || std::ranges::find(names, word) != names.end()) {
    return {};
  }
  const auto near = nearest(word, listed(app, names));
  const std::string prefix = app.get_parent() == nullptr ? "" : app.get_name() + " ";
  return usage_error(concat("unknown ", what, " '", word, "'",
                            near.empty() ? concat("; `wattle ", prefix, "--help` lists them")
                                         : concat("; did you mean '", near, "'?")));
}

/// The command, and for one with verbs the verb.
Status check_command_words(const CLI::App& app, std::span<const std::string> words) {
  WATTLE_RETURN_IF_ERROR(check_word(app, words.front(), "command"));
  const auto* sub = words.front().starts_with('-') ? nullptr : app.get_subcommand(words.front());
  const auto verbs = sub == nullptr ? std::vector<std::string>() : names_of_commands(*sub);
  if (verbs.empty()) {
    return {};
  }
  if (words.size() == 1) {
    return usage_error(concat("`wattle ", words.front(), "` takes one of ", join(verbs, ", ")));
  }
  return check_word(*sub, words[1], concat("verb of `wattle ", words.front(), "`:"));
}

/// The innermost command that was typed, and the words that lead to it.
std::pair<const CLI::App*, std::string> innermost(const CLI::App& app) {
  const CLI::App* found = &app;
  std::string path = "wattle";
  for (auto subs = app.get_subcommands(); !subs.empty(); subs = found->get_subcommands()) {
    found = subs.front();
    path += found->get_subcommands().empty() ? "" : " " + found->get_name();
  }
  return {found, path};
}

/// "The following argument was not expected: --jsno" gets the nearest flag of the command.
std::string with_nearest_flag(const CLI::App& app, std::span<const std::string> words,
                              std::string message) {
  const auto [sub, path] = innermost(app);
  if (sub == &app) {
    return message;
  }
  std::vector<std::string> flags;
  for (const auto* option : sub->get_options()) {
    for (const auto& name : option->get_lnames()) {
      flags.push_back("--" + name);
    }
  }
  const std::vector<std::string_view> known(flags.begin(), flags.end());
  for (const auto& word : words) {
    const auto flag = std::string_view(word).substr(0, word.find('='));
    if (flag.starts_with("--") && std::ranges::find(known, flag) == known.end()) {
      const auto near = nearest(flag, known);
      return concat("unknown flag '", flag, "' of `", path, " ", sub->get_name(), "`",
                    near.empty() ? "; --help lists them" : concat("; did you mean '", near, "'?"));
    }
  }
  return message;
}

Status check_measured(const MeasureOptions& options) {
  if (options.pid && !options.command.empty()) {
    return usage_error("a process by --pid or a command, not both");
  }
  if (options.pid && *options.pid <= 1) {
    return usage_error(concat("--pid ", *options.pid, " is no process that can be measured"));
  }
  if (!options.pid && options.until_input_ends) {
    return usage_error("--until-input-ends is for --pid; a command has the input itself");
  }
  if (!options.pid && options.command.empty()) {
    return usage_error("no command to measure; write `wattle measure -- python train.py`");
  }
  return {};
}

Result<CommandLine> parse(CLI::App& app, Parsed& parsed, std::span<const std::string> own) {
  std::vector<std::string> reversed(own.rbegin(), own.rend());
  try {
    app.parse(reversed);
    return std::move(parsed.chosen);
  } catch (const CLI::CallForHelp&) {
    const auto [sub, path] = innermost(app);
    return CommandLine(HelpText{sub == &app ? app.help() : sub->help(path)});
  } catch (const CLI::ParseError& error) {
    std::string message = error.what();
    std::ranges::replace(message, '\n', ' ');
    return usage_error(with_nearest_flag(app, own, std::move(message)));
  }
}

}  // namespace

Result<CommandLine> parse_command_line(std::span<const std::string> words) {
  CLI::App app(
      "Wattle runs machine learning jobs and meters the energy and carbon that each of them takes.",
      "wattle");
  app.footer(kFooter);
  app.require_subcommand(1);
  Parsed parsed;
  describe_runs(app, parsed);
  describe_models(app, parsed);
  describe_home(app, parsed);
  if (words.empty() || words.front() == "help") {
    return CommandLine(HelpText{app.help()});
  }
  if (words.front() == "--version") {
    return CommandLine(VersionOptions{});
  }
  WATTLE_RETURN_IF_ERROR(check_command_words(app, words));
  const bool takes_command = words.front() == "measure" || words.front() == "run";
  const std::size_t own = takes_command ? end_of_own_words(words) : words.size();
  auto theirs = words.subspan(own);
  if (!theirs.empty() && theirs.front() == "--") {
    theirs = theirs.subspan(1);
    if (theirs.empty()) {
      return usage_error(concat("no command stands behind `--`; write `wattle ", words.front(),
                                " -- python train.py`"));
    }
  }
  parsed.measure.command.assign(theirs.begin(), theirs.end());
  parsed.run.command.assign(theirs.begin(), theirs.end());
  WATTLE_ASSIGN_OR_RETURN(auto line, parse(app, parsed, words.first(own)));
  if (takes_command && !theirs.empty() && theirs.front().empty()) {
    return usage_error("the command behind `--` is empty; its first word names the program");
  }
  if (const auto* run = std::get_if<RunOptions>(&line);
      run != nullptr && !run->command.empty() && run->file != RunOptions().file) {
    return usage_error(concat("a job from ", run->file, " or a command behind `--`, not both"));
  }
  if (const auto* measure = std::get_if<MeasureOptions>(&line)) {
    WATTLE_RETURN_IF_ERROR(check_measured(*measure));
  }
  return line;
}

}  // namespace wattle::cli
