#include "wattle/energy/cpu_table.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <utility>
#include <vector>

#include "wattle/base/text.h"

// The bytes of data/, placed by shipped_tables.S.
extern "C" {
extern const char wattle_cpu_packages_begin[];
extern const char wattle_cpu_packages_end[];
extern const char wattle_cloud_vcpu_watts_begin[];
extern const char wattle_cloud_vcpu_watts_end[];
}

namespace wattle::energy {
namespace {

std::string_view table(const char* begin, const char* end) {
  const std::string_view text(begin, static_cast<std::size_t>(end - begin));
  return text.substr(text.find('\n') + 1);  // without the header
}

bool is_letter(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0;
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_part_of_key(char c) {
  return is_letter(c) || is_digit(c) || c == '+';
}

void erase_all(std::string& text, std::string_view what) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
    text.erase(at, what.size());
  }
}

std::string only_key_characters(std::string_view text) {
  std::string key;
  std::ranges::copy_if(text, std::back_inserter(key), is_part_of_key);
  return key;
}

/// Words that vary between the ways of writing one processor's name.
bool is_noise(std::string_view word) {
  constexpr std::array<std::string_view, 4> kNoise{"cpu", "processor", "processors", "gen"};
  return std::ranges::find(kNoise, word) != kNoise.end() || word.ends_with("-core") ||
         (word.ends_with("th") && is_digit(word.front()));
}

/// The offset of the first line that is not before `key`, in a table sorted by its first field.
std::size_t lower_line(std::string_view lines, std::string_view key) {
  std::size_t low = 0;
  std::size_t high = lines.size();
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    const std::size_t before = middle == 0 ? std::string_view::npos : lines.rfind('\n', middle - 1);
    const std::size_t start = before == std::string_view::npos ? 0 : before + 1;
    const std::string_view name = lines.substr(start, lines.find(',', start) - start);
    if (name < key) {
      low = std::min(lines.find('\n', middle), lines.size() - 1) + 1;
    } else {
      high = start;
    }
  }
  return low;
}

std::vector<std::string_view> fields_at(std::string_view lines, std::size_t start) {
  return split(lines.substr(start, lines.find('\n', start) - start), ',');
}

CpuPackage package_from(const std::vector<std::string_view>& fields) {
  CpuPackage package{Watts(parse_number(fields.at(1)).value()), std::nullopt, true};
  if (!fields.at(2).empty()) {
    package.wall_dynamic = Watts(parse_number(fields.at(2)).value());
  }
  return package;
}

std::string_view packages() {
  return table(wattle_cpu_packages_begin, wattle_cpu_packages_end);
}

std::optional<CpuPackage> find_exact(std::string_view key) {
  const std::size_t start = lower_line(packages(), key);
  if (start >= packages().size()) {
    return std::nullopt;
  }
  const auto fields = fields_at(packages(), start);
  return fields.front() == key ? std::optional(package_from(fields)) : std::nullopt;
}

/// Processors of the same model number with another suffix; the geometric mean of what is rated.
std::optional<CpuPackage> find_sibling(std::string key) {
  while (!key.empty() && !is_digit(key.back())) {
    key.pop_back();
  }
  constexpr std::size_t kShortestModelNumber = 3;
  const auto digits = std::ranges::count_if(key, is_digit);
  if (static_cast<std::size_t>(digits) < kShortestModelNumber) {
    return std::nullopt;
  }
  double sum = 0;
  int count = 0;
  for (std::size_t at = lower_line(packages(), key); at < packages().size();
       at = packages().find('\n', at) + 1) {
    const auto fields = fields_at(packages(), at);
    if (!fields.front().starts_with(key)) {
      break;
    }
    const std::string_view suffix = fields.front().substr(key.size());
    if (suffix.empty() || is_letter(suffix.front())) {
      sum += std::log(package_from(fields).tdp.value());
      ++count;
    }
  }
  return count == 0 ? std::nullopt
                    : std::optional(CpuPackage{Watts(std::exp(sum / count)), std::nullopt, false});
}

/// EPYC's generation is the last digit of its four-character number, also of clouds' own parts
/// (7R32, 7B13, 9R14).
std::optional<std::string_view> epyc_generation(std::string_view key) {
  const auto at = key.find("epyc");
  constexpr std::size_t kLength = 4;
  if (at == std::string_view::npos || key.size() < at + 2 * kLength ||
      !is_digit(key[at + kLength])) {
    return std::nullopt;
  }
  switch (key[at + 2 * kLength - 1]) {
    case '1':
      return "epyc-1st-gen";
    case '2':
      return "epyc-2nd-gen";
    case '3':
      return "epyc-3rd-gen";
    case '4':
      return "epyc-4th-gen";
    default:
      return std::nullopt;
  }
}

