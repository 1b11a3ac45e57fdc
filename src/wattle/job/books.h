// A run's statement out of the files of a home: finds the meters and all runs that shared the hosts
// with it, and lets the ledger settle.
//
// Units:    as ledger. Errors: as FileSystem; damaged segments are left out, as in ledger/trace.h.
// Threads:  one thread. Lifetime: borrows files, catalog and index.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/file.h"
#include "wattle/job/run_catalog.h"
#include "wattle/ledger/statement.h"

namespace wattle::job {

/// Energy of a host by account over a period, and by project for what our runs used.
struct PeriodTotals {
  std::map<ledger::Account, Microjoules> accounts;
  std::map<std::string, Microjoules> by_project;
  std::map<std::string, Microjoules> by_run;
};

class Books {
 public:
  /// `host_nodes` is the folder of the host's own meter (store::kHostMeterNodes); it may be
  /// missing.
  Books(FileSystem& files, const RunCatalog& catalog, RunIndex& index, std::string host_nodes)
      : files_(files), catalog_(catalog), index_(index), host_nodes_(std::move(host_nodes)) {}

  /// REQUIRES: the run exists. A run that was never metered has an empty statement.
  Result<ledger::Statement> statement(std::string_view run);

  /// Everything metered between two instants on every host of this home.
  Result<PeriodTotals> totals(UtcTime from, UtcTime to);

 private:
  Result<std::vector<ledger::GroupTrace>> groups_during(UtcTime from, UtcTime to);
  /// Those with a folder of samples, of this home's meter or their own.
  Result<std::set<std::string>> hosts() const;
  /// One for each boot, out of what the user's meter and the host's own recorded.
  Result<std::vector<ledger::NodeTrace>> nodes(const std::string& host, UtcTime from, UtcTime to);

  FileSystem& files_;
  const RunCatalog& catalog_;
  RunIndex& index_;
  std::string host_nodes_;
};

}  // namespace wattle::job
