#include "wattle/registry/filter_tokens.h"

#include <algorithm>

#include "wattle/base/limits.h"
#include "wattle/base/text.h"
#include "wattle/registry/filter.h"

namespace wattle::registry {
namespace {

using Kind = FilterToken::Kind;

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_word_begin(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

/// A key may be written without quotes as long as it has these only.
bool is_word_inside(char c) {
  return is_word_begin(c) || is_digit(c) || c == '.' || c == '/' || c == '-' || c == ':';
}

bool is_number_inside(char c) {
  return is_digit(c) || c == '.' || c == '+' || c == '-' || c == 'e' || c == 'E';
}

class Splitter {
 public:
  explicit Splitter(std::string_view text) : text_(text) {}

  Result<std::vector<FilterToken>> split() {
    for (;;) {
      while (at_ < text_.size() && is_space(text_[at_])) {
        ++at_;
      }
      FilterToken token{.position = at_ + 1};
      if (at_ == text_.size()) {
        tokens_.push_back(std::move(token));
        return std::move(tokens_);
      }
      WATTLE_RETURN_IF_ERROR(read(token));
      tokens_.push_back(std::move(token));
    }
  }

 private:
  Status read(FilterToken& token) {
    const char c = text_[at_];
    if (c == '\'' || c == '"' || c == '`') {
      return read_quoted(token);
    }
    if (is_word_begin(c)) {
      token.kind = Kind::kWord;
      token.text = take_while(is_word_inside);
      return {};
    }
    if (is_digit(c) || c == '-' || c == '+' || c == '.') {
      token.kind = Kind::kNumber;
      token.text = take_while(is_number_inside);
      return {};
    }
    return read_sign(token);
  }

  std::string take_while(bool (*belongs)(char)) {
    const std::size_t begin = at_;
    while (at_ < text_.size() && belongs(text_[at_])) {
      ++at_;
    }
    return std::string(text_.substr(begin, at_ - begin));
  }

  /// The quote itself is written twice.
  Status read_quoted(FilterToken& token) {
    token.quote = text_[at_++];
    token.kind = token.quote == '`' ? Kind::kBackticked : Kind::kQuoted;
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == token.quote && text_.substr(at_ + 1, 1) != std::string(1, token.quote)) {
        ++at_;
        return {};
      }
      at_ += text_[at_] == token.quote ? 1U : 0U;
      token.text += text_[at_];
    }
    return filter_error(token.position, concat("the quote ", token.quote, " is not closed"));
  }

  Status read_sign(FilterToken& token) {
    token.kind = Kind::kSign;
    for (const std::string_view sign : {">=", "<=", "!=", "<>", "=", "<", ">", "(", ")", ","}) {
      if (text_.substr(at_, sign.size()) == sign) {
        token.text = sign;
        at_ += sign.size();
        return {};
      }
    }
    return filter_error(token.position, concat("'", text_[at_], "' means nothing here"));
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<FilterToken> tokens_;
};

}  // namespace

bool FilterToken::is_word(std::string_view upper_case) const {
  return kind == Kind::kWord && to_lower(text) == to_lower(upper_case);
}

Result<std::vector<FilterToken>> split_filter(std::string_view text) {
  if (text.size() > limits::kFilterBytes) {
    return Error(ErrorCode::kInvalidArgument, concat("a filter has at most ", limits::kFilterBytes,
                                                     " bytes, and this one has ", text.size()));
  }
  if (text.find('\0') != std::string_view::npos) {
    return filter_error(text.find('\0') + 1, "a zero byte means nothing here");
  }
  return Splitter(text).split();
}

}  // namespace wattle::registry
