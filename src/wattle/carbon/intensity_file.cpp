#include "wattle/carbon/intensity_file.h"

#include <algorithm>
#include <array>

#include "wattle/base/text.h"
#include "wattle/carbon/intensity_layout.h"
#include "wattle/carbon/number_text.h"

namespace wattle::carbon {
namespace {

constexpr std::size_t kMostCells = 50'000'000;  // 200 MB; a century of one zone is 0.9 million

bool is_blank(std::string_view text) {
  static constexpr std::array<std::string_view, 6> kBlanks{"", "nan", "null", "na", "n/a", "-"};
  return text.size() < 5 && std::ranges::find(kBlanks, to_lower(text)) != kBlanks.end();
}

Result<Cell> read_cell(const CsvReader& reader, std::string_view zone, std::string_view given,
                       bool is_estimated) {
  const std::string_view text = trim(given);
  if (is_blank(text)) {
    return Cell();
  }
  const auto value = parse_number(text);
  if (!value) {
    return reader.error(concat("the intensity of ", zone, ": ", value.error().message()));
  }
  if (*value < kLowestGramsPerKwh) {
    return reader.error(
        concat("the intensity of ", zone, " is ", number_text(*value), " g/kWh, below 0"));
  }
  if (*value > kHighestGramsPerKwh) {
    return reader.error(concat("the intensity of ", zone, " is ", number_text(*value),
                               " g/kWh, over 3000: a decimal point is missing, or the unit is "
                               "another"));
  }
  return Cell(GramsPerKwh(*value), is_estimated);
}

bool has_offset(std::string_view text) {
  return text.size() > 10 && text.find_first_of("Zz+-", 10) != std::string_view::npos;
}

constexpr std::int64_t kFirstSecond = 0;             // 1970-01-01
constexpr std::int64_t kLastSecond = 4'102'444'800;  // 2100-01-01, by date -u

Result<std::int64_t> read_time(const CsvReader& reader, const IntensityLayout& layout,
                               std::string_view given) {
  const std::string_view text = trim(given);
  if (layout.times_are_local && !has_offset(text)) {
    return reader.error(concat("'", text, "' is a local time without an offset; write it as ",
                               "2026-12-01T06:00+01:00"));
  }
  const auto time = parse_rfc3339(text);
  if (!time) {
    return reader.error(time.error().message());
  }
  // Grids are metered in these years; and sums of two such times stay far from the end of int64.
  const std::int64_t seconds = time->ns / kNanosPerSecond;
  if (seconds < kFirstSecond || seconds >= kLastSecond) {
    return reader.error(concat("'", text, "' lies outside the years 1970 to 2099"));
  }
  return seconds;
}

/// Values that are all below 2 g/kWh are kilograms: the cleanest grid is above 10 in most hours.
Status check_plausible(const std::string& file, const SeriesBatch& batch) {
  for (const auto& column : batch.columns) {
    double highest = 0;
    for (const Cell cell : column.cells) {
      highest = std::max(highest, cell.is_gap() ? 0 : cell.value().value());
    }
    if (highest > 0 && highest < 2) {
      return Error(ErrorCode::kInvalidArgument,
                   concat(file, ": no value of ", column.zone,
                          " reaches 2 g/kWh, so they seem to be kg/kWh; multiply them by 1000"));
    }
  }
  return {};
}

/// Fills batches from the rows: one batch for all columns, or one for each zone of a long file.
class Loader {
 public:
  Loader(CsvReader& reader, const IntensityLayout& layout) : reader_(reader), layout_(layout) {
    if (!layout.zone_column) {
      for (const auto& value : layout.values) {
        wide_.columns.push_back({value.zone, {}});
      }
    }
  }

  Result<std::vector<SeriesBatch>> run() {
    for (;;) {
      WATTLE_ASSIGN_OR_RETURN(const auto* row, reader_.next());
      if (row == nullptr) {
        break;
      }
      WATTLE_RETURN_IF_ERROR(layout_.zone_column ? take_long(*row) : take_wide(*row));
      if (cells_ > kMostCells) {
        return reader_.error("the file holds over 50 million values; split it");
      }
    }
    std::vector<SeriesBatch> batches;
    if (!wide_.times.empty()) {
      batches.push_back(std::move(wide_));
    }
    for (auto& [zone, batch] : long_) {
      batches.push_back(std::move(batch));
    }
    return batches;
  }

 private:
  using Row = std::vector<std::string>;

  Status take_wide(const Row& row) {
    WATTLE_ASSIGN_OR_RETURN(const auto time, read_time(reader_, layout_, row[layout_.time_column]));
    add_time(wide_, time);
    for (std::size_t i = 0; i < layout_.values.size(); ++i) {
      const auto& value = layout_.values[i];
      WATTLE_ASSIGN_OR_RETURN(const Cell cell,
                              read_cell(reader_, value.zone, row[value.column], false));
      wide_.columns[i].cells.push_back(cell);
    }
    cells_ += layout_.values.size();
    return {};
  }

