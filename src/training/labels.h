// The target as what a model learns: class indices, or numbers.
//
// Units:    numbers in the user's unit. Threads: pure functions. Lifetime: value types.
// Errors:   kInvalidArgument when there is nothing to learn: one class, a constant target, too many
//           classes, text where numbers are needed, a class that the training data lack.
#pragma once

#include <string>
#include <vector>

#include "options.h"
#include "table.h"

#include "wattle/base/result.h"

namespace wattle::training {

inline constexpr std::size_t kClassesLimit = 1'000;
/// With --task auto, a target of whole numbers with no more different values than this is a class.
inline constexpr std::size_t kAutomaticClasses = 20;

struct Labels {
  Task task = Task::kClassification;  // never kAuto
  std::vector<std::string> classes;   // classification: sorted, by value if all are numbers
  std::vector<float> values;          // one per row: position in classes, or the number

  bool is_binary() const { return task == Task::kClassification && classes.size() == 2; }
};

/// Words in the order in which their classes or categories are numbered: by value when all are
/// numbers, else by their bytes, so that it is the same on every machine.
void sort_words(std::vector<std::string>& words);

Result<Labels> read_labels(const Table& table, Task task);
/// The labels of a second table, in the classes of the first.
Result<Labels> read_labels_like(const Table& table, const Labels& model);

}  // namespace wattle::training
