// The simulation of dispatcher_test, with many more seeds; WATTLE_SEED begins elsewhere.
#include <cstdlib>

#include "wattle/job/queue_simulation.h"

namespace wattle::job {
namespace {

TEST(QueueSoak, NothingIsLostAndNothingRunsTwiceOverManySeeds) {
  const char* const from = std::getenv("WATTLE_SEED");  // NOLINT(concurrency-mt-unsafe)
  const std::uint64_t first = from != nullptr ? std::strtoull(from, nullptr, 10) : 1'000'000;
  constexpr std::uint64_t kSeeds = 10'000;
  for (std::uint64_t seed = first; seed < first + kSeeds && !::testing::Test::HasFailure();
       ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    simulate(seed);
  }
}

}  // namespace
}  // namespace wattle::job
