// bench_http_server [--json] [--seconds N]: what a request costs on an echo of a hundred bytes:
// latency on one connection over a Unix socket and over TCP, requests per second of 32 connections,
// and CPU per request, of server and clients in one process.
//
// --clients N --seconds S: N connections ask as fast as they are answered; errors are counted.
// --idle N: N connections rest for ten seconds; what the process does meanwhile is counted.
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "wattle/base/check.h"
#include "wattle/base/descriptor.h"
#include "wattle/base/text.h"
#include "wattle/base/time.h"
#include "wattle/net/http_server.h"
#include "wattle/support/temporary_folder.h"

namespace wattle::net {
namespace {

constexpr std::string_view kRequest =
    "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: "
    "100\r\n\r\n"
    "0123456789012345678901234567890123456789012345678901234567890123456789"
    "012345678901234567890123456789";

struct Figure {
  std::string name;
  double value = 0;
};

struct Options {
  bool json = false;
  double seconds = 2;
  int clients = 0;
  int idle = 0;
};

/// One connection; -1 as the port: the Unix socket.
class Client {
 public:
  Client(const std::string& path, int port) {
    if (port < 0) {
      sockaddr_un address{};
      address.sun_family = AF_UNIX;
      path.copy(address.sun_path, sizeof(address.sun_path) - 1);
      open(AF_UNIX, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
      return;
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    open(AF_INET, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
    const int on = 1;
    (void)::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  }

  int descriptor() const { return socket_.get(); }
  bool send() const {
    return ::send(socket_.get(), kRequest.data(), kRequest.size(), MSG_NOSIGNAL) ==
           std::ssize(kRequest);
  }
  /// The answers are short: they come in one piece.
  bool receive() const {
    std::array<char, 4096> buffer{};
    const ssize_t got = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    return got > 200 && std::string_view(buffer.data(), 15) == "HTTP/1.1 200 OK";
  }

 private:
  void open(int family, const sockaddr* address, socklen_t size) {
    socket_ = Descriptor(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    WATTLE_CHECK(::connect(socket_.get(), address, size) == 0, "a connection");
  }

  Descriptor socket_;
};

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double peak_mebibytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

double quantile(std::vector<double>& values, double share) {
  std::sort(values.begin(), values.end());
  return values.at(static_cast<std::size_t>(share * static_cast<double>(values.size() - 1)));
}

void measure_latency(std::vector<Figure>& figures, const std::string& name, const Client& client,
                     double seconds) {
  const SystemClock clock;
  std::vector<double> microseconds;
  const double cpu = cpu_seconds();
  const BootTime begin = clock.boot_now();
  BootTime now = begin;
  while ((now - begin).value() < seconds) {
    WATTLE_CHECK(client.send() && client.receive(), "an answer");
    const BootTime after = clock.boot_now();
    microseconds.push_back((after - now).value() * 1e6);
    now = after;
  }
  const auto count = static_cast<double>(microseconds.size());
  figures.push_back({name + "_one_connection_p50_microseconds", quantile(microseconds, 0.5)});
  figures.push_back({name + "_one_connection_p99_microseconds", quantile(microseconds, 0.99)});
  figures.push_back(
      {name + "_one_connection_cpu_microseconds", (cpu_seconds() - cpu) * 1e6 / count});
}

/// Every client has one request under way, driven by one thread.
struct Load {
  double requests = 0;
  double errors = 0;
  double seconds = 0;
};

Load run_load(const std::vector<Client>& clients, double seconds) {
  const Descriptor poll(::epoll_create1(EPOLL_CLOEXEC));
  Load load;
  for (std::size_t i = 0; i < clients.size(); ++i) {
    epoll_event event{EPOLLIN, {.u64 = i}};
    ::epoll_ctl(poll.get(), EPOLL_CTL_ADD, clients[i].descriptor(), &event);
    load.errors += clients[i].send() ? 0 : 1;
  }
  const SystemClock clock;
  const BootTime begin = clock.boot_now();
  std::array<epoll_event, 64> events{};
  while (load.seconds < seconds) {
    const int ready = ::epoll_wait(poll.get(), events.data(), events.size(), 1000);
    for (int i = 0; i < ready; ++i) {
      const Client& client = clients.at(events.at(static_cast<std::size_t>(i)).data.u64);
      ++load.requests;
      if (!client.receive() || !client.send()) {
        ++load.errors;
        ::epoll_ctl(poll.get(), EPOLL_CTL_DEL, client.descriptor(), nullptr);
      }
    }
    load.seconds = (clock.boot_now() - begin).value();
  }
  return load;
}

void measure_load(std::vector<Figure>& figures, const std::string& name, const std::string& path,
                  int port, double seconds) {
  std::vector<Client> clients;
  for (int i = 0; i < 32; ++i) {
    clients.emplace_back(path, port);
  }
  const double cpu = cpu_seconds();
  const Load load = run_load(clients, seconds);
  WATTLE_CHECK(load.errors == 0, "an answer");
  figures.push_back({name + "_32_connections_requests_per_second", load.requests / load.seconds});
  figures.push_back(
      {name + "_32_connections_cpu_microseconds", (cpu_seconds() - cpu) * 1e6 / load.requests});
}

double voluntary_switches() {
  double sum = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream status(task.path() / "status");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("voluntary_ctxt_switches:")) {
        sum += parse_number(trim(std::string_view(line).substr(24))).value();
      }
    }
  }
  return sum;
}

void measure_idle(std::vector<Figure>& figures, const std::string& path, int count) {
  std::vector<Client> clients;
  for (int i = 0; i < count; ++i) {
    clients.emplace_back(path, -1);
    WATTLE_CHECK(clients.back().send() && clients.back().receive(), "an answer");
  }
  ::poll(nullptr, 0, 100);  // the threads go to rest
  const double switches = voluntary_switches();
  const double cpu = cpu_seconds();
  ::poll(nullptr, 0, 10'000);
  // One of them is this thread's own, which waited.
  figures.push_back({"idle_connections", static_cast<double>(count)});
  figures.push_back({"idle_voluntary_switches_in_10_seconds", voluntary_switches() - switches - 1});
  figures.push_back({"idle_cpu_milliseconds_in_10_seconds", (cpu_seconds() - cpu) * 1e3});
  figures.push_back({"peak_resident_mebibytes", peak_mebibytes()});
}

void measure_clients(std::vector<Figure>& figures, const std::string& path,
                     const Options& options) {
  std::vector<Client> clients;
  for (int i = 0; i < options.clients; ++i) {
    clients.emplace_back(path, -1);
  }
  const Load load = run_load(clients, options.seconds);
  figures.push_back({"clients", static_cast<double>(options.clients)});
  figures.push_back({"requests", load.requests});
  figures.push_back({"errors", load.errors});
  figures.push_back({"requests_per_second", load.requests / load.seconds});
  figures.push_back({"peak_resident_mebibytes", peak_mebibytes()});
}

void print(const std::vector<Figure>& figures, bool json) {
  std::string text;
  for (const auto& figure : figures) {
    std::array<char, 160> line{};
    std::snprintf(line.data(), line.size(), json ? "%s\"%s\":%.6g" : "%s%-48s %10.6g\n",
                  json && !text.empty() ? "," : "", figure.name.c_str(), figure.value);
    text += line.data();
  }
  std::fputs((json ? "{" + text + "}\n" : text).c_str(), stdout);
}

int run(const Options& options) {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  const support::TemporaryFolder folder;
  const std::string path = folder / "http.sock";
  const auto server = HttpServer::create({}, [](HttpRequest request) {
                        HttpResponse response;
                        response.headers.add("Content-Type", "application/json");
                        response.body = std::move(request.body);
                        return response;
                      }).value();
  WATTLE_CHECK(server->listen_unix(path).ok() && server->start().ok(), "a server");
  const int port = server->listen_tcp("127.0.0.1", 0).value();
  std::vector<Figure> figures;
  if (options.idle > 0) {
    measure_idle(figures, path, options.idle);
  } else if (options.clients > 0) {
    measure_clients(figures, path, options);
  } else {
    measure_latency(figures, "unix", Client(path, -1), options.seconds);
    measure_latency(figures, "tcp", Client(path, port), options.seconds);
    measure_load(figures, "unix", path, -1, options.seconds);
    measure_load(figures, "tcp", path, port, options.seconds);
    figures.push_back({"peak_resident_mebibytes", peak_mebibytes()});
  }
  print(figures, options.json);
  return 0;
}

}  // namespace
}  // namespace wattle::net

int main(int count, char** arguments) {
  wattle::net::Options options;
  for (int i = 1; i < count; ++i) {
    const std::string_view word = arguments[i];
    const auto number = [&] {
      return i + 1 < count ? wattle::parse_number(arguments[i + 1]).value() : 0;
    };
    options.json = options.json || word == "--json";
    options.seconds = word == "--seconds" ? number() : options.seconds;
    options.clients = word == "--clients" ? static_cast<int>(number()) : options.clients;
    options.idle = word == "--idle" ? static_cast<int>(number()) : options.idle;
  }
  return wattle::net::run(options);
}
