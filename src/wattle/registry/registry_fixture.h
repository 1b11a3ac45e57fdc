// For tests of the registry on both databases: a database with its tables, and someone who writes.
//
// Units:    none. Errors: what fails, fails the test.
// Threads:  the test's. Lifetime: as the test.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "wattle/base/ids.h"
#include "wattle/registry/experiments.h"
#include "wattle/registry/registry_schema.h"
#include "wattle/registry/runs.h"
#include "wattle/store/artifact_schema.h"
#include "wattle/store/database_fixture.h"
#include "wattle/store/migrations.h"
#include "wattle/store/store_schema.h"

namespace wattle::registry {

class RegistryTest : public store::OnBothDatabases {
 protected:
  void SetUp() override {
    OnBothDatabases::SetUp();
    if (!database_) {
      return;  // skipped
    }
    const auto schemas =
        std::vector{store::store_schema(), store::artifact_schema(), registry_schema()};
    const auto migrated = store::migrate(*database_, schemas, clock_, {"test", ""});
    ASSERT_TRUE(migrated.ok()) << migrated.error().message();
    experiment_ = new_id();
    write([this](store::Session& session) -> Status {
      WATTLE_RETURN_IF_ERROR(Experiments(session).create(caller(), experiment_, "digits"));
      return {};
    });
  }

  Caller caller() const { return {.project = "p", .actor = "me", .now = clock_.utc_now()}; }
  std::string new_id() { return make_ulid(clock_, rng_); }

  void write(const store::Database::Work& work) {
    const auto written = database_->write(work);
    EXPECT_TRUE(written.ok()) << written.error().message();
  }
  void read(const store::Database::Work& work) {
    const auto status = database_->read(work);
    EXPECT_TRUE(status.ok()) << status.error().message();
  }
  /// The work fails with this code and a message with this part.
  void expect_refused(const store::Database::Work& work, ErrorCode code, std::string_view part) {
    const auto written = database_->write(work);
    ASSERT_FALSE(written.ok());
    EXPECT_EQ(written.error().code(), code) << written.error().message();
    EXPECT_NE(written.error().message().find(part), std::string::npos) << written.error().message();
  }
  /// A run, a second after the one before.
  std::string add_run(const std::string& name, const std::vector<Metric>& metrics = {},
                      const std::vector<KeyValue>& params = {}) {
    clock_.advance(Seconds(1));
    const std::string id = new_id();
    write([&](store::Session& session) -> Status {
      Runs runs(session);
      WATTLE_RETURN_IF_ERROR(
          runs.create(caller(), {.id = id, .experiment_id = experiment_, .name = name}));
      WATTLE_RETURN_IF_ERROR(runs.log_params(caller(), id, params));
      return runs.log_metrics(caller(), id, metrics);
    });
    return id;
  }

  SimulatedClock clock_;
  Rng rng_{1};
  std::string experiment_;
};

}  // namespace wattle::registry
