// What a Database promises, on SQLite and on PostgreSQL.
#include <cmath>
#include <limits>
#include <thread>

#include "wattle/base/text.h"
#include "wattle/store/database_fixture.h"
#include "wattle/store/special_value.h"

namespace wattle::store {
namespace {

using std::int64_t;

class DatabaseContract : public OnBothDatabases {
 protected:
  void SetUp() override {
    OnBothDatabases::SetUp();
    if (database_) {
      ASSERT_TRUE(execute("CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY, name TEXT, x REAL, "
                          "bytes BLOB) STRICT")
                      .ok());
    }
  }
  Status insert(int64_t id, const std::string& name) const {
    return execute("INSERT INTO t (id, name) VALUES (?, ?)", {id, name});
  }
  int64_t count() const { return integer("SELECT COUNT(*) FROM t"); }
};

TEST_P(DatabaseContract, WhatWasWrittenIsThereForEverybodyAndAfterReopening) {
  ASSERT_TRUE(insert(1, "one").ok());
  EXPECT_EQ(texts("SELECT name FROM t"), "one");
  database_ = open();
  EXPECT_EQ(texts("SELECT name FROM t"), "one");
}

TEST_P(DatabaseContract, AWorkThatFailsLeavesNothing) {
  const auto failed = database_->write([](Session& session) -> Status {
    WATTLE_RETURN_IF_ERROR(session.execute("INSERT INTO t (id) VALUES (1)"));
    return Error(ErrorCode::kCancelled, "changed my mind");
  });
  EXPECT_EQ(failed.error().code(), ErrorCode::kCancelled);
  EXPECT_EQ(count(), 0);
}

TEST_P(DatabaseContract, ATakenKeyIsAlreadyExists) {
  ASSERT_TRUE(insert(1, "one").ok());
  EXPECT_EQ(insert(1, "another").error().code(), ErrorCode::kAlreadyExists);
  ASSERT_TRUE(execute("CREATE UNIQUE INDEX by_name ON t (name)").ok());
  EXPECT_EQ(insert(2, "one").error().code(), ErrorCode::kAlreadyExists);
  EXPECT_EQ(texts("SELECT name FROM t"), "one");
}

TEST_P(DatabaseContract, ConstraintsAreKept) {
  ASSERT_TRUE(
      execute("CREATE TABLE child (id INTEGER NOT NULL PRIMARY KEY, parent INTEGER NOT NULL "
              "REFERENCES t (id), size INTEGER NOT NULL CHECK (size > 0)) STRICT")
          .ok());
  ASSERT_TRUE(insert(1, "parent").ok());
  const std::string sql = "INSERT INTO child (id, parent, size) VALUES (?, ?, ?)";
  EXPECT_EQ(execute(sql, {int64_t{1}, int64_t{9}, int64_t{1}}).error().code(),
            ErrorCode::kFailedPrecondition);
  EXPECT_EQ(execute(sql, {int64_t{1}, int64_t{1}, int64_t{0}}).error().code(),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(execute(sql, {int64_t{1}, SqlValue(), int64_t{1}}).error().code(),
            ErrorCode::kInvalidArgument);
  EXPECT_TRUE(execute(sql, {int64_t{1}, int64_t{1}, int64_t{1}}).ok());
}

TEST_P(DatabaseContract, AfterAFailedStatementTheWorkFailsWhateverItReturns) {
  ASSERT_TRUE(insert(1, "one").ok());
  std::string second;
  const auto status = database_->write([&](Session& session) -> Status {
    WATTLE_RETURN_IF_ERROR(session.execute("INSERT INTO t (id) VALUES (2)"));
    EXPECT_FALSE(session.execute("INSERT INTO t (id) VALUES (1)").ok());
    second = session.execute("INSERT INTO t (id) VALUES (3)").error().message();
    return {};
  });
  EXPECT_EQ(status.error().code(), ErrorCode::kAlreadyExists);
  EXPECT_NE(second.find("earlier statement"), std::string::npos);
  EXPECT_EQ(count(), 1);
}

TEST_P(DatabaseContract, AConflictCanBeForeseen) {
  ASSERT_TRUE(insert(1, "one").ok());
  int64_t ignored = -1;
  int64_t updated = -1;
  std::string returned;
  ASSERT_TRUE(
      database_
          ->write([&](Session& session) -> Status {
            WATTLE_ASSIGN_OR_RETURN(
                ignored, session.execute("INSERT INTO t (id) VALUES (1) ON CONFLICT DO NOTHING"));
            WATTLE_ASSIGN_OR_RETURN(
                updated, session.execute("INSERT INTO t (id, name) VALUES (1, 'new') ON CONFLICT "
                                         "(id) DO UPDATE SET name = excluded.name"));
            return session.query("UPDATE t SET name = name || '!' RETURNING name", {},
                                 [&](const SqlRow& row) {
                                   returned = row.text(0);
                                   return Status();
                                 });
          })
          .ok());
  EXPECT_EQ(ignored, 0);
  EXPECT_EQ(updated, 1);
  EXPECT_EQ(returned, "new!");
}

TEST_P(DatabaseContract, ExecuteCountsTheRowsThatItChanged) {
  for (int64_t id = 0; id < 5; ++id) {
    ASSERT_TRUE(insert(id, "n").ok());
  }
  std::vector<int64_t> counts;
  ASSERT_TRUE(database_
                  ->write([&](Session& session) -> Status {
                    for (const auto* sql :
                         {"UPDATE t SET name = 'm' WHERE id < 3", "DELETE FROM t WHERE id = 0",
                          "DELETE FROM t WHERE id = 0", "CREATE TABLE u (a INTEGER) STRICT"}) {
                      WATTLE_ASSIGN_OR_RETURN(const int64_t changed, session.execute(sql));
                      counts.push_back(changed);
                    }
                    return {};
                  })
                  .ok());
  EXPECT_EQ(counts, (std::vector<int64_t>{3, 1, 0, 0}));
}

TEST_P(DatabaseContract, ValuesComeBackAsTheyWere) {
  std::string all_bytes;
  for (int i = 0; i < 256; ++i) {
    all_bytes += static_cast<char>(i);
  }
  const std::string text = "grün, 緑, 🌱, quote ' and \" and \\ and ?";
  constexpr int64_t kLargest = std::numeric_limits<int64_t>::max();
  constexpr int64_t kSmallest = std::numeric_limits<int64_t>::min();
  const std::string sql = "INSERT INTO t (id, name, x, bytes) VALUES (?, ?, ?, ?)";
  ASSERT_TRUE(execute(sql, {kLargest, text, 0.1, Blob{all_bytes}}).ok());
  ASSERT_TRUE(execute(sql, {kSmallest, "", 1e-300, Blob{}}).ok());
  std::vector<std::string> seen;
  ASSERT_TRUE(database_
                  ->read([&](Session& session) {
                    return session.query("SELECT id, name, x, bytes FROM t ORDER BY id DESC", {},
                                         [&](const SqlRow& row) {
                                           const bool first = seen.empty();
                                           EXPECT_EQ(row.integer(0), first ? kLargest : kSmallest);
                                           EXPECT_EQ(row.real(2), first ? 0.1 : 1e-300);
                                           EXPECT_EQ(row.blob(3), first ? all_bytes : "");
                                           seen.push_back(row.text(1));
                                           return Status();
                                         });
                  })
                  .ok());
  EXPECT_EQ(seen, (std::vector<std::string>{text, ""}));
}

TEST_P(DatabaseContract, NullIsNotTheEmptyText) {
  ASSERT_TRUE(execute("INSERT INTO t (id, name, bytes) VALUES (1, ?, ?)", {"", Blob{}}).ok());
  ASSERT_TRUE(
      execute("INSERT INTO t (id, name, bytes) VALUES (2, ?, ?)", {SqlValue(), SqlValue()}).ok());
  EXPECT_EQ(integer("SELECT id FROM t WHERE name IS NULL AND bytes IS NULL"), 2);
  EXPECT_EQ(integer("SELECT id FROM t WHERE name = '' AND bytes IS NOT NULL"), 1);
  ASSERT_TRUE(database_
                  ->read([](Session& session) {
                    return session.query("SELECT name, x FROM t WHERE id = 2", {},
                                         [](const SqlRow& row) {
                                           EXPECT_TRUE(row.is_null(0));
                                           EXPECT_EQ(row.text(0), "");
                                           EXPECT_EQ(row.maybe_text(0), std::nullopt);
                                           EXPECT_EQ(row.maybe_real(1), std::nullopt);
                                           EXPECT_EQ(row.integer(1) + 0, 0);
                                           return Status();
                                         });
                  })
                  .ok());
}

TEST_P(DatabaseContract, ABigBlobComesBackWhole) {
  std::string big(8 << 20, '\0');
  for (std::size_t i = 0; i < big.size(); ++i) {
    big[i] = static_cast<char>(i * 2654435761U >> 24);
  }
  ASSERT_TRUE(execute("INSERT INTO t (id, bytes) VALUES (1, ?)", {Blob{big}}).ok());
  ASSERT_TRUE(database_
                  ->read([&](Session& session) {
                    return session.query("SELECT bytes FROM t", {}, [&](const SqlRow& row) {
                      EXPECT_TRUE(row.blob(0) == big);
                      return Status();
                    });
                  })
                  .ok());
}

TEST_P(DatabaseContract, WhatCannotBeKeptIsRefusedBeforeItIsTried) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(execute("INSERT INTO t (id, x) VALUES (1, ?)", {nan}).error().code(),
            ErrorCode::kInvalidArgument);
  for (const auto& text :
       {std::string("a\0b", 3), std::string("\xff"), std::string("\xed\xa0\x80"),
        std::string("\xc0\x80"), std::string("\xf5\x80\x80\x80"), std::string("cut \xe2\x82")}) {
    EXPECT_EQ(execute("INSERT INTO t (id, name) VALUES (1, ?)", {text}).error().code(),
              ErrorCode::kInvalidArgument);
  }
  EXPECT_EQ(count(), 0);
}

TEST_P(DatabaseContract, InfinityIsANumber) {
  const double infinity = std::numeric_limits<double>::infinity();
  ASSERT_TRUE(execute("INSERT INTO t (id, x) VALUES (1, ?)", {infinity}).ok());
  ASSERT_TRUE(execute("INSERT INTO t (id, x) VALUES (2, ?)", {-infinity}).ok());
  EXPECT_EQ(integer("SELECT id FROM t WHERE x > 1e308"), 1);
  EXPECT_EQ(integer("SELECT id FROM t WHERE x < -1e308"), 2);
}

TEST_P(DatabaseContract, NumbersThatAreNoneAreKeptAsTwoColumns) {
  const double infinity = std::numeric_limits<double>::infinity();
  ASSERT_TRUE(execute("CREATE TABLE m (at INTEGER NOT NULL PRIMARY KEY, value REAL NOT NULL, "
                      "special INTEGER NOT NULL) STRICT")
                  .ok());
  const std::vector<double> numbers{0.25, std::nan(""), infinity, -infinity, -1e308};
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const StoredNumber stored = encode_number(numbers[i]);
    ASSERT_TRUE(execute("INSERT INTO m (at, value, special) VALUES (?, ?, ?)",
                        {static_cast<int64_t>(i), stored.value, stored.special})
                    .ok());
  }
  std::vector<double> back;
  const auto read = database_->read([&](Session& session) {
    back.clear();
    return session.query("SELECT value, special FROM m ORDER BY at", {}, [&](const SqlRow& row) {
      back.push_back(decode_number({row.real(0), row.integer(1)}));
      return Status();
    });
  });
  ASSERT_TRUE(read.ok());
  ASSERT_EQ(back.size(), numbers.size());
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    EXPECT_TRUE(back[i] == numbers[i] || (std::isnan(back[i]) && std::isnan(numbers[i]))) << i;
  }
  EXPECT_EQ(integer("SELECT COUNT(*) FROM m WHERE special = 0"), 2);
}

