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
  std::int64_t start_ticks = 0;
  std::string program;
  std::vector<std::string> command;

  static constexpr std::string_view kName = "ObservedProcess";
  static constexpr std::string_view kAbout =
      "A process that was running already, and was measured from outside.";
  static void fields(auto& f) {
    f("pid", &ObservedFacts::pid, "Its number on its host.");
    f("start_ticks", &ObservedFacts::start_ticks,
      "Since boot: tells it from others that have had its number.");
    f("program", &ObservedFacts::program, "Its name, as the kernel has it.");
    f("command", &ObservedFacts::command, "As it was started.");
  }
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

  static constexpr std::string_view kName = "ReceiptRun";
  static constexpr std::string_view kAbout = "What ran, and how it ended.";
  static void fields(auto& f) {
    f("id", &RunFacts::id, "ULID: ids sort by the time of creation.");
    f("name", &RunFacts::name, "Of the job.");
    f("project", &RunFacts::project, "What its energy is booked to.");
    f("actor", &RunFacts::actor, "Name of the user who asked.");
    f("kind", &RunFacts::kind, "run, or measure: streams untouched, nothing reserved.");
    f("state", &RunFacts::state, "succeeded, failed, stopped, interrupted.");
    f("outcome", &RunFacts::outcome,
      "How the last attempt ended: exited, signaled, not_started, stopped, time_limit, "
      "memory_limit, lost.");
    f("reason", &RunFacts::reason, "Why it did not succeed; empty if it did.");
    f("exit_code", &RunFacts::exit_code, "Of the command in its last attempt.");
    f("signal", &RunFacts::signal, "That ended the command; 0: none.");
    f("attempts", &RunFacts::attempts, "How often it was started.");
    f("command", &RunFacts::command, "The words that were executed.");
    f("folder", &RunFacts::folder, "Absolute working folder.");
    f("observed", &RunFacts::observed, "The process that was measured; null: the command itself.",
      kOrNull);
  }
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

  static constexpr std::string_view kName = "ReceiptTime";
  static constexpr std::string_view kAbout = "When, how long, how much of the host.";
  static void fields(auto& f) {
    f("created_at", &TimeFacts::created, "When the run was accepted.");
    f("started_at", &TimeFacts::started, "When its first attempt started.");
    f("ended_at", &TimeFacts::ended, "When its last attempt ended.");
    f("wall_seconds", &TimeFacts::wall_seconds, "On the boot clock, over all attempts.");
    f("cpu_seconds", &TimeFacts::cpu_seconds, "CPU time of all its processes, over all attempts.");
    f("peak_memory_bytes", &TimeFacts::peak_memory_bytes,
      "Most memory that its processes held together.");
    f("read_bytes", &TimeFacts::read_bytes, "Input of its processes.");
    f("written_bytes", &TimeFacts::written_bytes, "Output of its processes.");
  }
  bool operator==(const TimeFacts&) const = default;
};

struct ComponentFacts {
  std::string component;  // "cpu", "dram", "gpu", "board"
  Figure joules;
  std::vector<std::string> sources;

  static constexpr std::string_view kName = "ReceiptComponent";
  static constexpr std::string_view kAbout = "A part of the energy.";
  static void fields(auto& f) {
    f("component", &ComponentFacts::component, "cpu, dram, gpu or board.");
    f("joules", &ComponentFacts::joules, "Charged to the run.");
    f("sources", &ComponentFacts::sources, "Counters or models.");
  }
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
  /// Nothing is known, and nothing is told, of what no meter saw.
  template <typename T>
  std::optional<T> if_metered(const T& known) const {
    return is_metered() ? std::optional<T>(known) : std::nullopt;
  }
  template <typename T>
  Status set_if_metered(T& known, const std::optional<T>& told) const {
    if (is_metered() && !told) {
      return Error(ErrorCode::kInvalidArgument, "is null although a meter saw the run");
    }
    known = is_metered() ? *told : T{};
    return {};
  }

