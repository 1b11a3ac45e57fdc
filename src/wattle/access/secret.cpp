#include "wattle/access/secret.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <utility>

#include "wattle/base/hash.h"
#include "wattle/base/text.h"

namespace wattle::access {
namespace {

constexpr std::string_view kDigits =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::size_t kRandomBytes = 32;
constexpr std::size_t kShownCharacters = 4;
constexpr std::array kKinds{SecretKind::kToken, SecretKind::kLogin, SecretKind::kSession,
                            SecretKind::kCsrf};

bool is_digit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/// The bytes as one number, most significant first, in base 62: always kRandomCharacters.
std::string in_base_62(std::array<std::byte, kRandomBytes>& number) {
  std::string text(kRandomCharacters, '0');
  for (std::size_t i = kRandomCharacters; i-- > 0;) {
    unsigned remainder = 0;
    for (std::byte& byte : number) {
      const unsigned part = remainder * 256 + std::to_integer<unsigned>(byte);
      byte = static_cast<std::byte>(part / kDigits.size());
      remainder = part % static_cast<unsigned>(kDigits.size());
    }
    text[i] = kDigits[remainder];
  }
  return text;
}

std::string checksum_of(std::string_view text) {
  std::string digits(kChecksumCharacters, '0');
  std::uint64_t rest = crc32_of(text);
  for (std::size_t i = kChecksumCharacters; i-- > 0; rest /= kDigits.size()) {
    digits[i] = kDigits[rest % kDigits.size()];
  }
  return digits;
}

std::size_t length_of(SecretKind kind) {
  return beginning_of(kind).size() + kRandomCharacters + kChecksumCharacters;
}

void wipe(std::string& text) {
  explicit_bzero(text.data(), text.size());
  text.clear();
}

/// The kind of secret that stands at the beginning of the text, whatever comes behind it.
const SecretKind* kind_at(std::string_view text) {
  const auto* found = std::ranges::find_if(kKinds, [&](SecretKind kind) {
    return text.size() >= length_of(kind) && is_well_formed(kind, text.substr(0, length_of(kind)));
  });
  return found == kKinds.end() ? nullptr : found;
}

}  // namespace

std::string_view to_text(SecretKind kind) {
  std::string_view beginning = beginning_of(kind);
  beginning.remove_prefix(std::string_view("wattle_").size());
  beginning.remove_suffix(1);
  return beginning;
}

std::string_view beginning_of(SecretKind kind) {
  switch (kind) {
    case SecretKind::kToken:
      return "wattle_token_";
    case SecretKind::kLogin:
      return "wattle_login_";
    case SecretKind::kSession:
      return "wattle_session_";
    case SecretKind::kCsrf:
      break;
  }
  return "wattle_csrf_";
}

Secret::~Secret() {
  wipe(text_);
}

Secret::Secret(Secret&& other) noexcept : kind_(other.kind_), text_(std::move(other.text_)) {
  wipe(other.text_);  // a short text is copied by the move
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    wipe(text_);
    kind_ = other.kind_;
    text_ = std::move(other.text_);
    wipe(other.text_);
  }
  return *this;
}

Secret make_secret(SecretKind kind, RandomSource& random) {
  std::array<std::byte, kRandomBytes> bytes{};
  random.fill(bytes);
  std::string text(beginning_of(kind));
  text.reserve(length_of(kind));           // no copy of it is left behind by growing
  std::string digits = in_base_62(bytes);  // which leaves zeros in `bytes`
  text += digits;
  wipe(digits);
  text += checksum_of(text);
  return {kind, std::move(text)};
}

bool is_well_formed(SecretKind kind, std::string_view text) {
  if (text.size() != length_of(kind) || !text.starts_with(beginning_of(kind))) {
    return false;
  }
  const std::string_view behind = text.substr(beginning_of(kind).size());
  const std::string_view checked = text.substr(0, text.size() - kChecksumCharacters);
  return std::ranges::all_of(behind, is_digit) &&
         checksum_of(checked) == text.substr(checked.size());
}

std::string hash_of(std::string_view text) {
  return sha256_hex(text);
}

std::string prefix_of(SecretKind kind, std::string_view text) {
  return std::string(text.substr(0, beginning_of(kind).size() + kShownCharacters));
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) {
    return false;
  }
  // volatile: the compiler may not leave the loop as soon as the outcome is known.
  volatile unsigned char difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference = static_cast<unsigned char>(
        difference | (static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i])));
  }
  return difference == 0;
}

std::string without_secrets(std::string_view text) {
  std::string clean;
  while (!text.empty()) {
    if (const SecretKind* kind = kind_at(text)) {
      clean += concat(prefix_of(*kind, text), "...");
      text.remove_prefix(length_of(*kind));
    } else {
      const std::size_t next = std::min(text.find("wattle_", 1), text.size());
      clean += text.substr(0, next);
      text.remove_prefix(next);
    }
  }
  return clean;
}

}  // namespace wattle::access
