#include "wattle/executor/secrets.h"

#include <algorithm>
#include <array>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wattle/base/descriptor.h"
#include "wattle/base/text.h"

namespace wattle::executor {
namespace {

constexpr std::string_view kFilePrefix = "file:";
constexpr std::size_t kSecretBytes = 64 << 10;  // of one file
constexpr std::size_t kRedactedBytes = 8;       // shorter values would be found everywhere
constexpr std::string_view kRedacted = "***";
constexpr mode_t kOthersRead = 044;

bool is_variable(std::string_view name) {
  const auto is_word = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && (name.front() < '0' || name.front() > '9') &&
         std::ranges::all_of(name, is_word);
}

/// A regular file, bounded; nothing else, since a pipe would block the start of the job.
Result<std::string> read_secret_file(const SecretReference& reference,
                                     std::vector<std::string>& warnings) {
  const std::string what = concat("the secret ", reference.name, ": ", reference.file);
  const Descriptor file(::open(reference.file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat info{};
  if (!file.is_open() || ::fstat(file.get(), &info) != 0) {
    return error_from_errno(errno, what);
  }
  if (!S_ISREG(info.st_mode)) {
    return Error(ErrorCode::kInvalidArgument, what + " is no regular file");
  }
  if ((info.st_mode & kOthersRead) != 0) {
    warnings.push_back(concat(what, " can be read by other users; chmod 600 ", reference.file));
  }
  std::string value(kSecretBytes + 1, '\0');
  std::size_t size = 0;
  for (ssize_t count = 1; count > 0 && size < value.size();) {
    count = ::read(file.get(), value.data() + size, value.size() - size);
    if (count < 0) {
      return error_from_errno(errno, what);
    }
    size += static_cast<std::size_t>(count);
  }
  if (size > kSecretBytes) {
    return Error(ErrorCode::kInvalidArgument,
                 concat(what, " is larger than ", kSecretBytes, " bytes"));
  }
  value.resize(size);
  if (value.ends_with('\n')) {
    value.pop_back();
  }
  if (value.find('\0') != std::string::npos) {
    return Error(ErrorCode::kInvalidArgument, what + " holds a zero byte; no variable can");
  }
  return value;
}

Error lost(std::string_view name, std::string_view run) {
  return {ErrorCode::kNotFound,
          concat("the secret ", name, " of run ", run,
                 " was kept in memory and is gone: submit again, or use ", name, "=file:PATH")};
}

}  // namespace

Result<SecretReference> parse_secret_reference(std::string_view text) {
  const auto equals = text.find('=');
  SecretReference reference{.name = std::string(text.substr(0, equals))};
  const std::string_view source =
      equals == std::string_view::npos ? std::string_view{} : text.substr(equals + 1);
  if (!is_variable(reference.name) ||
      (equals != std::string_view::npos &&
       (!source.starts_with(kFilePrefix) || source.size() == kFilePrefix.size()))) {
    return Error(ErrorCode::kInvalidArgument,
                 concat("'", reference.name, "': a secret is NAME or NAME=file:PATH"));
  }
  if (!source.empty()) {
    reference.file = source.substr(kFilePrefix.size());
  }
  return reference;
}

bool looks_secret(std::string_view name) {
  std::string upper(name);
  std::ranges::transform(upper, upper.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  constexpr std::array kEndings{"TOKEN",  "TOKENS",     "SECRET",      "SECRETS", "PASSWORD",
                                "PASSWD", "PASSPHRASE", "APIKEY",      "_KEY",    "_KEYS",
                                "_PASS",  "CREDENTIAL", "CREDENTIALS", "_PAT",    "_AUTH"};
  if (std::ranges::any_of(kEndings, [&](const char* end) { return upper.ends_with(end); })) {
    return true;
  }
  constexpr std::array kParts{"SECRET_", "PASSWORD_", "CREDENTIAL", "TOKEN_"};
  if (std::ranges::any_of(kParts,
                          [&](const char* part) { return upper.find(part) != upper.npos; })) {
    return true;
  }
  // All of AWS's, but for those that say where and who.
  constexpr std::array kHarmless{"REGION", "PROFILE", "_OUTPUT", "_PAGER"};
  return upper.starts_with("AWS_") &&
         std::ranges::none_of(kHarmless, [&](const char* end) { return upper.ends_with(end); });
}

Result<SplitEnvironment> split_environment(const Environment& caller,
                                           std::span<const SecretReference> references) {
  SplitEnvironment split;
  const auto declared = [&](std::string_view name) {
    return std::ranges::find(references, name, &SecretReference::name) != references.end();
  };
  for (const auto& [name, value] : caller) {
    if (declared(name) || looks_secret(name)) {
      split.secret.emplace(name, value);
    } else {
      split.plain.emplace(name, value);
    }
  }
  for (const auto& [name, file] : references) {
    if (!file.empty()) {
      split.secret.erase(name);  // the file's is used
    } else if (!split.secret.contains(name)) {
      return Error(
          ErrorCode::kInvalidArgument,
          concat("the secret ", name, " is not set; export it, or use ", name, "=file:PATH"));
    }
  }
  return split;
}

Result<SecretValues> resolve_secrets(const SecretVault* vault, const SecretNeeds& needs,
                                     std::vector<std::string>& warnings) {
  SecretValues values;
  if (vault != nullptr) {
    auto kept = vault->get(needs.run);
    if (!kept.ok() && kept.error().code() != ErrorCode::kNotFound) {
      return kept.error();
    }
    values = kept.ok() ? std::move(*kept) : SecretValues{};
  }
  for (const auto& reference : needs.references) {
    if (!reference.file.empty()) {
      WATTLE_ASSIGN_OR_RETURN(auto value, read_secret_file(reference, warnings));
      values.insert_or_assign(reference.name, std::move(value));
    } else if (!values.contains(reference.name)) {
      return lost(reference.name, needs.run);
    }
  }
  for (const auto& name : needs.kept) {
    if (!values.contains(name)) {
      warnings.push_back(lost(name, needs.run).message());
    }
  }
  return values;
}

Redactor::Redactor(const SecretValues& values) {
  for (const auto& [name, value] : values) {
    for (const auto line : split(value, '\n')) {  // what is shown is shown by lines
      if (line.size() >= kRedactedBytes) {
        secrets_.emplace_back(line);
      }
    }
    if (value.size() >= kRedactedBytes) {
      secrets_.push_back(value);
    }
  }
  std::ranges::sort(secrets_, [](const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() > b.size() : a < b;
  });
  const auto repeated = std::ranges::unique(secrets_);
  secrets_.erase(repeated.begin(), repeated.end());
}

std::string Redactor::apply(std::string_view text) const {
  std::string result(text);
  for (const auto& secret : secrets_) {
    for (auto at = result.find(secret); at != std::string::npos;
         at = result.find(secret, at + kRedacted.size())) {
      result.replace(at, secret.size(), kRedacted);
    }
  }
  return result;
}

}  // namespace wattle::executor
