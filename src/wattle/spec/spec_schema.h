// Everything that a wattle.yaml may hold: the job's own keys, and the sections that modules add.
//
// Who composes the program makes one SpecSchema and passes it to each module's registration:
//   SpecSchema schema(describe_job());  tune::describe(schema);  read_spec(schema, document, ...);
//
// Units:    none.
// Errors:   two sections of one name are a bug: WATTLE_CHECK. Wrong documents are problems of the
//           Reading.
// Threads:  compose on one thread; then constant. Lifetime: shares the descriptions.
#pragma once

#include <any>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "wattle/spec/section.h"

namespace wattle::spec {

/// A section that a module added under a key of its own.
struct Mount {
  std::string key;
  std::shared_ptr<const SectionInfo> info;
  /// The last argument names keys that may stand beside those of the section.
  std::function<std::any(const Node&, Reader&, const std::vector<std::string_view>&)> read;
};

class SpecSchema {
 public:
  /// `root` describes the keys at the top of the document.
  template <typename T>
  explicit SpecSchema(const Section<T>& root) : root_(mount_of("", root)) {}

  /// Adds a section under `key`, which fills a T.
  template <typename T>
  void add(std::string key, const Section<T>& section) {
    check_is_free(key);
    mounts_.push_back(mount_of(std::move(key), section));
  }

  const Mount& root() const { return root_; }
  const std::vector<Mount>& mounts() const { return mounts_; }

 private:
  template <typename T>
  static Mount mount_of(std::string key, const Section<T>& section) {
    const auto info = section.info();
    return {std::move(key), info,
            [info](const Node& node, Reader& reader, const std::vector<std::string_view>& others) {
              T value{};
              read_section(*info, node, reader, &value, others);
              return std::any(std::move(value));
            }};
  }
  void check_is_free(const std::string& key) const;

  Mount root_;
  std::vector<Mount> mounts_;
};

/// What a document says, or why it says nothing.
class Reading {
 public:
  bool ok() const { return problems.empty(); }

  /// The root's struct. REQUIRES: ok(), and T is what the root fills.
  template <typename T>
  const T& root() const {
    return *std::any_cast<T>(&values.at(""));
  }
  /// The struct of a mounted section, or null if the document has no such key. REQUIRES: ok().
  template <typename T>
  const T* find(std::string_view key) const {
    const auto found = values.find(key);
    return found == values.end() ? nullptr : std::any_cast<T>(&found->second);
  }

  Problems problems;
  std::map<std::string, std::any, std::less<>> values;
};

/// Reads and checks the whole document and reports every problem.
Reading read_spec(const SpecSchema& schema, const Document& document,
                  const Environment& environment, Expressions expressions = Expressions::kReplace);

/// JSON Schema, draft 2020-12, as one indented document. Editors complete and check with it; what
/// it cannot say (expressions, conditions over several keys) it leaves open.
std::string json_schema(const SpecSchema& schema);

/// One Markdown table for each section: key, type, default, meaning.
std::string reference_markdown(const SpecSchema& schema);

}  // namespace wattle::spec
