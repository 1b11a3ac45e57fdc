// How long listings take with many runs, on SQLite and on PostgreSQL, beside the lookup of one row.
//   bench_registry [--runs N] [--queries N] [--only sqlite|postgres] [--json]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/ids.h"
#include "wattle/base/text.h"
#include "wattle/registry/experiments.h"
#include "wattle/registry/registry_schema.h"
#include "wattle/registry/run_list.h"
#include "wattle/store/artifact_schema.h"
#include "wattle/store/open_database.h"
#include "wattle/store/store_schema.h"
#include "wattle/support/postgres_server.h"
#include "wattle/support/temporary_folder.h"

namespace wattle::registry {
namespace {

constexpr int kRunsOfOneTransaction = 20'000;
constexpr int kExperiments = 10;  // one of them has half of the runs
constexpr std::string_view kProject = "bench";

struct Arguments {
  std::int64_t runs = 1'000'000;
  int queries = 200;
  std::string only;
  bool json = false;
};

Result<Arguments> parse_arguments(int count, char** values) {
  Arguments arguments;
  for (int i = 1; i < count; ++i) {
    const std::string_view word = values[i];
    if (word == "--json") {
      arguments.json = true;
      continue;
    }
    if (i + 1 == count) {
      return Error(ErrorCode::kInvalidArgument, concat("'", word, "' is not understood"));
    }
    const std::string_view value = values[++i];
    if (word == "--only") {
      arguments.only = value;
      continue;
    }
    WATTLE_ASSIGN_OR_RETURN(const std::int64_t number, parse_integer(value));
    if (word == "--runs") {
      arguments.runs = number;
    } else if (word == "--queries") {
      arguments.queries = static_cast<int>(number);
    } else {
      return Error(ErrorCode::kInvalidArgument, concat("'", word, "' is not understood"));
    }
  }
  return arguments;
}

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// Rows straight into the tables: what is measured is reading.
class Filler {
 public:
  Filler(store::Database& database, std::int64_t runs) : database_(database), runs_(runs) {}

  Status fill() {
    const Status begun = database_.write([this](store::Session& session) -> Status {
      experiments_.clear();
      for (int i = 0; i < kExperiments; ++i) {
        experiments_.push_back(concat("EXPERIMENT", i));
        WATTLE_RETURN_IF_ERROR(Experiments(session).create(
            {.project = std::string(kProject), .actor = "bench", .now = clock_.utc_now()},
            experiments_.back(), concat("experiment ", i)));
      }
      return {};
    });
    WATTLE_RETURN_IF_ERROR(begun);
    for (std::int64_t first = 0; first < runs_; first += kRunsOfOneTransaction) {
      const auto last = std::min(runs_, first + kRunsOfOneTransaction);
      const Status written = database_.write([&](store::Session& session) -> Status {
        for (auto i = first; i < last; ++i) {
          WATTLE_RETURN_IF_ERROR(add(session, i));
        }
        return {};
      });
      WATTLE_RETURN_IF_ERROR(written);
    }
    return {};
  }
  const std::vector<std::string>& ids() const { return ids_; }
  const std::string& large_experiment() const { return experiments_.front(); }

 private:
  Status add(store::Session& session, std::int64_t i) {
    clock_.advance(Seconds(1));
    const std::string id = make_ulid(clock_, rng_);
    const auto& experiment = experiments_[rng_.below(2) == 0 ? 0 : rng_.below(experiments_.size())];
    const std::int64_t created = clock_.utc_now().ns;
    const std::string state = rng_.below(100) == 0 ? "failed" : "succeeded";
    WATTLE_RETURN_IF_ERROR(session.execute(
        "INSERT INTO runs (id, project, experiment_id, actor, name, kind, state, lifecycle, "
        "created_ns, started_ns, ended_ns, parent_id, source, version) "
        "VALUES (?, ?, ?, 'bench', ?, 'training', ?, 'active', ?, ?, ?, NULL, 'train.py', 3)",
        {id, std::string(kProject), experiment, concat("run-", i), state, created, created + 1,
         created + 2}));
    for (const auto* key : {"accuracy", "loss", "energy_joules"}) {
      WATTLE_RETURN_IF_ERROR(session.execute(
          "INSERT INTO run_metrics (run_id, key, value, special, step, at_ns, project, "
          "experiment_id, created_ns) VALUES (?, ?, ?, 0, 100, ?, ?, ?, ?)",
          {id, std::string(key), rng_.uniform(), created, std::string(kProject), experiment,
           created}));
    }
    const std::string rate = std::to_string(rng_.below(100));
    WATTLE_RETURN_IF_ERROR(session.execute(
        "INSERT INTO run_params (run_id, key, value, value_head, project, created_ns) "
        "VALUES (?, 'lr', ?, ?, ?, ?)",
        {id, rate, rate, std::string(kProject), created}));
    ids_.push_back(id);
    return {};
  }

