// For tests: certificates of a test's own, by the openssl command.
//
// Units:    none. Errors: a command that fails fails the test.
// Threads:  one. Lifetime: the files are the folder's.
#pragma once

#include <string>

#include <gtest/gtest.h>

#include "wattle/base/subprocess.h"
#include "wattle/net/http_server.h"
#include "wattle/support/temporary_folder.h"

namespace wattle::net {

/// Signed by itself, for localhost, 127.0.0.1 and ::1: its certificate is its own authority.
inline TlsFiles make_certificate(const support::TemporaryFolder& folder, const std::string& name) {
  TlsFiles files{folder / (name + ".pem"), folder / (name + ".key")};
  RealSubprocess subprocess;
  const auto made = run_captured(
      subprocess,
      {.argv = {"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
                "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1", "-keyout", files.key, "-out",
                files.certificate}},
      Seconds(60));
  EXPECT_TRUE(made.ok() && made->status.success()) << "openssl req";
  return files;
}

}  // namespace wattle::net
