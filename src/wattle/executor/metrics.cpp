#include "wattle/executor/metrics.h"

#include <array>
#include <fstream>
#include <memory>
#include <utility>

#include <fmt/format.h>
#include <re2/re2.h>

#include "wattle/base/file.h"
#include "wattle/base/limits.h"
#include "wattle/base/text.h"
#include "wattle/executor/line_splitter.h"
#include "wattle/executor/metrics_table.h"
#include "wattle/executor/output_log.h"

namespace wattle::executor {
namespace {

constexpr std::size_t kBlockBytes = 64 << 10;

struct CompiledPattern {
  std::string name;
  std::unique_ptr<RE2> expression;
  std::size_t no_numbers = 0;
};

std::vector<CompiledPattern> compile(const std::vector<MetricPattern>& patterns,
                                     MetricsTable& table) {
  RE2::Options options;
  options.set_log_errors(false);
  std::vector<CompiledPattern> compiled;
  for (const auto& [name, pattern] : patterns) {
    auto expression = std::make_unique<RE2>(pattern, options);
    if (!expression->ok()) {
      table.note(fmt::format("the pattern of metric '{}' cannot be used here: {}", name,
                             expression->error()));
    } else if (expression->NumberOfCapturingGroups() < 1) {
      table.note(fmt::format("the pattern of metric '{}' has no group (...) for the number", name));
    } else {
      compiled.push_back({.name = name, .expression = std::move(expression)});
    }
  }
  return compiled;
}

void match(std::string_view line, std::vector<CompiledPattern>& patterns, MetricsTable& table) {
  for (auto& pattern : patterns) {
    re2::StringPiece rest(line.data(), line.size());
    re2::StringPiece group;
    while (RE2::FindAndConsume(&rest, *pattern.expression, &group)) {
      if (const auto number = metric_number({group.data(), group.size()})) {
        table.add(pattern.name, *number);
      } else {
        ++pattern.no_numbers;
      }
      if (group.empty()) {
        break;  // an empty match does not consume anything
      }
    }
  }
}

/// Puts lines together again that the log has in pieces.
class LineJoiner {
 public:
  /// The whole line, once its last piece is there.
  std::optional<std::string> join(const OutputLine& piece) {
    auto& waiting = waiting_[piece.stream == OutputLine::Stream::kOutput ? 0 : 1];
    if (waiting.size() < limits::kLogLineBytes) {
      waiting += piece.text;
    }
    return piece.partial ? std::nullopt : std::optional(std::exchange(waiting, {}));
  }
  /// What was never ended.
  const std::array<std::string, 2>& rest() const { return waiting_; }

 private:
  std::array<std::string, 2> waiting_;
};

Status read_patterns(const std::string& attempt_folder, const std::vector<MetricPattern>& patterns,
                     MetricsTable& table) {
  auto compiled = compile(patterns, table);
  if (compiled.empty()) {
    return {};
  }
  LineJoiner joiner;
  WATTLE_RETURN_IF_ERROR(read_output(attempt_folder, [&](const OutputLine& piece) {
    if (const auto line = joiner.join(piece)) {
      match(*line, compiled, table);
    }
  }));
  for (const auto& line : joiner.rest()) {
    match(line, compiled, table);
  }
  for (const auto& pattern : compiled) {
    if (pattern.no_numbers > 0) {
      table.note(fmt::format("the pattern of metric '{}' found {} texts that are no numbers",
                             pattern.name, pattern.no_numbers));
    }
  }
  return {};
}

/// False when there is no such file.
bool read_metrics_file(const std::string& path, MetricsTable& table) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return false;
  }
  std::size_t malformed = 0;
  const auto take_line = [&](std::string_view line) {
    const bool read = line.size() <= limits::kLogLineBytes &&
                      (trim(line).empty() || add_metric_line(line, table));
    malformed += read ? 0U : 1U;
  };
  LineSplitter lines(limits::kLogLineBytes);
  std::array<char, kBlockBytes> block;  // NOLINT: filled by read
  while (file.read(block.data(), block.size()) || file.gcount() > 0) {
    lines.take({block.data(), static_cast<std::size_t>(file.gcount())}, take_line);
  }
  take_line(lines.rest());  // a last line whose end the job has not written
  if (malformed > 0) {
    table.note(fmt::format("{}: {} lines are no metrics", path, malformed));
  }
  return true;
}

}  // namespace

Result<MetricsSummary> collect_metrics(const std::string& attempt_folder,
                                       const std::optional<std::string>& file,
                                       const std::vector<MetricPattern>& patterns) {
  MetricsTable table;
  WATTLE_RETURN_IF_ERROR(read_patterns(attempt_folder, patterns, table));
  const std::string own = path_join(attempt_folder, "metrics.jsonl");
  read_metrics_file(own, table);
  if (file && absolute_path(*file) != absolute_path(own) && !read_metrics_file(*file, table)) {
    table.note(fmt::format("the metrics file {} is not there", *file));
  }
  return std::move(table).finish();
}

}  // namespace wattle::executor
