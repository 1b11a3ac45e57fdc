#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "wattle/base/limits.h"
#include "wattle/base/text.h"
#include "wattle/net/ascii.h"
#include "wattle/net/http_client.h"
#include "wattle/net/message_reader.h"
#include "wattle/net/message_writer.h"

namespace wattle::net {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kPiece = 64 << 10;

/// Until when, and by whom it may be ended before.
struct Limits {
  Clock::time_point deadline = Clock::time_point::max();
  int cancel = -1;
};

Clock::time_point deadline_of(const std::optional<Seconds>& timeout) {
  if (!timeout || timeout->value() > 1e9) {
    return Clock::time_point::max();
  }
  return Clock::now() + std::chrono::duration_cast<Clock::duration>(
                            std::chrono::duration<double>(timeout->value()));
}

int milliseconds_until(Clock::time_point deadline) {
  if (deadline == Clock::time_point::max()) {
    return -1;
  }
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 1 << 30));
}

/// Which of `events` happened on the socket; kTimeout, kCancelled.
Result<short> wait_for(int socket, short events, const Limits& limits) {
  std::array<pollfd, 2> waits{{{socket, events, 0}, {limits.cancel, POLLIN, 0}}};
  for (;;) {
    const int ready = ::poll(waits.data(), waits.size(), milliseconds_until(limits.deadline));
    if (ready < 0 && errno != EINTR) {
      return error_from_errno(errno, "waiting for the server");
    }
    if (ready > 0 && waits[1].revents != 0) {
      return Error(ErrorCode::kCancelled, "the request was cancelled");
    }
    if (ready > 0 && waits[0].revents != 0) {
      return waits[0].revents;
    }
    if (Clock::now() >= limits.deadline) {
      return Error(ErrorCode::kTimeout, "the server did not answer in time");
    }
  }
}

/// What is sent after the head: text, or a file piece by piece.
class RequestBody {
 public:
  static Result<RequestBody> open(const ClientRequest& request) {
    RequestBody body;
    if (!request.body_file) {
      body.text_ = request.body;
      body.length_ = request.body.size();
      return body;
    }
    body.file_ = Descriptor(::open(request.body_file->c_str(), O_RDONLY | O_CLOEXEC));
    struct stat facts{};
    if (!body.file_.is_open() || ::fstat(body.file_.get(), &facts) != 0) {
      return error_from_errno(errno, "opening " + *request.body_file);
    }
    if (!S_ISREG(facts.st_mode)) {
      return Error(ErrorCode::kInvalidArgument, *request.body_file + " is no file");
    }
    body.length_ = static_cast<std::uint64_t>(facts.st_size);
    body.left_ = body.length_;
    body.path_ = *request.body_file;
    return body;
  }

  std::uint64_t length() const { return length_; }

  /// The next piece; "" at the end.
  Result<std::string> next() {
    if (!file_.is_open()) {
      return std::exchange(text_, {});
    }
    std::string piece(static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, left_)), '\0');
    const ssize_t got = piece.empty() ? 0 : ::read(file_.get(), piece.data(), piece.size());
    if (got < 0) {
      return error_from_errno(errno, "reading " + path_);
    }
    if (got == 0 && left_ > 0) {
      return Error(ErrorCode::kIo, path_ + " became shorter while it was sent");
    }
    piece.resize(static_cast<std::size_t>(got));
    left_ -= piece.size();
    return piece;
  }

 private:
  std::string text_;
  Descriptor file_;
  std::string path_;
  std::uint64_t length_ = 0;
  std::uint64_t left_ = 0;
};

class UnixClient final : public HttpClient {
 public:
  explicit UnixClient(std::string path) : path_(std::move(path)) {}

  Result<ClientResponse> send(const ClientRequest& request) override {
    return exchange(request, nullptr, -1);
  }
  Result<ClientResponse> stream(const ClientRequest& request, const OnBytes& on_bytes,
                                int cancel) override {
    return exchange(request, &on_bytes, cancel);
  }

 private:
  /// What came of one try. `is_fresh_break`: nothing was received on a connection that was kept.
  struct Try {
    Result<ClientResponse> response;
    bool is_fresh_break = false;
  };

  Result<ClientResponse> exchange(const ClientRequest& request, const OnBytes* on_bytes,
                                  int cancel);
  Try attempt(const ClientRequest& request, const OnBytes* on_bytes, const Limits& limits);
  Status connect(const Limits& limits);
  Status check(const ClientRequest& request) const;
  bool is_stale() const;
  Status write(std::string_view bytes, const Limits& limits, bool& answered_early);
  Status write_request(const ClientRequest& request, const Limits& limits, bool& answered_early);
  Result<ClientResponse> read_response(const ClientRequest& request, const OnBytes* on_bytes,
                                       const Limits& limits);
  Status read_piece(ResponseReader& reader, std::string& body, const Limits& limits);
  Status use(std::string_view bytes, ResponseReader& reader, std::string& body);
  Error broken(std::string_view how) const;

