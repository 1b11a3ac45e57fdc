// What the user typed for commands over the registry: searches, comparisons, models.
//
// Units:    none. Errors: none. Threads: value types. Lifetime: value types.
// See:      docs/reference/cli.md
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace wattle::cli {

struct PsOptions {
  bool all = false;
  bool json = false;
  bool quiet = false;
  std::string filter;  // registry/filter.h
  std::string order;
  std::optional<std::int64_t> limit;
  std::vector<std::string> states;
  std::optional<std::string> project;
  std::optional<std::string> experiment;

  /// Does it choose among the runs, or list the newest?
  bool is_search() const {
    return !filter.empty() || !order.empty() || !states.empty() || project || experiment;
  }
};

struct CompareOptions {
  std::vector<std::string> ids;
  bool json = false;
  bool quiet = false;  // only the names of what differs
};

struct ModelsListOptions {
  std::optional<std::string> project;
  bool json = false;
  bool quiet = false;
};

/// `model` here and below: NAME, NAME@ALIAS, NAME/3; without a version the latest.
struct ModelsShowOptions {
  std::string model;
  std::optional<std::string> project;
  bool json = false;
  bool quiet = false;
};

struct ModelsRegisterOptions {
  std::string run;
  std::optional<std::string> output;  // none: the only one
  std::string model;
  std::vector<std::string> aliases;
  std::string description;
  bool json = false;
  bool quiet = false;
};

struct ModelsAliasOptions {
  std::string model;
  std::string alias;
  std::string version;  // "3", "v3", "latest" or another alias; "" with `remove`
  std::optional<std::string> project;
  bool remove = false;
  bool json = false;
};

struct ModelsDecideOptions {
  bool approve = true;
  std::string model;
  std::string reason;
  std::optional<std::string> project;
  bool json = false;
};

struct ModelsGetOptions {
  std::string model;
  std::string path;
  std::optional<std::string> project;
  bool json = false;
};

}  // namespace wattle::cli
