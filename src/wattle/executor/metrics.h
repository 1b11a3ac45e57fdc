// The metrics of an attempt: from the files that the job wrote, and from patterns over its output.
//
// A metrics file holds JSON lines: {"loss": 0.5, "accuracy": 0.9, "step": 3}, each number a point
// of the metric of that name, or {"name": "loss", "value": 0.5}. NaN and Infinity may be bare, as
// Python writes them, or quoted. The keys step, epoch, time and progress say where a point lies and
// are no metrics.
//
// Units:    those of the job. Bounds: limits::kMetricNames, kMetricPoints; lines of
// limits::kLogLineBytes. Errors:   kIo as the kernel's. What cannot be understood is a note, never
// an error. Threads:  a pure reader. Lifetime: value types. See: docs/reference/wattle-yaml.md,
// section metrics.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "wattle/base/result.h"

namespace wattle::executor {

struct MetricPattern {
  std::string name;
  std::string pattern;  // of RE2; its first group is the number
};

struct MetricsSummary {
  std::map<std::string, double> last;  // may be NaN or infinite
  std::vector<std::string> notes;      // for people, one line each
};

/// The last value of each metric. Files win over patterns, and `file` (absolute; the job's own)
/// over metrics.jsonl.
Result<MetricsSummary> collect_metrics(const std::string& attempt_folder,
                                       const std::optional<std::string>& file,
                                       const std::vector<MetricPattern>& patterns);

}  // namespace wattle::executor
