#include "wattle/store/connection.h"

#include <cmath>
#include <cstddef>

#include "wattle/base/text.h"

namespace wattle::store {
namespace {

constexpr std::size_t kShownSqlBytes = 120;

/// How many bytes follow the first one of a sequence, or -1 for one that cannot be first.
int continuation_bytes(unsigned char first) {
  if (first < 0x80) {
    return 0;
  }
  if (first >= 0xc2 && first <= 0xdf) {
    return 1;
  }
  if (first >= 0xe0 && first <= 0xef) {
    return 2;
  }
  return first >= 0xf0 && first <= 0xf4 ? 3 : -1;
}

/// The second byte tells overlong forms, surrogates and what lies beyond U+10FFFF.
bool second_byte_fits(unsigned char first, unsigned char second) {
  switch (first) {
    case 0xe0:
      return second >= 0xa0;
    case 0xed:
      return second <= 0x9f;
    case 0xf0:
      return second >= 0x90;
    case 0xf4:
      return second <= 0x8f;
    default:
      return true;
  }
}

std::string shown(std::string_view sql) {
  return std::string(sql.substr(0, kShownSqlBytes)) + (sql.size() > kShownSqlBytes ? "..." : "");
}

}  // namespace

bool is_storable_text(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i]);
    const int more = continuation_bytes(first);
    if (first == 0 || more < 0 || i + static_cast<std::size_t>(more) >= text.size()) {
      return false;
    }
    for (int k = 1; k <= more; ++k) {
      const auto next = static_cast<unsigned char>(text[i + static_cast<std::size_t>(k)]);
      if ((next & 0xc0) != 0x80 || (k == 1 && !second_byte_fits(first, next))) {
        return false;
      }
    }
    i += static_cast<std::size_t>(more) + 1;
  }
  return true;
}

Status check_parameters(const SqlValues& parameters) {
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (const auto* real = std::get_if<double>(&parameters[i]); real && std::isnan(*real)) {
      return Error(ErrorCode::kInvalidArgument,
                   concat("parameter ", i + 1,
                          " is NaN, which a database stores as NULL or not at "
                          "all; encode it (special_value.h)"));
    }
    if (const auto* text = std::get_if<std::string>(&parameters[i]);
        text && !is_storable_text(*text)) {
      return Error(ErrorCode::kInvalidArgument,
                   concat("parameter ", i + 1,
                          " is no UTF-8, or holds a zero byte; bind it as a "
                          "Blob"));
    }
  }
  return {};
}

Result<std::int64_t> Connection::checked(std::string_view sql, const SqlValues& parameters,
                                         const OnRow* on_row) {
  WATTLE_CHECK(!running_, "a statement within the rows of another: collect the rows first");
  if (failure_) {
    return Error(ErrorCode::kFailedPrecondition,
                 "an earlier statement of this transaction failed: " + failure_->message());
  }
  if (auto status = check_parameters(parameters); !status.ok()) {
    failure_ = status.error().with_context(shown(sql));
    return *failure_;
  }
  running_ = true;
  std::optional<Error> of_row;
  const OnRow remember = [&](const SqlRow& row) {
    auto status = (*on_row)(row);
    if (!status.ok()) {
      of_row = status.error();
    }
    return status;
  };
  auto result = run(sql, parameters, on_row == nullptr ? nullptr : &remember);
  running_ = false;
  if (!result.ok() && !of_row) {
    failure_ = result.error();
  }
  return result;
}

Result<std::int64_t> Connection::execute(std::string_view sql, const SqlValues& parameters) {
  return checked(sql, parameters, nullptr);
}

Status Connection::query(std::string_view sql, const SqlValues& parameters, const OnRow& on_row) {
  const auto result = checked(sql, parameters, &on_row);
  return result.ok() ? Status() : Status(result.error());
}

Status Connection::begin() {
  failure_.reset();
  return do_begin();
}

Status Connection::set_savepoint() {
  failure_.reset();
  return control("SAVEPOINT work");
}

Status Connection::release_savepoint() {
  return control("RELEASE SAVEPOINT work");
}

Status Connection::undo_to_savepoint() {
  failure_.reset();
  WATTLE_RETURN_IF_ERROR(control("ROLLBACK TO SAVEPOINT work"));
  return release_savepoint();
}

}  // namespace wattle::store