  std::string path_;
  Descriptor socket_;
  std::string rest_;  // read and not yet used
  bool received_ = false;
};

Error UnixClient::broken(std::string_view how) const {
  return {ErrorCode::kUnavailable, concat("the server at ", path_, " ", how,
                                          ": whether it handled the request is not known")};
}

Status UnixClient::check(const ClientRequest& request) const {
  const bool is_plain = std::none_of(request.target.begin(), request.target.end(),
                                     [](char c) { return is_control(c) || c == ' '; });
  if (!is_token(request.method) || !request.target.starts_with('/') || !is_plain ||
      !is_sendable(request.headers)) {
    return Error(ErrorCode::kInvalidArgument,
                 "the request has a method, a target or a field that cannot be sent");
  }
  return {};
}

Result<ClientResponse> UnixClient::exchange(const ClientRequest& request, const OnBytes* on_bytes,
                                            int cancel) {
  WATTLE_RETURN_IF_ERROR(check(request));
  const Limits limits{deadline_of(request.timeout), cancel};
  const bool is_safe = request.method == "GET" || request.method == "HEAD" ||
                       request.headers.find("Idempotency-Key").has_value();
  Try first = attempt(request, on_bytes, limits);
  if (first.is_fresh_break && is_safe) {
    first = attempt(request, on_bytes, limits);
  }
  return std::move(first.response);
}

UnixClient::Try UnixClient::attempt(const ClientRequest& request, const OnBytes* on_bytes,
                                    const Limits& limits) {
  if (socket_.is_open() && is_stale()) {
    socket_.reset();
  }
  const bool was_kept = socket_.is_open();
  if (!was_kept) {
    if (const Status connected = connect(limits); !connected.ok()) {
      return {connected.error(), false};
    }
  }
  received_ = false;
  bool answered_early = false;
  const Status written = write_request(request, limits, answered_early);
  Try result{written.ok() ? read_response(request, on_bytes, limits) : written.error(), false};
  if (!result.response.ok() || answered_early) {
    socket_.reset();
  }
  result.is_fresh_break = was_kept && !received_ && !result.response.ok() &&
                          result.response.error().code() == ErrorCode::kUnavailable;
  return result;
}

/// Closed by the server, or with bytes that nobody asked for.
bool UnixClient::is_stale() const {
  pollfd wait{socket_.get(), POLLIN, 0};
  return ::poll(&wait, 1, 0) != 0;
}

Status UnixClient::connect(const Limits& limits) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path_.empty() || path_.size() >= sizeof(address.sun_path)) {
    return Error(ErrorCode::kInvalidArgument,
                 concat("connecting to '", path_, "': the path of a Unix socket has 1 to ",
                        sizeof(address.sun_path) - 1, " bytes"));
  }
  path_.copy(address.sun_path, path_.size());
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket.is_open()) {
    return error_from_errno(errno, "making a socket");
  }
  // A full queue of connections makes connect() wait.
  const int left = milliseconds_until(limits.deadline);
  const timeval most{std::max(left, 1) / 1000, std::max(left, 1) % 1000 * 1000};
  if (left >= 0) {
    (void)::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &most, sizeof(most));
  }
  const auto* general = reinterpret_cast<const sockaddr*>(&address);  // NOLINT: the kernel's way
  if (::connect(socket.get(), general, sizeof(address)) != 0) {
    const int error_number = errno;
    if (error_number == ENOENT || error_number == ECONNREFUSED) {
      return Error(ErrorCode::kUnavailable, concat("no server listens at ", path_));
    }
    if (error_number == EAGAIN) {
      return Error(ErrorCode::kTimeout, concat("the server at ", path_, " takes no connection"));
    }
    return error_from_errno(error_number, "connecting to " + path_);
  }
  const int flags = ::fcntl(socket.get(), F_GETFL);
  if (flags < 0 || ::fcntl(socket.get(), F_SETFL, flags | O_NONBLOCK) != 0) {
    return error_from_errno(errno, "connecting to " + path_);
  }
  socket_ = std::move(socket);
  rest_.clear();
  return {};
}