TEST_P(DatabaseContract, TextIsOrderedAndComparedByBytes) {
  int64_t id = 0;
  for (const auto* name : {"b", "A", "a", "B", "ä", "_", "z"}) {
    ASSERT_TRUE(insert(++id, name).ok());
  }
  EXPECT_EQ(texts("SELECT name FROM t ORDER BY name"), "A,B,_,a,b,z,ä");
  EXPECT_EQ(integer("SELECT COUNT(*) FROM t WHERE name > 'Z'"), 5);
  EXPECT_EQ(integer("SELECT COUNT(*) FROM t WHERE name LIKE 'a%'"), 1) << "LIKE minds the case";
  ASSERT_TRUE(execute("ALTER TABLE t ADD COLUMN other TEXT NOT NULL DEFAULT ''").ok());
  ASSERT_TRUE(execute("UPDATE t SET other = name").ok());
  EXPECT_EQ(texts("SELECT other FROM t ORDER BY other"), "A,B,_,a,b,z,ä");
}

TEST_P(DatabaseContract, SumsCountsAndComparisonsAreNumbers) {
  for (int64_t id = 1; id <= 3; ++id) {
    ASSERT_TRUE(execute("INSERT INTO t (id, x) VALUES (?, ?)", {id, 0.5}).ok());
  }
  ASSERT_TRUE(database_
                  ->read([](Session& session) {
                    return session.query(
                        "SELECT SUM(id), COUNT(*), AVG(x), MAX(id) > 2, CAST(? AS INTEGER), "
                        "COALESCE(SUM(x), 0) FROM t WHERE id <= ?",
                        {int64_t{7}, int64_t{3}}, [](const SqlRow& row) {
                          EXPECT_EQ(row.integer(0), 6);
                          EXPECT_EQ(row.integer(1), 3);
                          EXPECT_EQ(row.real(2), 0.5);
                          EXPECT_EQ(row.integer(3), 1);
                          EXPECT_EQ(row.integer(4), 7);
                          EXPECT_EQ(row.real(5), 1.5);
                          return Status();
                        });
                  })
                  .ok());
}