  Status take_long(const Row& row) {
    const std::string_view zone = trim(row[*layout_.zone_column]);
    if (zone.empty()) {
      return reader_.error("the zone is empty");
    }
    WATTLE_ASSIGN_OR_RETURN(const auto time, read_time(reader_, layout_, row[layout_.time_column]));
    const bool estimated =
        layout_.estimated_column && to_lower(row[*layout_.estimated_column]) == "true";
    WATTLE_ASSIGN_OR_RETURN(const Cell cell,
                            read_cell(reader_, zone, row[layout_.values[0].column], estimated));
    auto found = long_.find(zone);
    if (found == long_.end()) {
      found = long_.emplace(std::string(zone), SeriesBatch{}).first;
      found->second.columns.push_back({std::string(zone), {}});
    }
    add_time(found->second, time);
    found->second.columns[0].cells.push_back(cell);
    ++cells_;
    return {};
  }

  void add_time(SeriesBatch& batch, std::int64_t time) const {
    batch.times.push_back(time);
    batch.lines.push_back(static_cast<std::uint32_t>(reader_.line()));
  }

  CsvReader& reader_;
  const IntensityLayout& layout_;
  SeriesBatch wide_;
  std::map<std::string, SeriesBatch, std::less<>> long_;
  std::size_t cells_ = 0;
};

std::string file_part(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

}  // namespace

Result<std::unique_ptr<IntensityFile>> IntensityFile::open(const std::string& path,
                                                           const IntensityFileOptions& options) {
  WATTLE_ASSIGN_OR_RETURN(const auto reader, CsvReader::open(path));
  return load(path, *reader, options);
}

Result<std::unique_ptr<IntensityFile>> IntensityFile::from_text(
    const std::string& name, std::string_view text, const IntensityFileOptions& options) {
  WATTLE_ASSIGN_OR_RETURN(const auto reader, CsvReader::from_text(name, text));
  return load(name, *reader, options);
}

Result<std::unique_ptr<IntensityFile>> IntensityFile::load(std::string name, CsvReader& reader,
                                                           const IntensityFileOptions& options) {
  WATTLE_ASSIGN_OR_RETURN(const auto layout,
                          detect_layout(name, reader.header(), options.zone, options.value_column));
  WATTLE_ASSIGN_OR_RETURN(auto batches, Loader(reader, layout).run());
  std::unique_ptr<IntensityFile> file(new IntensityFile(file_part(name), options));  // NOLINT
  for (auto& batch : batches) {
    WATTLE_RETURN_IF_ERROR(check_plausible(name, batch));
    WATTLE_ASSIGN_OR_RETURN(auto all, IntensitySeries::build(name, std::move(batch)));
    for (auto& series : all) {
      const std::string zone = series.zone();
      if (!file->series_.emplace(zone, std::move(series)).second) {
        return Error(ErrorCode::kParse, concat(name, ":1: two columns are named ", zone));
      }
    }
  }
  if (file->series_.empty()) {
    return Error(ErrorCode::kParse, concat(name, ": holds no value"));
  }
  return file;
}

Result<IntensitySlice> IntensityFile::intensity(std::string_view zone, const Interval& interval) {
  WATTLE_RETURN_IF_ERROR(check_interval(interval));
  const auto found = series_.find(zone);
  if (found == series_.end()) {
    std::vector<std::string> zones;
    for (const auto& [name, series] : series_) {
      zones.push_back(name);
    }
    return Error(ErrorCode::kNotFound, concat(name_, " has no zone ", zone, "; it has ",
                                              join(zones, ", ").substr(0, 300)));
  }
  IntensitySlice slice;
  WATTLE_ASSIGN_OR_RETURN(slice.points, found->second.points(interval, options_.bridge_limit));
  slice.interval = interval;
  slice.signal = options_.signal;
  slice.resolution = found->second.report().resolution;
  slice.zone = found->first;
  slice.source = name_;
  const auto estimated =
      std::ranges::count(slice.points, Vintage::kEstimated, &IntensityPoint::vintage);
  if (estimated > 0) {
    slice.notes.push_back(concat(estimated, " of ", slice.points.size(),
                                 " values are estimated by the publisher or bridge a gap"));
  }
  return slice;
}

std::vector<SeriesReport> IntensityFile::report() const {
  std::vector<SeriesReport> all;
  for (const auto& [zone, series] : series_) {
    all.push_back(series.report());
  }
  return all;
}

}  // namespace wattle::carbon