Status UnixClient::write_request(const ClientRequest& request, const Limits& limits,
                                 bool& answered_early) {
  WATTLE_ASSIGN_OR_RETURN(RequestBody body, RequestBody::open(request));
  const bool says_length =
      body.length() > 0 || (request.method != "GET" && request.method != "HEAD");
  std::string bytes = request_head(request.method, request.target, request.headers, "localhost",
                                   says_length ? std::optional(body.length()) : std::nullopt);
  for (bool is_first = true;; is_first = false) {
    WATTLE_ASSIGN_OR_RETURN(const std::string piece, body.next());
    bytes += piece;
    if (bytes.empty() && !is_first) {
      return {};
    }
    WATTLE_RETURN_IF_ERROR(write(bytes, limits, answered_early));
    if (answered_early || piece.empty()) {
      return {};
    }
    bytes.clear();
  }
}

/// An answer before the end of the body is a refusal: the rest is not sent.
Status UnixClient::write(std::string_view bytes, const Limits& limits, bool& answered_early) {
  while (!bytes.empty()) {
    const ssize_t sent =
        ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
      continue;
    }
    if (errno == EPIPE || errno == ECONNRESET) {
      // It may have answered before it closed.
      answered_early = true;
      return {};
    }
    if (errno != EAGAIN && errno != EINTR) {
      return error_from_errno(errno, concat("sending to ", path_));
    }
    WATTLE_ASSIGN_OR_RETURN(const short ready, wait_for(socket_.get(), POLLOUT | POLLIN, limits));
    if ((ready & POLLIN) != 0) {
      answered_early = true;
      return {};
    }
  }
  return {};
}

Result<ClientResponse> UnixClient::read_response(const ClientRequest& request,
                                                 const OnBytes* on_bytes, const Limits& limits) {
  using State = ResponseReader::State;
  ResponseReader reader(request.method == "HEAD" ? ResponseReader::Body::kNone
                                                 : ResponseReader::Body::kAsSaid);
  ClientResponse response;
  while (reader.state() == State::kHead) {
    WATTLE_RETURN_IF_ERROR(read_piece(reader, response.body, limits));
  }
  response.status = reader.status();
  response.headers = reader.headers();
  const Error cancelled(ErrorCode::kCancelled, "the request was cancelled");
  if (on_bytes != nullptr && request.on_head && !request.on_head(response)) {
    return cancelled;
  }
  const bool in_pieces = on_bytes != nullptr && response.status / 100 == 2;
  while (reader.state() == State::kBody) {
    WATTLE_RETURN_IF_ERROR(read_piece(reader, response.body, limits));
    if (in_pieces && !response.body.empty()) {
      if (!(*on_bytes)(response.body)) {
        return cancelled;
      }
      response.body.clear();
    }
    if (response.body.size() > limits::kHttpAnswerBytes) {
      return Error(ErrorCode::kIo,
                   concat("the answer has more than ", limits::kHttpAnswerBytes >> 20, " MiB"));
    }
  }
  if (!reader.keeps_alive()) {
    socket_.reset();
  }
  return response;
}

Status UnixClient::read_piece(ResponseReader& reader, std::string& body, const Limits& limits) {
  if (!rest_.empty()) {
    return use(std::exchange(rest_, {}), reader, body);
  }
  std::array<char, kPiece> buffer;  // NOLINT: filled by the kernel
  const ssize_t got = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (got > 0) {
    received_ = true;
    return use({buffer.data(), static_cast<std::size_t>(got)}, reader, body);
  }
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
    WATTLE_RETURN_IF_ERROR(wait_for(socket_.get(), POLLIN, limits));
    return {};
  }
  const bool was_in_body = reader.state() == ResponseReader::State::kBody;
  reader.feed_end();
  if (reader.state() == ResponseReader::State::kComplete) {
    return {};
  }
  return was_in_body ? Error(ErrorCode::kIo,
                             concat("the server at ", path_, " broke off within its answer"))
                     : broken("closed the connection before it answered");
}

Status UnixClient::use(std::string_view bytes, ResponseReader& reader, std::string& body) {
  const bool was_head = reader.state() == ResponseReader::State::kHead;
  std::size_t used = reader.feed(bytes, body);
  // Interim answers leave the reader at the head; the body waits until the head was looked at.
  while (was_head && used < bytes.size() && reader.state() == ResponseReader::State::kHead) {
    used += reader.feed(bytes.substr(used), body);
  }
  rest_ = bytes.substr(used);
  if (reader.state() == ResponseReader::State::kBroken) {
    return Error(ErrorCode::kParse,
                 concat("the answer of the server at ", path_, ": ", reader.problem()));
  }
  return {};
}

}  // namespace

std::unique_ptr<HttpClient> unix_client(std::string socket_path) {
  return std::make_unique<UnixClient>(std::move(socket_path));
}

}  // namespace wattle::net
