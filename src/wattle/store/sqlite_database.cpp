#include "wattle/store/sqlite_database.h"

#include <array>
#include <cerrno>
#include <filesystem>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "wattle/base/descriptor.h"
#include "wattle/base/text.h"
#include "wattle/store/group_commit.h"
#include "wattle/store/sqlite_connection.h"

namespace wattle::store {
namespace {

struct NetworkFileSystem {
  unsigned magic;
  std::string_view name;
};

// From the kernel's linux/magic.h and the sources of those that are not in it.
constexpr std::array kNetworkFileSystems{
    NetworkFileSystem{0x6969, "NFS"},        NetworkFileSystem{0x517b, "SMB"},
    NetworkFileSystem{0xff534d42, "CIFS"},   NetworkFileSystem{0xfe534d42, "SMB2"},
    NetworkFileSystem{0x01021997, "9P"},     NetworkFileSystem{0x00c36400, "Ceph"},
    NetworkFileSystem{0x0bd00bd0, "Lustre"}, NetworkFileSystem{0x47504653, "GPFS"},
    NetworkFileSystem{0x19830326, "BeeGFS"}, NetworkFileSystem{0x7461636f, "OCFS2"},
    NetworkFileSystem{0x01161970, "GFS2"},   NetworkFileSystem{0x5346414f, "AFS"},
    NetworkFileSystem{0x6b414653, "AFS"},    NetworkFileSystem{0x73757245, "Coda"},
    NetworkFileSystem{0xaad7aaea, "PanFS"},  NetworkFileSystem{0x786f4256, "vboxsf"},
};

Result<long> file_system_of(const std::string& path) {
  struct statfs info{};
  if (::statfs(path.c_str(), &info) != 0) {
    return error_from_errno(errno, "looking at the file system of " + path);
  }
  return static_cast<long>(info.f_type);
}

/// A file must never be opened beside SQLite in the same process: closing it would drop SQLite's
/// locks (POSIX). So an empty one is made under another name and linked to its own.
Status make_private_file(const std::string& path) {
  if (::access(path.c_str(), F_OK) == 0) {
    return {};
  }
  std::string temporary = path + ".new.XXXXXX";
  Descriptor file(::mkostemp(temporary.data(), O_CLOEXEC));  // mode 0600
  if (!file.is_open()) {
    return error_from_errno(errno, "making " + path);
  }
  file.reset();
  const int linked = ::link(temporary.c_str(), path.c_str());
  const int error = errno;
  ::unlink(temporary.c_str());
  if (linked != 0 && error != EEXIST) {
    return error_from_errno(error, "making " + path);
  }
  return {};
}

/// Two processes that open a new file at once must not both turn it to write-ahead mode: SQLite
/// does not wait there. The kernel does.
Result<Descriptor> wait_for_lock(const std::string& path) {
  Descriptor lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock.is_open()) {
    return error_from_errno(errno, "opening " + path);
  }
  while (::flock(lock.get(), LOCK_EX) != 0) {
    if (errno != EINTR) {
      return error_from_errno(errno, "locking " + path);
    }
  }
  return lock;
}

class SqliteConnector final : public Connector {
 public:
  SqliteConnector(std::string path, Seconds busy_timeout)
      : path_(std::move(path)), busy_timeout_(busy_timeout) {}

  Result<std::unique_ptr<Connection>> connect_writer() override {
    return connect(SqliteAccess::kWriter);
  }
  Result<std::unique_ptr<Connection>> connect_reader() override {
    return connect(SqliteAccess::kReader);
  }
  Backend backend() const override { return Backend::kSqlite; }
  Result<bool> last_commit_is_there(Connection& /*writer*/) override {
    return Error(ErrorCode::kInternal, "a commit to a file has no unknown end");
  }
  Status copy_to(const std::string& path) override {
    if (::access(path.c_str(), F_OK) == 0) {
      return Error(ErrorCode::kAlreadyExists, path + " is there already");
    }
    WATTLE_RETURN_IF_ERROR(make_private_file(path));
    auto status = copy_into(path);
    if (!status.ok()) {
      ::unlink(path.c_str());
    }
    return status;
  }

 private:
  Result<std::unique_ptr<Connection>> connect(SqliteAccess access) {
    WATTLE_ASSIGN_OR_RETURN(auto connection, SqliteConnection::open(path_, access, busy_timeout_));
    return std::unique_ptr<Connection>(std::move(connection));
  }
  Status copy_into(const std::string& path) {
    WATTLE_ASSIGN_OR_RETURN(const auto source,
                            SqliteConnection::open(path_, SqliteAccess::kReader, busy_timeout_));
    return source->copy_to(path);
  }

  std::string path_;
  Seconds busy_timeout_;
};

Status turn_to_write_ahead_log(const SqliteOptions& options) {
  WATTLE_ASSIGN_OR_RETURN(
      const auto connection,
      SqliteConnection::open(options.path, SqliteAccess::kWriter, options.busy_timeout));
  WATTLE_ASSIGN_OR_RETURN(const bool done, connection->has_write_ahead_log());
  if (done) {
    return {};
  }
  WATTLE_ASSIGN_OR_RETURN(const auto lock, wait_for_lock(options.path + ".lock"));
  return connection->turn_to_write_ahead_log();
}

}  // namespace

std::string_view network_file_system(long magic) {
  for (const auto& known : kNetworkFileSystems) {
    if (known.magic == static_cast<unsigned>(magic)) {
      return known.name;
    }
  }
  return "";
}

Result<std::unique_ptr<Database>> open_sqlite(const SqliteOptions& options) {
  const std::string folder = std::filesystem::path(options.path).parent_path().string();
  const auto& file_system = options.file_system ? options.file_system : file_system_of;
  WATTLE_ASSIGN_OR_RETURN(const long magic, file_system(folder.empty() ? "." : folder));
  if (const auto name = network_file_system(magic); !name.empty()) {
    return Error(ErrorCode::kUnsupported,
                 concat(options.path, " lies on a network file system (", name,
                        "), which would damage a SQLite database: put WATTLE_HOME on a local disk, "
                        "or use PostgreSQL"));
  }
  WATTLE_RETURN_IF_ERROR(make_private_file(options.path));
  WATTLE_RETURN_IF_ERROR(turn_to_write_ahead_log(options));
  return std::unique_ptr<Database>(std::make_unique<GroupCommitDatabase>(
      std::make_unique<SqliteConnector>(options.path, options.busy_timeout)));
}

Status check_sqlite_file(const std::string& path) {
  WATTLE_ASSIGN_OR_RETURN(const auto connection,
                          SqliteConnection::open(path, SqliteAccess::kReader, Seconds(10)));
  return connection->check_integrity();
}

}  // namespace wattle::store
