#include "wattle/store/segment_ingestor.h"

#include "wattle/base/limits.h"
#include "wattle/base/text.h"

namespace wattle::store {
namespace {

/// Read and kept at once: room for the largest record, and a bound to a transaction.
constexpr std::size_t kPieceBytes = limits::kRecordBytes + (64 << 10);
constexpr std::size_t kHeaderBytes = 64 << 10;  // more than a header takes

SqlValues key_of(const SegmentSource& source, const std::string& boot, std::uint64_t number) {
  return {source.run,  source.attempt, source.role,
          source.node, boot,           static_cast<std::int64_t>(number)};
}

}  // namespace

Result<std::set<std::uint64_t>> SegmentIngestor::complete_ones(const SegmentSource& source) {
  std::set<std::uint64_t> numbers;
  WATTLE_RETURN_IF_ERROR(database_.read([&](Session& session) {
    numbers.clear();
    return session.query(
        "SELECT sequence FROM segments WHERE run = ? AND attempt = ? AND role = ? AND node = ?"
        " AND complete = 1",
        {source.run, source.attempt, source.role, source.node}, [&](const SqlRow& row) {
          numbers.insert(static_cast<std::uint64_t>(row.integer(0)));
          return Status();
        });
  }));
  return numbers;
}

Result<Ingested> SegmentIngestor::ingest(const SegmentSource& source, const Consumer& consumer) {
  Ingested total;
  if (!files_.exists(source.folder)) {
    return total;
  }
  // In this order: a segment that has a successor in the list is not written to any more.
  WATTLE_ASSIGN_OR_RETURN(const auto numbers, segment_numbers(files_, source.folder));
  WATTLE_ASSIGN_OR_RETURN(const auto complete, complete_ones(source));
  for (const std::uint64_t number : numbers) {
    if (complete.contains(number)) {
      continue;
    }
    Progress progress{.path = segment_path(source.folder, number),
                      .number = number,
                      .final = number != numbers.back()};
    const auto beginning = files_.read_from(progress.path, 0, kHeaderBytes);
    if (!beginning.ok() && beginning.error().code() == ErrorCode::kNotFound) {
      continue;  // removed since
    }
    if (!beginning.ok()) {
      return beginning.error();
    }
    const auto first = parse_header_frame(*beginning);
    if (!first.ok()) {
      ++total.unreadable;
      continue;
    }
    progress.header = first->header;
    progress.position = static_cast<std::int64_t>(first->bytes);
    WATTLE_RETURN_IF_ERROR(ingest_segment(source, consumer, progress, total)
                               .with_context("ingesting " + progress.path));
  }
  return total;
}

Status SegmentIngestor::ingest_segment(const SegmentSource& source, const Consumer& consumer,
                                       Progress& progress, Ingested& total) {
  WATTLE_RETURN_IF_ERROR(
      database_.read([&](Session& session) { return find_position(session, source, progress); }));
  for (;;) {
    WATTLE_ASSIGN_OR_RETURN(const std::string bytes,
                            files_.read_from(progress.path, progress.position, kPieceBytes));
    const Frames frames = parse_frames(bytes);
    if (frames.records.empty()) {
      if (!progress.final) {
        return {};
      }
      total.torn += bytes.empty() ? 0 : 1;
      return database_.write(
          [&](Session& session) { return save(session, source, progress, true); });
    }
    WATTLE_ASSIGN_OR_RETURN(const bool kept, keep(source, consumer, progress, frames));
    total.records += kept ? std::ssize(frames.records) : 0;
  }
}

/// Leaves `progress` as it is when the segment is new.
Status SegmentIngestor::find_position(Session& session, const SegmentSource& source,
                                      Progress& progress) const {
  return session.query(
      "SELECT position, records FROM segments WHERE run = ? AND attempt = ? AND role = ? AND"
      " node = ? AND boot = ? AND sequence = ?",
      key_of(source, progress.header.boot_id, progress.number), [&](const SqlRow& row) {
        progress.position = row.integer(0);
        progress.records = row.integer(1);
        return Status();
      });
}

Result<bool> SegmentIngestor::keep(const SegmentSource& source, const Consumer& consumer,
                                   Progress& progress, const Frames& frames) {
  Progress after;
  bool kept = false;
  const auto work = [&](Session& session) -> Status {
    after = progress;
    WATTLE_RETURN_IF_ERROR(find_position(session, source, after));
    kept = after.position == progress.position;
    if (!kept) {
      return {};
    }
    for (const auto& record : frames.records) {
      WATTLE_RETURN_IF_ERROR(consumer(progress.header, record, session));
    }
    after.position += static_cast<std::int64_t>(frames.bytes);
    after.records += std::ssize(frames.records);
    return save(session, source, after, false);
  };
  WATTLE_RETURN_IF_ERROR(database_.write(work));
  progress = after;
  return kept;
}

Status SegmentIngestor::save(Session& session, const SegmentSource& source,
                             const Progress& progress, bool complete) const {
  SqlValues row = key_of(source, progress.header.boot_id, progress.number);
  row.insert(row.end(), {progress.position, progress.records, std::int64_t{complete ? 1 : 0}});
  WATTLE_RETURN_IF_ERROR(session.execute(
      "INSERT INTO segments (run, attempt, role, node, boot, sequence, position, records, complete)"
      " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
      " ON CONFLICT (run, attempt, role, node, boot, sequence) DO UPDATE SET"
      " position = excluded.position, records = excluded.records, complete = excluded.complete",
      row));
  return {};
}

}  // namespace wattle::store
