// Which column of an intensity file holds what, told by its header.
//
// Units:    none; a header that names another unit than grams per kilowatt-hour is refused.
// Errors:   kInvalidArgument with the file, the column and what to do.
// Threads:  pure functions. Lifetime: value types.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "wattle/base/result.h"

namespace wattle::carbon {

struct IntensityLayout {
  struct Value {
    std::size_t column = 0;
    std::string zone;  // "" in a long file, whose rows say it
  };
  std::size_t time_column = 0;
  bool times_are_local = false;  // the header says so: every time then needs an offset
  std::optional<std::size_t> zone_column;
  std::optional<std::size_t> estimated_column;
  std::vector<Value> values;
};

/// `zone` names that of a file in two columns; `value_column` chooses among several.
Result<IntensityLayout> detect_layout(const std::string& file,
                                      const std::vector<std::string>& header,
                                      const std::optional<std::string>& zone,
                                      const std::optional<std::string>& value_column);

}  // namespace wattle::carbon
