#include "wattle/store/store_schema.h"

namespace wattle::store {

Schema store_schema() {
  return {
      "store",
      {{1,
        "events, timers, leases, segments, counters",
        {
            "CREATE TABLE counters ("
            " name TEXT NOT NULL PRIMARY KEY,"
            " value INTEGER NOT NULL) STRICT",

            "CREATE TABLE events ("
            " sequence INTEGER NOT NULL PRIMARY KEY,"
            " topic TEXT NOT NULL,"
            " project TEXT NOT NULL,"
            " actor TEXT NOT NULL,"
            " subject TEXT NOT NULL,"
            " payload TEXT NOT NULL,"
            " at_ns INTEGER NOT NULL) STRICT",

            "CREATE TABLE event_consumers ("
            " name TEXT NOT NULL PRIMARY KEY,"
            " acknowledged INTEGER NOT NULL) STRICT",

            "CREATE TABLE timers ("
            " name TEXT NOT NULL PRIMARY KEY,"
            " due_ns INTEGER NOT NULL,"
            " payload TEXT NOT NULL) STRICT",
            "CREATE INDEX timers_by_due ON timers (due_ns, name)",

            "CREATE TABLE leases ("
            " name TEXT NOT NULL PRIMARY KEY,"
            " holder TEXT NOT NULL,"
            " token INTEGER NOT NULL,"
            " expires_ns INTEGER NOT NULL) STRICT",

            "CREATE TABLE segments ("
            " run TEXT NOT NULL,"
            " attempt INTEGER NOT NULL,"
            " role TEXT NOT NULL,"
            " node TEXT NOT NULL,"
            " boot TEXT NOT NULL,"
            " sequence INTEGER NOT NULL,"
            " position INTEGER NOT NULL,"
            " records INTEGER NOT NULL,"
            " complete INTEGER NOT NULL,"
            " PRIMARY KEY (run, attempt, role, node, boot, sequence)) STRICT",
        }}},
  };
}

}  // namespace wattle::store
