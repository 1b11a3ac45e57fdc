#include "checkpoint_log.h"

#include "json_object.h"

namespace wattle::supervise {

std::string to_json(const CheckpointEntry& entry) {
  JsonObject json;
  json.add("number", entry.number);
  json.add("path", entry.confirmation.path);
  if (entry.confirmation.step) {
    json.add("step", *entry.confirmation.step);
  }
  json.add("request", entry.confirmation.request);
  json.add("sha256", entry.digest.sha256);
  json.add("bytes", entry.digest.bytes);
  if (entry.requested) {
    json.add("requested_utc_ns", entry.requested->utc.ns);
    json.add("requested_boot_ns", entry.requested->boot.ns);
  }
  json.add("confirmed_utc_ns", entry.confirmed.utc.ns);
  json.add("confirmed_boot_ns", entry.confirmed.boot.ns);
  if (entry.cost) {
    json.add_seconds("cost_seconds", *entry.cost);
  }
  return json.finish();
}

Status CheckpointLog::open() {
  if (!file_) {
    WATTLE_ASSIGN_OR_RETURN(file_, files_.open_append(path_));
  }
  return {};
}

Status CheckpointLog::halve() {
  WATTLE_ASSIGN_OR_RETURN(const auto text, files_.read(path_, limits::kSmallFileBytes));
  const auto line_end = text.find('\n', text.size() / 2);
  file_.reset();
  return files_.write_atomic(path_, line_end == std::string::npos ? "" : text.substr(line_end + 1));
}

Status CheckpointLog::append(const CheckpointEntry& entry) {
  WATTLE_RETURN_IF_ERROR(open());
  if (file_->size() >= limit_) {
    WATTLE_RETURN_IF_ERROR(halve());
    WATTLE_RETURN_IF_ERROR(open());
  }
  const std::string line = (torn_ ? "\n" : "") + to_json(entry);
  torn_ = true;
  WATTLE_RETURN_IF_ERROR(file_->append(line));
  WATTLE_RETURN_IF_ERROR(file_->sync());
  torn_ = false;
  return {};
}

}  // namespace wattle::supervise
