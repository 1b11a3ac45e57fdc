// What a server of TLS shows: its certificate and key, read and checked when it begins to listen.
//
// Units:    none.
// Errors:   kNotFound, kPermissionDenied: a file, by its path. kInvalidArgument: a file that holds
//           no certificate or key, a key behind a password, a key of another certificate.
// Threads:  a context may be used from any thread. Lifetime: shared with the connections.
#pragma once

#include <memory>

#include "wattle/base/result.h"
#include "wattle/net/http_server.h"

struct ssl_ctx_st;

namespace wattle::net {

struct FreeTlsContext {
  void operator()(ssl_ctx_st* context) const;
};
using TlsContext = std::unique_ptr<ssl_ctx_st, FreeTlsContext>;

/// TLS 1.2 and later.
Result<TlsContext> load_tls_context(const TlsFiles& files);

}  // namespace wattle::net
