#include "wattle/messages/receipt.h"

#include <cmath>

#include <nlohmann/json.hpp>

namespace wattle::messages {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kSchema = "wattle.receipt.v1";

/// JSON has no NaN and no infinity: they are told as "NaN", "Infinity", "-Infinity".
Json number(double value) {
  if (std::isfinite(value)) {
    return value;
  }
  return std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
}

double number_of(const Json& json) {
  if (json.is_string()) {
    return std::strtod(json.get_ref<const std::string&>().c_str(), nullptr);
  }
  return json.get<double>();
}

Json figure(const Figure& figure) {
  return {{"value", number(figure.value)},
          {"low", number(figure.low)},
          {"high", number(figure.high)},
          {"quality", std::string(to_string(figure.quality))}};
}

Figure figure_of(const Json& json) {
  return {number_of(json.at("value")), number_of(json.at("low")), number_of(json.at("high")),
          quality_from(json.at("quality").get<std::string>()).value_or(Quality::kClaimed)};
}

Json figure(const std::optional<Figure>& known) {
  return known ? figure(*known) : Json();
}

template <typename Tag>
Json number(const std::optional<Quantity<Tag>>& known) {
  return known ? number(known->value()) : Json();
}

/// `read` of what stands there; nothing for null.
template <typename Read>
auto unless_null(const Json& json, Read read) -> std::optional<decltype(read(json))> {
  return json.is_null() ? std::nullopt : std::optional(read(json));
}

UtcTime time_of(const Json& json) {
  return parse_rfc3339(json.get<std::string>()).value_or(UtcTime{});
}

Json observed_json(const std::optional<ObservedFacts>& observed) {
  if (!observed) {
    return nullptr;
  }
  return {{"pid", observed->pid},
          {"start_ticks", observed->start_ticks},
          {"program", observed->program},
          {"command", observed->command}};
}

ObservedFacts observed_of(const Json& json) {
  return {.pid = json.at("pid"),
          .start_ticks = json.at("start_ticks"),
          .program = json.at("program"),
          .command = json.at("command")};
}

Json run_json(const RunFacts& run) {
  return {{"id", run.id},
          {"name", run.name},
          {"project", run.project},
          {"actor", run.actor},
          {"kind", run.kind},
          {"state", run.state},
          {"outcome", run.outcome},
          {"reason", run.reason},
          {"exit_code", run.exit_code},
          {"signal", run.signal},
          {"attempts", run.attempts},
          {"command", run.command},
          {"folder", run.folder},
          {"observed", observed_json(run.observed)}};
}

RunFacts run_of(const Json& json) {
  return {.id = json.at("id"),
          .name = json.at("name"),
          .project = json.at("project"),
          .actor = json.at("actor"),
          .kind = json.at("kind"),
          .state = json.at("state"),
          .outcome = json.at("outcome"),
          .reason = json.at("reason"),
          .exit_code = json.at("exit_code"),
          .signal = json.at("signal"),
          .attempts = json.at("attempts"),
          .command = json.at("command"),
          .folder = json.at("folder"),
          // Receipts of earlier versions have no such key.
          .observed = unless_null(json.value("observed", Json()), observed_of)};
}

Json time_json(const TimeFacts& time) {
  return {{"created_at", to_rfc3339(time.created)}, {"started_at", to_rfc3339(time.started)},
          {"ended_at", to_rfc3339(time.ended)},     {"wall_seconds", time.wall_seconds},
          {"cpu_seconds", time.cpu_seconds},        {"peak_memory_bytes", time.peak_memory_bytes},
          {"read_bytes", time.read_bytes},          {"written_bytes", time.written_bytes}};
}

TimeFacts time_facts_of(const Json& json) {
  return {.created = time_of(json.at("created_at")),
          .started = time_of(json.at("started_at")),
          .ended = time_of(json.at("ended_at")),
          .wall_seconds = json.at("wall_seconds"),
          .cpu_seconds = json.at("cpu_seconds"),
          .peak_memory_bytes = json.at("peak_memory_bytes"),
          .read_bytes = json.at("read_bytes"),
          .written_bytes = json.at("written_bytes")};
}

Json energy_json(const EnergyFacts& energy) {
  Json components = Json::array();
  for (const auto& part : energy.components) {
    components.push_back({{"component", part.component},
                          {"joules", figure(part.joules)},
                          {"sources", part.sources}});
  }
  const bool metered = energy.is_metered();
  return {{"metered", metered},
          {"joules", figure(energy.joules)},
          {"components", components},
          {"reserved_idle_joules", metered ? number(energy.reserved_idle.value()) : Json()},
          {"unmetered_seconds", energy.unmetered_seconds},
          {"this_run_microjoules", metered ? Json(energy.this_run_microjoules) : Json()},
          {"host_microjoules", energy.host_microjoules}};
}

EnergyFacts energy_of(const Json& json) {
  EnergyFacts energy{.joules = unless_null(json.at("joules"), figure_of),
                     .components = {},
                     .reserved_idle = {},
                     .unmetered_seconds = json.at("unmetered_seconds"),
                     .host_microjoules = json.at("host_microjoules")};
  if (energy.is_metered()) {
    energy.reserved_idle = Joules(json.at("reserved_idle_joules").get<double>());
    energy.this_run_microjoules = json.at("this_run_microjoules");
  }
  for (const auto& part : json.at("components")) {
    energy.components.push_back({.component = part.at("component"),
                                 .joules = figure_of(part.at("joules")),
                                 .sources = part.at("sources")});
  }
  return energy;
}

Json embodied_json(const std::optional<EmbodiedFacts>& embodied) {
  if (!embodied) {
    return nullptr;
  }
  return {{"minimum", embodied->minimum.value()},
          {"typical", embodied->typical.value()},
          {"maximum", embodied->maximum.value()}};
}

EmbodiedFacts embodied_of(const Json& json) {
  return {.minimum = GramsCo2e(json.at("minimum").get<double>()),
          .typical = GramsCo2e(json.at("typical").get<double>()),
          .maximum = GramsCo2e(json.at("maximum").get<double>())};
}

Json carbon_json(const CarbonFacts& carbon) {
  return {{"zone", carbon.zone},
          {"zone_origin", carbon.zone_origin},
          {"signal", carbon.signal},
          {"source", carbon.source},
          {"vintage", carbon.vintage},
          {"grams_per_kwh", carbon.mean_intensity.value()},
          {"operational_grams", figure(carbon.operational_grams)},
          {"pue", carbon.pue},
          {"pue_origin", carbon.pue_origin},
          {"facility_grams", figure(carbon.facility_grams)},
          {"water_litres", carbon.water ? figure(carbon.water->litres) : Json()},
          {"litres_per_kwh", carbon.water ? number(carbon.water->litres_per_kwh) : Json()},
          {"embodied_grams", embodied_json(carbon.embodied)},
          {"sci_grams", number(carbon.sci)},
          {"notes", carbon.notes}};
}

CarbonFacts carbon_of(const Json& json) {
  const auto water_of = [&](const Json& litres) {
    return WaterFacts{figure_of(litres), json.at("litres_per_kwh")};
  };
  return {.zone = json.at("zone"),
          .zone_origin = json.at("zone_origin"),
          .signal = json.at("signal"),
          .source = json.at("source"),
          .vintage = json.at("vintage"),
          .mean_intensity = GramsPerKwh(json.at("grams_per_kwh").get<double>()),
          .operational_grams = figure_of(json.at("operational_grams")),
          .pue = json.at("pue"),
          .pue_origin = json.at("pue_origin"),
          .facility_grams = figure_of(json.at("facility_grams")),
          .water = unless_null(json.at("water_litres"), water_of),
          .embodied = unless_null(json.at("embodied_grams"), embodied_of),
          .sci = unless_null(json.at("sci_grams"),
                             [](const Json& grams) { return GramsCo2e(grams.get<double>()); }),
          .notes = json.at("notes")};
}

Json prediction_json(const PredictionFacts& prediction) {
  return {{"basis", prediction.basis},
          {"seconds", figure(prediction.seconds)},
          {"joules", figure(prediction.joules)}};
}

PredictionFacts prediction_of(const Json& json) {
  return {.basis = json.at("basis"),
          .seconds = figure_of(json.at("seconds")),
          .joules = unless_null(json.at("joules"), figure_of)};
}

Json files_json(const std::vector<FileFacts>& files) {
  Json json = Json::array();
  for (const auto& file : files) {
    json.push_back(
        {{"name", file.name}, {"path", file.path}, {"sha256", file.sha256}, {"bytes", file.bytes}});
  }
  return json;
}

std::vector<FileFacts> files_of(const Json& json) {
  std::vector<FileFacts> files;
  for (const auto& file : json) {
    files.push_back({.name = file.at("name"),
                     .path = file.at("path"),
                     .sha256 = file.at("sha256"),
                     .bytes = file.at("bytes")});
  }
  return files;
}

Json receipt_json(const Receipt& receipt) {
  Json metrics = Json::object();
  for (const auto& [name, value] : receipt.metrics) {
    metrics[name] = number(value);
  }
  Json cost;
  if (receipt.cost) {
    cost = {{"amount", figure(receipt.cost->amount)}, {"currency", receipt.cost->currency}};
  }
  return {{"schema", kSchema},
          {"run", run_json(receipt.run)},
          {"time", time_json(receipt.time)},
          {"energy", energy_json(receipt.energy)},
          {"carbon", receipt.carbon ? carbon_json(*receipt.carbon) : Json()},
          {"cost", cost},
          {"prediction", receipt.prediction ? prediction_json(*receipt.prediction) : Json()},
          {"metrics", metrics},
          {"inputs", files_json(receipt.inputs)},
          {"outputs", files_json(receipt.outputs)},
          {"environment", receipt.environment},
          {"notes", receipt.notes}};
}

Receipt receipt_of(const Json& json) {
  Receipt receipt{.run = run_of(json.at("run")),
                  .time = time_facts_of(json.at("time")),
                  .energy = energy_of(json.at("energy")),
                  .carbon = unless_null(json.at("carbon"), carbon_of),
                  .cost = {},
                  .prediction = unless_null(json.at("prediction"), prediction_of),
                  .metrics = {},
                  .inputs = files_of(json.at("inputs")),
                  .outputs = files_of(json.at("outputs")),
                  .environment = json.at("environment"),
                  .notes = json.at("notes")};
  if (const auto& cost = json.at("cost"); !cost.is_null()) {
    receipt.cost = {.amount = figure_of(cost.at("amount")), .currency = cost.at("currency")};
  }
  for (const auto& [name, value] : json.at("metrics").items()) {
    receipt.metrics[name] = number_of(value);
  }
  return receipt;
}

}  // namespace

std::string to_json(const Receipt& receipt) {
  // Names and paths come from outside and need not be UTF-8: what is not becomes U+FFFD.
  return receipt_json(receipt).dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<Receipt> parse_receipt(std::string_view text) {
  try {
    const Json json = Json::parse(text);
    if (json.at("schema") != kSchema) {
      return Error(ErrorCode::kParse, "the receipt is of another version of Wattle");
    }
    return receipt_of(json);
  } catch (const nlohmann::json::exception& exception) {
    return Error(ErrorCode::kParse, std::string("no receipt: ") + exception.what());
  }
}

}  // namespace wattle::messages
