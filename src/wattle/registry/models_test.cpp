#include "wattle/registry/models.h"

#include <gtest/gtest.h>

#include "wattle/registry/lineage.h"
#include "wattle/registry/registry_fixture.h"
#include "wattle/registry/tags.h"
#include "wattle/store/artifact_references.h"
#include "wattle/store/artifact_store.h"

namespace wattle::registry {
namespace {

class ModelsTest : public RegistryTest {
 protected:
  void SetUp() override {
    RegistryTest::SetUp();
    if (!database_) {
      return;  // skipped
    }
    auto store =
        store::ArtifactStore::open(*database_, disk_, clock_, {.folder = folder_ / "artifacts"});
    ASSERT_TRUE(store.ok());
    digest_ = (*store)->add_bytes("weights")->artifact.digest;
    model_ = new_id();
    write([this](store::Session& session) -> Status {
      WATTLE_RETURN_IF_ERROR(Models(session).create(caller(), model_, "churn"));
      return {};
    });
  }
  ModelVersion add_version(const std::optional<std::string>& run = {}) {
    ModelVersion version;
    write([&](store::Session& session) -> Status {
      WATTLE_ASSIGN_OR_RETURN(
          version, Models(session).create_version(
                       caller(), {.model_id = model_, .digest = digest_, .run_id = run}));
      return {};
    });
    return version;
  }
  std::int64_t resolve(const std::string& word) {
    std::int64_t number = 0;
    read([&](store::Session& session) -> Status {
      WATTLE_ASSIGN_OR_RETURN(const auto version, Models(session).resolve("p", model_, word));
      number = version.number;
      return {};
    });
    return number;
  }

