#include "wattle/net/target.h"

#include <algorithm>

#include "wattle/base/text.h"
#include "wattle/net/ascii.h"

namespace wattle::net {
namespace {

Error refusal(std::string_view what) {
  return {ErrorCode::kInvalidArgument, concat("the target of the request ", what)};
}

enum class Plus { kIsPlus, kIsBlank };

Result<std::string> decode(std::string_view text, Plus plus) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i] == '+' && plus == Plus::kIsBlank ? ' ' : text[i];
      continue;
    }
    const int high = i + 1 < text.size() ? hex_value(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
    if (high < 0 || low < 0) {
      return refusal("has a '%' without two hexadecimal digits: write a percent sign as %25");
    }
    const char c = static_cast<char>(high * 16 + low);
    if (c == '\0') {
      return refusal("has a NUL (%00)");
    }
    decoded += c;
    i += 2;
  }
  return decoded;
}

Status check_characters(std::string_view target) {
  if (!target.starts_with('/')) {
    return refusal("does not begin with '/'");
  }
  for (const char c : target) {
    if (is_control(c) || c == ' ') {
      return refusal("has a blank or a control character: escape it (%20)");
    }
    if (c == '#') {
      return refusal("has a '#': escape it (%23), a fragment is never sent");
    }
  }
  return {};
}

Status parse_path(std::string_view path, Target& target) {
  path.remove_prefix(1);
  if (path.empty()) {
    return {};
  }
  for (const auto segment : split(path, '/')) {
    WATTLE_ASSIGN_OR_RETURN(std::string decoded, decode(segment, Plus::kIsPlus));
    target.has_odd_segments =
        target.has_odd_segments || decoded.empty() || decoded == "." || decoded == "..";
    target.segments.push_back(std::move(decoded));
  }
  return {};
}

Status parse_query(std::string_view query, Target& target) {
  for (const auto pair : split(query, '&')) {
    if (pair.empty()) {
      continue;
    }
    const auto equals = std::min(pair.find('='), pair.size());
    WATTLE_ASSIGN_OR_RETURN(std::string name, decode(pair.substr(0, equals), Plus::kIsBlank));
    const auto rest = pair.substr(std::min(equals + 1, pair.size()));
    WATTLE_ASSIGN_OR_RETURN(std::string value, decode(rest, Plus::kIsBlank));
    target.query.emplace_back(std::move(name), std::move(value));
  }
  return {};
}

}  // namespace

std::optional<std::string_view> Target::parameter(std::string_view name) const {
  const auto found = std::find_if(query.begin(), query.end(),
                                  [&](const auto& pair) { return pair.first == name; });
  if (found == query.end()) {
    return std::nullopt;
  }
  return found->second;
}

Result<Target> parse_target(std::string_view target) {
  WATTLE_RETURN_IF_ERROR(check_characters(target));
  Target parsed;
  const auto question = std::min(target.find('?'), target.size());
  WATTLE_RETURN_IF_ERROR(parse_path(target.substr(0, question), parsed));
  if (question < target.size()) {
    WATTLE_RETURN_IF_ERROR(parse_query(target.substr(question + 1), parsed));
  }
  return parsed;
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    if (is_letter(c) || is_digit(c) || std::string_view("-._~").find(c) != std::string_view::npos) {
      encoded += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded += '%';
    encoded += kDigits[byte >> 4];
    encoded += kDigits[byte & 15];
  }
  return encoded;
}

std::string to_text(const Target& target) {
  std::string text = target.segments.empty() ? "/" : "";
  for (const auto& segment : target.segments) {
    text += "/" + percent_encode(segment);
  }
  char separator = '?';
  for (const auto& [name, value] : target.query) {
    text += separator;
    text += percent_encode(name) + "=" + percent_encode(value);
    separator = '&';
  }
  return text;
}

}  // namespace wattle::net
