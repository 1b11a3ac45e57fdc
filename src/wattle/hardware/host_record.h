// host.json in WATTLE_HOME: what this host is, and its calibration until the host changes.
//
// Units:    as host_json.h. Threads: one writer; the file is replaced as a whole.
// Errors:   as FileSystem; kParse for a damaged file, which ensure_calibration measures anew.
// Lifetime: borrows the FileSystem during the call.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "wattle/base/file.h"
#include "wattle/hardware/calibration.h"
#include "wattle/hardware/host.h"

namespace wattle::hardware {

/// WATTLE_HOME/host.json.
std::string host_record_path(const std::string& home);

Status save_host_record(FileSystem& files, const std::string& home, const HostDescription& host,
                        const Calibration& calibration);

/// The stored calibration if it is of this host; nullopt when there is none or the host is another
/// one (a home that moved, a new CPU).
Result<std::optional<Calibration>> load_calibration(FileSystem& files, const std::string& home,
                                                    const HostDescription& host);

/// The stored calibration, else the one that `measure` makes, which is then stored. An error is one
/// of writing it.
Result<Calibration> ensure_calibration(FileSystem& files, const std::string& home,
                                       const HostDescription& host,
                                       const std::function<Calibration()>& measure);

}  // namespace wattle::hardware