  static constexpr std::string_view kName = "ReceiptEnergy";
  static constexpr std::string_view kAbout =
      "Joules. Integers may exceed 2^53: read them with 64 bits.";
  static void fields(auto& f) {
    f(
        "metered", [](const EnergyFacts& energy) { return energy.is_metered(); },
        [](EnergyFacts&, bool) {},
        "False: no meter saw the run, and the figures of this section are null.");
    f("joules", &EnergyFacts::joules, "What the run is charged for: the sum of the components.",
      kOrNull);
    f("components", &EnergyFacts::components, "Its parts.");
    f(
        "reserved_idle_joules",
        [](const EnergyFacts& energy) { return energy.if_metered(energy.reserved_idle); },
        [](EnergyFacts& energy, const std::optional<Joules>& idle) {
          return energy.set_if_metered(energy.reserved_idle, idle);
        },
        "The part that was idle energy of CPUs reserved for the run.", kOrNull);
    f("unmetered_seconds", &EnergyFacts::unmetered_seconds,
      "How long the run went on without a meter.");
    f(
        "this_run_microjoules",
        [](const EnergyFacts& energy) { return energy.if_metered(energy.this_run_microjoules); },
        [](EnergyFacts& energy, std::optional<std::int64_t> own) {
          return energy.set_if_metered(energy.this_run_microjoules, own);
        },
        "What the run is charged for, exact.", kOrNull);
    f("host_microjoules", &EnergyFacts::host_microjoules,
      "Everything that its hosts used meanwhile, by account; exact but for `unmetered`.");
  }
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

  static constexpr std::string_view kName = "ReceiptEmbodied";
  static constexpr std::string_view kAbout = "The run's share of making the hardware, CO2e.";
  static void fields(auto& f) {
    f("minimum", &EmbodiedFacts::minimum, "Of what is published.");
    f("typical", &EmbodiedFacts::typical, "Of what is published.");
    f("maximum", &EmbodiedFacts::maximum, "Of what is published.");
  }
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

  Status set_water_rate(std::optional<double> litres_per_kwh);

  static constexpr std::string_view kName = "ReceiptCarbon";
  static constexpr std::string_view kAbout =
      "Grams and litres, beside each other; none is folded into another.";
  static void fields(auto& f) {
    f("zone", &CarbonFacts::zone, "Whose intensity was used.");
    f("zone_origin", &CarbonFacts::zone_origin, "configured, time zone guess, default.");
    f("signal", &CarbonFacts::signal, "average or marginal.");
    f("source", &CarbonFacts::source, "Of the intensity.");
    f("vintage", &CarbonFacts::vintage, "The worst among the values used.");
    f("grams_per_kwh", &CarbonFacts::mean_intensity,
      "Mean intensity weighted by the run's energy: to read, not to compute with.");
    f("operational_grams", &CarbonFacts::operational_grams,
      "CO2e of the energy, interval by interval.");
    f("pue", &CarbonFacts::pue, "Power usage effectiveness of the site.");
    f("pue_origin", &CarbonFacts::pue_origin, "Where it comes from.");
    f("facility_grams", &CarbonFacts::facility_grams, "Operational grams times PUE.");
    f(
        "water_litres",
        [](const CarbonFacts& carbon) {
          return carbon.water ? std::optional(carbon.water->litres) : std::nullopt;
        },
        [](CarbonFacts& carbon, const std::optional<Figure>& litres) {
          carbon.water = litres ? std::optional(WaterFacts{*litres, 0}) : std::nullopt;
        },
        "Evaporated on site; null where nobody published a figure.", kOrNull);
    f(
        "litres_per_kwh",
        [](const CarbonFacts& carbon) {
          return carbon.water ? std::optional(carbon.water->litres_per_kwh) : std::nullopt;
        },
        [](CarbonFacts& carbon, std::optional<double> rate) { return carbon.set_water_rate(rate); },
        "Water usage effectiveness of the site.", kOrNull);
    f("embodied_grams", &CarbonFacts::embodied, "The run's share of making the hardware.", kOrNull);
    f("sci_grams", &CarbonFacts::sci,
      "Software Carbon Intensity (ISO/IEC 21031) for one run: operational, without PUE, plus "
      "typical embodied.",
      kOrNull);
    f("notes", &CarbonFacts::notes, "Fallbacks taken, gaps bridged.");
  }
  bool operator==(const CarbonFacts&) const = default;
};

