#include "wattle/carbon/zone_atlas.h"

#include <algorithm>
#include <mutex>
#include <unordered_map>

#include "wattle/base/check.h"
#include "wattle/base/csv.h"
#include "wattle/base/text.h"
#include "wattle/carbon/embedded_data.h"

namespace wattle::carbon {
namespace {

std::string to_upper(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return result;
}

ZoneKind kind_from(std::string_view name) {
  if (name == "country") {
    return ZoneKind::kCountry;
  }
  if (name == "grid") {
    return ZoneKind::kGrid;
  }
  return name == "cloud" ? ZoneKind::kCloud : ZoneKind::kWorld;
}

std::string spell_source(std::string_view key) {
  if (key == "ember") {
    return "Our World in Data / Ember";
  }
  if (key == "gsf") {
    return "Green Software Foundation, real-time cloud (Electricity Maps)";
  }
  if (key == "google") {
    return "Google Cloud region carbon data";
  }
  return key == "iea" ? "International Energy Agency" : "";
}

/// The pair of cells at `column` and the one after it, which is its year.
template <typename Q>
std::optional<YearlyFigure<Q>> figure(const std::vector<std::string>& row, std::size_t column,
                                      std::size_t year_column) {
  if (row[column].empty()) {
    return std::nullopt;
  }
  const auto value = parse_number(row[column]);
  const auto year = parse_integer(row[year_column]);
  WATTLE_CHECK(value.ok() && year.ok(), "the built-in table of zones is damaged: " + row[0]);
  return YearlyFigure<Q>{Q(*value), static_cast<int>(*year)};
}

/// The columns of data/zones.csv, in the order in which data/make_zones.py writes them.
enum Column : std::size_t {
  kZone,
  kKind,
  kAlpha3,
  kGridZone,
  kName,
  kAverage,
  kAverageYear,
  kAverageSource,
  kMarginal,
  kMarginalYear,
  kPue,
  kPueYear,
  kWue,
  kWueYear,
  kColumns
};

ZoneFacts facts_of(const std::vector<std::string>& row) {
  ZoneFacts facts;
  facts.zone = row[kZone];
  facts.kind = kind_from(row[kKind]);
  facts.alpha3 = row[kAlpha3];
  facts.grid_zone = row[kGridZone];
  facts.name = row[kName];
  facts.average = figure<GramsPerKwh>(row, kAverage, kAverageYear);
  facts.average_source = spell_source(row[kAverageSource]);
  facts.marginal = figure<GramsPerKwh>(row, kMarginal, kMarginalYear);
  facts.pue = figure<double>(row, kPue, kPueYear);
  facts.wue = figure<LitresPerKwh>(row, kWue, kWueYear);
  return facts;
}

}  // namespace

class ZoneAtlas::Table {
 public:
  Table() {
    auto reader = CsvReader::from_text("zones.csv", embedded_zones());
    WATTLE_CHECK(reader.ok() && (*reader)->header().size() == kColumns,
                 "the built-in table of zones is damaged");
    for (;;) {
      const auto row = (*reader)->next();
      WATTLE_CHECK(row.ok(), "the built-in table of zones is damaged");
      if (*row == nullptr) {
        break;
      }
      rows_.push_back(facts_of(**row));
    }
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      index_.emplace(rows_[i].zone, i);
      if (!rows_[i].alpha3.empty()) {
        index_.emplace(rows_[i].alpha3, i);
      }
    }
    index_.emplace("UK", index_.at("GB"));  // reserved for it in ISO 3166, and what people write
  }

  const ZoneFacts* find(std::string_view key) const {
    const auto found = index_.find(std::string(key));
    return found == index_.end() ? nullptr : &rows_[found->second];
  }
  const std::vector<ZoneFacts>& rows() const { return rows_; }

 private:
  std::vector<ZoneFacts> rows_;
  std::unordered_map<std::string, std::size_t> index_;
};

struct ZoneAtlas::Lazy {
  std::once_flag once;
  std::unique_ptr<const Table> table;
};

ZoneAtlas::ZoneAtlas() : lazy_(std::make_unique<Lazy>()) {}
ZoneAtlas::~ZoneAtlas() = default;

const ZoneAtlas::Table& ZoneAtlas::table() const {
  std::call_once(lazy_->once, [this] { lazy_->table = std::make_unique<const Table>(); });
  return *lazy_->table;
}

const ZoneFacts* ZoneAtlas::find(std::string_view zone) const {
  return table().find(zone);
}

const std::vector<ZoneFacts>& ZoneAtlas::all() const {
  return table().rows();
}

namespace {

/// "eu-north-1" is near "aws:eu-north-1", "germany" is near "DE"; then what is mistyped.
std::string suggestion(std::string_view name, const std::vector<ZoneFacts>& rows) {
  if (name.empty()) {
    return "";
  }
  const std::string lower = to_lower(name);
  for (const auto& row : rows) {
    const bool same_region =
        row.kind == ZoneKind::kCloud && row.zone.substr(row.zone.find(':') + 1) == lower;
    if (same_region || to_lower(row.name) == lower) {
      return row.zone;
    }
  }
  std::vector<std::string> lowered;
  lowered.reserve(rows.size() * 2);
  for (const auto& row : rows) {
    lowered.push_back(to_lower(row.zone));
    lowered.push_back(to_lower(row.name));
  }
  const std::vector<std::string_view> views(lowered.begin(), lowered.end());
  const auto near = nearest(lower, views);
  const auto found = std::ranges::find(views, near);
  if (near.empty() || found == views.end()) {
    return "";
  }
  return rows[static_cast<std::size_t>(found - views.begin()) / 2].zone;
}

/// The country that a grid zone's name begins with: "US" of "US-CAL-CISO".
std::string_view country_part(std::string_view zone) {
  return zone.substr(0, zone.find('-'));
}

void add_once(std::vector<std::string>& names, std::string_view name) {
  if (!name.empty() && std::ranges::find(names, name) == names.end()) {
    names.emplace_back(name);
  }
}

}  // namespace

Result<ResolvedZone> ZoneAtlas::resolve(std::string_view given) const {
  const std::string_view name = trim(given);
  const std::string upper = to_upper(name);
  const std::string lower = to_lower(name);
  const ZoneFacts* facts = table().find(upper);
  facts = facts != nullptr ? facts : table().find(lower);
  if (facts != nullptr) {
    ResolvedZone resolved{facts->zone, {facts->zone}};
    add_once(resolved.candidates, facts->grid_zone);
    if (facts->kind != ZoneKind::kWorld) {
      add_once(resolved.candidates, country_part(facts->grid_zone));
    }
    return resolved;
  }
  const ZoneFacts* country = table().find(country_part(upper));
  if (upper.find('-') != std::string::npos && country != nullptr && country->alpha3 != "" &&
      country_part(upper) == country->zone) {
    return ResolvedZone{upper, {upper, country->zone}};
  }
  const std::string near = suggestion(name, all());
  return Error(ErrorCode::kNotFound,
               concat("no zone '", name, "'",
                      near.empty() ? std::string("; write a country (DE), a grid zone "
                                                 "(US-CAL-CISO), aws:REGION, azure:REGION, "
                                                 "gcp:REGION or world")
                                   : concat("; did you mean '", near, "'?")));
}

}  // namespace wattle::carbon
