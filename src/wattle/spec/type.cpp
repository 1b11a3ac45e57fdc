#include "wattle/spec/type.h"

#include "wattle/base/text.h"

namespace wattle::spec {
namespace {

/// "a duration" without its article.
std::string without_article(std::string_view text) {
  const std::size_t blank = text.find(' ');
  return std::string(text.substr(blank + 1));
}

}  // namespace

std::string wanted_words(const Type& type) {
  switch (type.kind) {
    case Kind::kString:
      return "a text";
    case Kind::kBoolean:
      return "true or false";
    case Kind::kInteger:
      return "a whole number";
    case Kind::kNumber:
      return "a number";
    case Kind::kQuantity:
      return concat(words(type.dimension), ", e.g. ", example(type.dimension));
    case Kind::kPrice:
      return concat(words(Dimension::kPrice), ", e.g. ", example(Dimension::kPrice));
    case Kind::kCount:
      return "a count, e.g. 4 or 4+";
    case Kind::kTimestamp:
      return "a time, e.g. 2026-12-01T06:00:00Z";
    case Kind::kParameter:
      return "a single value";
    case Kind::kList:
      return "a list";
    case Kind::kMap:
      return "a map of keys and values";
    case Kind::kSection:
      return "a section of keys";
    case Kind::kEither: {
      std::string text;
      for (const Type& part : type.parts) {
        text += (text.empty() ? "" : " or ") + wanted_words(part);
      }
      return text;
    }
  }
  return {};
}

std::string short_words(const Type& type) {
  switch (type.kind) {
    case Kind::kString:
      return "text";
    case Kind::kBoolean:
      return "boolean";
    case Kind::kQuantity:
      return without_article(words(type.dimension));
    case Kind::kPrice:
      return without_article(words(Dimension::kPrice));
    case Kind::kCount:
      return "count";
    case Kind::kTimestamp:
      return "time";
    case Kind::kList:
      return "list of " + short_words(type.parts.front());
    case Kind::kMap:
      return "map of " + short_words(type.parts.front());
    case Kind::kSection:
      return "section";
    case Kind::kEither: {
      std::string text;
      for (const Type& part : type.parts) {
        text += (text.empty() ? "" : ", or ") + short_words(part);
      }
      return text;
    }
    case Kind::kInteger:
    case Kind::kNumber:
    case Kind::kParameter:
      return without_article(wanted_words(type));
  }
  return {};
}

std::string format_bound(const Type& type, double value) {
  return type.kind == Kind::kQuantity ? format_quantity(type.dimension, value)
                                      : format_number(value);
}

}  // namespace wattle::spec
