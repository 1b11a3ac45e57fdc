// Brings the records of segments into the database, each exactly once.
//
// The position that was read up to is in the same transaction as what the consumer made of the
// records. So a process that is killed in between, a replay of the same files and two that ingest
// at once neither lose a record nor take one twice. An end that is cut is tried again as long as
// its writer may still be writing: until the folder has a newer segment.
//
// Units:    bytes.
// Errors:   of the files and the database; an error of the consumer ends the call, and what was
//           ingested before stays so.
// Threads:  any. Lifetime: a SegmentIngestor borrows its FileSystem and Database.
// See:      docs/reference/segments.md
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>

#include "wattle/store/database.h"
#include "wattle/store/segment.h"

namespace wattle::store {

/// A folder of segments, and whose records they are.
struct SegmentSource {
  std::string folder;
  std::string run;           // "" for a node meter
  std::int64_t attempt = 0;  // 0 for a node meter
  std::string role;          // "node", "usage"
  std::string node;          // the host that the folder belongs to
};

struct Ingested {
  std::int64_t records = 0;
  int torn = 0;        // segments that end within a record, for good
  int unreadable = 0;  // files without a whole header, which hold no record

  bool operator==(const Ingested&) const = default;
};

class SegmentIngestor {
 public:
  /// Writes what a record means, through the session and nowhere else: it may be called again for
  /// the same record when the transaction is.
  using Consumer = std::function<Status(const SegmentHeader&, const Record&, Session&)>;

  SegmentIngestor(FileSystem& files, Database& database) : files_(files), database_(database) {}

  /// Everything that the folder holds and that was not ingested before. No folder is no records.
  Result<Ingested> ingest(const SegmentSource& source, const Consumer& consumer);

 private:
  /// One segment, and how far it has come.
  struct Progress {
    std::string path;
    SegmentHeader header;
    std::uint64_t number = 0;
    bool final = false;  // its writer has gone on to another
    std::int64_t position = 0;
    std::int64_t records = 0;
  };

  Result<std::set<std::uint64_t>> complete_ones(const SegmentSource& source);
  Status ingest_segment(const SegmentSource& source, const Consumer& consumer, Progress& progress,
                        Ingested& total);
  Status find_position(Session& session, const SegmentSource& source, Progress& progress) const;
  /// False when another process was faster; `progress` is where that one is.
  Result<bool> keep(const SegmentSource& source, const Consumer& consumer, Progress& progress,
                    const Frames& frames);
  Status save(Session& session, const SegmentSource& source, const Progress& progress,
              bool complete) const;

  FileSystem& files_;
  Database& database_;
};

}  // namespace wattle::store
