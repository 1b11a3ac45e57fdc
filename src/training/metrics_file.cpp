#include "metrics_file.h"

#include <cerrno>

#include <unistd.h>

#include "wattle/base/limits.h"
#include "wattle/base/text.h"

namespace wattle::training {
namespace {

/// Where the text that this attempt continues ends in what the file holds, or npos.
std::size_t end_of_earlier(std::string_view content, std::string_view done) {
  const auto start = done.empty() ? std::string_view::npos : content.rfind(done);
  return start == std::string_view::npos ? start : start + done.size();
}

/// In place and not by a new file: whoever follows the file keeps the same one.
Status truncate_to(const std::string& path, std::size_t size) {
  return ::truncate(path.c_str(), static_cast<off_t>(size)) == 0
             ? Status()
             : error_from_errno(errno, "shortening " + path);
}

}  // namespace

Result<MetricsFile> MetricsFile::open(FileSystem& files, const Options& options) {
  MetricsFile metrics;
  if (options.path.empty()) {
    return metrics;
  }
  WATTLE_ASSIGN_OR_RETURN(metrics.file_, files.open_append(options.path));
  const bool begins_empty = !options.is_shared && options.done.empty();
  if (begins_empty) {
    if (metrics.file_->size().value() > 0) {
      WATTLE_RETURN_IF_ERROR(truncate_to(options.path, 0));
    }
    return metrics;
  }
  if (options.done.empty()) {
    return metrics;
  }
  WATTLE_ASSIGN_OR_RETURN(const std::string content,
                          files.read(options.path, limits::kJobOutputBytes));
  const auto end = end_of_earlier(content, options.done);
  if (end != std::string_view::npos) {
    WATTLE_RETURN_IF_ERROR(truncate_to(options.path, end));
    return metrics;
  }
  if (!options.is_shared && !content.empty()) {
    WATTLE_RETURN_IF_ERROR(truncate_to(options.path, 0));
  }
  WATTLE_RETURN_IF_ERROR(metrics.file_->append(options.done));
  return metrics;
}

Status MetricsFile::append(std::string_view line) {
  return file_ == nullptr ? Status() : file_->append(concat(line, "\n"));
}

}  // namespace wattle::training
