// Keeps secrets out of a stream of text: each byte that is part of one is left out, and each run of
// such bytes becomes "***".
//
// Bytes that may be the beginning of a secret are held until it is known, so that no part of one
// comes out because a read or a line ended in its middle.
//
// Units:    bytes. Errors: none. Threads: one thread per object. Lifetime: owns its texts.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace wattle::supervise {

/// What is to be kept out, of the value of a variable: itself, or, when it has several lines, each
/// line of kLeastLineBytes or more. Values of less than kLeastBytes would hide what is no secret.
inline constexpr std::size_t kLeastSecretBytes = 4;
inline constexpr std::size_t kLeastSecretLineBytes = 8;
std::vector<std::string> secrets_of(std::string_view value);

class SecretRedactor {
 public:
  explicit SecretRedactor(std::vector<std::string> secrets) : secrets_(std::move(secrets)) {}

  /// Text of the stream, without line breaks: what of it, and of what was held, can come out.
  std::string feed(std::string_view text);
  /// A line has ended, and with it whatever might have become a secret: the rest comes out.
  std::string end_line();
  /// The stream has ended, perhaps in the middle of a secret: a beginning of kLeastBytes or more of
  /// one is kept out, too.
  std::string end_stream();

 private:
  std::string release(std::size_t count);
  std::size_t held_bytes() const;

  std::vector<std::string> secrets_;
  std::string held_;
  std::vector<bool> covered_;  // of held_: part of a secret
  bool in_run_ = false;        // the last byte that came out of held_ was
};

}  // namespace wattle::supervise
