// One page of a listing.
//
// Units:    none. Errors: none. Threads: value types. Lifetime: value types.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "wattle/messages/described.h"

namespace wattle::messages {

/// Instantiated beside each T that is listed: `extern template const Type& type_of<Page<T>>();`.
template <DescribedStruct T>
struct Page {
  std::vector<T> items;
  std::string next_cursor;  // "" at the end

  static inline const std::string kName = std::string(T::kName) + "Page";
  static constexpr std::string_view kAbout =
      "One page of a listing. What comes or goes meanwhile moves nothing from page to page.";
  static void fields(auto& f) {
    f("items", &Page::items, "In the order that was asked for.");
    f("next_cursor", &Page::next_cursor,
      "The parameter `cursor` of the request for the next page; empty when this is the last one.",
      kMayBeAbsent);
  }
  bool operator==(const Page&) const = default;
};

}  // namespace wattle::messages
