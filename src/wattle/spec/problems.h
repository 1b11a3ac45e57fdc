// What is wrong with a wattle.yaml: every problem, one line each, up to a bound.
//
// "wattle.yaml:12:3: key 'resources.cpuz': unknown key; did you mean 'cpus'?"
//
// Units:    none. Errors: to_error() is kInvalidArgument.
// Threads:  one at a time. Lifetime: owns its lines; the document only while adding.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/result.h"
#include "wattle/spec/document.h"

namespace wattle::spec {

class Problems {
 public:
  /// Adds a line, unless the same one is there or limits::kSpecProblems are. `key` may be empty.
  void add(const Document& document, const Position& at, std::string_view key,
           std::string_view message);

  bool empty() const { return problems_.empty(); }
  std::size_t size() const { return problems_.size(); }
  bool is_full() const;
  /// In the order of the file; a last line tells if there were more than are kept.
  std::vector<std::string> lines() const;
  /// The first line, and how many follow. REQUIRES: !empty().
  Error to_error() const;

 private:
  struct Problem {
    Position at;
    std::string line;
  };
  std::vector<Problem> problems_;
  bool has_more_ = false;
};

/// Text of the user inside a message: control characters shown as '?', and cut after 80 bytes.
std::string one_line(std::string_view text);

}  // namespace wattle::spec
