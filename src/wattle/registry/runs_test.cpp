#include "wattle/registry/runs.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "wattle/base/limits.h"
#include "wattle/registry/registry_fixture.h"
#include "wattle/store/outbox.h"

namespace wattle::registry {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

class RunsTest : public RegistryTest {
 protected:
  std::vector<Metric> metrics_of(const std::string& id) {
    std::vector<Metric> metrics;
    read([&](store::Session& session) -> Status {
      WATTLE_ASSIGN_OR_RETURN(metrics, Runs(session).metrics(id));
      return {};
    });
    return metrics;
  }
  void log(const std::string& id, const std::vector<Metric>& metrics) {
    write(
        [&](store::Session& session) { return Runs(session).log_metrics(caller(), id, metrics); });
  }
};

TEST_P(RunsTest, ARunIsReadBackAsItWasMade) {
  const std::string id = new_id();
  write([&](store::Session& session) -> Status {
    WATTLE_RETURN_IF_ERROR(Runs(session).create(caller(), {.id = id,
                                                           .experiment_id = experiment_,
                                                           .name = "first",
                                                           .kind = "training",
                                                           .state = "waiting",
                                                           .parent_id = "P",
                                                           .source = "train.py"}));
    return {};
  });
  read([&](store::Session& session) -> Status {
    WATTLE_ASSIGN_OR_RETURN(const auto run, Runs(session).get("p", id));
    EXPECT_EQ(run.name, "first");
    EXPECT_EQ(run.kind, "training");
    EXPECT_EQ(run.state, "waiting");
    EXPECT_EQ(run.actor, "me");
    EXPECT_EQ(run.parent_id, "P");
    EXPECT_EQ(run.created, clock_.utc_now());
    EXPECT_FALSE(run.started);
    EXPECT_EQ(run.version, 1);
    return {};
  });
}

TEST_P(RunsTest, ARunOfAnotherProjectIsNotThere) {
  const std::string id = add_run("mine");
  read([&](store::Session& session) -> Status {
    const auto other = Runs(session).get("other", id);
    EXPECT_FALSE(other.ok());
    EXPECT_EQ(other.error().code(), ErrorCode::kNotFound);
    return {};
  });
}

TEST_P(RunsTest, TheSameIdTwiceAndAnUnknownExperimentAreRefused) {
  const std::string id = add_run("one");
  expect_refused(
      [&](store::Session& session) -> Status {
        WATTLE_RETURN_IF_ERROR(Runs(session).create(
            caller(), {.id = id, .experiment_id = experiment_, .name = "two"}));
        return {};
      },
      ErrorCode::kAlreadyExists, id);
  expect_refused(
      [&](store::Session& session) -> Status {
        WATTLE_RETURN_IF_ERROR(
            Runs(session).create(caller(), {.id = "X", .experiment_id = "E", .name = "two"}));
        return {};
      },
      ErrorCode::kNotFound, "experiment");
}

TEST_P(RunsTest, AParamIsSetOnce) {
  const std::string id = add_run("one", {}, {{"lr", "0.1"}});
  const auto set = [&](const std::string& value) {
    return [&, value](store::Session& session) {
      return Runs(session).log_params(caller(), id, std::vector<KeyValue>{{"lr", value}});
    };
  };
  write(set("0.1"));
  expect_refused(set("0.2"), ErrorCode::kInvalidArgument, "params never change");
}

TEST_P(RunsTest, TheLatestPointOfAMetricIsThatOfTheGreatestStepThenTimeThenValue) {
  const std::string id = add_run("one");
  log(id, {{"loss", 3, 10, {5}}, {"loss", 9, 9, {99}}});
  EXPECT_EQ(metrics_of(id)[0].value, 3);
  log(id, {{"loss", 2, 10, {6}}});
  EXPECT_EQ(metrics_of(id)[0].value, 2);
  log(id, {{"loss", 1, 10, {6}}});
  EXPECT_EQ(metrics_of(id)[0].value, 2) << "of equal step and time the greater value";
}

TEST_P(RunsTest, WhatIsNoNumberAndWhatIsInfiniteIsKept) {
  const std::string id = add_run("one", {{"a", std::nan("")}, {"b", kInfinity}, {"c", -kInfinity}});
  const auto metrics = metrics_of(id);
  ASSERT_EQ(metrics.size(), 3U);
  EXPECT_TRUE(std::isnan(metrics[0].value));
  EXPECT_EQ(metrics[1].value, kInfinity);
  EXPECT_EQ(metrics[2].value, -kInfinity);
}

TEST_P(RunsTest, TagsAreReplacedAndDeleted) {
  const std::string id = add_run("one");
  const auto set = [&](const std::string& value) {
    write([&](store::Session& session) {
      return Runs(session).set_tags(caller(), id, std::vector<KeyValue>{{"team", value}});
    });
  };
  set("red");
  set("blue");
  read([&](store::Session& session) -> Status {
    WATTLE_ASSIGN_OR_RETURN(const auto tags, Runs(session).tags(id));
    EXPECT_EQ(tags, (std::vector<KeyValue>{{"team", "blue"}}));
    return {};
  });
  const auto remove = [&](store::Session& session) {
    return Runs(session).delete_tag(caller(), id, "team");
  };
  write(remove);
  expect_refused(remove, ErrorCode::kNotFound, "no tag");
}

TEST_P(RunsTest, WhoeverReadAnOlderVersionOfTheRowIsRefused) {
  const std::string id = add_run("one");
  const auto update = [&](store::Session& session) -> Status {
    WATTLE_RETURN_IF_ERROR(
        Runs(session).update(caller(), id, {.state = "running", .expected_version = 1}));
    return {};
  };
  write(update);
  expect_refused(update, ErrorCode::kFailedPrecondition, "read it again");
  write([&](store::Session& session) { return Runs(session).set_state(caller(), id, "done"); });
}

TEST_P(RunsTest, KeysAndValuesAreBounded) {
  const std::string id = add_run("one");
  const auto param = [&](const std::string& key, const std::string& value) {
    return [&, key, value](store::Session& session) {
      return Runs(session).log_params(caller(), id, std::vector<KeyValue>{{key, value}});
    };
  };
  write(param(std::string(limits::kRegistryKeyBytes, 'k'),
              std::string(limits::kParamValueBytes, 'v')));
  expect_refused(param(std::string(limits::kRegistryKeyBytes + 1, 'k'), "v"),
                 ErrorCode::kInvalidArgument, "longer than 250");
  expect_refused(param("k", std::string(limits::kParamValueBytes + 1, 'v')),
                 ErrorCode::kInvalidArgument, "more than 6000");
  expect_refused(param("", "v"), ErrorCode::kInvalidArgument, "empty");
  expect_refused(param("a/../b", "v"), ErrorCode::kInvalidArgument, "no path");
  expect_refused(param("a;b", "v"), ErrorCode::kInvalidArgument, "may hold");
  expect_refused(
      [&](store::Session& session) {
        return Runs(session).log_metrics(caller(), id,
                                         std::vector<Metric>(limits::kLogBatch + 1, {"m"}));
      },
      ErrorCode::kInvalidArgument, "several calls");
}

TEST_P(RunsTest, NothingOfARefusedBatchIsKept) {
  const std::string id = add_run("one");
  expect_refused(
      [&](store::Session& session) {
        return Runs(session).log_params(caller(), id,
                                        std::vector<KeyValue>{{"good", "1"}, {"bad;", "1"}});
      },
      ErrorCode::kInvalidArgument, "bad;");
  read([&](store::Session& session) -> Status {
    WATTLE_ASSIGN_OR_RETURN(const auto params, Runs(session).params(id));
    EXPECT_TRUE(params.empty());
    return {};
  });
}

TEST_P(RunsTest, EveryChangeIsAnEventAndARefusedOneIsNone) {
  store::Outbox outbox(*database_);
  const auto before = *outbox.last();
  const std::string id = add_run("one", {{"loss", 1}}, {{"lr", "0.1"}});
  expect_refused(
      [&](store::Session& session) {
        return Runs(session).log_params(caller(), id, std::vector<KeyValue>{{"lr", "0.2"}});
      },
      ErrorCode::kInvalidArgument, "never change");
  write([&](store::Session& session) { return Runs(session).set_state(caller(), id, "running"); });
  const auto events = *outbox.read(before, 100);
  ASSERT_EQ(events.size(), 4U);
  EXPECT_EQ(events[0].topic, "run.created");
  EXPECT_EQ(events[1].topic, "run.params");
  EXPECT_EQ(events[2].topic, "run.metrics");
  EXPECT_EQ(events[3].topic, "run.updated");
  EXPECT_EQ(events[3].subject, id);
  EXPECT_EQ(events[3].project, "p");
  EXPECT_EQ(events[3].actor, "me");
  EXPECT_EQ(events[3].payload, R"({"from":"pending","state":"running"})");
}

TEST_P(RunsTest, ADeletedExperimentTakesNoRuns) {
  write([&](store::Session& session) {
    return Experiments(session).set_lifecycle(caller(), experiment_, Lifecycle::kDeleted);
  });
  expect_refused(
      [&](store::Session& session) -> Status {
        WATTLE_RETURN_IF_ERROR(Runs(session).create(
            caller(), {.id = "X", .experiment_id = experiment_, .name = "late"}));
        return {};
      },
      ErrorCode::kFailedPrecondition, "restore");
}

TEST_P(RunsTest, AnExperimentsNameIsUniqueInItsProject) {
  expect_refused(
      [&](store::Session& session) -> Status {
        WATTLE_RETURN_IF_ERROR(Experiments(session).create(caller(), "E2", "digits"));
        return {};
      },
      ErrorCode::kAlreadyExists, "another name");
  write([&](store::Session& session) -> Status {
    const Caller other{.project = "q", .actor = "you", .now = clock_.utc_now()};
    WATTLE_RETURN_IF_ERROR(Experiments(session).create(other, "E3", "digits"));
    WATTLE_ASSIGN_OR_RETURN(const auto same,
                            Experiments(session).get_or_create(caller(), "E4", "digits"));
    EXPECT_EQ(same.id, experiment_);
    WATTLE_RETURN_IF_ERROR(Experiments(session).rename(caller(), experiment_, "letters"));
    WATTLE_ASSIGN_OR_RETURN(const auto all, Experiments(session).list("p", Lifecycle::kActive, 10));
    EXPECT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0].name, "letters");
    EXPECT_EQ(all[0].version, 2);
    return {};
  });
}

using store::Backend;
using store::name_of;
WATTLE_ON_BOTH_DATABASES(RunsTest);

}  // namespace
}  // namespace wattle::registry
