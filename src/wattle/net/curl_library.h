// libcurl, opened on demand: Wattle starts and runs without it.
//
// The functions that are used, by their names without "curl_". The header of the library is known
// to the sources that call them, which name its constants.
//
// Units:    none.
// Errors:   kUnavailable names the package to install.
// Threads:  any, for different handles. Lifetime: the library stays once it is open.
#pragma once

#include <string>

#include <curl/curl.h>

#include "wattle/base/result.h"

namespace wattle::net {

struct CurlFunctions {
  decltype(&::curl_global_init) global_init = nullptr;
  decltype(&::curl_easy_init) easy_init = nullptr;
  decltype(&::curl_easy_setopt) easy_setopt = nullptr;
  decltype(&::curl_easy_getinfo) easy_getinfo = nullptr;
  decltype(&::curl_easy_reset) easy_reset = nullptr;
  decltype(&::curl_easy_cleanup) easy_cleanup = nullptr;
  decltype(&::curl_easy_strerror) easy_strerror = nullptr;
  decltype(&::curl_multi_init) multi_init = nullptr;
  decltype(&::curl_multi_add_handle) multi_add_handle = nullptr;
  decltype(&::curl_multi_remove_handle) multi_remove_handle = nullptr;
  decltype(&::curl_multi_perform) multi_perform = nullptr;
  decltype(&::curl_multi_poll) multi_poll = nullptr;
  decltype(&::curl_multi_info_read) multi_info_read = nullptr;
  decltype(&::curl_multi_cleanup) multi_cleanup = nullptr;
  decltype(&::curl_slist_append) slist_append = nullptr;
  decltype(&::curl_slist_free_all) slist_free_all = nullptr;
};

Result<CurlFunctions> open_curl(const std::string& name = "libcurl.so.4");

}  // namespace wattle::net
