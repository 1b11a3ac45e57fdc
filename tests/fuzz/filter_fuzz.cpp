// Filters on any bytes: whatever is read becomes SQL with as many parameters as question marks, and
// no byte of the text is in it.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "wattle/base/check.h"
#include "wattle/base/limits.h"
#include "wattle/registry/filter.h"
#include "wattle/registry/filter_sql.h"
#include "wattle/registry/page_cursor.h"
#include "wattle/registry/run_drivers.h"
#include "wattle/registry/run_order.h"

namespace {

using wattle::registry::Sql;

void check_sql(const Sql& sql) {
  // Our statements are made of these only.
  constexpr std::string_view kOurs =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.,()=<>+*|?'\\ ";
  WATTLE_CHECK(std::ranges::all_of(sql.text,
                                   [&](char c) { return kOurs.find(c) != std::string_view::npos; }),
               "a byte of the user is in the statement");
  WATTLE_CHECK(static_cast<std::size_t>(std::ranges::count(sql.text, '?')) == sql.parameters.size(),
               "a parameter for each question mark");
  WATTLE_CHECK(std::ranges::count(sql.text, '(') == std::ranges::count(sql.text, ')'),
               "parentheses are balanced");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace registry = wattle::registry;
  const std::string_view text(reinterpret_cast<const char*>(data), size);  // NOLINT
  if (const auto filter = registry::parse_filter(text); filter.ok()) {
    if (const auto sql = registry::filter_sql(*filter); sql.ok()) {
      check_sql(*sql);
      for (const auto& condition : registry::required_conditions(*filter)) {
        if (const auto driver = registry::run_driver(condition, "p", std::nullopt)) {
          check_sql(driver->from);
          check_sql(driver->by_creation);
        }
      }
    }
  } else {
    WATTLE_CHECK(filter.error().code() == wattle::ErrorCode::kInvalidArgument,
                 "a wrong filter is the user's");
  }
  if (const auto order = registry::parse_order(text); order.ok()) {
    if (const auto phases = registry::order_phases(*order, {.project = "p"}); phases.ok()) {
      for (const auto& phase : *phases) {
        check_sql(phase.where);
      }
    }
  }
  (void)registry::decode_cursor(text, "listing").ok();
  return 0;
}
