#include <span>

#include "wattle/base/text.h"
#include "wattle/spec/spec_schema.h"

namespace wattle::spec {
namespace {

/// A bar would end the cell.
std::string cell(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    escaped += c == '|' ? std::string("\\|") : std::string(1, c);
  }
  return escaped;
}

std::string code(std::string_view text) {
  return concat("`", cell(text), "`");
}

const SectionInfo* section_inside(const Type& type) {
  if (type.section != nullptr) {
    return type.section.get();
  }
  return type.kind == Kind::kList ? type.parts.front().section.get() : nullptr;
}

std::string default_cell(const KeyInfo& key) {
  if (key.is_required) {
    return "required";
  }
  if (!key.default_words.empty()) {
    return cell(key.default_words);
  }
  return key.default_value.kind == NodeKind::kScalar ? code(key.default_value.text) : "";
}

std::string meaning_cell(const KeyInfo& key) {
  std::string text = cell(key.description);
  const Type& type = key.type;
  if (!type.choices.empty()) {
    text += concat(" One of ", code(join(type.choices, ", ")), ".");
  }
  if (type.minimum) {
    text += concat(" At least ", code(format_bound(type, *type.minimum)), ".");
  }
  if (type.maximum) {
    text += concat(" At most ", code(format_bound(type, *type.maximum)), ".");
  }
  for (std::size_t i = 0; i < key.examples.size(); ++i) {
    text += concat(i == 0 ? " E.g. " : ", ", code(key.examples[i]));
  }
  return text + (key.examples.empty() ? "" : ".");
}

void append_tables(const SectionInfo& info, const std::string& path, std::string& out) {
  out += path.empty() ? "## Top level\n\n" : concat("## `", path, "`\n\n");
  out += info.description + "\n\n| key | type | default | meaning |\n|---|---|---|---|\n";
  for (const KeyInfo& key : info.keys) {
    out += concat("| ", code(key.name), " | ", cell(short_words(key.type)), " | ",
                  default_cell(key), " | ", meaning_cell(key), " |\n");
  }
  out += "\n";
  for (const KeyInfo& key : info.keys) {
    if (const SectionInfo* inner = section_inside(key.type)) {
      const std::string name = path.empty() ? key.name : concat(path, ".", key.name);
      append_tables(*inner, key.type.kind == Kind::kList ? name + "[]" : name, out);
    }
  }
}

}  // namespace

std::string reference_markdown(const SpecSchema& schema) {
  std::string out;
  append_tables(*schema.root().info, "", out);
  for (const Mount& mount : schema.mounts()) {
    append_tables(*mount.info, mount.key, out);
  }
  out.pop_back();  // the empty line after the last table
  return out;
}

}  // namespace wattle::spec
