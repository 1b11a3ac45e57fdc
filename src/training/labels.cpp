#include "labels.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <unordered_map>

#include "format.h"

#include "wattle/base/text.h"

namespace wattle::training {
namespace {

constexpr double kWholeInFloat = 16'777'216;  // 2^24: above it a float skips whole numbers

/// "3" and "3.0" name one class.
std::string class_name(const std::string& word) {
  const auto number = parse_number(word);
  return number.ok() ? shortest(*number == 0 ? 0.0 : *number) : word;
}

/// The name of every row's class.
std::vector<std::string> class_names(const Column& target) {
  std::vector<std::string> names;
  names.reserve(target.size());
  if (target.kind == ColumnKind::kNumber) {
    for (const float number : target.numbers) {
      names.push_back(shortest(number));
    }
    return names;
  }
  std::vector<std::string> by_code;
  by_code.reserve(target.words.size());
  for (const auto& word : target.words) {
    by_code.push_back(class_name(word));
  }
  for (const auto code : target.codes) {
    names.push_back(by_code[code]);
  }
  return names;
}

bool looks_like_classes(const Column& target) {
  if (target.kind == ColumnKind::kText) {
    return true;
  }
  std::set<float> different;
  for (const float number : target.numbers) {
    if (std::floor(number) != number || std::abs(static_cast<double>(number)) > kWholeInFloat) {
      return false;
    }
    different.insert(number);
    if (different.size() > kAutomaticClasses) {
      return false;
    }
  }
  return true;
}

Error in_target(const Table& table, std::string_view what) {
  return {ErrorCode::kInvalidArgument,
          concat(table.path, ": the target '", table.target.name, "' ", what)};
}

Result<std::vector<float>> class_indices(const Table& table,
                                         const std::vector<std::string>& classes) {
  std::unordered_map<std::string_view, float> index;
  for (std::size_t i = 0; i < classes.size(); ++i) {
    index[classes[i]] = static_cast<float>(i);
  }
  std::vector<float> values;
  for (const auto& name : class_names(table.target)) {
    const auto found = index.find(name);
    if (found == index.end()) {
      return in_target(table, concat("has the class '", name,
                                     "', which the training data lack; remove these rows, or "
                                     "train on such rows too"));
    }
    values.push_back(found->second);
  }
  return values;
}

Result<Labels> read_classes(const Table& table) {
  Labels labels;
  const auto names = class_names(table.target);
  const std::set<std::string> different(names.begin(), names.end());
  if (different.size() < 2) {
    return in_target(table, concat("is '", *different.begin(),
                                   "' in every row; there is nothing to tell apart"));
  }
  if (different.size() > kClassesLimit) {
    return in_target(table, concat("has ", different.size(), " classes; at most ", kClassesLimit,
                                   " are learned. Is it a number? Then say --task regression"));
  }
  labels.classes.assign(different.begin(), different.end());
  sort_words(labels.classes);
  WATTLE_ASSIGN_OR_RETURN(labels.values, class_indices(table, labels.classes));
  return labels;
}

Result<Labels> read_numbers(const Table& table) {
  if (table.target.kind == ColumnKind::kText) {
    return in_target(table, concat("holds text such as '", table.target.words.front(),
                                   "'; regression needs numbers, or say --task classification"));
  }
  return Labels{Task::kRegression, {}, table.target.numbers};
}

}  // namespace

void sort_words(std::vector<std::string>& words) {
  const bool all_numbers =
      std::ranges::all_of(words, [](const auto& word) { return parse_number(word).ok(); });
  if (!all_numbers) {
    std::ranges::sort(words);
    return;
  }
  std::ranges::sort(words, [](const auto& a, const auto& b) {
    const double left = *parse_number(a);
    const double right = *parse_number(b);
    return left != right ? left < right : a < b;
  });
}

Result<Labels> read_labels(const Table& table, Task task) {
  if (task == Task::kAuto) {
    task = looks_like_classes(table.target) ? Task::kClassification : Task::kRegression;
  }
  if (task == Task::kClassification) {
    return read_classes(table);
  }
  WATTLE_ASSIGN_OR_RETURN(Labels labels, read_numbers(table));
  const auto [least, most] = std::ranges::minmax_element(labels.values);
  if (*least == *most) {
    return in_target(table,
                     concat("is ", shortest(*least), " in every row; there is nothing to predict"));
  }
  return labels;
}

Result<Labels> read_labels_like(const Table& table, const Labels& model) {
  if (model.task == Task::kRegression) {
    return read_numbers(table);
  }
  Labels labels{model.task, model.classes, {}};
  WATTLE_ASSIGN_OR_RETURN(labels.values, class_indices(table, labels.classes));
  return labels;
}

}  // namespace wattle::training
