// Writes a flat JSON object of one line, one key after the other.
//
// Units:    in the keys. Errors: none. Threads: one thread. Lifetime: owns its text.
#pragma once

#include <array>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/log.h"
#include "wattle/base/text.h"
#include "wattle/base/units.h"

namespace wattle::supervise {

class JsonObject {
 public:
  void add(std::string_view key, std::string_view text) { add_raw(key, json_quote(text)); }
  void add(std::string_view key, std::int64_t number) { add_raw(key, std::to_string(number)); }
  void add_seconds(std::string_view key, Seconds seconds) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.6f", seconds.value());
    add_raw(key, text.data());
  }
  void add_flag(std::string_view key, bool flag) { add_raw(key, flag ? "true" : "false"); }
  void add(std::string_view key, const std::vector<std::string>& texts) {
    std::string list;
    for (const auto& text : texts) {
      list += (list.empty() ? "" : ",") + json_quote(text);
    }
    add_raw(key, "[" + list + "]");
  }
  std::string finish() const { return "{" + members_ + "}\n"; }

 private:
  void add_raw(std::string_view key, std::string_view value) {
    members_ += concat(members_.empty() ? "" : ",", json_quote(key), ":", value);
  }
  std::string members_;
};

}  // namespace wattle::supervise
