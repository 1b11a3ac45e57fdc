// A wattle.yaml as it is written: one tree with the place of every value, overrides applied.
//
// The file is read once, bounded in size, depth and number of values; duplicate keys, several
// documents, tags, and anchors that multiply are refused. What the keys mean is not known here.
//
// Units:    as node.h.
// Errors:   one line with file, line and column: kNotFound without the file, kParse for what is no
//           YAML, kInvalidArgument for an override that does not fit or a file that is too large.
// Threads:  a value type. Lifetime: owns its tree and its text.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/file.h"
#include "wattle/base/result.h"
#include "wattle/spec/node.h"

namespace wattle::spec {

/// The file, or one `--set` of the command line.
struct Source {
  std::string name;
  std::string text;
};

class Document {
 public:
  Document(std::string path, std::string text, Node root);

  const std::string& path() const { return sources_.front().name; }
  const Node& root() const { return root_; }
  const Source& source(const Position& at) const { return sources_[at.source]; }

  /// "wattle.yaml:12:3", or "--set a.b=c" for what an override brought.
  std::string locate(const Position& at) const;

  /// Replaces or adds the value at a dotted path: "resources.cpus=4", "params={lr: 0.1}". The value
  /// is a plain scalar, or a quoted one or a list or map in YAML's flow style. Numbers in the path
  /// name the items of a list, from 0.
  Status override_with(std::string_view assignment);

 private:
  std::vector<Source> sources_;
  Node root_;
};

/// `path` only names the document in messages; `overrides` are applied in their order.
Result<Document> parse_document(std::string text, const std::string& path,
                                std::span<const std::string> overrides = {});
/// Reads what a program of ours stored as JSON: up to limits::kSmallFileBytes.
Result<Document> parse_stored_document(std::string json, const std::string& name);
Result<Document> load_document(FileSystem& files, const std::string& path,
                               std::span<const std::string> overrides = {});

}  // namespace wattle::spec
