// Verification of the artifact store: every row against its file.
#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>

#include "wattle/base/limits.h"
#include "wattle/base/text.h"
#include "wattle/store/artifact_lock.h"
#include "wattle/store/artifact_store.h"

namespace wattle::store {
namespace {

constexpr std::int64_t kRowsAtOnce = 1000;

/// The rows after a digest, in its order, a page at a time: hashing takes long, and a transaction
/// should not.
Result<std::vector<Artifact>> page_after(Database& database, const std::string& digest) {
  std::vector<Artifact> page;
  WATTLE_RETURN_IF_ERROR(database.read([&](Session& session) {
    page.clear();
    return session.query(
        "SELECT sha256, bytes FROM artifacts WHERE sha256 > ? AND state <> 'deleting' "
        "ORDER BY sha256 LIMIT ?",
        {digest, kRowsAtOnce}, [&page](const SqlRow& row) {
          page.push_back({.digest = row.text(0), .bytes = row.integer(1)});
          return Status();
        });
  }));
  return page;
}

/// What is wrong with the file, or nothing.
Result<std::string> problem_of(const ArtifactLayout& layout, const Artifact& artifact) {
  const std::string path = layout.file(artifact.digest);
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) {
    return errno == ENOENT ? Result<std::string>("its file is gone")
                           : error_from_errno(errno, "opening " + path);
  }
  struct stat facts{};
  if (::fstat(file.get(), &facts) != 0) {
    return error_from_errno(errno, "reading " + path);
  }
  if (facts.st_size != artifact.bytes) {
    return concat("its file has ", facts.st_size, " bytes instead of ", artifact.bytes);
  }
  WATTLE_ASSIGN_OR_RETURN(const std::string digest, hash_descriptor(file.get(), path));
  return digest == artifact.digest ? std::string() : std::string("its content is not what it was");
}

/// Children that no row is there for, and totals that do not add up: what only a bug of ours or of
/// the disk can cause.
Status check_rows(Session& session, ArtifactVerification& result) {
  const auto note = [&result](const std::string& digest, const std::string& what) {
    ++result.problem_count;
    if (result.problems.size() < limits::kArtifactProblems) {
      result.problems.push_back({digest, what});
    }
    return Status();
  };
  WATTLE_RETURN_IF_ERROR(session.query(
      "SELECT c.folder, c.child FROM artifact_children c "
      "LEFT JOIN artifacts a ON a.sha256 = c.child WHERE a.sha256 IS NULL ORDER BY 1, 2",
      {}, [&](const SqlRow& row) {
        return note(row.text(0), "its file " + row.text(1) + " is unknown");
      }));
  WATTLE_RETURN_IF_ERROR(session.query(
      "SELECT r.sha256, r.owner_kind, r.owner_id FROM artifact_references r "
      "LEFT JOIN artifacts a ON a.sha256 = r.sha256 "
      "WHERE a.sha256 IS NULL OR a.state = 'deleting' ORDER BY 1, 2, 3",
      {}, [&](const SqlRow& row) {
        return note(row.text(0),
                    concat("it is gone, and ", row.text(1), " ", row.text(2), " needs it"));
      }));
  WATTLE_ASSIGN_OR_RETURN(const auto totals, artifact_totals(session));
  return session.query("SELECT COUNT(*), CAST(COALESCE(SUM(bytes), 0) AS INTEGER) FROM artifacts",
                       {}, [&](const SqlRow& row) {
                         return row.integer(0) == totals.artifacts && row.integer(1) == totals.bytes
                                    ? Status()
                                    : note("", concat("the totals say ", totals.bytes,
                                                      " bytes, the rows ", row.integer(1)));
                       });
}

}  // namespace

Result<ArtifactVerification> ArtifactStore::verify() {
  ArtifactVerification result;
  std::string last;
  for (;;) {
    WATTLE_ASSIGN_OR_RETURN(const auto page, page_after(database_, last));
    for (const auto& artifact : page) {
      WATTLE_RETURN_IF_ERROR(verify_one(artifact, result));
    }
    if (page.empty()) {
      break;
    }
    last = page.back().digest;
  }
  const ArtifactVerification files = result;
  WATTLE_RETURN_IF_ERROR(database_.read([&](Session& session) {
    result = files;  // the work may be repeated
    return check_rows(session, result);
  }));
  return result;
}

Status ArtifactStore::verify_one(const Artifact& artifact, ArtifactVerification& result) {
  ++result.files;
  result.bytes += artifact.bytes;
  WATTLE_ASSIGN_OR_RETURN(std::string problem, problem_of(layout_, artifact));
  if (problem.empty()) {
    return {};
  }
  // Once more, alone: since the page was read the artifact may have been swept, or stored anew.
  WATTLE_ASSIGN_OR_RETURN(const FileLock lock, lock_for_sweeping(layout_));
  bool is_there = false;
  const Status read = database_.read([&](Session& session) -> Status {
    WATTLE_ASSIGN_OR_RETURN(const auto row, find_artifact(session, artifact.digest));
    is_there = row && row->state != ArtifactState::kDeleting;
    return {};
  });
  WATTLE_RETURN_IF_ERROR(read);
  WATTLE_ASSIGN_OR_RETURN(problem, problem_of(layout_, artifact));
  if (!is_there || problem.empty()) {
    return {};
  }
  ++result.problem_count;
  if (result.problems.size() < limits::kArtifactProblems) {
    result.problems.push_back({artifact.digest, problem});
  }
  return database_.write([&](Session& session) {
    return set_artifact_state(session, artifact.digest, ArtifactState::kDamaged);
  });
}

}  // namespace wattle::store
