// The receipt of a run: what it used, emitted and cost, by which meter, with which error, against
// what was predicted.
//
// Units:    in the names; figures carry their 80 % interval and quality. Times are UTC.
// Errors:   parse_receipt returns kParse for what is no receipt of this schema.
// Threads:  value types. Lifetime: value types.
// See:      docs/reference/receipt.md for every key of the JSON.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/result.h"
#include "wattle/base/time.h"
#include "wattle/base/units.h"
#include "wattle/messages/figure.h"

namespace wattle::messages {

/// A process that was running already, and was measured from outside.
struct ObservedFacts {
  std::int64_t pid = 0;
  std::int64_t start_ticks = 0;      // since boot: tells it from others that have had its number
  std::string program;               // its name, as the kernel has it
  std::vector<std::string> command;  // as it was started

  bool operator==(const ObservedFacts&) const = default;
};

struct RunFacts {
  std::string id;
  std::string name;
  std::string project = "default";
  std::string actor;
  std::string kind = "run";  // "run" or "measure"
  std::string state;         // "succeeded", "failed", "stopped", "interrupted"
  /// Of the last attempt: "exited", "signaled", "not_started", "stopped", "time_limit", …
  std::string outcome;
  std::string reason;  // why it did not succeed; "" if it did
  int exit_code = 0;
  int signal = 0;
  std::uint32_t attempts = 1;
  std::vector<std::string> command;
  std::string folder;
  std::optional<ObservedFacts> observed;  // nullopt: `command` itself was measured

  bool operator==(const RunFacts&) const = default;
};

struct TimeFacts {
  UtcTime created;
  UtcTime started;
  UtcTime ended;
  double wall_seconds = 0;
  double cpu_seconds = 0;
  std::int64_t peak_memory_bytes = 0;
  std::int64_t read_bytes = 0;
  std::int64_t written_bytes = 0;

  bool operator==(const TimeFacts&) const = default;
};

struct ComponentFacts {
  std::string component;  // "cpu", "dram", "gpu", "board"
  Figure joules;
  std::vector<std::string> sources;

  bool operator==(const ComponentFacts&) const = default;
};

struct EnergyFacts {
  std::optional<Figure> joules;  // nullopt: no meter saw the run, and nothing below is known
  std::vector<ComponentFacts> components;
  Joules reserved_idle;
  double unmetered_seconds = 0;
  /// Everything the host used meanwhile, by account; the run's own part beside it. Exact, but for
  /// the account "unmetered", which is an estimate.
  std::map<std::string, std::int64_t> host_microjoules;
  std::int64_t this_run_microjoules = 0;

  bool is_metered() const { return joules.has_value(); }

  bool operator==(const EnergyFacts&) const = default;
};

struct WaterFacts {
  Figure litres;  // evaporated on site
  double litres_per_kwh = 0;

  bool operator==(const WaterFacts&) const = default;
};

/// The run's share of making the hardware.
struct EmbodiedFacts {
  GramsCo2e minimum;
  GramsCo2e typical;
  GramsCo2e maximum;

  bool operator==(const EmbodiedFacts&) const = default;
};

struct CarbonFacts {
  std::string zone;
  std::string zone_origin;  // "configured", "time zone guess", "default"
  std::string signal;       // "average" or "marginal"
  std::string source;
  std::string vintage;         // "yearly 2024", "measured", "estimated"
  GramsPerKwh mean_intensity;  // weighted by the run's energy
  Figure operational_grams;    // of the energy above, at the plug of the computer
  double pue = 1;
  std::string pue_origin;
  Figure facility_grams;            // operational grams times PUE, a separate figure
  std::optional<WaterFacts> water;  // nullopt: nobody published a figure for the place
  std::optional<EmbodiedFacts> embodied;
  /// ISO/IEC 21031 score for one run: operational, without PUE, plus typical embodied.
  std::optional<GramsCo2e> sci;
  std::vector<std::string> notes;

  bool operator==(const CarbonFacts&) const = default;
};

struct CostFacts {
  Figure amount;
  std::string currency;

  bool operator==(const CostFacts&) const = default;
};

struct PredictionFacts {
  std::string basis;  // "median of 5 earlier runs", "2 of 200 rounds measured"
  Figure seconds;
  std::optional<Figure> joules;

  bool operator==(const PredictionFacts&) const = default;
};

struct FileFacts {
  std::string name;
  std::string path;
  std::string sha256;
  std::int64_t bytes = 0;

  bool operator==(const FileFacts&) const = default;
};

struct Receipt {
  RunFacts run;
  TimeFacts time;
  EnergyFacts energy;
  std::optional<CarbonFacts> carbon;
  std::optional<CostFacts> cost;
  std::optional<PredictionFacts> prediction;
  std::map<std::string, double>
      metrics;  // the last value of each; NaN and infinities are told as strings
  std::vector<FileFacts> inputs;
  std::vector<FileFacts> outputs;
  std::map<std::string, std::string> environment;
  std::vector<std::string> notes;  // what a reader must know before relying on the figures

  bool operator==(const Receipt&) const = default;
};

/// JSON, indented by two spaces, with a final newline. The same receipt always gives the same
/// bytes.
std::string to_json(const Receipt& receipt);
Result<Receipt> parse_receipt(std::string_view text);

}  // namespace wattle::messages
