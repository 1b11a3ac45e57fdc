#include "wattle/hardware/host_record.h"

#include <nlohmann/json.hpp>

#include "wattle/base/text.h"
#include "wattle/hardware/host_json.h"

namespace wattle::hardware {
namespace {

constexpr int kVersion = 1;

}  // namespace

std::string host_record_path(const std::string& home) {
  return path_join(home, "host.json");
}

Status save_host_record(FileSystem& files, const std::string& home, const HostDescription& host,
                        const Calibration& calibration) {
  WATTLE_RETURN_IF_ERROR(files.make_directories(home));
  const nlohmann::json document = {
      {"version", kVersion}, {"host", to_json(host)}, {"calibration", to_json(calibration)}};
  // A host name or a firmware text may hold any bytes: what is no UTF-8 is replaced, not thrown at.
  const std::string text =
      document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  return files.write_atomic(host_record_path(home), text);
}

Result<std::optional<Calibration>> load_calibration(FileSystem& files, const std::string& home,
                                                    const HostDescription& host) {
  const std::string path = host_record_path(home);
  if (!files.exists(path)) {
    return std::optional<Calibration>();
  }
  WATTLE_ASSIGN_OR_RETURN(const std::string text, files.read(path));
  const auto document = nlohmann::json::parse(text, nullptr, false);
  if (!document.is_object() || !document.contains("calibration")) {
    return Error(ErrorCode::kParse,
                 path + " is no host record: remove it, and it is measured anew");
  }
  WATTLE_ASSIGN_OR_RETURN(Calibration calibration,
                          calibration_from_json(document["calibration"]).with_context(path));
  return calibration.fingerprint == fingerprint(host) ? std::optional(std::move(calibration))
                                                      : std::nullopt;
}

Result<Calibration> ensure_calibration(FileSystem& files, const std::string& home,
                                       const HostDescription& host,
                                       const std::function<Calibration()>& measure) {
  auto stored = load_calibration(files, home, host);
  if (stored.ok() && stored->has_value()) {
    return **stored;
  }
  Calibration calibration = measure();
  WATTLE_RETURN_IF_ERROR(save_host_record(files, home, host, calibration));
  return calibration;
}

}  // namespace wattle::hardware
