#include "wattle/net/tls_context.h"

#include <cerrno>

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "wattle/base/descriptor.h"
#include "wattle/base/text.h"

namespace wattle::net {
namespace {

Status check_readable(const std::string& path, std::string_view what) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) {
    return error_from_errno(errno, concat("opening the ", what, " of TLS, ", path));
  }
  return {};
}

Error refusal(const std::string& path, std::string_view what) {
  const unsigned long reason = ::ERR_peek_last_error();
  const char* text = ::ERR_reason_error_string(reason);
  ::ERR_clear_error();
  return {ErrorCode::kInvalidArgument,
          concat(path, ": ", what, text == nullptr ? "" : " (", text == nullptr ? "" : text,
                 text == nullptr ? "" : ")")};
}

/// A server has nobody to ask for a password.
int no_password(char* /*buffer*/, int /*size*/, int /*writes*/, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

Status load_key(ssl_ctx_st* context, const TlsFiles& files) {
  bool needs_password = false;
  ::SSL_CTX_set_default_passwd_cb(context, no_password);
  ::SSL_CTX_set_default_passwd_cb_userdata(context, &needs_password);
  const int loaded = ::SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM);
  ::SSL_CTX_set_default_passwd_cb_userdata(context, nullptr);
  if (needs_password) {
    return refusal(files.key, "the key needs a password: a server takes one without");
  }
  if (loaded != 1) {
    // The library compares with the certificate as it loads, and says so by this code.
    const bool is_other = ERR_GET_REASON(::ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH;
    return refusal(files.key, is_other ? concat("the key is not that of ", files.certificate)
                                       : "there is no private key in PEM in it");
  }
  return {};
}

}  // namespace

void FreeTlsContext::operator()(ssl_ctx_st* context) const {
  ::SSL_CTX_free(context);
}

Result<TlsContext> load_tls_context(const TlsFiles& files) {
  WATTLE_RETURN_IF_ERROR(check_readable(files.certificate, "certificate"));
  WATTLE_RETURN_IF_ERROR(check_readable(files.key, "key"));
  TlsContext context(::SSL_CTX_new(::TLS_server_method()));
  if (context == nullptr) {
    return Error(ErrorCode::kInternal, "OpenSSL has no memory for a context of TLS");
  }
  ::ERR_clear_error();
  ::SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  ::SSL_CTX_set_options(context.get(), SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                           SSL_OP_CIPHER_SERVER_PREFERENCE);
  // Thousands of connections that rest hold no buffers of records.
  ::SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS);
  if (::SSL_CTX_use_certificate_chain_file(context.get(), files.certificate.c_str()) != 1) {
    return refusal(files.certificate, "there is no certificate in PEM in it");
  }
  WATTLE_RETURN_IF_ERROR(load_key(context.get(), files));
  if (::SSL_CTX_check_private_key(context.get()) != 1) {
    return refusal(files.key, concat("the key is not that of ", files.certificate));
  }
  return context;
}

}  // namespace wattle::net
