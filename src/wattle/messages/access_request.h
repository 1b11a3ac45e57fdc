// What is asked of users, projects, quotas and tokens.
//
// Units:    microjoules per month, cores, jobs. Errors: none. Threads: value types.
// Lifetime: value types.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "wattle/base/limits.h"
#include "wattle/messages/access.h"

namespace wattle::messages {

struct NewUser {
  std::string name;
  std::string display_name;
  std::optional<std::string> unix_account;

  static constexpr std::string_view kName = "NewUser";
  static constexpr std::string_view kAbout = "Somebody who is to share this server.";
  static constexpr bool kIsRequest = true;
  static void fields(auto& f) {
    f("name", &NewUser::name, "What runs and events will name as their actor.",
      {.min_length = 1, .max_length = 100, .pattern = &kPlainName});
    f("display_name", &NewUser::display_name, "What pages show; without it the name.",
      {.presence = Presence::kMayBeAbsent, .max_length = limits::kRegistryNameBytes});
    f("unix_account", &NewUser::unix_account, "The account on the server's host.",
      {.min_length = 1, .max_length = 100});
  }
  bool operator==(const NewUser&) const = default;
};

struct UserUpdate {
  std::optional<std::string> display_name;
  std::optional<std::string> unix_account;
  std::optional<bool> is_disabled;
  std::optional<std::int64_t> expected_version;

  static constexpr std::string_view kName = "UserUpdate";
  static constexpr std::string_view kAbout = "Changes a user: only what is there.";
  static constexpr bool kIsRequest = true;
  static void fields(auto& f) {
    f("display_name", &UserUpdate::display_name, "What pages show.",
      {.max_length = limits::kRegistryNameBytes});
    f("unix_account", &UserUpdate::unix_account, "The account on the host; empty: none.",
      {.max_length = 100});
    f("is_disabled", &UserUpdate::is_disabled, "true ends the user's sessions and stops tokens.");
    f("expected_version", &UserUpdate::expected_version,
      "The version that was seen: another one is failed_precondition. Without it: any.",
      {.minimum = 0});
  }
  bool operator==(const UserUpdate&) const = default;
};

struct NewProject {
  std::string name;
  std::string description;

  static constexpr std::string_view kName = "NewProject";
  static constexpr std::string_view kAbout = "A project that is to be.";
  static constexpr bool kIsRequest = true;
  static void fields(auto& f) {
    f("name", &NewProject::name, "Its name.",
      {.min_length = 1, .max_length = limits::kRegistryNameBytes});
    f("description", &NewProject::description, "What it is for.",
      {.presence = Presence::kMayBeAbsent, .max_length = limits::kDescriptionBytes});
  }
  bool operator==(const NewProject&) const = default;
};

struct ProjectUpdate {
  std::string description;
  std::optional<std::int64_t> expected_version;

  static constexpr std::string_view kName = "ProjectUpdate";
  static constexpr std::string_view kAbout = "Changes what is said of a project.";
  static constexpr bool kIsRequest = true;
  static void fields(auto& f) {
    f("description", &ProjectUpdate::description, "What it is for.",
      {.max_length = limits::kDescriptionBytes});
    f("expected_version", &ProjectUpdate::expected_version,
      "The version that was seen: another one is failed_precondition. Without it: any.",
      {.minimum = 0});
  }
  bool operator==(const ProjectUpdate&) const = default;
};

struct QuotaUpdate {
  std::optional<std::int64_t> energy_per_month_microjoules;
  std::optional<std::int64_t> cores;
  std::optional<std::int64_t> jobs;
  std::optional<std::int64_t> expected_version;

  static constexpr std::string_view kName = "QuotaUpdate";
  static constexpr std::string_view kAbout =
      "The bounds of a project or a user, all of them: what is left out is unbounded. 0 is a "
      "bound.";
  static constexpr bool kIsRequest = true;
  static void fields(auto& f) {
    f("energy_per_month_microjoules", &QuotaUpdate::energy_per_month_microjoules,
      "In a calendar month of UTC.", {.minimum = 0});
    f("cores", &QuotaUpdate::cores, "Held at once.", {.minimum = 0});
    f("jobs", &QuotaUpdate::jobs, "That run at once.", {.minimum = 0});
    f("expected_version", &QuotaUpdate::expected_version,
      "The version that was seen, 0 for none: another one is failed_precondition. Without it: any.",
      {.minimum = 0});
  }
  bool operator==(const QuotaUpdate&) const = default;
};

struct NewToken {
  std::string user;
  std::string name;
  std::string project = "*";
  AccessScope scope = AccessScope::kRead;
  std::optional<UtcTime> expires_at;

  static constexpr std::string_view kName = "NewToken";
  static constexpr std::string_view kAbout = "A token that is to be made.";
  static constexpr bool kIsRequest = true;
  static void fields(auto& f) {
    f("user", &NewToken::user, "Whom it is to speak for; without it whoever asks.",
      {.presence = Presence::kMayBeAbsent, .max_length = 100});
    f("name", &NewToken::name, "What it is for: laptop, nightly CI.",
      {.min_length = 1, .max_length = limits::kRegistryNameBytes});
    f("project", &NewToken::project, "The one project that it holds for; *: all.",
      {.presence = Presence::kMayBeAbsent,
       .min_length = 1,
       .max_length = limits::kRegistryNameBytes});
    f("scope", &NewToken::scope, "What it may do there; without it read.", kMayBeAbsent);
    f("expires_at", &NewToken::expires_at, "When it ends; without it never.");
  }
  bool operator==(const NewToken&) const = default;
};

extern template const Type& type_of<NewUser>();
extern template const Type& type_of<UserUpdate>();
extern template const Type& type_of<NewProject>();
extern template const Type& type_of<ProjectUpdate>();
extern template const Type& type_of<QuotaUpdate>();
extern template const Type& type_of<NewToken>();

}  // namespace wattle::messages
