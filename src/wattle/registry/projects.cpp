#include "wattle/registry/projects.h"

namespace wattle::registry {

Result<std::vector<std::string>> projects(store::Session& session) {
  std::vector<std::string> found;
  WATTLE_RETURN_IF_ERROR(session.query(
      "SELECT project FROM experiments UNION SELECT project FROM models ORDER BY project", {},
      [&found](const store::SqlRow& row) {
        found.push_back(row.text(0));
        return Status();
      }));
  return found;
}

}  // namespace wattle::registry