  store::Database& database_;
  std::int64_t runs_;
  SimulatedClock clock_;
  Rng rng_{1};
  std::vector<std::string> experiments_;
  std::vector<std::string> ids_;
};

struct Question {
  std::string name;
  std::function<Result<std::size_t>(store::Session&)> ask;  // rows of the answer
};

Question listing(std::string name, ListQuery query) {
  query.project = kProject;
  return {std::move(name),
          [query = std::move(query)](store::Session& session) -> Result<std::size_t> {
            WATTLE_ASSIGN_OR_RETURN(const auto page, RunList(session).list(query));
            return page.runs.size();
          }};
}

std::vector<Question> questions(const Filler& filler, Rng& rng) {
  const std::vector<std::string> large{filler.large_experiment()};
  std::vector<Question> all;
  all.push_back(
      {"one run by its id", [&filler, &rng](store::Session& session) -> Result<std::size_t> {
         const auto& id = filler.ids()[rng.below(filler.ids().size())];
         WATTLE_RETURN_IF_ERROR(Runs(session).get(kProject, id));
         return std::size_t{1};
       }});
  all.push_back(listing("newest 50 of the project", {}));
  all.push_back(listing("newest 50 of an experiment", {.experiments = large}));
  all.push_back(listing("newest 50 that failed (1 %)", {.states = {"failed"}}));
  for (const auto* bound : {"0.5", "0.9", "0.99", "0.999", "0.99999"}) {
    const std::string filter = concat("metrics.accuracy > ", bound);
    all.push_back(listing(concat("newest 50 with ", filter), {.filter = filter}));
    all.push_back(
        listing(concat("... of an experiment"), {.experiments = large, .filter = filter}));
  }
  all.push_back(
      listing("newest 50 with metrics.accuracy > 2 (none)", {.filter = "metrics.accuracy > 2"}));
  all.push_back(listing("newest 50 with params.lr = '7' (1 %)", {.filter = "params.lr = '7'"}));
  all.push_back(listing("newest 50 with accuracy > 0.9, lr = '7', state = succeeded",
                        {.filter = "metrics.accuracy > 0.9 AND params.lr = '7' AND "
                                   "attributes.state = 'succeeded'"}));
  all.push_back(listing("top 50 by accuracy", {.order_by = "metrics.accuracy DESC"}));
  all.push_back(listing("top 50 by accuracy of an experiment",
                        {.experiments = large, .order_by = "metrics.accuracy DESC"}));
  all.push_back(listing("lowest 50 by loss with accuracy > 0.9",
                        {.filter = "metrics.accuracy > 0.9", .order_by = "metrics.loss"}));
  all.push_back(listing("latest 50 by start of an experiment",
                        {.experiments = large, .order_by = "started DESC"}));
  return all;
}

Status measure(store::Database& database, const Question& question, const Arguments& arguments,
               std::string_view backend) {
  std::vector<double> milliseconds;
  std::size_t rows = 0;
  for (int i = 0; i < arguments.queries; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    const Status read = database.read([&](store::Session& session) -> Status {
      WATTLE_ASSIGN_OR_RETURN(rows, question.ask(session));
      return {};
    });
    WATTLE_RETURN_IF_ERROR(read);
    milliseconds.push_back(seconds_since(begin) * 1e3);
  }
  std::ranges::sort(milliseconds);
  const double median = milliseconds[milliseconds.size() / 2];
  const double late = milliseconds[milliseconds.size() * 95 / 100];
  std::printf(
      arguments.json
          ? "{\"backend\":\"%s\",\"query\":\"%s\",\"rows\":%zu,\"p50_ms\":%.3f,\"p95_ms\":%.3f}\n"
          : "%-9s %-64s %3zu rows  p50 %8.3f ms  p95 %8.3f ms\n",
      std::string(backend).c_str(), question.name.c_str(), rows, median, late);
  (void)std::fflush(stdout);
  return {};
}

Status run_backend(const store::DatabaseOptions& options, std::string_view backend,
                   const Arguments& arguments) {
  WATTLE_ASSIGN_OR_RETURN(auto database, store::open_database(options));
  const SystemClock clock;
  const std::vector schemas{store::store_schema(), store::artifact_schema(), registry_schema()};
  WATTLE_RETURN_IF_ERROR(store::migrate(*database, schemas, clock, {"bench", ""}));
  Filler filler(*database, arguments.runs);
  auto begin = std::chrono::steady_clock::now();
  WATTLE_RETURN_IF_ERROR(filler.fill());
  std::fprintf(stderr, "%s: %lld runs written in %.0f s\n", std::string(backend).c_str(),
               static_cast<long long>(arguments.runs), seconds_since(begin));
  database.reset();  // its end is not part of the next one's beginning
  begin = std::chrono::steady_clock::now();
  WATTLE_ASSIGN_OR_RETURN(database, store::open_database(options));
  std::fprintf(stderr, "%s: opened in %.1f ms\n", std::string(backend).c_str(),
               seconds_since(begin) * 1e3);
  Rng rng(2);
  for (const auto& question : questions(filler, rng)) {
    WATTLE_RETURN_IF_ERROR(measure(*database, question, arguments, backend));
  }
  return {};
}

Status run(const Arguments& arguments) {
  if (arguments.only != "postgres") {
    const support::TemporaryFolder folder;
    WATTLE_RETURN_IF_ERROR(run_backend({.home = folder.path()}, "sqlite", arguments));
  }
  if (arguments.only != "sqlite" && support::PostgresServer::is_installed()) {
    const support::TemporaryFolder folder;
    support::PostgresServer server;
    WATTLE_RETURN_IF_ERROR(run_backend({.home = folder.path(), .url = server.create_database()},
                                       "postgres", arguments));
  }
  return {};
}

}  // namespace
}  // namespace wattle::registry

int main(int count, char** values) {
  const auto arguments = wattle::registry::parse_arguments(count, values);
  const auto done =
      arguments.ok() ? wattle::registry::run(*arguments) : wattle::Status(arguments.error());
  if (!done.ok()) {
    std::fprintf(stderr, "bench_registry: %s\n", done.error().message().c_str());
    return 1;
  }
  return 0;
}