struct CostFacts {
  Figure amount;
  std::string currency;

  static constexpr std::string_view kName = "ReceiptCost";
  static constexpr std::string_view kAbout = "Money.";
  static void fields(auto& f) {
    f("amount", &CostFacts::amount, "Price of the energy, hour by hour, in units of the currency.");
    f("currency", &CostFacts::currency, "Three capitals: EUR.");
  }
  bool operator==(const CostFacts&) const = default;
};

struct PredictionFacts {
  std::string basis;  // "median of 5 earlier runs", "2 of 200 rounds measured"
  Figure seconds;
  std::optional<Figure> joules;

  static constexpr std::string_view kName = "Prediction";
  static constexpr std::string_view kAbout = "What was said before a run started.";
  static void fields(auto& f) {
    f("basis", &PredictionFacts::basis, "What it rests on.");
    f("seconds", &PredictionFacts::seconds, "Time.");
    f("joules", &PredictionFacts::joules, "Energy; null: no basis for it.", kOrNull);
  }
  bool operator==(const PredictionFacts&) const = default;
};

struct FileFacts {
  std::string name;
  std::string path;
  std::string sha256;
  std::int64_t bytes = 0;

  static constexpr std::string_view kName = "ReceiptFile";
  static constexpr std::string_view kAbout = "A file or folder that was read or written.";
  static void fields(auto& f) {
    f("name", &FileFacts::name, "Its key in wattle.yaml, or its name.");
    f("path", &FileFacts::path, "Absolute.");
    f("sha256", &FileFacts::sha256, "64 hexadecimal digits.");
    f("bytes", &FileFacts::bytes, "Size; of a folder, the sum of its files.");
  }
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

  static constexpr std::string_view kSchema = "wattle.receipt.v1";
  static constexpr std::string_view kName = "Receipt";
  static constexpr std::string_view kAbout =
      "What a run used, emitted and cost, by which meter, with which error, against what was "
      "predicted.";
  static void fields(auto& f) {
    f(
        "schema", [](const Receipt&) { return std::string(kSchema); },
        [](Receipt&, const std::string&) {}, "Of this object.", {.constant = kSchema});
    f("run", &Receipt::run, "What ran, and how it ended.");
    f("time", &Receipt::time, "When, how long, how much of the host.");
    f("energy", &Receipt::energy, "Joules.");
    f("carbon", &Receipt::carbon,
      "Grams and litres; null when nothing was metered or no intensity was found.", kOrNull);
    f("cost", &Receipt::cost, "Money; null without a tariff.", kOrNull);
    f("prediction", &Receipt::prediction, "What was said before it started; null without a basis.",
      kOrNull);
    f("metrics", &Receipt::metrics, "The last value of each metric of the job.");
    f("inputs", &Receipt::inputs, "What was read, by digest.");
    f("outputs", &Receipt::outputs, "What was written, by digest.");
    f("environment", &Receipt::environment, "Where it ran: interpreter, packages, git, host.");
    f("notes", &Receipt::notes, "What a reader must know before relying on the figures.");
  }
  bool operator==(const Receipt&) const = default;
};

extern template const Type& type_of<ObservedFacts>();
extern template const Type& type_of<RunFacts>();
extern template const Type& type_of<TimeFacts>();
extern template const Type& type_of<ComponentFacts>();
extern template const Type& type_of<EnergyFacts>();
extern template const Type& type_of<EmbodiedFacts>();
extern template const Type& type_of<CarbonFacts>();
extern template const Type& type_of<CostFacts>();
extern template const Type& type_of<PredictionFacts>();
extern template const Type& type_of<FileFacts>();
extern template const Type& type_of<Receipt>();

/// JSON, indented by two spaces, with a final newline. The same receipt always gives the same
/// bytes.
std::string to_json(const Receipt& receipt);
Result<Receipt> parse_receipt(std::string_view text);

}  // namespace wattle::messages
