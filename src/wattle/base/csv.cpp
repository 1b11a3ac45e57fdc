#include "wattle/base/csv.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include <zlib.h>

#include "wattle/base/limits.h"
#include "wattle/base/text.h"

namespace wattle {

constexpr int kEnd = -1;

/// Bytes from a gzip or plain file, or from memory, one at a time with one byte of look-ahead.
class CsvReader::Source {
 public:
  explicit Source(gzFile file) : file_(file) { refill(); }
  explicit Source(std::string_view text) : memory_(text), rest_(memory_) {}
  ~Source() {
    if (file_ != nullptr) {
      gzclose(file_);
    }
  }
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  int peek() {
    if (rest_.empty()) {
      refill();
    }
    return rest_.empty() ? kEnd : static_cast<unsigned char>(rest_.front());
  }
  int take() {
    const int c = peek();
    if (c != kEnd) {
      rest_.remove_prefix(1);
    }
    return c;
  }
  void skip_byte_order_mark() {
    if (rest_.starts_with("\xef\xbb\xbf")) {
      rest_.remove_prefix(3);
    }
  }
  /// What went wrong while reading, "" if nothing did.
  const std::string& failure() const { return failure_; }

 private:
  void refill() {
    if (file_ == nullptr || !failure_.empty()) {
      return;
    }
    const int count = gzread(file_, block_.data(), static_cast<unsigned>(block_.size()));
    int error = Z_OK;
    const char* message = gzerror(file_, &error);
    if (count < 0 || error == Z_BUF_ERROR) {
      failure_ = error == Z_BUF_ERROR ? "the gzip file is truncated" : message;
    }
    rest_ = {block_.data(), static_cast<std::size_t>(std::max(count, 0))};
  }

  gzFile file_ = nullptr;
  std::array<char, 65536> block_{};
  std::string memory_;
  std::string_view rest_;
  std::string failure_;
};

CsvReader::CsvReader(std::string name, std::unique_ptr<Source> source, Options options)
    : name_(std::move(name)), source_(std::move(source)), options_(options) {}
CsvReader::~CsvReader() = default;

Result<std::unique_ptr<CsvReader>> CsvReader::open(const std::string& path, Options options) {
  errno = 0;
  auto* file = gzopen(path.c_str(), "rbe");
  if (file == nullptr) {
    return error_from_errno(errno == 0 ? ENOMEM : errno, "opening " + path);
  }
  std::unique_ptr<CsvReader> reader(
      new CsvReader(path, std::make_unique<Source>(file), options));  // NOLINT
  WATTLE_RETURN_IF_ERROR(reader->read_header());
  return reader;
}

Result<std::unique_ptr<CsvReader>> CsvReader::from_text(std::string name, std::string_view text,
                                                        Options options) {
  std::unique_ptr<CsvReader> reader(  // NOLINT: the constructor is private
      new CsvReader(std::move(name), std::make_unique<Source>(text), options));
  WATTLE_RETURN_IF_ERROR(reader->read_header());
  return reader;
}

Status CsvReader::read_header() {
  source_->skip_byte_order_mark();
  if (!options_.has_header) {
    return {};
  }
  WATTLE_ASSIGN_OR_RETURN(const bool any, read_row());
  if (!any) {
    return Error(ErrorCode::kParse,
                 name_ + ": the file is empty; its first line must name the columns");
  }
  header_ = row_;
  return {};
}

Result<std::size_t> CsvReader::column(std::string_view name) const {
  const auto found = std::ranges::find(header_, name);
  if (found != header_.end()) {
    return static_cast<std::size_t>(found - header_.begin());
  }
  const std::vector<std::string_view> names(header_.begin(), header_.end());
  const auto near = nearest(name, names);
  return Error(ErrorCode::kNotFound,
               concat(name_, " has no column '", name, "'",
                      near.empty() ? concat("; it has ", join(header_, ", ").substr(0, 200))
                                   : concat("; did you mean '", near, "'?")));
}

Result<const std::vector<std::string>*> CsvReader::next() {
  for (;;) {
    WATTLE_ASSIGN_OR_RETURN(const bool any, read_row());
    if (!any) {
      return nullptr;
    }
    const bool blank = row_.size() == 1 && trim(row_[0]).empty();
    if (blank && header_.size() != 1) {
      continue;
    }
    if (options_.has_header && row_.size() != header_.size()) {
      return error(concat("has ", row_.size(), " fields where the header has ", header_.size()));
    }
    return &row_;
  }
}

Error CsvReader::error(std::string_view what) const {
  return {ErrorCode::kParse, concat(name_, ":", row_line_, ": ", what)};
}

Status CsvReader::read_quoted(std::string& field) {
  for (;;) {
    const int c = source_->take();
    if (c == kEnd) {
      return error("a quoted field is never closed");
    }
    if (c == '"') {
      if (source_->peek() != '"') {
        return {};
      }
      source_->take();
    }
    line_ += c == '\n' ? 1 : 0;
    field += static_cast<char>(c);
    if (field.size() > limits::kCsvLineBytes) {
      return error("the field is too long; is a quote missing?");
    }
  }
}

Result<bool> CsvReader::read_row() {
  row_.clear();
  row_line_ = line_;
  if (source_->peek() == kEnd) {
    return source_->failure().empty() ? Result<bool>(false) : error(source_->failure());
  }
  std::string field;
  bool closed_quote = false;
  for (;;) {
    const int c = source_->take();
    if (c == kEnd && !source_->failure().empty()) {
      return error(source_->failure());
    }
    if (c == options_.separator || c == '\n' || c == kEnd) {
      if (c != options_.separator && !closed_quote && field.ends_with('\r')) {
        field.pop_back();
      }
      row_.push_back(std::move(field));
      field.clear();
      closed_quote = false;
      if (c == options_.separator) {
        continue;
      }
      line_ += c == '\n' ? 1 : 0;
      return true;
    }
    if (closed_quote && c != '\r') {
      return error("text stands after a closing quote");
    }
    if (c == '"' && field.empty()) {
      WATTLE_RETURN_IF_ERROR(read_quoted(field));
      closed_quote = true;
    } else if (!closed_quote) {
      field += static_cast<char>(c);
    }
    if (field.size() > limits::kCsvLineBytes) {
      return error("the line is too long");
    }
  }
}

}  // namespace wattle
