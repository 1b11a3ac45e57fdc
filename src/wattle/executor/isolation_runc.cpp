#include <algorithm>

#include <nlohmann/json.hpp>

#include "wattle/base/text.h"
#include "wattle/executor/isolation_mounts.h"

namespace wattle::executor {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kDefaultPath =
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

Json mount(std::string_view at, std::string_view type, std::string_view source, Json options) {
  return {{"destination", at}, {"type", type}, {"source", source}, {"options", options}};
}

Json bind_mount(const std::string& from, std::string_view to, Access access) {
  return mount(to, "bind", from, {"rbind", access == Access::kWritable ? "rw" : "ro", "nosuid"});
}

Json mounts(const IsolationRequest& request, const IsolationMeans& means) {
  Json list = Json::array(
      {mount("/proc", "proc", "proc", Json::array()),
       mount("/dev", "tmpfs", "tmpfs", {"nosuid", "strictatime", "mode=755", "size=65536k"}),
       mount("/dev/pts", "devpts", "devpts",
             {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"}),
       mount("/dev/shm", "tmpfs", "shm", {"nosuid", "noexec", "nodev", "mode=1777"}),
       mount("/sys", "bind", "/sys", {"rbind", "ro", "nosuid", "noexec", "nodev"}),
       mount("/tmp", "tmpfs", "tmpfs", {"nosuid", "nodev", "mode=1777"})});
  if (request.sandbox.network) {
    for (const auto& file : means.name_files) {
      list.push_back(bind_mount(file, file, Access::kReadOnly));
    }
  }
  for (const auto& device : means.devices) {
    list.push_back(mount(device, "bind", device, {"rbind", "rw", "nosuid"}));
  }
  for (const auto& [path, access] : mounts_of(request)) {
    list.push_back(bind_mount(path, path, access));
  }
  if (!request.ml_folder.empty()) {
    list.push_back(bind_mount(request.ml_folder, kOptMl, Access::kWritable));
  }
  return list;
}

Json namespaces(const IsolationRequest& request, const IsolationMeans& means) {
  Json list = Json::array({Json{{"type", "mount"}}});
  // Process 1 of a namespace does not get signals that it does not catch. Without a sandbox the
  // command is a process of the host like any other.
  if (request.sandbox.enabled) {
    list.push_back(Json{{"type", "pid"}});
    list.push_back(Json{{"type", "ipc"}});
  }
  if (!request.sandbox.network) {
    list.push_back(Json{{"type", "network"}});
  }
  if (!means.is_root) {
    list.push_back(Json{{"type", "user"}});
  }
  return list;
}

Json process(const IsolationRequest& request) {
  auto entries = container_entries(request);
  if (std::ranges::none_of(entries, [](const auto& e) { return entry_name(e) == "PATH"; })) {
    entries.emplace_back(kDefaultPath);
  }
  return {{"terminal", false}, {"user", {{"uid", 0}, {"gid", 0}}}, {"args", request.argv},
          {"env", entries},    {"cwd", request.working_folder},    {"noNewPrivileges", true}};
}

}  // namespace

std::string runc_config(const IsolationRequest& request, const IsolationMeans& means) {
  Json linux{{"namespaces", namespaces(request, means)},
             // No device can be made without privileges; those that are mounted may be used.
             {"resources", {{"devices", Json::array({Json{{"allow", true}, {"access", "rwm"}}})}}}};
  if (!means.is_root) {
    // runc needs a root inside, and one id is all that may be mapped: so the caller is called root.
    const auto map = [](std::uint32_t id) {
      return Json::array({Json{{"containerID", 0}, {"hostID", id}, {"size", 1}}});
    };
    linux["uidMappings"] = map(means.uid);
    linux["gidMappings"] = map(means.gid);
  }
  const Json config{{"ociVersion", "1.0.2"},
                    {"process", process(request)},
                    {"root", {{"path", request.container.image}, {"readonly", true}}},
                    {"mounts", mounts(request, means)},
                    {"linux", linux}};
  return config.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace wattle::executor
