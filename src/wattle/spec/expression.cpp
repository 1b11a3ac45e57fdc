#include "wattle/spec/expression.h"

#include <algorithm>
#include <array>

#include "wattle/base/limits.h"
#include "wattle/base/text.h"
#include "wattle/spec/yaml_reader.h"

namespace wattle::spec {
namespace {

constexpr std::array<std::string_view, 4> kSections{"params", "env", "inputs", "outputs"};

/// Where the text begins in the file, comments and quotes left alone: at or after `from`.
std::size_t find_expression(std::string_view source, std::string_view expression,
                            std::size_t from) {
  std::size_t found = source.find(expression, from);
  while (found != std::string_view::npos) {
    std::size_t dollars = 0;
    while (dollars < found && source[found - 1 - dollars] == '$') {
      ++dollars;
    }
    if (dollars % 2 == 0) {
      return found;
    }
    found = source.find(expression, found + 1);
  }
  return found;
}

std::string suggestion(std::string_view word, const Node* section, std::string_view prefix) {
  std::vector<std::string_view> names;
  if (section != nullptr) {
    for (const Entry& entry : section->entries) {
      names.push_back(entry.key);
    }
  }
  const auto near = nearest(word, names);
  return near.empty() ? "" : concat("; did you mean '${", prefix, ".", near, "}'?");
}

}  // namespace

Expander::Expander(const Document& document, const Environment& environment, Problems& problems)
    : document_(document), environment_(environment), problems_(problems) {}

std::optional<std::string> Expander::expand(const Node& scalar, const std::string& key) {
  auto text = expand_step({scalar, key, scalar.at.offset});
  bytes_ += text ? text->size() : 0;
  if (bytes_ > limits::kSpecFileBytes) {
    Step whole{scalar, key, scalar.at.offset};
    return fail(whole, "${",
                concat("expressions bring more than ", limits::kSpecFileBytes, " bytes"));
  }
  return text;
}

std::optional<std::string> Expander::expand_step(Step step) {
  const std::string_view text = step.scalar.text;
  std::string result;
  bool failed = false;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] != '$' || i + 1 >= text.size() || (text[i + 1] != '$' && text[i + 1] != '{')) {
      result += text[i++];
      continue;
    }
    if (text[i + 1] == '$') {
      result += '$';
      i += 2;
      continue;
    }
    const std::size_t end = text.find('}', i);
    if (end == std::string_view::npos) {
      return fail(step, "${", "'${' is never closed by '}'; write '$${' for the two characters");
    }
    const auto value = value_of(text.substr(i + 2, end - i - 2), step);
    failed = failed || !value;
    result += value.value_or("");
    i = end + 1;
    if (result.size() > limits::kSpecTextBytes) {
      return fail(step, "${", concat("grows beyond ", limits::kSpecTextBytes, " bytes"));
    }
  }
  return failed ? std::nullopt : std::optional(std::move(result));
}

std::optional<std::string> Expander::value_of(std::string_view name, Step& step) {
  const std::size_t dot = name.find('.');
  const std::string_view section = name.substr(0, dot);
  const std::string expression = concat("${", name, "}");
  if (dot == std::string_view::npos) {
    const std::string rest = concat("; write '$", expression, "' to leave it to the shell");
    const bool is_variable = environment_.contains(name);
    return fail(step, expression,
                concat("'", one_line(expression), "' is no expression",
                       is_variable ? concat("; did you mean '${env.", name, "}'?")
                                   : concat("; they begin with params, env, inputs or outputs"),
                       rest));
  }
  if (std::ranges::find(kSections, section) == kSections.end()) {
    const auto near = nearest(section, kSections);
    const auto wanted = near.empty() ? std::string("they begin with params, env, inputs or outputs")
                                     : concat("did you mean '${", near, name.substr(dot), "}'?");
    return fail(step, expression,
                concat("'", one_line(expression), "' is no expression; ", wanted));
  }
  if (section == "env") {
    return environment_value(name.substr(dot + 1), step);
  }
  if (const auto known = known_.find(name); known != known_.end()) {
    return known->second;
  }
  auto value = document_value(section, name.substr(dot + 1), step);
  known_.insert_or_assign(std::string(name), value);
  return value;
}

std::optional<std::string> Expander::environment_value(std::string_view name, Step& step) {
  const std::string expression = concat("${env.", name, "}");
  if (is_listed_secret(name)) {
    return fail(step, expression,
                concat("'", expression, "' is one of the secrets, and would be stored here; ",
                       "the command finds it in its environment as $", name));
  }
  if (const auto found = environment_.find(name); found != environment_.end()) {
    return found->second;
  }
  const Node* env = document_.root().find("env");
  if (env != nullptr && env->find(name) != nullptr) {
    return fail(step, expression,
                concat("'", expression, "' reads the caller's environment, where it is not set; ",
                       "what 'env' sets is for the command, which reads it as $", name));
  }
  std::vector<std::string_view> names;
  for (const auto& [known, value] : environment_) {
    names.push_back(known);
  }
  const auto near = nearest(name, names);
  return fail(step, expression,
              concat("the environment variable '", one_line(name), "' is not set",
                     near.empty() ? "" : concat("; did you mean '${env.", near, "}'?")));
}

std::optional<std::string> Expander::document_value(std::string_view section, std::string_view name,
                                                    Step& step) {
  const std::string path = concat(section, ".", name);
  const std::string expression = concat("${", path, "}");
  const Node* values = document_.root().find(section);
  const Node* value = values == nullptr ? nullptr : values->find(name);
  if (value == nullptr) {
    return fail(
        step, expression,
        concat("'", section, "' has no '", one_line(name), "'", suggestion(name, values, section)));
  }
  if (value->kind != NodeKind::kScalar) {
    return fail(step, expression,
                concat("'", one_line(path), "' is ", kind_words(*value), ", and no text"));
  }
  if (const auto first = std::ranges::find(open_, path); first != open_.end()) {
    const std::vector<std::string> circle(first, open_.end());
    return fail(step, expression,
                concat("refers to itself: ", one_line(join(circle, " -> ") + " -> " + path)));
  }
  if (open_.size() >= limits::kSpecDepth) {
    return fail(step, expression,
                concat("expressions within expressions, more than ", limits::kSpecDepth, " deep"));
  }
  open_.push_back(path);
  auto result = expand_step({*value, path, value->at.offset});
  open_.pop_back();
  return result;
}

bool Expander::is_listed_secret(std::string_view name) const {
  const Node* secrets = document_.root().find("secrets");
  return secrets != nullptr && std::ranges::any_of(secrets->items, [&](const Node& secret) {
           return std::string_view(secret.text).substr(0, secret.text.find('=')) == name;
         });
}

std::nullopt_t Expander::fail(Step& step, std::string_view expression, std::string_view message) {
  problems_.add(document_, place_of(step, expression), step.key, message);
  return std::nullopt;
}

Position Expander::place_of(Step& step, std::string_view expression) const {
  const Source& source = document_.source(step.scalar.at);
  if (step.scalar.at.source != 0) {
    return step.scalar.at;
  }
  const std::size_t found = find_expression(source.text, expression, step.searched);
  if (found == std::string_view::npos) {
    return step.scalar.at;
  }
  step.searched = found + expression.size();
  return position_of(source.text, found);
}

}  // namespace wattle::spec
