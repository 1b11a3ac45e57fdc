#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <memory>

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wattle/base/descriptor.h"
#include "wattle/base/limits.h"
#include "wattle/base/text.h"
#include "wattle/net/address.h"
#include "wattle/net/ascii.h"
#include "wattle/net/curl_library.h"
#include "wattle/net/http_client.h"
#include "wattle/net/message_writer.h"

namespace wattle::net {
namespace {

constexpr long kConnectSeconds = 30;

struct CloseFile {
  void operator()(std::FILE* file) const { (void)std::fclose(file); }
};

/// One exchange as libcurl's callbacks see it.
struct Exchange {
  const ClientRequest* request = nullptr;
  const OnBytes* on_bytes = nullptr;
  TargetPolicy targets = TargetPolicy::kAny;
  ClientResponse response;
  bool head_is_told = false;
  bool is_cancelled = false;
  bool is_too_large = false;
  std::string refused_address;
  std::size_t body_sent = 0;
  std::unique_ptr<std::FILE, CloseFile> file;
};

Exchange& exchange_of(void* data) {
  return *static_cast<Exchange*>(data);
}

std::size_t take_header(char* bytes, std::size_t size, std::size_t count, void* data) {
  Exchange& exchange = exchange_of(data);
  const std::string_view line = trim({bytes, size * count});
  if (exchange.head_is_told) {
    return size * count;  // fields after the body
  }
  if (line.starts_with("HTTP/")) {
    // A head after an interim one replaces it.
    const auto words = split(line, ' ');
    const auto status = parse_integer(words.size() > 1 ? words[1] : "");
    exchange.response.status = status.ok() ? static_cast<int>(*status) : 0;
    exchange.response.headers = {};
  } else if (line.empty() && exchange.response.status >= 200) {
    exchange.head_is_told = true;
    const bool asks = exchange.on_bytes != nullptr && exchange.request->on_head != nullptr;
    exchange.is_cancelled = asks && !exchange.request->on_head(exchange.response);
    return exchange.is_cancelled ? 0 : size * count;
  } else if (const auto colon = line.find(':'); colon != std::string_view::npos) {
    exchange.response.headers.add(line.substr(0, colon), std::string(trim(line.substr(colon + 1))));
  }
  return size * count;
}

/// Anything but its argument stops the transfer.
std::size_t take_body(char* bytes, std::size_t size, std::size_t count, void* data) {
  Exchange& exchange = exchange_of(data);
  const std::string_view piece(bytes, size * count);
  if (exchange.on_bytes != nullptr && exchange.response.status / 100 == 2) {
    exchange.is_cancelled = !(*exchange.on_bytes)(piece);
    return exchange.is_cancelled ? 0 : piece.size();
  }
  exchange.is_too_large = exchange.response.body.size() + piece.size() > limits::kHttpAnswerBytes;
  if (exchange.is_too_large) {
    return 0;
  }
  exchange.response.body += piece;
  return piece.size();
}

std::size_t give_body(char* buffer, std::size_t size, std::size_t count, void* data) {
  Exchange& exchange = exchange_of(data);
  if (exchange.file != nullptr) {
    const std::size_t got = std::fread(buffer, 1, size * count, exchange.file.get());
    return std::ferror(exchange.file.get()) != 0 ? CURL_READFUNC_ABORT : got;
  }
  const std::string_view rest = std::string_view(exchange.request->body).substr(exchange.body_sent);
  const std::size_t given = rest.copy(buffer, size * count);
  exchange.body_sent += given;
  return given;
}

/// A connection that was kept turned out to be closed: the body is sent from its beginning.
int rewind_body(void* data, curl_off_t offset, int origin) {
  Exchange& exchange = exchange_of(data);
  if (origin != SEEK_SET) {
    return CURL_SEEKFUNC_CANTSEEK;
  }
  exchange.body_sent = static_cast<std::size_t>(offset);
  if (exchange.file != nullptr && ::fseeko(exchange.file.get(), offset, SEEK_SET) != 0) {
    return CURL_SEEKFUNC_FAIL;
  }
  return CURL_SEEKFUNC_OK;
}

/// The address is known here and nowhere before: names were resolved, proxies chosen.
curl_socket_t open_checked(void* data, curlsocktype /*purpose*/, curl_sockaddr* address) {
  Exchange& exchange = exchange_of(data);
  if (exchange.targets == TargetPolicy::kPublicOnly) {
    const auto target = IpAddress::from(address->addr);
    if (!target || target->kind() != AddressKind::kPublic) {
      exchange.refused_address =
          target ? concat(target->to_text(), " (", to_string(target->kind()), ")") : "no address";
      return CURL_SOCKET_BAD;
    }
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

class RemoteClient final : public HttpClient {
 public:
  RemoteClient(CurlFunctions curl, RemoteOptions options)
      : curl_(curl),
        options_(std::move(options)),
        multi_(curl_.multi_init()),
        easy_(curl_.easy_init()) {}
  ~RemoteClient() override {
    curl_.easy_cleanup(easy_);
    curl_.multi_cleanup(multi_);
  }
  RemoteClient(const RemoteClient&) = delete;
  RemoteClient& operator=(const RemoteClient&) = delete;

  bool is_whole() const { return easy_ != nullptr && multi_ != nullptr; }

  Result<ClientResponse> send(const ClientRequest& request) override {
    return exchange(request, nullptr, -1);
  }
  Result<ClientResponse> stream(const ClientRequest& request, const OnBytes& on_bytes,
                                int cancel) override {
    return exchange(request, &on_bytes, cancel);
  }

 private:
  using Fields = std::unique_ptr<curl_slist, decltype(CurlFunctions::slist_free_all)>;

  template <typename Value>
  void set(CURLoption option, Value value) {
    (void)curl_.easy_setopt(easy_, option, value);
  }

  Result<ClientResponse> exchange(const ClientRequest& request, const OnBytes* on_bytes,
                                  int cancel);
  void set_target(const ClientRequest& request);
  void set_callbacks(Exchange& exchange);
  Status set_body(const ClientRequest& request, Exchange& exchange);
  Fields set_fields(const ClientRequest& request);
  Result<CURLcode> perform(Exchange& exchange, int cancel);
  Error error_of(CURLcode code, const Exchange& exchange) const;
  Error describe(ErrorCode code, std::string_view what) const;

  CurlFunctions curl_;
  RemoteOptions options_;
  CURLM* multi_;
  CURL* easy_;
  std::array<char, CURL_ERROR_SIZE> message_{};
};

Result<ClientResponse> RemoteClient::exchange(const ClientRequest& request, const OnBytes* on_bytes,
                                              int cancel) {
  const bool is_plain = std::none_of(request.target.begin(), request.target.end(),
                                     [](char c) { return is_control(c) || c == ' ' || c == '#'; });
  if (!is_token(request.method) || !request.target.starts_with('/') || !is_plain ||
      !is_sendable(request.headers)) {
    return Error(ErrorCode::kInvalidArgument,
                 "the request has a method, a target or a field that cannot be sent");
  }
  Exchange exchange;
  exchange.request = &request;
  exchange.on_bytes = on_bytes;
  exchange.targets = options_.targets;
  curl_.easy_reset(easy_);
  set_target(request);
  set_callbacks(exchange);
  WATTLE_RETURN_IF_ERROR(set_body(request, exchange));
  const Fields fields = set_fields(request);
  auto code = perform(exchange, cancel);
  if (!code.ok()) {
    return code.error();
  }
  if (*code != CURLE_OK) {
    return error_of(*code, exchange);
  }
  return std::move(exchange.response);
}

void RemoteClient::set_target(const ClientRequest& request) {
  set(CURLOPT_URL, (options_.base_url + request.target).c_str());
  set(CURLOPT_PATH_AS_IS, 1L);
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  set(CURLOPT_USERAGENT, "wattle");
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  // On a connection that was kept, libcurl would send a request again that must not be sent twice.
  const bool is_safe = request.method == "GET" || request.method == "HEAD" ||
                       request.headers.find("Idempotency-Key").has_value();
  set(CURLOPT_FRESH_CONNECT, is_safe ? 0L : 1L);
  if (options_.ca_file) {
    set(CURLOPT_CAINFO, options_.ca_file->c_str());
    set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  }
  if (options_.targets == TargetPolicy::kPublicOnly) {
    // A proxy would resolve the name where it is not checked.
    set(CURLOPT_PROXY, "");
    set(CURLOPT_NOPROXY, "*");
  }
  if (request.timeout) {
    const double milliseconds = std::ceil(request.timeout->value() * 1000);
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(std::clamp(milliseconds, 1.0, 1e9)));
  }
}

void RemoteClient::set_callbacks(Exchange& exchange) {
  message_.front() = '\0';
  set(CURLOPT_ERRORBUFFER, message_.data());
  set(CURLOPT_HEADERFUNCTION, &take_header);
  set(CURLOPT_HEADERDATA, &exchange);
  set(CURLOPT_OPENSOCKETFUNCTION, &open_checked);
  set(CURLOPT_OPENSOCKETDATA, &exchange);
  set(CURLOPT_WRITEFUNCTION, &take_body);
  set(CURLOPT_WRITEDATA, &exchange);
  set(CURLOPT_READFUNCTION, &give_body);
  set(CURLOPT_READDATA, &exchange);
  set(CURLOPT_SEEKFUNCTION, &rewind_body);
  set(CURLOPT_SEEKDATA, &exchange);
}

Status RemoteClient::set_body(const ClientRequest& request, Exchange& exchange) {
  auto length = static_cast<curl_off_t>(request.body.size());
  if (request.body_file) {
    exchange.file.reset(std::fopen(request.body_file->c_str(), "rbe"));
    struct stat facts{};
    if (exchange.file == nullptr || ::fstat(::fileno(exchange.file.get()), &facts) != 0) {
      return error_from_errno(errno, "opening " + *request.body_file);
    }
    if (!S_ISREG(facts.st_mode)) {
      return Error(ErrorCode::kInvalidArgument, *request.body_file + " is no file");
    }
    length = facts.st_size;
  }
  if (request.method == "HEAD") {
    set(CURLOPT_NOBODY, 1L);
  } else if (request.method != "GET" || length > 0) {
    set(CURLOPT_UPLOAD, 1L);
    set(CURLOPT_INFILESIZE_LARGE, length);
    set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }
  return {};
}

RemoteClient::Fields RemoteClient::set_fields(const ClientRequest& request) {
  // Not asked for: a server that refuses a large body says so by its answer.
  curl_slist* list = curl_.slist_append(nullptr, "Expect:");
  for (const auto& [name, value] : request.headers.all()) {
    const bool is_ours = same_word(name, "host") || same_word(name, "content-length") ||
                         same_word(name, "connection") || same_word(name, "transfer-encoding");
    if (!is_ours) {
      // The library's way to send a field without a value.
      const std::string line = value.empty() ? name + ";" : concat(name, ": ", value);
      list = curl_.slist_append(list, line.c_str());
    }
  }
  set(CURLOPT_HTTPHEADER, list);
  return {list, curl_.slist_free_all};
}

Result<CURLcode> RemoteClient::perform(Exchange& exchange, int cancel) {
  if (curl_.multi_add_handle(multi_, easy_) != CURLM_OK) {
    return Error(ErrorCode::kInternal, "libcurl did not take a request");
  }
  bool is_cancelled = false;
  int running = 1;
  while (curl_.multi_perform(multi_, &running) == CURLM_OK && running > 0 && !is_cancelled) {
    // It waits no longer than the library's own timers want.
    constexpr int kMostMilliseconds = 3'600'000;
    curl_waitfd wait{cancel, CURL_WAIT_POLLIN, 0};
    (void)curl_.multi_poll(multi_, &wait, cancel >= 0 ? 1 : 0, kMostMilliseconds, nullptr);
    is_cancelled = cancel >= 0 && wait.revents != 0;
  }
  CURLcode code = CURLE_RECV_ERROR;
  int left = 0;
  while (const CURLMsg* message = curl_.multi_info_read(multi_, &left)) {
    code = message->msg == CURLMSG_DONE ? message->data.result : code;
  }
  (void)curl_.multi_remove_handle(multi_, easy_);
  if (is_cancelled || exchange.is_cancelled) {
    return Error(ErrorCode::kCancelled, "the request was cancelled");
  }
  return code;
}

Error RemoteClient::describe(ErrorCode code, std::string_view what) const {
  const std::string_view said = message_.data();
  return {code, concat(options_.base_url, ": ", what, said.empty() ? "" : " (", said,
                       said.empty() ? "" : ")")};
}

Error RemoteClient::error_of(CURLcode code, const Exchange& exchange) const {
  if (!exchange.refused_address.empty()) {
    return {ErrorCode::kPermissionDenied,
            concat(options_.base_url, " leads to ", exchange.refused_address,
                   ": only public addresses are allowed here")};
  }
  if (exchange.is_too_large) {
    return {ErrorCode::kIo, concat(options_.base_url, ": the answer has more than ",
                                   limits::kHttpAnswerBytes >> 20, " MiB")};
  }
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return describe(ErrorCode::kTimeout, "it did not answer in time");
    case CURLE_PEER_FAILED_VERIFICATION:
      return describe(ErrorCode::kPermissionDenied, "its certificate could not be verified");
    case CURLE_SSL_CACERT_BADFILE:
      return describe(ErrorCode::kInvalidArgument, "the file of authorities cannot be used");
    case CURLE_URL_MALFORMAT:
      return describe(ErrorCode::kInvalidArgument, "this is no URL");
    case CURLE_READ_ERROR:
    case CURLE_ABORTED_BY_CALLBACK:
      return describe(ErrorCode::kIo, "the file that was to be sent cannot be read");
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_BAD_CONTENT_ENCODING:
      return describe(ErrorCode::kParse, "its answer is not HTTP");
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:
      return describe(ErrorCode::kUnavailable, "no connection");
    default:
      return exchange.head_is_told
                 ? describe(ErrorCode::kIo, "it broke off within its answer")
                 : describe(ErrorCode::kUnavailable,
                            "it did not answer: whether it handled the request is not known");
  }
}

Status check_base_url(const std::string& url) {
  const auto refuse = [&](std::string_view what) {
    return Error(ErrorCode::kInvalidArgument, concat("'", url, "' ", what));
  };
  const auto scheme = url.find("://");
  if (scheme == std::string::npos ||
      !(same_word(url.substr(0, scheme), "http") || same_word(url.substr(0, scheme), "https"))) {
    return refuse("is no URL of a server: it begins with https:// or http://");
  }
  const bool is_plain = std::none_of(url.begin(), url.end(), [](char c) {
    return is_control(c) || c == ' ' || c == '?' || c == '#' || c == '\\';
  });
  const std::string host = url.substr(scheme + 3, url.find('/', scheme + 3) - scheme - 3);
  if (!is_plain || host.empty() || host.front() == ':') {
    return refuse("is no URL of a server: a host, perhaps a port and a path, no query");
  }
  if (host.find('@') != std::string::npos) {
    return refuse("has a name or password in it: they belong into a field of the request");
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<HttpClient>> remote_client(RemoteOptions options) {
  WATTLE_RETURN_IF_ERROR(check_base_url(options.base_url));
  while (options.base_url.ends_with('/')) {
    options.base_url.pop_back();
  }
  if (options.ca_file && ::access(options.ca_file->c_str(), R_OK) != 0) {
    return error_from_errno(errno, "opening the authorities of TLS, " + *options.ca_file);
  }
  WATTLE_ASSIGN_OR_RETURN(const CurlFunctions curl, open_curl());
  auto client = std::make_unique<RemoteClient>(curl, std::move(options));
  if (!client->is_whole()) {
    return Error(ErrorCode::kInternal, "libcurl made no handle");
  }
  return std::unique_ptr<HttpClient>(std::move(client));
}

}  // namespace wattle::net
