#include "wattle/store/outbox.h"

#include "wattle/base/text.h"
#include "wattle/store/counters.h"

namespace wattle::store {
namespace {

constexpr std::string_view kCounter = "events";

Event event_of(const SqlRow& row) {
  return {.topic = row.text(1),
          .project = row.text(2),
          .actor = row.text(3),
          .subject = row.text(4),
          .payload = row.text(5),
          .at = {row.integer(6)},
          .sequence = row.integer(0)};
}

Result<std::int64_t> position_of(Session& session, std::string_view consumer) {
  std::int64_t position = -1;
  WATTLE_RETURN_IF_ERROR(session.query("SELECT acknowledged FROM event_consumers WHERE name = ?",
                                       {std::string(consumer)}, [&](const SqlRow& row) {
                                         position = row.integer(0);
                                         return Status();
                                       }));
  if (position < 0) {
    return Error(ErrorCode::kNotFound, concat("no consumer of events is named '", consumer, "'"));
  }
  return position;
}

Result<std::vector<Event>> events_after(Session& session, std::int64_t after, std::int64_t limit) {
  std::vector<Event> events;
  WATTLE_RETURN_IF_ERROR(
      session.query("SELECT sequence, topic, project, actor, subject, payload, at_ns FROM events"
                    " WHERE sequence > ? ORDER BY sequence LIMIT ?",
                    {after, limit}, [&](const SqlRow& row) {
                      events.push_back(event_of(row));
                      return Status();
                    }));
  return events;
}

/// Runs one read that gives a value.
template <typename T, typename Function>
Result<T> read_value(Database& database, const Function& function) {
  T value{};
  WATTLE_RETURN_IF_ERROR(database.read([&](Session& session) -> Status {
    auto result = function(session);
    if (!result.ok()) {
      return result.error();
    }
    value = std::move(*result);
    return {};
  }));
  return value;
}

}  // namespace

Result<std::int64_t> Outbox::append(Session& session, const Event& event) {
  if (event.payload.size() > kMostPayloadBytes) {
    return Error(ErrorCode::kInvalidArgument,
                 concat("an event's payload of ", event.payload.size(), " bytes is over the ",
                        kMostPayloadBytes, " that are allowed; refer to a file"));
  }
  WATTLE_ASSIGN_OR_RETURN(const std::int64_t sequence, next_number(session, kCounter));
  WATTLE_RETURN_IF_ERROR(session.execute(
      "INSERT INTO events (sequence, topic, project, actor, subject, payload, at_ns)"
      " VALUES (?, ?, ?, ?, ?, ?, ?)",
      {sequence, event.topic, event.project, event.actor, event.subject, event.payload,
       event.at.ns}));
  return sequence;
}

Result<std::vector<Event>> Outbox::read(std::int64_t after, std::int64_t limit) {
  return read_value<std::vector<Event>>(
      database_, [&](Session& session) { return events_after(session, after, limit); });
}

Result<std::int64_t> Outbox::last() {
  return read_value<std::int64_t>(database_,
                                  [](Session& session) { return last_number(session, kCounter); });
}

Status Outbox::add_consumer(std::string_view name, std::int64_t position) {
  return database_.write([&](Session& session) -> Status {
    WATTLE_RETURN_IF_ERROR(
        session.execute("INSERT INTO event_consumers (name, acknowledged) VALUES (?, ?)"
                        " ON CONFLICT (name) DO NOTHING",
                        {std::string(name), position}));
    return {};
  });
}

Status Outbox::remove_consumer(std::string_view name) {
  return database_.write([&](Session& session) -> Status {
    WATTLE_RETURN_IF_ERROR(
        session.execute("DELETE FROM event_consumers WHERE name = ?", {std::string(name)}));
    return {};
  });
}

Result<std::int64_t> Outbox::acknowledged(std::string_view consumer) {
  return read_value<std::int64_t>(database_,
                                  [&](Session& session) { return position_of(session, consumer); });
}

Result<std::vector<Event>> Outbox::pending(std::string_view consumer, std::int64_t limit) {
  return read_value<std::vector<Event>>(
      database_, [&](Session& session) -> Result<std::vector<Event>> {
        WATTLE_ASSIGN_OR_RETURN(const std::int64_t position, position_of(session, consumer));
        return events_after(session, position, limit);
      });
}

Status Outbox::acknowledge(Session& session, std::string_view consumer, std::int64_t sequence) {
  WATTLE_ASSIGN_OR_RETURN(const std::int64_t position, position_of(session, consumer));
  WATTLE_ASSIGN_OR_RETURN(const std::int64_t newest, last_number(session, kCounter));
  if (sequence > newest) {
    return Error(ErrorCode::kInvalidArgument,
                 concat("consumer '", consumer, "' acknowledges event ", sequence,
                        ", and the newest one is ", newest));
  }
  if (sequence > position) {
    WATTLE_RETURN_IF_ERROR(
        session.execute("UPDATE event_consumers SET acknowledged = ? WHERE name = ?",
                        {sequence, std::string(consumer)}));
  }
  return {};
}

Result<std::int64_t> Outbox::trim(UtcTime before) {
  std::int64_t removed = 0;
  WATTLE_RETURN_IF_ERROR(database_.write([&](Session& session) -> Status {
    // Up to the first event that is young or that somebody has still to read, so that what is left
    // has no gaps although clocks step.
    WATTLE_ASSIGN_OR_RETURN(
        removed,
        session.execute(
            "DELETE FROM events WHERE sequence <= COALESCE((SELECT MIN(acknowledged) FROM"
            " event_consumers), (SELECT MAX(sequence) FROM events)) AND sequence < COALESCE("
            "(SELECT MIN(sequence) FROM events WHERE at_ns >= ?),"
            " (SELECT MAX(sequence) + 1 FROM events))",
            {before.ns}));
    return {};
  }));
  return removed;
}

}  // namespace wattle::store
