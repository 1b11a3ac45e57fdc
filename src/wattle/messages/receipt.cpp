#include "wattle/messages/receipt.h"

#include "wattle/messages/json_text.h"

namespace wattle::messages {

Status CarbonFacts::set_water_rate(std::optional<double> litres_per_kwh) {
  if (water && !litres_per_kwh) {
    return Error(ErrorCode::kInvalidArgument, "is null although water_litres is known");
  }
  if (water) {
    water->litres_per_kwh = *litres_per_kwh;
  }
  return {};
}

template const Type& type_of<ObservedFacts>();
template const Type& type_of<RunFacts>();
template const Type& type_of<TimeFacts>();
template const Type& type_of<ComponentFacts>();
template const Type& type_of<EnergyFacts>();
template const Type& type_of<EmbodiedFacts>();
template const Type& type_of<CarbonFacts>();
template const Type& type_of<CostFacts>();
template const Type& type_of<PredictionFacts>();
template const Type& type_of<FileFacts>();
template const Type& type_of<Receipt>();

std::string to_json(const Receipt& receipt) {
  return to_json_text(receipt);
}

Result<Receipt> parse_receipt(std::string_view text) {
  // Receipts of later versions may have more keys; docs/reference/receipt.md promises it.
  auto receipt =
      from_json_text<Receipt>(text, {.unknown_keys = UnknownKeys::kIgnored, .what = "no receipt"});
  return receipt.ok() ? std::move(receipt)
                      : Result<Receipt>(Error(ErrorCode::kParse, receipt.error().message()));
}

}  // namespace wattle::messages
