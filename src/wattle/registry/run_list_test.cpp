#include "wattle/registry/run_list.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "wattle/registry/registry_fixture.h"

namespace wattle::registry {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
using Names = std::vector<std::string>;

class RunListTest : public RegistryTest {
 protected:
  ListQuery query(const std::string& filter = {}, const std::string& order = {}) const {
    return {.project = "p", .filter = filter, .order_by = order};
  }
  RunPage list(const ListQuery& query) {
    RunPage page;
    read([&](store::Session& session) -> Status {
      WATTLE_ASSIGN_OR_RETURN(page, RunList(session).list(query));
      return {};
    });
    return page;
  }
  Names names(const ListQuery& query) {
    Names names;
    for (const auto& run : list(query).runs) {
      names.push_back(run.name);
    }
    return names;
  }
  Names names(const std::string& filter, const std::string& order = {}) {
    return names(query(filter, order));
  }
  /// The whole listing, a page of `limit` at a time.
  Names paged(ListQuery query, std::size_t limit) {
    Names all;
    query.limit = limit;
    for (int page = 0; page < 1000; ++page) {
      const auto found = list(query);
      for (const auto& run : found.runs) {
        all.push_back(run.name);
      }
      if (found.next_cursor.empty()) {
        return all;
      }
      query.cursor = found.next_cursor;
    }
    ADD_FAILURE() << "a listing without end";
    return all;
  }
  void set_state(const std::string& id, const std::string& state) {
    write([&](store::Session& session) { return Runs(session).set_state(caller(), id, state); });
  }
  std::string message_of(const ListQuery& query) {
    std::string message;
    (void)database_
        ->read([&](store::Session& session) -> Status {
          const auto page = RunList(session).list(query);
          message = page.ok() ? "" : page.error().message();
          return {};
        })
        .ok();
    return message;
  }
};

TEST_P(RunListTest, TheNewestComeFirst) {
  add_run("a");
  add_run("b");
  add_run("c");
  EXPECT_EQ(names(""), (Names{"c", "b", "a"}));
  EXPECT_EQ(names("", "created"), (Names{"a", "b", "c"}));
  EXPECT_EQ(names("", "name DESC"), (Names{"c", "b", "a"}));
}

TEST_P(RunListTest, FiltersByMetricParamTagAndAttribute) {
  add_run("a", {{"acc", 0.5}}, {{"lr", "0.1"}});
  const auto b = add_run("b", {{"acc", 0.95}}, {{"lr", "0.1"}});
  add_run("c", {{"acc", 0.99}}, {{"lr", "0.2"}});
  set_state(b, "succeeded");
  EXPECT_EQ(names("metrics.acc > 0.9"), (Names{"c", "b"}));
  EXPECT_EQ(names("metrics.acc <= 0.95"), (Names{"b", "a"}));
  EXPECT_EQ(names("metrics.acc = 0.5"), (Names{"a"}));
  EXPECT_EQ(names("params.lr = '0.1'"), (Names{"b", "a"}));
  EXPECT_EQ(names("metrics.acc > 0.9 AND params.lr = '0.1' AND attributes.state = 'succeeded'"),
            (Names{"b"}));
  EXPECT_EQ(names("NOT params.lr = '0.1'"), (Names{"c"}));
  EXPECT_EQ(names("params.lr = '0.2' OR metrics.acc < 0.9"), (Names{"c", "a"}));
  EXPECT_EQ(names("name IN ('a', 'c')"), (Names{"c", "a"}));
  EXPECT_EQ(names("name NOT IN ('a', 'c')"), (Names{"b"}));
  EXPECT_EQ(names("params.lr LIKE '0._' AND name ILIKE 'A'"), (Names{"a"}));
  EXPECT_TRUE(names("name LIKE 'A'").empty());
  EXPECT_TRUE(names("metrics.other > 0").empty());
}

TEST_P(RunListTest, InfinitiesAreBeyondEveryBoundAndNoNumberMeetsNone) {
  add_run("nan", {{"m", std::nan("")}});
  add_run("up", {{"m", kInfinity}});
  add_run("down", {{"m", -kInfinity}});
  add_run("zero", {{"m", 0}});
  EXPECT_EQ(names("metrics.m > 5"), (Names{"up"}));
  EXPECT_EQ(names("metrics.m < 5"), (Names{"zero", "down"}));
  EXPECT_EQ(names("metrics.m = 0"), (Names{"zero"}));
  EXPECT_EQ(names("metrics.m != 0"), (Names{"down", "up", "nan"}));
}

TEST_P(RunListTest, OrdersByMetricWithWhatHasNoneLast) {
  add_run("nan", {{"m", std::nan("")}});
  add_run("none");
  add_run("up", {{"m", kInfinity}});
  add_run("two", {{"m", 2}});
  add_run("down", {{"m", -kInfinity}});
  add_run("one", {{"m", -1}});
  EXPECT_EQ(names("", "metrics.m DESC"), (Names{"up", "two", "one", "down", "nan", "none"}));
  EXPECT_EQ(names("", "metrics.m"), (Names{"down", "one", "two", "up", "nan", "none"}));
  EXPECT_EQ(names("metrics.m > -5", "metrics.m"), (Names{"one", "two", "up"}));
  for (const std::size_t limit : {1U, 2U, 3U}) {
    EXPECT_EQ(paged(query("", "metrics.m DESC"), limit),
              (Names{"up", "two", "one", "down", "nan", "none"}));
  }
}

TEST_P(RunListTest, OrdersByParamAndByStartWithWhatHasNoneLast) {
  add_run("none");
  add_run("b", {}, {{"p", "b"}});
  const auto a = add_run("a", {}, {{"p", "a"}});
  EXPECT_EQ(names("", "params.p"), (Names{"a", "b", "none"}));
  EXPECT_EQ(paged(query("", "params.p DESC"), 1), (Names{"b", "a", "none"}));
  write([&](store::Session& session) -> Status {
    WATTLE_RETURN_IF_ERROR(Runs(session).update(caller(), a, {.started = clock_.utc_now()}));
    return {};
  });
  EXPECT_EQ(paged(query("", "started DESC"), 1), (Names{"a", "b", "none"}));
}

TEST_P(RunListTest, OnlyTheWantedExperimentsStatesAndLifecycleAreListed) {
  const auto a = add_run("a");
  const auto b = add_run("b");
  add_run("c");
  set_state(a, "running");
  set_state(b, "failed");
  const std::string other = new_id();
  write([&](store::Session& session) -> Status {
    WATTLE_RETURN_IF_ERROR(Experiments(session).create(caller(), other, "other"));
    WATTLE_RETURN_IF_ERROR(
        Runs(session).create(caller(), {.id = "R", .experiment_id = other, .name = "elsewhere"}));
    WATTLE_RETURN_IF_ERROR(Runs(session).update(caller(), b, {.lifecycle = Lifecycle::kDeleted}));
    return {};
  });
  auto wanted = query();
  wanted.experiments = {experiment_};
  EXPECT_EQ(names(wanted), (Names{"c", "a"}));
  wanted.experiments.push_back(other);
  EXPECT_EQ(names(wanted).size(), 3U);
  wanted.states = {"running"};
  EXPECT_EQ(names(wanted), (Names{"a"}));
  wanted.states = {"pending", "running"};
  wanted.experiments = {experiment_};
  EXPECT_EQ(paged(wanted, 1), (Names{"c", "a"}));
  wanted = query();
  wanted.lifecycle = Lifecycle::kDeleted;
  EXPECT_EQ(names(wanted), (Names{"b"}));
  wanted = query();
  wanted.project = "other";
  EXPECT_TRUE(names(wanted).empty());
}

TEST_P(RunListTest, PagesNeitherRepeatNorMissARunWhenOthersCome) {
  for (int i = 0; i < 10; ++i) {
    add_run(std::to_string(i));
  }
  auto wanted = query();
  wanted.limit = 4;
  const auto first = list(wanted);
  add_run("new");
  wanted.cursor = first.next_cursor;
  EXPECT_EQ(names(wanted), (Names{"5", "4", "3", "2"}));
}

TEST_P(RunListTest, RunsOfOneInstantHaveAnOrderToo) {
  write([&](store::Session& session) -> Status {
    for (int i = 0; i < 9; ++i) {
      WATTLE_RETURN_IF_ERROR(Runs(session).create(
          caller(),
          {.id = std::to_string(i), .experiment_id = experiment_, .name = std::to_string(i)}));
      WATTLE_RETURN_IF_ERROR(
          Runs(session).log_metrics(caller(), std::to_string(i), std::vector<Metric>{{"same", 1}}));
    }
    return {};
  });
  const Names all{"8", "7", "6", "5", "4", "3", "2", "1", "0"};
  EXPECT_EQ(paged(query(), 2), all);
  EXPECT_EQ(paged(query("", "metrics.same DESC"), 2), all);
  EXPECT_EQ(paged(query("metrics.same = 1"), 2), all);
}

TEST_P(RunListTest, LongValuesAreComparedToTheLastByte) {
  const std::string head(200, 'x');
  add_run("a", {}, {{"long", head + "a"}});
  add_run("b", {}, {{"long", head + "b"}});
  EXPECT_EQ(names("params.long = '" + head + "a'"), (Names{"a"}));
}

TEST_P(RunListTest, ACursorOfAnotherListingIsRefused) {
  for (int i = 0; i < 3; ++i) {
    add_run(std::to_string(i));
  }
  auto wanted = query();
  wanted.limit = 1;
  const std::string cursor = list(wanted).next_cursor;
  auto other = query("", "name");
  other.cursor = cursor;
  EXPECT_NE(message_of(other).find("not one of this listing"), std::string::npos);
  for (std::size_t i = 0; i < cursor.size(); ++i) {
    std::string changed = cursor;
    changed[i] = changed[i] == '0' ? '1' : '0';
    wanted.cursor = changed;
    EXPECT_NE(message_of(wanted).find("not one of this listing"), std::string::npos) << i;
  }
  wanted.cursor = "";
  wanted.limit = 0;
  EXPECT_NE(message_of(wanted).find("a page has 1 to"), std::string::npos);
}

/// What a filter means, without SQL and without indices.
struct Expected {
  std::string name;
  double accuracy = 0;
  std::string lr;
  bool has_accuracy = false;
};

TEST_P(RunListTest, AgreesWithALoopOverAllRunsForRandomFilters) {
  std::vector<Expected> models;
  for (int i = 0; i < 60; ++i) {
    Expected model{.name = "r" + std::to_string(i),
                   .accuracy = static_cast<double>(rng_.below(8)),
                   .lr = std::to_string(rng_.below(3)),
                   .has_accuracy = rng_.below(4) != 0};
    add_run(
        model.name,
        model.has_accuracy ? std::vector<Metric>{{"acc", model.accuracy}} : std::vector<Metric>{},
        {{"lr", model.lr}});
    models.insert(models.begin(), model);
  }
  for (int trial = 0; trial < 60; ++trial) {
    const auto bound = static_cast<double>(rng_.below(8));
    const std::string lr = std::to_string(rng_.below(3));
    const bool both = rng_.below(2) == 0;
    const bool by_metric = rng_.below(2) == 0;
    const std::string filter = "metrics.acc >= " + std::to_string(bound) +
                               (both ? " AND " : " OR ") + "params.lr = '" + lr + "'";
    std::vector<Expected> expected;
    for (const auto& model : models) {
      const bool metric = model.has_accuracy && model.accuracy >= bound;
      const bool param = model.lr == lr;
      if (both ? metric && param : metric || param) {
        expected.push_back(model);
      }
    }
    if (by_metric) {
      std::ranges::stable_sort(expected, [](const Expected& a, const Expected& b) {
        return a.has_accuracy != b.has_accuracy ? a.has_accuracy
                                                : a.has_accuracy && a.accuracy > b.accuracy;
      });
    }
    Names wanted;
    for (const auto& model : expected) {
      wanted.push_back(model.name);
    }
    auto asked = query(filter, by_metric ? "metrics.acc DESC" : "");
    if (rng_.below(2) == 0) {
      asked.experiments = {experiment_};
    }
    EXPECT_EQ(paged(asked, 1 + rng_.below(20)), wanted) << filter << " " << asked.order_by;
  }
}

using store::Backend;
using store::name_of;
WATTLE_ON_BOTH_DATABASES(RunListTest);

}  // namespace
}  // namespace wattle::registry
