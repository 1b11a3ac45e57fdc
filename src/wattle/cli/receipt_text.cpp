#include "wattle/cli/receipt_text.h"

#include <fmt/format.h>

#include "wattle/base/text.h"
#include "wattle/cli/format.h"
#include "wattle/cli/table.h"

namespace wattle::cli {
namespace {

using messages::Figure;
using messages::Receipt;

constexpr std::size_t kLabelWidth = 11;
constexpr std::size_t kValueWidth = 10;

/// Lines of "  label   value  rest".
class Lines {
 public:
  explicit Lines(const Output& output) : output_(output) {}

  void add(std::string_view label, std::string_view value, std::string_view rest = "") {
    std::string line =
        "  " + pad(label, kLabelWidth) + output_.styled(Style::kBold, pad(value, kValueWidth));
    if (!rest.empty()) {
      line += concat(" ", rest);
    }
    text_ += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  void detail(std::string_view label, std::string_view value, std::string_view rest = "") {
    add(concat("  ", label), value, output_.styled(Style::kDim, rest));
  }
  void blank() { text_ += "\n"; }
  void raw(std::string_view line) { text_ += concat(line, "\n"); }
  std::string take() { return std::move(text_); }

 private:
  static std::string pad(std::string_view text, std::size_t width) {
    const std::size_t used = display_width(text);
    return std::string(text) + std::string(used < width ? width - used : 0, ' ');
  }
  const Output& output_;
  std::string text_;
};

std::string quality(const Figure& figure) {
  const auto error = margin(figure);
  return error.empty() ? std::string(to_string(figure.quality))
                       : concat(error, ", ", to_string(figure.quality));
}

void add_title(const Receipt& receipt, const Output& output, Lines& lines) {
  const auto& run = receipt.run;
  const Style style = run.state == "succeeded" ? Style::kGreen
                      : run.state == "failed"  ? Style::kRed
                                               : Style::kYellow;
  const std::string took = format_duration(Seconds(receipt.time.wall_seconds));
  lines.raw(concat(output.styled(Style::kBold, run.name), "  ", output.styled(style, run.state),
                   " in ", took, "  ", output.styled(Style::kDim, concat("run ", run.id))));
  if (run.observed) {
    lines.raw(concat("  process ", run.observed->pid,
                     ", measured from outside: ", join(run.observed->command, " ")));
  }
  if (!run.reason.empty()) {
    lines.raw(concat("  ", run.reason));
  }
  lines.blank();
}

void add_energy(const Receipt& receipt, Lines& lines) {
  const auto& facts = receipt.energy;
  if (!facts.is_metered()) {
    lines.add("energy", "unknown", "no meter was running; `wattle doctor` says why");
    return;
  }
  lines.add("energy", energy(Joules(facts.joules->value)), quality(*facts.joules));
  for (const auto& part : facts.components) {
    if (part.joules.high == 0) {
      continue;  // a component at rest: modelled memory does not rise with use
    }
    lines.detail(part.component, energy(Joules(part.joules.value)),
                 concat(quality(part.joules), " · ", join(part.sources, ", ")));
  }
  if (facts.reserved_idle > Joules(0)) {
    lines.detail("of it idle", energy(facts.reserved_idle),
                 "of CPUs that were reserved for this run");
  }
  if (facts.unmetered_seconds > 0) {
    lines.detail("no meter", format_duration(Seconds(facts.unmetered_seconds)),
                 "the meter was away; not in the sum");
  }
}

void add_carbon(const messages::CarbonFacts& facts, Lines& lines) {
  lines.add("carbon", mass(GramsCo2e(facts.operational_grams.value)),
            concat("CO2e ", quality(facts.operational_grams)));
  lines.detail("grid", number(facts.mean_intensity.value(), 3),
               concat("g/kWh · ", facts.zone, " (", facts.zone_origin, ") · ", facts.signal, ", ",
                      facts.vintage, ", ", facts.source));
  if (facts.pue != 1) {
    lines.detail("facility", mass(GramsCo2e(facts.facility_grams.value)),
                 concat("CO2e with PUE ", number(facts.pue), ", ", facts.pue_origin));
  }
  if (facts.embodied) {
    lines.detail("embodied", mass(facts.embodied->typical),
                 concat("CO2e, ", mass(facts.embodied->minimum), " to ",
                        mass(facts.embodied->maximum), ", its share of making the hardware"));
  }
  if (facts.sci) {
    lines.detail("SCI", mass(*facts.sci), "CO2e for this run, ISO/IEC 21031");
  }
  if (facts.water) {
    lines.add("water", with_prefix(facts.water->litres.value, "l"),
              concat(number(facts.water->litres_per_kwh), " l/kWh on site"));
  } else {
    lines.add("water", "unknown",
              "no data centre with a published figure is configured (carbon.zone)");
  }
}

void add_time(const Receipt& receipt, Lines& lines) {
  const auto& time = receipt.time;
  const double cores = time.wall_seconds > 0 ? time.cpu_seconds / time.wall_seconds : 0;
  lines.add("time", format_duration(Seconds(time.wall_seconds)),
            fmt::format("CPU {} ({} cores busy), peak memory {}",
                        format_duration(Seconds(time.cpu_seconds)), number(cores, 2),
                        bytes(time.peak_memory_bytes)));
}

std::string against(const Figure& predicted, double measured) {
  return measured >= predicted.low && measured <= predicted.high ? "within the interval"
                                                                 : "outside the interval";
}

void add_prediction(const Receipt& receipt, Lines& lines) {
  if (!receipt.prediction) {
    return;
  }
  const auto& facts = *receipt.prediction;
  lines.add("predicted", format_duration(Seconds(facts.seconds.value)),
            concat(margin(facts.seconds), ", measured ",
                   format_duration(Seconds(receipt.time.wall_seconds)), ", ",
                   against(facts.seconds, receipt.time.wall_seconds), " · ", facts.basis));
  if (const auto& came_to = receipt.energy.joules; facts.joules && came_to) {
    lines.detail("", energy(Joules(facts.joules->value)),
                 concat(margin(*facts.joules), ", came to ", energy(Joules(came_to->value)), ", ",
                        against(*facts.joules, came_to->value)));
  }
}

/// "(0.962 to 0.984)" when the program told the ends of an interval beside the value.
std::string told_interval(const Receipt& receipt, const std::string& name) {
  const auto low = receipt.metrics.find(name + "_low");
  const auto high = receipt.metrics.find(name + "_high");
  return low == receipt.metrics.end() || high == receipt.metrics.end()
             ? ""
             : concat("  (", number(low->second), " to ", number(high->second), ")");
}

/// Told beside its value, by told_interval().
bool is_end_of_interval(const Receipt& receipt, const std::string& name) {
  for (const std::string_view suffix : {"_low", "_high"}) {
    if (name.ends_with(suffix) &&
        !told_interval(receipt, name.substr(0, name.size() - suffix.size())).empty()) {
      return true;
    }
  }
  return false;
}

/// What a test set says comes first: it is what a run is judged by.
void add_metrics(const Receipt& receipt, Lines& lines) {
  bool first = true;
  for (const bool of_test_set : {true, false}) {
    for (const auto& [name, value] : receipt.metrics) {
      if (name.starts_with("test_") == of_test_set && !is_end_of_interval(receipt, name)) {
        lines.add(first ? "metrics" : "", number(value, 5),
                  concat(name, told_interval(receipt, name)));
        first = false;
      }
    }
  }
}

/// As seen from the folder of the run, if it lies below it.
std::string_view short_path(std::string_view path, const std::string& folder) {
  const bool below = path.starts_with(folder) && path.substr(folder.size()).starts_with('/');
  return below ? path.substr(folder.size() + 1) : path;
}

void add_results(const Receipt& receipt, Lines& lines) {
  add_metrics(receipt, lines);
  bool first = true;
  for (const auto& file : receipt.outputs) {
    lines.add(first ? "artifacts" : "", bytes(file.bytes),
              concat(file.name, "  ", short_path(file.path, receipt.run.folder),
                     "  sha256:", file.sha256.substr(0, 12)));
    first = false;
  }
}

void add_host(const Receipt& receipt, Lines& lines) {
  std::int64_t total = 0;
  std::string parts =
      concat(energy(to_joules(Microjoules(receipt.energy.this_run_microjoules))), " this run");
  for (const auto& [account, microjoules] : receipt.energy.host_microjoules) {
    total += microjoules;
  }
  const auto part = [&](const char* account, std::string_view words, std::int64_t less = 0) {
    const auto found = receipt.energy.host_microjoules.find(account);
    const std::int64_t value =
        found == receipt.energy.host_microjoules.end() ? 0 : found->second - less;
    if (value > 0) {
      parts += concat(" + ", energy(to_joules(Microjoules(value))), " ", words);
    }
  };
  const std::int64_t reserved = to_microjoules(receipt.energy.reserved_idle).value();
  part("dynamic", "other runs", receipt.energy.this_run_microjoules - reserved);
  part("reserved_idle", "reserved by other runs", reserved);
  part("other", "other programs");
  part("platform", "Wattle itself");
  part("idle", "idle");
  part("unmetered", "unmetered (estimated)");
  lines.add("host", energy(to_joules(Microjoules(total))), concat("= ", parts));
}

}  // namespace

std::string receipt_text(const Receipt& receipt, const Output& output) {
  Lines lines(output);
  add_title(receipt, output, lines);
  add_energy(receipt, lines);
  if (receipt.carbon) {
    add_carbon(*receipt.carbon, lines);
  }
  if (receipt.cost) {
    lines.add("cost", with_prefix(receipt.cost->amount.value, receipt.cost->currency),
              "of electricity");
  } else if (receipt.energy.is_metered()) {
    lines.add("cost", "unknown", "no tariff is configured (tariff.price: 0.30 EUR/kWh)");
  }
  add_time(receipt, lines);
  add_prediction(receipt, lines);
  add_results(receipt, lines);
  if (receipt.energy.is_metered()) {
    add_host(receipt, lines);
  }
  for (const auto& note : receipt.notes) {
    lines.add("note", note);
  }
  return lines.take();
}

}  // namespace wattle::cli