/// Intel's server names: E5 and E7 carry the generation after a "v", the metals in the second
/// digit.
std::optional<std::string_view> xeon_generation(std::string_view key) {
  for (const std::string_view line : {"xeone5", "xeone7"}) {
    if (key.find(line) != std::string_view::npos) {
      return key.ends_with("v4")   ? "broadwell"
             : key.ends_with("v3") ? "haswell"
             : key.ends_with("v2") ? "ivy-bridge"
                                   : "sandy-bridge";
    }
  }
  for (const std::string_view metal : {"platinum", "gold", "silver", "bronze"}) {
    const auto at = key.find(metal);
    if (at == std::string_view::npos || key.size() < at + metal.size() + 2) {
      continue;
    }
    switch (key[at + metal.size() + 1]) {
      case '1':
        return "skylake";
      case '2':
        return "cascade-lake";
      case '3':
        return "ice-lake";
      case '4':
        return "sapphire-rapids";
      case '5':
        return "emerald-rapids";
      default:
        return std::nullopt;
    }
  }
  return std::nullopt;
}

}  // namespace

std::string cpu_name_key(std::string_view model_name) {
  std::string name = to_lower(model_name);
  for (const std::string_view mark : {"(r)", "(tm)", "\xC2\xAE", "\xE2\x84\xA2"}) {
    erase_all(name, mark);
  }
  for (const std::string_view tail : {"@", ",", "(", " with ", " w/ "}) {
    name.resize(std::min(name.size(), name.find(tail)));
  }
  std::string key;
  for (const std::string_view word : split(name, ' ')) {
    if (!word.empty() && !is_noise(word)) {
      key += only_key_characters(word);
    }
  }
  return key;
}

std::optional<CpuPackage> find_cpu_package(std::string_view model_name) {
  const std::string key = cpu_name_key(model_name);
  if (key.empty()) {
    return std::nullopt;
  }
  const std::array<std::string, 3> spellings{key, "intel" + key, "amd" + key};
  for (const auto& spelling : spellings) {
    if (auto found = find_exact(spelling)) {
      return found;
    }
  }
  for (const auto& spelling : spellings) {
    if (auto found = find_sibling(spelling)) {
      return found;
    }
  }
  return std::nullopt;
}

std::optional<std::string_view> cpu_architecture(std::string_view model_name) {
  // What hypervisors and kernels write instead of a model number.
  constexpr std::array<std::pair<std::string_view, std::string_view>, 19> kNames{{
      {"sandybridge", "sandy-bridge"},
      {"ivybridge", "ivy-bridge"},
      {"haswell", "haswell"},
      {"broadwell", "broadwell"},
      {"cascadelake", "cascade-lake"},
      {"skylake", "skylake"},
      {"icelake", "ice-lake"},
      {"sapphirerapids", "sapphire-rapids"},
      {"emeraldrapids", "emerald-rapids"},
      {"graniterapids", "granite-rapids"},
      {"coffeelake", "coffee-lake"},
      {"epycnaples", "epyc-1st-gen"},
      {"epycrome", "epyc-2nd-gen"},
      {"epycmilan", "epyc-3rd-gen"},
      {"epycgenoa", "epyc-4th-gen"},
      {"graviton2", "graviton2"},
      {"neoversen1", "graviton2"},
      {"neoversev1", "graviton3"},
      {"neoversev2", "graviton4"},
  }};
  const std::string whole = only_key_characters(to_lower(model_name));
  for (const auto& [needle, architecture] : kNames) {
    if (whole.find(needle) != std::string::npos) {
      return architecture;
    }
  }
  const std::string key = cpu_name_key(model_name);
  const auto epyc = epyc_generation(key);
  return epyc ? epyc : xeon_generation(key);
}

std::optional<CloudCpuWatts> find_cloud_cpu(std::string_view model_name,
                                            std::string_view provider) {
  const auto architecture = cpu_architecture(model_name);
  if (!architecture) {
    return std::nullopt;
  }
  std::optional<CloudCpuWatts> found;
  for (const std::string_view line :
       split(table(wattle_cloud_vcpu_watts_begin, wattle_cloud_vcpu_watts_end), '\n')) {
    const auto fields = split(line, ',');
    if (fields.front() != *architecture || (found && fields.at(1) != provider)) {
      continue;
    }
    // Graviton's rows repeat EPYC 2nd Gen to the last digit: a stand-in, not a measurement.
    found = CloudCpuWatts{std::string(*architecture), Watts(parse_number(fields.at(2)).value()),
                          Watts(parse_number(fields.at(3)).value()),
                          !architecture->starts_with("graviton")};
  }
  return found;
}

}  // namespace wattle::energy
