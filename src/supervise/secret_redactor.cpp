#include "secret_redactor.h"

#include <algorithm>

#include "wattle/base/text.h"

namespace wattle::supervise {
namespace {

constexpr std::string_view kMask = "***";

}  // namespace

std::vector<std::string> secrets_of(std::string_view value) {
  std::vector<std::string> secrets;
  while (value.ends_with('\n') || value.ends_with('\r')) {
    value.remove_suffix(1);
  }
  auto lines = split(value, '\n');
  const auto least = lines.size() > 1 ? kLeastSecretLineBytes : kLeastSecretBytes;
  for (auto line : lines) {
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
    }
    if (line.size() >= least) {
      secrets.emplace_back(line);
    }
  }
  return secrets;
}

std::string SecretRedactor::feed(std::string_view text) {
  if (secrets_.empty()) {
    return std::string(text);
  }
  held_ += text;
  covered_.resize(held_.size(), false);
  for (const auto& secret : secrets_) {
    for (auto at = held_.find(secret); at != std::string::npos; at = held_.find(secret, at + 1)) {
      std::fill_n(covered_.begin() + static_cast<std::ptrdiff_t>(at), secret.size(), true);
    }
  }
  return release(held_.size() - held_bytes());
}

/// The longest end of held_ with which a secret begins.
std::size_t SecretRedactor::held_bytes() const {
  const std::string_view text = held_;
  std::size_t longest = 0;
  for (const auto& secret : secrets_) {
    for (auto length = std::min(secret.size() - 1, text.size()); length > longest; --length) {
      if (text.ends_with(std::string_view(secret).substr(0, length))) {
        longest = length;
      }
    }
  }
  return longest;
}

std::string SecretRedactor::release(std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) {
    if (!covered_[i]) {
      out += held_[i];
    } else if (!in_run_) {
      out += kMask;
    }
    in_run_ = covered_[i];
  }
  held_.erase(0, count);
  covered_.erase(covered_.begin(), covered_.begin() + static_cast<std::ptrdiff_t>(count));
  return out;
}

std::string SecretRedactor::end_line() {
  auto rest = release(held_.size());
  in_run_ = false;
  return rest;
}

std::string SecretRedactor::end_stream() {
  if (held_.size() >= kLeastSecretBytes) {
    covered_.assign(held_.size(), true);
  }
  return end_line();
}

}  // namespace wattle::supervise
