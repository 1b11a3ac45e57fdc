#include "wattle/net/curl_library.h"

#include <dlfcn.h>

#include "wattle/base/text.h"

namespace wattle::net {
namespace {

template <typename Function>
bool load(void* handle, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(handle, name));  // NOLINT: dlsym knows no types
  return function != nullptr;
}

#define WATTLE_LOAD(name) load(handle, "curl_" #name, f.name)

bool load_all(void* handle, CurlFunctions& f) {
  return WATTLE_LOAD(global_init) && WATTLE_LOAD(easy_init) && WATTLE_LOAD(easy_setopt) &&
         WATTLE_LOAD(easy_getinfo) && WATTLE_LOAD(easy_reset) && WATTLE_LOAD(easy_cleanup) &&
         WATTLE_LOAD(easy_strerror) && WATTLE_LOAD(multi_init) && WATTLE_LOAD(multi_add_handle) &&
         WATTLE_LOAD(multi_remove_handle) && WATTLE_LOAD(multi_perform) &&
         WATTLE_LOAD(multi_poll) && WATTLE_LOAD(multi_info_read) && WATTLE_LOAD(multi_cleanup) &&
         WATTLE_LOAD(slist_append) && WATTLE_LOAD(slist_free_all);
}

#undef WATTLE_LOAD

}  // namespace

Result<CurlFunctions> open_curl(const std::string& name) {
  // Never unloaded: the libraries that it brings along (OpenSSL, Kerberos) do not like to be.
  void* handle = ::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (handle == nullptr) {
    return Error(ErrorCode::kUnavailable,
                 concat("the library of HTTP clients (", name,
                        ") is not installed: install the package libcurl4"));
  }
  CurlFunctions functions;
  const bool complete = load_all(handle, functions);
  ::dlclose(handle);  // it stays, as said above
  if (!complete || functions.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    return Error(ErrorCode::kUnavailable,
                 concat(name, " is no libcurl 7.66 or newer: install the package libcurl4"));
  }
  return functions;
}

}  // namespace wattle::net
