// Listings of runs, on SQLite and on PostgreSQL: however they are cut into pages, nothing is left
// out and nothing told twice.
#include "wattle/job/run_search.h"

#include <set>

#include "wattle/base/ids.h"
#include "wattle/job/job_schema.h"
#include "wattle/store/database_fixture.h"

namespace wattle::job {
namespace {

using store::Backend;
using store::name_of;

class RunSearchTest : public store::OnBothDatabases {
 protected:
  void SetUp() override {
    OnBothDatabases::SetUp();
    if (!database_) {
      return;
    }
    const auto made = store::migrate(*database_, all_schemas(), clock_, {.program = "test"});
    ASSERT_TRUE(made.ok()) << made.error().message();
    jobs_ = std::make_unique<JobStore>(*database_, clock_, rng_);
    // Newest first: c of 11, b of 10, a of 9, c of 8, ...
    for (const auto* project : {"a", "b", "c", "a", "b", "c", "a", "b", "c", "a", "b", "c"}) {
      accept(project);
    }
  }

  void accept(const std::string& project) {
    clock_.advance(Seconds(1));
    RunRecord record{
        .id = make_ulid(clock_, rng_), .actor = "me", .created = clock_.utc_now(), .folder = "/"};
    record.job.name = "digits";
    record.job.project = project;
    record.job.experiment = project == "c" ? "sweep" : "single";
    record.job.run = std::vector<std::string>{"true"};
    ASSERT_TRUE(jobs_->accept(record, "").ok());
    newest_first_.insert(newest_first_.begin(), record.id);
  }

  /// All pages, one after the other.
  std::vector<std::string> walk(RunQuery query) {
    std::vector<std::string> seen;
    for (int page = 0; page < 100; ++page) {
      const auto found = find_runs(*jobs_, query);
      EXPECT_TRUE(found.ok()) << found.error().message();
      if (!found.ok()) {
        break;
      }
      EXPECT_LE(found->rows.size(), query.limit);
      for (const auto& row : found->rows) {
        seen.push_back(row.run);
      }
      query.cursor = found->next_cursor;
      if (query.cursor.empty()) {
        return seen;
      }
    }
    ADD_FAILURE() << "the pages have no end";
    return seen;
  }
  ErrorCode refused(const RunQuery& query) {
    const auto found = find_runs(*jobs_, query);
    EXPECT_FALSE(found.ok());
    return found.ok() ? ErrorCode::kInternal : found.error().code();
  }

  SimulatedClock clock_;
  Rng rng_{7};
  std::unique_ptr<JobStore> jobs_;
  std::vector<std::string> newest_first_;
};

WATTLE_ON_BOTH_DATABASES(RunSearchTest);

TEST_P(RunSearchTest, PagesOfAllProjectsTogetherAreTheWholeList) {
  for (const std::size_t limit : {1U, 2U, 5U, 12U, 50U}) {
    EXPECT_EQ(walk({.limit = limit}), newest_first_) << limit;
    EXPECT_EQ(walk({.states = {"pending"}, .limit = limit}), newest_first_) << limit;
  }
}

TEST_P(RunSearchTest, PagesOfOneProjectHoldNoOther) {
  const auto all = walk({.project = "b", .limit = 3});
  EXPECT_EQ(all.size(), 4U);
  EXPECT_EQ(walk({.project = "b", .filter = "attributes.state = 'pending'", .limit = 3}), all);
  for (const auto& run : all) {
    EXPECT_EQ(jobs_->get(run)->project, "b");
  }
}

TEST_P(RunSearchTest, AnExperimentIsLookedForInEveryProject) {
  EXPECT_EQ(walk({.experiment = "single", .limit = 3}).size(), 8U);
  EXPECT_EQ(walk({.experiment = "sweep", .limit = 3}).size(), 4U);
  EXPECT_EQ(refused({.experiment = "none"}), ErrorCode::kNotFound);
  EXPECT_EQ(refused({.project = "a", .experiment = "sweep"}), ErrorCode::kNotFound);
}

TEST_P(RunSearchTest, WhatComesMeanwhileMovesNothing) {
  RunQuery query{.states = {"pending"}, .limit = 5};
  auto page = *find_runs(*jobs_, query);
  std::vector<std::string> seen;
  accept("b");
  accept("d");
  while (true) {
    for (const auto& row : page.rows) {
      seen.push_back(row.run);
    }
    if (page.next_cursor.empty()) {
      break;
    }
    query.cursor = page.next_cursor;
    page = *find_runs(*jobs_, query);
  }
  EXPECT_EQ(seen, std::vector(newest_first_.begin() + 2, newest_first_.end()));
}

TEST_P(RunSearchTest, WhatCannotBeReadIsRefused) {
  for (const auto* cursor : {"x", "{}x", "[1]", R"({"a":1})", R"({"a":"x"})"}) {
    EXPECT_EQ(refused({.states = {"pending"}, .cursor = cursor}), ErrorCode::kInvalidArgument)
        << cursor;
    EXPECT_EQ(refused({.cursor = cursor}), ErrorCode::kInvalidArgument) << cursor;
  }
  EXPECT_EQ(refused({.states = {"runing"}}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(refused({.order = "created"}), ErrorCode::kInvalidArgument) << "of several projects";
  EXPECT_EQ(refused({.limit = 0}), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace wattle::job