TEST_P(DatabaseContract, CommonTableExpressionsWindowsAndPagesWork) {
  for (int64_t id = 1; id <= 6; ++id) {
    ASSERT_TRUE(insert(id, id % 2 == 0 ? "even" : "odd").ok());
  }
  EXPECT_EQ(texts("WITH ranked AS (SELECT id, name, ROW_NUMBER() OVER (PARTITION BY name ORDER BY "
                  "id DESC) AS place FROM t) SELECT name || CAST(id AS TEXT) FROM ranked WHERE "
                  "place = 1 ORDER BY id"),
            "odd5,even6");
  EXPECT_EQ(texts("SELECT CAST(id AS TEXT) FROM t ORDER BY id LIMIT ? OFFSET ?",
                  {int64_t{2}, int64_t{3}}),
            "4,5");
}

TEST_P(DatabaseContract, AReadSeesOneSnapshotWhateverIsWrittenMeanwhile) {
  ASSERT_TRUE(insert(1, "one").ok());
  const auto count_in = [](Session& session) {
    int64_t value = -1;
    const auto status = session.query("SELECT COUNT(*) FROM t", {}, [&](const SqlRow& row) {
      value = row.integer(0);
      return Status();
    });
    EXPECT_TRUE(status.ok());
    return value;
  };
  ASSERT_TRUE(database_
                  ->read([&](Session& session) {
                    EXPECT_EQ(count_in(session), 1);
                    EXPECT_TRUE(insert(2, "two").ok());
                    EXPECT_EQ(count_in(session), 1);
                    return Status();
                  })
                  .ok());
  EXPECT_EQ(count(), 2);
}

