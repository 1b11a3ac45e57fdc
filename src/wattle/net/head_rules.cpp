#include "wattle/net/head_rules.h"

#include <algorithm>

#include "wattle/base/limits.h"
#include "wattle/base/text.h"
#include "wattle/net/ascii.h"

namespace wattle::net {
namespace {

using Answer = std::optional<Refusal>;

Answer refuse(int status, std::string message) {
  return Refusal{status, std::move(message)};
}

/// What decides about the body and about who is meant, as often as it stands there.
struct SeenFields {
  std::size_t count = 0;
  std::vector<std::string_view> hosts;
  std::vector<std::string_view> lengths;
  std::vector<std::string_view> encodings;
  std::vector<std::string_view> expectations;
};

Answer check_version(std::string_view version, RequestFacts& facts) {
  if (version == "HTTP/1.1" || version == "HTTP/1.0") {
    facts.is_http_1_1 = version == "HTTP/1.1";
    return std::nullopt;
  }
  const bool is_version = version.size() == 8 && version.starts_with("HTTP/") &&
                          is_digit(version[5]) && version[6] == '.' && is_digit(version[7]);
  return is_version ? refuse(505, concat("this server speaks HTTP/1.1, not ", version))
                    : refuse(400, "the request line does not end with a version of HTTP");
}

Answer check_method(std::string_view method) {
  if (!is_token(method)) {
    return refuse(400, "the request line does not begin with a method");
  }
  if (method == "CONNECT" || method == "TRACE") {
    return refuse(501, concat("this server has no ", method));
  }
  return std::nullopt;
}

Answer check_target(std::string_view target) {
  if (target.size() > limits::kHttpTargetBytes) {
    return refuse(414, concat("the target of the request has more than ", limits::kHttpTargetBytes,
                              " bytes"));
  }
  const bool is_plain = std::all_of(target.begin(), target.end(),
                                    [](char c) { return c > ' ' && c < 0x7f && c != '#'; });
  if (!is_plain || target.empty()) {
    return refuse(400,
                  "the target of the request is empty or has bytes that must be escaped as %XX");
  }
  return std::nullopt;
}

/// "METHOD target HTTP/1.1" with one blank between each two.
Answer check_request_line(std::string_view line, RequestFacts& facts) {
  const auto words = split(line, ' ');
  if (words.size() != 3) {
    return refuse(400, "the request line is not a method, a target and a version, one blank apart");
  }
  if (auto refusal = check_method(words[0])) {
    return refusal;
  }
  if (auto refusal = check_version(words[2], facts)) {
    return refusal;
  }
  facts.method = words[0];
  facts.target = words[1];
  return check_target(words[1]);
}

Answer check_field(std::string_view line, SeenFields& seen) {
  if (++seen.count > limits::kHttpFields) {
    return refuse(431, concat("the request has more than ", limits::kHttpFields, " fields"));
  }
  if (line.starts_with(' ') || line.starts_with('\t')) {
    return refuse(400, "a field of the request is folded over two lines");
  }
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) {
    return refuse(400, "a field of the request has no name followed directly by a colon");
  }
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trim(line.substr(colon + 1));
  if (std::any_of(value.begin(), value.end(), [](char c) { return c != '\t' && is_control(c); })) {
    return refuse(400, concat("the field ", name, " has a control character"));
  }
  if (same_word(name, "host")) {
    seen.hosts.push_back(value);
  } else if (same_word(name, "content-length")) {
    seen.lengths.push_back(value);
  } else if (same_word(name, "transfer-encoding")) {
    seen.encodings.push_back(value);
  } else if (same_word(name, "expect")) {
    seen.expectations.push_back(value);
  }
  return std::nullopt;
}

bool is_host(std::string_view host) {
  return std::all_of(host.begin(), host.end(), [](char c) {
    return is_letter(c) || is_digit(c) ||
           std::string_view("-._~%!$&'()*+;=:[]").find(c) != std::string_view::npos;
  });
}

Answer check_host(const SeenFields& seen, RequestFacts& facts) {
  if (seen.hosts.size() > 1 || (seen.hosts.empty() && facts.is_http_1_1)) {
    return refuse(400,
                  concat("the request has ", seen.hosts.size(), " fields Host: one is needed"));
  }
  if (!seen.hosts.empty() && !is_host(seen.hosts.front())) {
    return refuse(400, "the field Host is no name or address with a port");
  }
  if (facts.target.starts_with('/')) {
    return std::nullopt;
  }
  const std::string_view target = facts.target;
  const auto scheme = target.find("://");
  const bool is_http = scheme != std::string_view::npos && (same_word(target.substr(0, 4), "http"));
  if (!is_http || (scheme != 4 && !same_word(target.substr(0, scheme), "https"))) {
    return refuse(400, "the target of the request is no path: it must begin with '/'");
  }
  const auto rest = target.substr(scheme + 3);
  const auto end = std::min(rest.find_first_of("/?"), rest.size());
  if (seen.hosts.empty() || !same_word(rest.substr(0, end), seen.hosts.front())) {
    return refuse(400, "the target of the request names another host than the field Host");
  }
  const std::string_view path = rest.substr(end);
  facts.target = path.starts_with('/') ? std::string(path) : "/" + std::string(path);
  return std::nullopt;
}

Answer check_length(const SeenFields& seen, RequestFacts& facts) {
  if (seen.lengths.empty()) {
    return std::nullopt;
  }
  if (seen.lengths.size() > 1 || !seen.encodings.empty()) {
    return refuse(400, "the request says twice how long its body is (Content-Length)");
  }
  const auto text = seen.lengths.front();
  // 18 digits always fit.
  if (text.empty() || text.size() > 18 || !std::all_of(text.begin(), text.end(), is_digit)) {
    return refuse(400, "the field Content-Length is no number of bytes");
  }
  for (const char c : text) {
    facts.content_length = facts.content_length * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return std::nullopt;
}

Answer check_encoding(const SeenFields& seen, RequestFacts& facts) {
  if (seen.encodings.empty()) {
    return std::nullopt;
  }
  if (!facts.is_http_1_1) {
    return refuse(400, "a request of HTTP/1.0 has no Transfer-Encoding");
  }
  if (seen.encodings.size() > 1) {
    return refuse(400, "the request has several fields Transfer-Encoding");
  }
  if (!same_word(seen.encodings.front(), "chunked")) {
    return refuse(501, "this server knows one Transfer-Encoding: chunked");
  }
  facts.is_chunked = true;
  return std::nullopt;
}

Answer check_expectation(const SeenFields& seen, RequestFacts& facts) {
  // HTTP/1.0 has no expectations: they are ignored there.
  if (seen.expectations.empty() || !facts.is_http_1_1) {
    return std::nullopt;
  }
  if (seen.expectations.size() > 1 || !same_word(seen.expectations.front(), "100-continue")) {
    return refuse(417, "this server knows one expectation: 100-continue");
  }
  facts.expects_continue = true;
  return std::nullopt;
}

}  // namespace

std::optional<std::size_t> HeadScanner::scan(std::string_view head, std::size_t most_bytes) {
  for (; scanned_ < head.size() && !refusal_; ++scanned_) {
    const char c = head[scanned_];
    const bool after_return = scanned_ > 0 && head[scanned_ - 1] == '\r';
    if (scanned_ >= most_bytes) {
      refuse(431, concat("the head of the message has more than ", most_bytes, " bytes"));
    } else if (c == '\0' || (c == '\n') != after_return) {
      refuse(400, "a line of the message does not end with CR LF, or has a NUL");
    } else if (c == '\n') {
      const bool is_blank = scanned_ - line_begin_ == 1;
      line_begin_ = scanned_ + 1;
      if (is_blank && first_line_ != 0) {
        return line_begin_;
      }
      first_line_ = first_line_ == 0 ? scanned_ - 1 : first_line_;
    }
  }
  return std::nullopt;
}

std::optional<Refusal> check_request_head(std::string_view head, RequestFacts& facts) {
  SeenFields seen;
  bool is_first = true;
  while (head.size() > 2) {
    const auto end = head.find("\r\n");
    const auto line = head.substr(0, end);
    auto refusal = is_first ? check_request_line(line, facts) : check_field(line, seen);
    if (refusal) {
      return refusal;
    }
    is_first = false;
    head.remove_prefix(end + 2);
  }
  for (const auto check : {check_host, check_length, check_encoding, check_expectation}) {
    if (auto refusal = check(seen, facts)) {
      return refusal;
    }
  }
  return std::nullopt;
}

}  // namespace wattle::net
