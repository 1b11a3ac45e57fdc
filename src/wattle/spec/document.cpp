#include "wattle/spec/document.h"

#include <algorithm>
#include <charconv>

#include "wattle/base/text.h"
#include "wattle/spec/problems.h"
#include "wattle/spec/yaml_reader.h"

namespace wattle::spec {
namespace {

void set_source(Node& node, std::uint32_t source) {
  node.at = {source, 0, 0, 0};
  for (Node& item : node.items) {
    set_source(item, source);
  }
  for (Entry& entry : node.entries) {
    entry.at = {source, 0, 0, 0};
    set_source(entry.value, source);
  }
}

/// Only text in quotes or brackets is read as YAML: "run=echo a: b" is the text "echo a: b".
Result<Node> read_override_value(std::string_view value) {
  const std::string_view text = trim(value);
  if (!text.empty() && std::string_view("[{\"'").find(text.front()) != std::string_view::npos) {
    std::string owned(text);
    WATTLE_RETURN_IF_ERROR(check_encoding(owned));
    return read_yaml(owned);
  }
  if (text.empty() || text == "null" || text == "~") {
    return Node();
  }
  std::string owned(text);
  WATTLE_RETURN_IF_ERROR(check_encoding(owned));
  return Node::plain(std::move(owned));
}

std::vector<std::string> dotted_parts(std::string_view path) {
  const auto parts = split(trim(path), '.');
  return {parts.begin(), parts.end()};
}

/// The child that one part of an override's path names; keys that are not there are made.
Result<Node*> descend(Node& node, const std::string& part, const std::string& walked,
                      std::uint32_t source) {
  if (node.kind == NodeKind::kSequence) {
    std::size_t index = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), index);
    if (error != std::errc{} || end != part.data() + part.size() || index >= node.items.size()) {
      return Error(ErrorCode::kInvalidArgument,
                   concat("'", walked, "' is a list of ", node.items.size(), ", and '", part,
                          "' names none of its items (they count from 0)"));
    }
    return &node.items[index];
  }
  if (node.kind == NodeKind::kScalar) {
    return Error(ErrorCode::kInvalidArgument,
                 concat("'", walked, "' holds a single value, and so no key '", part, "'"));
  }
  node.kind = NodeKind::kMap;
  if (Node* child = node.find(part)) {
    return child;
  }
  Node fresh;
  fresh.at.source = source;
  return &node.add(part, std::move(fresh));
}

Error outside_file(std::string_view what, const std::string& path) {
  return {ErrorCode::kInvalidArgument, concat(path, " ", what)};
}

Error describe_unreadable(FileSystem& files, const std::string& path, const Error& error) {
  if (error.code() == ErrorCode::kNotFound) {
    return {ErrorCode::kNotFound, path + ": there is no such file"};
  }
  if (files.list(path).ok()) {
    const std::string inside = path_join(path, "wattle.yaml");
    return outside_file(files.exists(inside) ? concat("is a folder; did you mean ", inside, "?")
                                             : "is a folder, and a file is wanted",
                        path);
  }
  return error;
}

}  // namespace

Document::Document(std::string path, std::string text, Node root) : root_(std::move(root)) {
  sources_.push_back({std::move(path), std::move(text)});
}

std::string Document::locate(const Position& at) const {
  const std::string& name = sources_[at.source].name;
  return at.source == 0 ? concat(name, ":", at.line, ":", at.column) : name;
}

Status Document::override_with(std::string_view assignment) {
  const std::string name = "--set " + one_line(assignment);
  const auto fail = [&name](ErrorCode code, const std::string& message) {
    return Error(code, message).with_context(name);
  };
  const std::size_t equals = assignment.find('=');
  const std::vector<std::string> parts = dotted_parts(assignment.substr(0, equals));
  if (equals == std::string_view::npos || std::ranges::find(parts, "") != parts.end()) {
    return fail(ErrorCode::kInvalidArgument, "write it as KEY=VALUE, e.g. resources.cpus=4");
  }
  if (parts.size() >= limits::kSpecDepth) {
    return fail(ErrorCode::kInvalidArgument, concat("more than ", limits::kSpecDepth, " levels"));
  }
  auto value = read_override_value(assignment.substr(equals + 1));
  if (!value.ok()) {
    return fail(value.error().code(), "the value, " + value.error().message());
  }
  const auto source = static_cast<std::uint32_t>(sources_.size());
  sources_.push_back({name, std::string(assignment)});
  Node* node = &root_;
  std::string walked;
  for (const std::string& part : parts) {
    auto child = descend(*node, part, walked.empty() ? "the document" : walked, source);
    if (!child.ok()) {
      return fail(child.error().code(), child.error().message());
    }
    node = *child;
    walked += (walked.empty() ? "" : ".") + part;
  }
  *node = *std::move(value);
  set_source(*node, source);
  return {};
}

namespace {

Result<Document> parse_within(std::size_t limit, std::string text, const std::string& path) {
  if (text.size() > limit) {
    return outside_file(concat("is larger than the ", limit, " bytes that are allowed"), path);
  }
  const auto fail = [&path](const Error& error) {
    return Error(error.code(), concat(path, ":", error.message()));
  };
  if (const auto status = check_encoding(text); !status.ok()) {
    return fail(status.error());
  }
  auto root = read_yaml(text);
  if (!root.ok()) {
    return fail(root.error());
  }
  if (root->kind != NodeKind::kMap && root->kind != NodeKind::kNull) {
    return Error(ErrorCode::kParse,
                 concat(path, ":", root->at.line, ":", root->at.column, ": ", kind_words(*root),
                        " where keys are wanted, e.g. run: "
                        "python train.py"));
  }
  return Document(path, std::move(text), *std::move(root));
}

}  // namespace

Result<Document> parse_document(std::string text, const std::string& path,
                                std::span<const std::string> overrides) {
  WATTLE_ASSIGN_OR_RETURN(Document document,
                          parse_within(limits::kSpecFileBytes, std::move(text), path));
  if (document.root().kind == NodeKind::kNull && overrides.empty()) {
    return Error(ErrorCode::kParse,
                 path + ":1:1: the file is empty; it needs at least a 'run' key");
  }
  for (const std::string& assignment : overrides) {
    WATTLE_RETURN_IF_ERROR(document.override_with(assignment));
  }
  return document;
}

Result<Document> parse_stored_document(std::string json, const std::string& name) {
  return parse_within(limits::kSmallFileBytes, std::move(json), name);
}

Result<Document> load_document(FileSystem& files, const std::string& path,
                               std::span<const std::string> overrides) {
  auto text = files.read(path, limits::kSpecFileBytes);
  if (!text.ok()) {
    return describe_unreadable(files, path, text.error());
  }
  return parse_document(*std::move(text), path, overrides);
}

}  // namespace wattle::spec
