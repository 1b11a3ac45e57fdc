// Secrets: what a client shows to prove who it is.
//
// A secret is `wattle_KIND_` + 43 characters (32 random bytes in base 62) + 6 characters (CRC-32 of
// all before it, in base 62). The beginning tells a person and a scanner of source code what was
// leaked; the checksum tells a scanner that it is real, and us, before any query, that it was not
// cut when it was copied.
//
// At rest there is only the SHA-256 of the whole text. A slow function such as Argon2 protects what
// people make up, since that can be guessed; 256 random bits cannot, at any speed, so slowness
// would only cost energy with each request.
//
// Units:    characters.
// Errors:   none: a text is a secret of that kind or it is not.
// Threads:  pure functions; value types. Lifetime: a Secret wipes its text when it ends.
// See:      docs/reference/access.md#secrets
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "wattle/access/random_source.h"

namespace wattle::access {

enum class SecretKind {
  kToken,    // of a program or a person, by the header Authorization
  kLogin,    // in a link, once
  kSession,  // in a browser's cookie
  kCsrf,     // in a header of the pages' own requests
};

/// "token", "login", "session", "csrf".
std::string_view to_text(SecretKind kind);
/// "wattle_token_".
std::string_view beginning_of(SecretKind kind);

inline constexpr std::size_t kRandomCharacters = 43;   // 62^43 > 2^256
inline constexpr std::size_t kChecksumCharacters = 6;  // 62^6 > 2^32

/// A secret in the clear. It cannot be printed or compared by accident: reveal() is what to look
/// for in a review.
class Secret {
 public:
  Secret(SecretKind kind, std::string text) : kind_(kind), text_(std::move(text)) {}
  ~Secret();
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;

  SecretKind kind() const { return kind_; }
  /// The text, to be shown once to whom it was made for.
  const std::string& reveal() const { return text_; }

 private:
  SecretKind kind_;
  std::string text_;
};

Secret make_secret(SecretKind kind, RandomSource& random);

/// Whether the text is well formed: length, beginning, characters, checksum. Costs no query and
/// tells nothing about whether there is such a secret.
bool is_well_formed(SecretKind kind, std::string_view text);

/// What is stored: 64 hexadecimal digits.
std::string hash_of(std::string_view text);

/// The beginning and four characters more, "wattle_token_3kQz": enough to tell one's tokens apart
/// in a list, and 232 bits short of the secret. REQUIRES: is_well_formed.
std::string prefix_of(SecretKind kind, std::string_view text);

/// Whether two texts are equal, in a time that depends on their lengths only.
bool equal_in_constant_time(std::string_view a, std::string_view b);

/// Any secret within a text replaced by its prefix and "...", for what goes into a log.
std::string without_secrets(std::string_view text);

}  // namespace wattle::access
