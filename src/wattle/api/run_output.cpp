#include "wattle/api/run_output.h"

#include "wattle/base/text.h"

namespace wattle::api {
namespace {

constexpr std::size_t kPlaceParts = 3;

messages::LogLine message_of(const executor::OutputLine& line, std::uint32_t attempt) {
  return {.attempt = attempt,
          .stream = line.stream == executor::OutputLine::Stream::kOutput
                        ? messages::LogStream::kStdout
                        : messages::LogStream::kStderr,
          .at = line.time,
          .text = line.text,
          .is_partial = line.partial};
}

/// The place after one more line of that time.
OutputPlace after(const OutputPlace& place, std::uint32_t attempt, std::int64_t time_ns) {
  const bool is_same = place.attempt == attempt && place.time_ns == time_ns;
  return {.attempt = attempt, .time_ns = time_ns, .lines = is_same ? place.lines + 1 : 1};
}

}  // namespace

std::string OutputPlace::text() const {
  return concat(attempt, ".", time_ns, ".", lines);
}

Result<OutputPlace> OutputPlace::parse(std::string_view text) {
  const auto parts = split(text, '.');
  std::vector<std::int64_t> numbers;
  for (const auto part : parts) {
    const auto number = parse_integer(part);
    if (number.ok() && *number >= 0) {
      numbers.push_back(*number);
    }
  }
  if (numbers.size() != kPlaceParts || parts.size() != kPlaceParts || numbers[0] > UINT32_MAX) {
    return Error(ErrorCode::kInvalidArgument,
                 concat("'", text, "' is no place in a run's output; begin without one"));
  }
  return OutputPlace{.attempt = static_cast<std::uint32_t>(numbers[0]),
                     .time_ns = numbers[1],
                     .lines = numbers[2]};
}

/// A reader that begins anew passes what was given before: lines up to the place.
void RunOutput::take(const executor::OutputLine& line, std::vector<messages::LogLine>& lines) {
  if (seen_ && line.time.ns <= place_.time_ns) {
    seen_ = after(*seen_, reading_, line.time.ns);
    if (line.time.ns < place_.time_ns || seen_->lines <= place_.lines) {
      return;
    }
  }
  seen_.reset();
  place_ = after(place_, reading_, line.time.ns);
  lines.push_back(message_of(line, reading_));
}

Result<RunOutput::Lines> RunOutput::read(std::uint32_t newest, std::size_t bytes) {
  Lines read;
  if (reading_ == 0 && newest > 0) {
    reading_ = std::max<std::uint32_t>(place_.attempt, 1);
    seen_ =
        place_.attempt == reading_ ? std::optional(OutputPlace{.attempt = reading_}) : std::nullopt;
  }
  while (reading_ > 0 && reading_ <= newest) {
    if (!reader_) {
      reader_ = std::make_unique<executor::OutputReader>(folder());
    }
    WATTLE_ASSIGN_OR_RETURN(read.has_more,
                            reader_->read_some(bytes, [&](const executor::OutputLine& line) {
                              take(line, read.lines);
                            }));
    if (read.has_more || reading_ == newest) {
      return read;
    }
    // The one after it has begun, so this one grows no more.
    ++reading_;
    reader_.reset();
    seen_.reset();
    if (!read.lines.empty()) {
      read.has_more = true;
      return read;
    }
  }
  return read;
}

}  // namespace wattle::api