TEST_P(DatabaseContract, AReadCannotWrite) {
  const auto refused = database_->read([](Session& session) -> Status {
    WATTLE_RETURN_IF_ERROR(session.execute("INSERT INTO t (id) VALUES (1)"));
    return {};
  });
  EXPECT_EQ(refused.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(count(), 0);
}

TEST_P(DatabaseContract, ARowThatIsRefusedEndsTheQueryAndNotTheTransaction) {
  ASSERT_TRUE(insert(1, "one").ok());
  ASSERT_TRUE(insert(2, "two").ok());
  int rows = 0;
  ASSERT_TRUE(database_
                  ->write([&](Session& session) -> Status {
                    const auto stopped =
                        session.query("SELECT id FROM t", {}, [&](const SqlRow&) -> Status {
                          ++rows;
                          return Error(ErrorCode::kCancelled, "enough");
                        });
                    EXPECT_EQ(stopped.error().code(), ErrorCode::kCancelled);
                    WATTLE_RETURN_IF_ERROR(session.execute("DELETE FROM t"));
                    return {};
                  })
                  .ok());
  EXPECT_EQ(rows, 1);
  EXPECT_EQ(count(), 0);
}

TEST_P(DatabaseContract, WrongStatementsAreToldAndBreakNothing) {
  for (const auto* sql : {"SELEC 1", "INSERT INTO nowhere (a) VALUES (1)", "COMMIT", "ROLLBACK",
                          "INSERT INTO t (id) VALUES (1); DELETE FROM t"}) {
    EXPECT_EQ(execute(sql).error().code(), ErrorCode::kInvalidArgument) << sql;
  }
  EXPECT_EQ(execute("INSERT INTO t (id) VALUES (?)").error().code(), ErrorCode::kInvalidArgument);
  const auto too_many = execute("INSERT INTO t (id) VALUES (1)", {int64_t{1}});
  ASSERT_FALSE(too_many.ok());
  EXPECT_EQ(too_many.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_TRUE(insert(1, "still well").ok());
}

TEST_P(DatabaseContract, SixteenThreadsShareCommitsAndEachFailsOrSucceedsByItself) {
  constexpr int kThreads = 16;
  constexpr int kEach = 25;
  std::atomic<int> failed{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        const int64_t id = t * kEach + i;
        const bool fails = i % 5 == 4;  // a duplicate, after an insert that must go with it
        const auto status = database_->write([&](Session& session) -> Status {
          WATTLE_RETURN_IF_ERROR(session.execute("INSERT INTO t (id) VALUES (?)", {id}));
          if (fails) {
            WATTLE_RETURN_IF_ERROR(session.execute("INSERT INTO t (id) VALUES (?)", {id}));
          }
          return {};
        });
        failed += status.ok() ? 0 : 1;
        EXPECT_EQ(status.ok(), !fails);
      }
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(failed.load(), kThreads * kEach / 5);
  EXPECT_EQ(count(), kThreads * kEach * 4 / 5);
}

TEST_P(DatabaseContract, TwoProcessesWriteInTurns) {
  const auto other = open();
  std::vector<std::thread> threads;
  for (Database* database : {database_.get(), other.get()}) {
    threads.emplace_back([database] {
      for (int i = 0; i < 50; ++i) {
        // Reads, then writes what it read: lost if the two were not alone.
        const auto status = database->write([](Session& session) -> Status {
          int64_t last = 0;
          WATTLE_RETURN_IF_ERROR(
              session.query("SELECT COALESCE(MAX(id), 0) FROM t", {}, [&](const SqlRow& row) {
                last = row.integer(0);
                return Status();
              }));
          const auto inserted =
              session.execute("INSERT INTO t (id) VALUES (?)", {SqlValue(last + 1)});
          return inserted.ok() ? Status() : Status(inserted.error());
        });
        EXPECT_TRUE(status.ok()) << status.error().message();
      }
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(integer("SELECT MAX(id) FROM t"), 100);
}

TEST_P(DatabaseContract, WhoeverWaitsTooLongForAnotherIsToldWhy) {
  const auto impatient = open(Seconds(0.05));
  ASSERT_TRUE(database_
                  ->write([&](Session& session) -> Status {
                    WATTLE_RETURN_IF_ERROR(session.execute("INSERT INTO t (id) VALUES (1)"));
                    const auto refused = impatient->write([](Session&) { return Status(); });
                    EXPECT_EQ(refused.error().code(), ErrorCode::kUnavailable);
                    EXPECT_NE(refused.error().message().find("another process"), std::string::npos)
                        << refused.error().message();
                    return {};
                  })
                  .ok());
  EXPECT_TRUE(impatient->write([](Session&) { return Status(); }).ok());
}

TEST_P(DatabaseContract, ManyDifferentStatementsDoNotPileUp) {
  for (int i = 0; i < 600; ++i) {
    ASSERT_EQ(integer("SELECT " + std::to_string(i)), i);
  }
}

WATTLE_ON_BOTH_DATABASES(DatabaseContract);

}  // namespace
}  // namespace wattle::store
