#include "wattle/spec/spec_schema.h"

#include <algorithm>

namespace wattle::spec {

void SpecSchema::check_is_free(const std::string& key) const {
  const bool is_mounted = std::ranges::find(mounts_, key, &Mount::key) != mounts_.end();
  WATTLE_CHECK(!is_mounted && root_.info->find(key) == nullptr, "section added twice: " + key);
}

Reading read_spec(const SpecSchema& schema, const Document& document,
                  const Environment& environment, Expressions expressions) {
  Reading reading;
  Reader reader(document, environment, expressions, reading.problems);
  std::vector<std::string_view> mounted;
  for (const Mount& mount : schema.mounts()) {
    mounted.push_back(mount.key);
  }
  reading.values.emplace("", schema.root().read(document.root(), reader, mounted));
  for (const Mount& mount : schema.mounts()) {
    if (const Node* node = document.root().find(mount.key)) {
      const Reader::Within within(reader, mount.key);
      reading.values.emplace(mount.key, mount.read(*node, reader, {}));
    }
  }
  return reading;
}

}  // namespace wattle::spec