  store::ArtifactDisk disk_;
  std::string digest_;
  std::string model_;
};

TEST_P(ModelsTest, VersionsCountFromOneAndKeepTheirArtifactAndRun) {
  const std::string run = add_run("one");
  const auto first = add_version(run);
  const auto second = add_version();
  EXPECT_EQ(first.number, 1);
  EXPECT_EQ(second.number, 2);
  EXPECT_EQ(first.run_id, run);
  read([&](store::Session& session) -> Status {
    WATTLE_ASSIGN_OR_RETURN(const auto references, store::artifact_references_to(session, digest_));
    EXPECT_EQ(references.size(), 2U);
    WATTLE_ASSIGN_OR_RETURN(const auto versions, Models(session).versions("p", model_, 0, 10));
    EXPECT_EQ(versions.size(), 2U);
    EXPECT_EQ(versions[0].number, 2);
    return {};
  });
}

TEST_P(ModelsTest, AVersionOfAnArtifactThatIsNotThereIsRefused) {
  expect_refused(
      [&](store::Session& session) -> Status {
        WATTLE_RETURN_IF_ERROR(Models(session).create_version(
            caller(), {.model_id = model_, .digest = std::string(64, 'a')}));
        return {};
      },
      ErrorCode::kNotFound, "no artifact");
  EXPECT_EQ(add_version().number, 1) << "the number was not used up";
}

TEST_P(ModelsTest, AnAliasMovesAndIsNoNumber) {
  add_version();
  add_version();
  const auto set = [&](const std::string& alias, std::int64_t number) {
    return [&, alias, number](store::Session& session) {
      return Models(session).set_alias(caller(), model_, alias, number);
    };
  };
  write(set("champion", 1));
  EXPECT_EQ(resolve("champion"), 1);
  write(set("champion", 2));
  EXPECT_EQ(resolve("champion"), 2);
  EXPECT_EQ(resolve("latest"), 2);
  EXPECT_EQ(resolve("1"), 1);
  EXPECT_EQ(resolve("v1"), 1);
  for (const auto* alias : {"3", "v3", "latest", "a b", ""}) {
    expect_refused(set(alias, 1), ErrorCode::kInvalidArgument, "alias");
  }
  expect_refused(set("other", 9), ErrorCode::kNotFound, "no version 9");
  write([&](store::Session& session) {
    return Models(session).delete_alias(caller(), model_, "champion");
  });
  read([&](store::Session& session) -> Status {
    EXPECT_FALSE(Models(session).resolve("p", model_, "champion").ok());
    return {};
  });
}

TEST_P(ModelsTest, ADecisionHasItsActorTimeAndReason) {
  const auto version = add_version();
  expect_refused(
      [&](store::Session& session) -> Status {
        WATTLE_RETURN_IF_ERROR(
            Models(session).decide(caller(), model_, 1, {.approval = Approval::kRejected}));
        return {};
      },
      ErrorCode::kFailedPrecondition, "reason");
  clock_.advance(Seconds(5));
  write([&](store::Session& session) -> Status {
    WATTLE_ASSIGN_OR_RETURN(const auto decided,
                            Models(session).decide(caller(), model_, 1,
                                                   {.approval = Approval::kApproved,
                                                    .reason = "good",
                                                    .expected_version = version.version}));
    EXPECT_EQ(decided.approval, Approval::kApproved);
    EXPECT_EQ(decided.approval_actor, "me");
    EXPECT_EQ(decided.approval_reason, "good");
    EXPECT_EQ(decided.approval_time, clock_.utc_now());
    return {};
  });
  expect_refused(
      [&](store::Session& session) -> Status {
        WATTLE_RETURN_IF_ERROR(Models(session).decide(
            caller(), model_, 1,
            {.approval = Approval::kPending, .expected_version = version.version}));
        return {};
      },
      ErrorCode::kFailedPrecondition, "read it again");
}

TEST_P(ModelsTest, TheDescriptionOfAVersionMayChangeAndModelsAreFoundByName) {
  const auto version = add_version();
  write([&](store::Session& session) {
    return Models(session).describe_version(caller(), version, "better");
  });
  read([&](store::Session& session) -> Status {
    WATTLE_ASSIGN_OR_RETURN(const auto read, Models(session).get_version("p", model_, 1));
    EXPECT_EQ(read.description, "better");
    EXPECT_EQ(read.digest, digest_);
    WATTLE_ASSIGN_OR_RETURN(const auto model, Models(session).get_by_name("p", "churn"));
    EXPECT_EQ(model.id, model_);
    EXPECT_EQ(Models(session).get_by_name("q", "churn").error().code(), ErrorCode::kNotFound);
    return {};
  });
  expect_refused(
      [&](store::Session& session) -> Status {
        WATTLE_RETURN_IF_ERROR(Models(session).create(caller(), "M2", "churn"));
        return {};
      },
      ErrorCode::kAlreadyExists, "another name");
}

TEST_P(ModelsTest, TagsOfModelsAndVersionsAreKeptApart) {
  const auto version = add_version();
  write([&](store::Session& session) -> Status {
    WATTLE_RETURN_IF_ERROR(
        set_tags(session, caller(), {"model", model_}, std::vector<KeyValue>{{"team", "red"}}));
    return set_tags(session, caller(), {"model_version", version.id()},
                    std::vector<KeyValue>{{"team", "blue"}});
  });
  read([&](store::Session& session) -> Status {
    WATTLE_ASSIGN_OR_RETURN(const auto tags, tags_of(session, "p", {"model", model_}));
    EXPECT_EQ(tags, (std::vector<KeyValue>{{"team", "red"}}));
    return {};
  });
}

TEST_P(ModelsTest, LineageLeadsFromAVersionToWhatItCameFrom) {
  const std::string run = add_run("one");
  const auto version = add_version(run);
  const Node data{"artifact", "D"};
  write([&](store::Session& session) {
    return add_edge(session, caller(),
                    {.from = data, .relation = Relation::kUsed, .to = {"run", run}});
  });
  read([&](store::Session& session) -> Status {
    WATTLE_ASSIGN_OR_RETURN(const auto up,
                            lineage_of(session, "p", {.start = {"model_version", version.id()}}));
    EXPECT_EQ(up.edges.size(), 2U);
    EXPECT_EQ(up.edges[1].from, data);
    EXPECT_FALSE(up.is_cut);
    WATTLE_ASSIGN_OR_RETURN(
        const auto down,
        lineage_of(session, "p", {.start = data, .side = LineageSide::kDescendants, .depth = 1}));
    EXPECT_EQ(down.edges.size(), 1U);
    EXPECT_TRUE(down.is_cut);
    WATTLE_ASSIGN_OR_RETURN(const auto foreign, lineage_of(session, "q", {.start = data}));
    EXPECT_TRUE(foreign.edges.empty());
    return {};
  });
}

TEST_P(ModelsTest, LineageEndsInACycleAndAtItsLimit) {
  const auto node = [](int i) { return Node{"artifact", std::to_string(i)}; };
  write([&](store::Session& session) -> Status {
    for (int i = 0; i < 20; ++i) {
      WATTLE_RETURN_IF_ERROR(
          add_edge(session, caller(),
                   {.from = node(i), .relation = Relation::kDerived, .to = node((i + 1) % 20)}));
    }
    return {};
  });
  read([&](store::Session& session) -> Status {
    LineageQuery query{.start = node(0), .side = LineageSide::kDescendants, .depth = 100};
    WATTLE_ASSIGN_OR_RETURN(const auto all, lineage_of(session, "p", query));
    EXPECT_EQ(all.edges.size(), 20U);
    EXPECT_FALSE(all.is_cut);
    query.limit = 5;
    WATTLE_ASSIGN_OR_RETURN(const auto some, lineage_of(session, "p", query));
    EXPECT_EQ(some.edges.size(), 5U);
    EXPECT_TRUE(some.is_cut);
    return {};
  });
  expect_refused(
      [&](store::Session& session) {
        return add_edge(session, caller(), {.from = node(1), .to = node(1)});
      },
      ErrorCode::kInvalidArgument, "from itself");
}

using store::Backend;
using store::name_of;
WATTLE_ON_BOTH_DATABASES(ModelsTest);

}  // namespace
}  // namespace wattle::registry
