// Turns a run's energy into grams, litres and money: chooses the zone and the source, and asks
// carbon to account.
//
// Units:    as carbon. Errors: an unknown zone, an unreadable intensity file or tariff: kNotFound,
// kParse, … Threads:  one thread. Lifetime: borrows files, clock and host; the desk owns its atlas
// and sources.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "wattle/base/file.h"
#include "wattle/base/time.h"
#include "wattle/carbon/carbon_report.h"
#include "wattle/carbon/intensity.h"
#include "wattle/carbon/tariff.h"
#include "wattle/carbon/zone_choice.h"
#include "wattle/hardware/host.h"
#include "wattle/job/embodied_claim.h"
#include "wattle/ledger/statement.h"
#include "wattle/spec/job_spec.h"

namespace wattle::job {

/// REQUIRES: paths in `job.carbon` are absolute.
class CarbonDesk {
 public:
  struct Options {
    std::string root;               // put before /etc and /usr/share/zoneinfo
    std::optional<std::string> tz;  // the environment variable TZ
    std::string time_zone;          // of this host by name, for tariffs by the hour; "": UTC
  };

  /// Checks zone, file, PUE and tariff before anything runs.
  static Result<std::unique_ptr<CarbonDesk>> open(FileSystem& files, const Clock& clock,
                                                  const spec::JobSpec& job, const Options& options);

  const carbon::ZoneChoice& place() const { return place_; }

  /// REQUIRES: the statement is metered.
  Result<carbon::CarbonReport> account(const ledger::Statement& statement,
                                       const hardware::HostDescription& host,
                                       const HostShare& share);

 private:
  explicit CarbonDesk(const Clock& clock) : clock_(clock) {}
  Status open_source(const spec::CarbonSpec& spec);
  Status open_tariff(FileSystem& files, const spec::TariffSpec& tariff, const Options& options);

  const Clock& clock_;
  carbon::ZoneAtlas atlas_;
  carbon::ZoneChoice place_;
  std::unique_ptr<carbon::IntensitySource> averages_;
  std::unique_ptr<carbon::IntensitySource> file_;
  std::unique_ptr<carbon::IntensitySource> chain_;
  std::optional<carbon::Pue> pue_;
  std::optional<carbon::Tariff> tariff_;
};

}  // namespace wattle::job
