#include "confirmation.h"

#include <cmath>
#include <filesystem>

#include "json_scanner.h"

#include "wattle/base/text.h"

namespace wattle::supervise {
namespace {

constexpr double kMostExact = 9'007'199'254'740'992;  // 2^53: JSON's numbers are doubles to many

/// A whole number, also written as 1200.0 or 1.2e3.
std::optional<std::int64_t> whole(std::string_view number) {
  if (const auto exact = parse_integer(number); exact.ok()) {
    return *exact;
  }
  const auto value = parse_number(number);
  if (!value.ok() || std::abs(*value) > kMostExact || std::floor(*value) != *value) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(*value);
}

Error malformed(std::string_view what) {
  return Error(ErrorCode::kParse, concat("the confirmation is not understood: ", what));
}

/// Reads the value of `key`, behind its colon.
Status read_member(JsonScanner& scanner, const std::string& key, Confirmation& into) {
  if (key == "path") {
    const auto path = scanner.string();
    if (!path) {
      return malformed("'path' is no text");
    }
    into.path = *path;
    return {};
  }
  if (key != "step" && key != "request") {
    return scanner.skip_value() ? Status() : malformed(concat("the value of '", key, "'"));
  }
  if (scanner.take_word("null")) {
    return {};
  }
  const auto number = scanner.number();
  const auto value = number ? whole(*number) : std::nullopt;
  if (!value || (key == "request" && *value < 0)) {
    return malformed(concat("'", key, "' is no whole number"));
  }
  if (key == "step") {
    into.step = *value;
  } else {
    into.request = *value;
  }
  return {};
}

bool is_below(const std::filesystem::path& folder, const std::filesystem::path& path) {
  const auto relative = path.lexically_relative(folder);
  return !relative.empty() && relative != "." && *relative.begin() != "..";
}

/// The first link below `path` that leads out of the folder; "" when none does.
Result<std::string> escaping_link(const std::filesystem::path& folder,
                                  const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) {
    return std::string();
  }
  for (std::filesystem::recursive_directory_iterator entry(path, error), end;
       !error && entry != end; entry.increment(error)) {
    std::error_code dangling;
    if (entry->is_symlink(dangling) &&
        !is_below(folder, std::filesystem::weakly_canonical(entry->path(), dangling))) {
      return entry->path().string();
    }
  }
  return error ? Result<std::string>(error_from_errno(error.value(), "listing " + path.string()))
               : std::string();
}

}  // namespace

Result<Confirmation> parse_confirmation(std::string_view text) {
  JsonScanner scanner(text);
  Confirmation confirmation;
  if (text.size() > kConfirmationBytes) {
    return malformed(concat("it is longer than ", kConfirmationBytes, " bytes"));
  }
  if (!is_utf8(text)) {
    return malformed("it is not UTF-8");
  }
  if (!scanner.take('{')) {
    return malformed("it does not begin with '{'");
  }
  bool more = !scanner.take('}');
  while (more) {
    const auto key = scanner.string();
    if (!key || !scanner.take(':')) {
      return malformed(concat("a key and ':' were expected at byte ", scanner.offset()));
    }
    WATTLE_RETURN_IF_ERROR(read_member(scanner, *key, confirmation));
    more = scanner.take(',');
    if (!more && !scanner.take('}')) {
      return malformed(concat("',' or '}' was expected at byte ", scanner.offset()));
    }
  }
  if (!scanner.at_end()) {
    return malformed(concat("something follows it at byte ", scanner.offset()));
  }
  if (confirmation.path.empty() || confirmation.path.find('\0') != std::string::npos) {
    return malformed("it has no 'path'");
  }
  return confirmation;
}

Result<std::string> resolve_checkpoint(const std::string& folder, const std::string& path) {
  const auto outside = [&](std::string_view what) {
    return Error(ErrorCode::kInvalidArgument,
                 concat("checkpoint '", path, "' ", what, " WATTLE_CHECKPOINT_DIR, ", folder));
  };
  if (path.starts_with('/')) {
    return outside("is named by an absolute path, not by one relative to");
  }
  std::error_code error;
  const auto root = std::filesystem::canonical(folder, error);
  if (error) {
    return error_from_errno(error.value(), "opening " + folder);
  }
  const auto target = std::filesystem::canonical(root / path, error);
  if (error) {
    return Error(ErrorCode::kNotFound,
                 concat("checkpoint '", path, "' is not there: ", error.message()));
  }
  if (!is_below(root, target)) {
    return outside("is not below");
  }
  if (!std::filesystem::is_directory(target, error) &&
      !std::filesystem::is_regular_file(target, error)) {
    return Error(ErrorCode::kInvalidArgument,
                 concat("checkpoint '", path, "' is neither a file nor a folder"));
  }
  WATTLE_ASSIGN_OR_RETURN(const auto link, escaping_link(root, target));
  if (!link.empty()) {
    return outside(concat("holds ", link, ", a link out of"));
  }
  return target.string();
}

}  // namespace wattle::supervise
