// A home put away, and one made of it.
//
// Units:    bytes. Errors: none. Threads: value types. Lifetime: value types.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/limits.h"
#include "wattle/messages/described.h"

namespace wattle::messages {

struct BackupRequest {
  std::string destination;

  static constexpr std::string_view kName = "BackupRequest";
  static constexpr std::string_view kAbout = "Where the home is to be put away.";
  static constexpr bool kIsRequest = true;
  static void fields(auto& f) {
    f("destination", &BackupRequest::destination,
      "Absolute path of a folder on the server's host that is not there yet, outside the home.",
      {.min_length = 1, .max_length = limits::kPathBytes});
  }
  bool operator==(const BackupRequest&) const = default;
};

struct BackupReport {
  std::string backup;
  std::int64_t files = 0;
  std::int64_t bytes = 0;
  std::vector<std::string> damaged;

  static constexpr std::string_view kName = "BackupReport";
  static constexpr std::string_view kAbout = "A backup that is whole and on the disk.";
  static void fields(auto& f) {
    f("backup", &BackupReport::backup, "Absolute path of its folder.");
    f("files", &BackupReport::files, "How many files it has.");
    f("bytes", &BackupReport::bytes, "Their size.");
    f("damaged", &BackupReport::damaged, "Artifacts that are left out: not what their names say.");
  }
  bool operator==(const BackupReport&) const = default;
};

struct RestoreReport {
  std::string home;
  std::int64_t files = 0;
  std::int64_t bytes = 0;
  std::int64_t interrupted_attempts = 0;

  static constexpr std::string_view kName = "RestoreReport";
  static constexpr std::string_view kAbout = "A home that was made of a backup.";
  static void fields(auto& f) {
    f("home", &RestoreReport::home, "Absolute path of the home.");
    f("files", &RestoreReport::files, "How many files it has.");
    f("bytes", &RestoreReport::bytes, "Their size.");
    f("interrupted_attempts", &RestoreReport::interrupted_attempts,
      "Attempts that were running when the home was put away.");
  }
  bool operator==(const RestoreReport&) const = default;
};

extern template const Type& type_of<BackupRequest>();
extern template const Type& type_of<BackupReport>();
extern template const Type& type_of<RestoreReport>();

}  // namespace wattle::messages
