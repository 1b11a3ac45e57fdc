#include "wattle/store/artifact_schema.h"

namespace wattle::store {

Schema artifact_schema() {
  // What was released is never changed: what follows gets the next number.
  return {.module = "artifacts",
          .migrations = {
              {1,
               "artifacts by content, references, leases",
               {
                   "CREATE TABLE artifacts ("
                   " sha256 TEXT NOT NULL PRIMARY KEY,"
                   " kind TEXT NOT NULL CHECK (kind IN ('file', 'folder')),"
                   " state TEXT NOT NULL CHECK (state IN ('present', 'deleting', 'damaged')),"
                   " bytes INTEGER NOT NULL,"
                   " content_bytes INTEGER NOT NULL,"
                   " created_ns INTEGER NOT NULL,"
                   " last_used_ns INTEGER NOT NULL) STRICT",
                   // What a dead sweep left is looked for at the beginning of each sweep.
                   "CREATE INDEX artifacts_deleting ON artifacts (sha256) "
                   "WHERE state = 'deleting'",
                   "CREATE TABLE artifact_children ("
                   " folder TEXT NOT NULL,"
                   " child TEXT NOT NULL,"
                   " PRIMARY KEY (folder, child)) STRICT",
                   "CREATE INDEX artifact_children_by_child ON artifact_children (child)",
                   "CREATE TABLE artifact_references ("
                   " owner_kind TEXT NOT NULL,"
                   " owner_id TEXT NOT NULL,"
                   " name TEXT NOT NULL,"
                   " sha256 TEXT NOT NULL,"
                   " project TEXT NOT NULL,"
                   " actor TEXT NOT NULL,"
                   " created_ns INTEGER NOT NULL,"
                   " PRIMARY KEY (owner_kind, owner_id, name)) STRICT",
                   "CREATE INDEX artifact_references_by_artifact ON artifact_references (sha256)",
                   "CREATE TABLE artifact_leases ("
                   " sha256 TEXT NOT NULL,"
                   " token TEXT NOT NULL,"
                   " until_ns INTEGER NOT NULL,"
                   " PRIMARY KEY (sha256, token)) STRICT",
                   "CREATE INDEX artifact_leases_by_token ON artifact_leases (token)",
                   // One row: the quota is looked at for each artifact, and a sum would be slow.
                   "CREATE TABLE artifact_totals ("
                   " id INTEGER NOT NULL PRIMARY KEY,"
                   " artifacts INTEGER NOT NULL,"
                   " bytes INTEGER NOT NULL) STRICT",
               }}}};
}

}  // namespace wattle::store
