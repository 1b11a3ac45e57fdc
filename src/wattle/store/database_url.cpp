#include "wattle/store/database_url.h"

#include <algorithm>
#include <array>

#include "wattle/base/text.h"

namespace wattle::store {
namespace {

constexpr std::array<std::string_view, 2> kSchemes{"postgresql://", "postgres://"};
constexpr std::array<std::string_view, 2> kSecretKeys{"password", "sslpassword"};
constexpr std::string_view kHidden = "***";

int hexadecimal(char c) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const char lower = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  const auto at = kDigits.find(lower);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

std::string decode(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = i + 2 < text.size() && text[i] == '%' ? hexadecimal(text[i + 1]) : -1;
    const int low = high < 0 ? -1 : hexadecimal(text[i + 2]);
    if (low < 0) {
      decoded += text[i];
    } else {
      decoded += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return decoded;
}

Error unreadable(std::string_view why) {
  return {ErrorCode::kInvalidArgument, concat("the database's URL cannot be read: ", why,
                                              " (postgresql://USER:PASSWORD@HOST/NAME)")};
}

/// Puts the URL together again, part by part.
class Builder {
 public:
  void plain(std::string_view part) {
    url_.shown += part;
    url_.without_password += part;
  }
  /// `before` stands before the secret and goes with it.
  void secret(std::string_view before, std::string_view part) {
    url_.shown.append(before).append(kHidden);
    for (const auto& form : {std::string(part), decode(part)}) {
      if (!form.empty()) {
        url_.secrets.push_back(form);
      }
    }
  }
  void password(std::string_view before, std::string_view part) {
    secret(before, part);
    url_.password = decode(part);
  }
  DatabaseUrl finish(std::string_view text) && {
    url_.text = text;
    std::ranges::sort(url_.secrets, std::ranges::greater(), &std::string::size);
    return std::move(url_);
  }

 private:
  DatabaseUrl url_;
};

void add_query(Builder& builder, std::string_view query) {
  std::string_view between = "?";
  for (const auto& part : split(query, '&')) {
    const std::string_view pair(part);
    const auto equals = pair.find('=');
    const std::string_view key = pair.substr(0, equals);
    const bool is_secret = std::ranges::find(kSecretKeys, key) != kSecretKeys.end();
    if (!is_secret || equals == pair.npos) {
      builder.plain(concat(between, pair));
    } else if (key == "password") {
      builder.password(concat(between, key, "="), pair.substr(equals + 1));
      continue;  // what is left out takes its separator along
    } else {
      builder.secret(concat(between, key, "="), pair.substr(equals + 1));
      continue;
    }
    between = "&";
  }
}

}  // namespace

std::string DatabaseUrl::redact(std::string text_of_others) const {
  for (const auto& secret : secrets) {
    for (auto at = text_of_others.find(secret); at != std::string::npos;
         at = text_of_others.find(secret, at + kHidden.size())) {
      text_of_others.replace(at, secret.size(), kHidden);
    }
  }
  return text_of_others;
}

bool is_postgres_url(std::string_view text) {
  return std::ranges::any_of(kSchemes,
                             [&](std::string_view scheme) { return text.starts_with(scheme); });
}

Result<DatabaseUrl> parse_database_url(std::string_view text) {
  if (!is_postgres_url(text)) {
    return unreadable("it must begin with postgresql://");
  }
  if (!std::ranges::all_of(text, [](char c) { return c > ' ' && c != 0x7f; })) {
    return unreadable(
        "it holds a space, a control character or a byte that is no ASCII; encode it "
        "as %XX");
  }
  Builder builder;
  const auto scheme_end = text.find("://") + 3;
  builder.plain(text.substr(0, scheme_end));
  std::string_view rest = text.substr(scheme_end);
  const auto question = std::min(rest.find('?'), rest.size());
  const std::string_view place = rest.substr(0, question);
  const auto slash = std::min(place.find('/'), place.size());
  const std::string_view authority = place.substr(0, slash);
  if (std::ranges::count(place, '@') > 1 || place.substr(slash).find('@') != place.npos) {
    return unreadable("write '@' and '/' within a password as %40 and %2F");
  }
  const auto at = authority.find('@');
  const std::string_view user = at == authority.npos ? "" : authority.substr(0, at);
  const auto colon = user.find(':');
  builder.plain(user.substr(0, std::min(colon, user.size())));
  if (colon != user.npos) {
    builder.password(":", user.substr(colon + 1));
  }
  builder.plain(place.substr(at == authority.npos ? 0 : at));
  if (question < rest.size()) {
    add_query(builder, rest.substr(question + 1));
  }
  return std::move(builder).finish(text);
}

}  // namespace wattle::store
