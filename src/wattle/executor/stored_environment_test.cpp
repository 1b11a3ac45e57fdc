#include "wattle/executor/stored_environment.h"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "wattle/support/faulty_file_system.h"
#include "wattle/support/temporary_folder.h"

namespace wattle::executor {
namespace {

using testing::ElementsAre;

class StoredEnvironmentTest : public testing::Test {
 protected:
  support::TemporaryFolder temporary_;
  RealFileSystem files_;
};

TEST_F(StoredEnvironmentTest, IsReadBackExactly) {
  const StoredEnvironment stored{
      .variables = {{"PATH", "/bin"},
                    {"LINES_OF", "a\nb\n"},
                    {"BYTES", "\xff\xfe="},
                    {"EMPTY", ""}},
      .secret_names = {"HF_TOKEN"},
      .settings = {.umask = 027, .niceness = -5, .limits = {{"nofile", 1024, RLIM_INFINITY}}}};
  ASSERT_TRUE(store_environment(files_, temporary_.path(), stored).ok());
  const auto read = load_environment(files_, temporary_.path());
  ASSERT_TRUE(read.ok()) << read.error().message();
  EXPECT_EQ(read->variables, stored.variables);
  EXPECT_EQ(read->secret_names, stored.secret_names);
  EXPECT_EQ(read->settings, stored.settings);
  struct stat info{};
  ASSERT_EQ(::stat(stored_environment_file(temporary_.path()).c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777U, 0600U);
  ASSERT_TRUE(remove_environment(files_, temporary_.path()).ok());
  EXPECT_TRUE(remove_environment(files_, temporary_.path()).ok());
  EXPECT_EQ(load_environment(files_, temporary_.path()).error().code(), ErrorCode::kNotFound);
}

TEST_F(StoredEnvironmentTest, NoticesADamagedByteAnywhere) {
  ASSERT_TRUE(store_environment(files_, temporary_.path(), {.variables = {{"A", "1"}}}).ok());
  const std::string path = stored_environment_file(temporary_.path());
  const auto whole = *files_.read(path, limits::kSmallFileBytes);
  for (std::size_t at = 0; at < whole.size(); ++at) {
    auto damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    ASSERT_TRUE(files_.write_atomic(path, damaged).ok());
    EXPECT_EQ(load_environment(files_, temporary_.path()).error().code(), ErrorCode::kParse) << at;
    ASSERT_TRUE(files_.write_atomic(path, whole.substr(0, at)).ok());
    EXPECT_EQ(load_environment(files_, temporary_.path()).error().code(), ErrorCode::kParse) << at;
  }
}

TEST_F(StoredEnvironmentTest, SaysThatTheDiskIsFull) {
  support::FaultyFileSystem full(files_);
  full.fail_from(1);
  EXPECT_EQ(store_environment(full, temporary_.path(), {}).error().code(), ErrorCode::kIo);
}

TEST(Storable, LeavesOutWhatIsOfOneTerminalOrRun) {
  EXPECT_EQ(storable({{"TERM", "xterm"}, {"WATTLE_ATTEMPT", "1"}, {"HOME", "/h"}, {"TMUX", "x"}}),
            (Environment{{"HOME", "/h"}}));
}

TEST(ProcessSettings, ArePutBackByWordsBeforeTheCommand) {
  const ProcessSettings own{.umask = 022, .limits = {{"nofile", 4096, 8192}, {"core", 0, 100}}};
  EXPECT_THAT(with_settings({"x"}, own, own), ElementsAre("x"));
  const ProcessSettings wanted{
      .umask = 077, .niceness = 5, .limits = {{"nofile", 100'000, RLIM_INFINITY}, {"core", 0, 50}}};
  EXPECT_THAT(with_settings({"x"}, wanted, own),
              ElementsAre("/bin/sh", "-c", "umask 0077; exec \"$@\"", "umask", "/usr/bin/nice",
                          "-n", "5", "/usr/bin/prlimit", "--nofile=8192:8192", "--core=0:50", "x"));
}

TEST(ProcessSettings, OfThisProcessAreTheKernels) {
  const auto settings = own_settings();
  const mode_t mask = ::umask(0);
  ::umask(mask);
  EXPECT_EQ(settings.umask, mask);
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_THAT(settings.limits,
              testing::Contains(ResourceLimit{"nofile", limit.rlim_cur, limit.rlim_max}));
}

}  // namespace
}  // namespace wattle::executor
