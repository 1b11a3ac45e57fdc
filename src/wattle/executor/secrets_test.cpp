#include "wattle/executor/secrets.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wattle/support/temporary_folder.h"

namespace wattle::executor {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

bool yes(int /*descriptor*/) {
  return true;
}
bool no(int /*descriptor*/) {
  return false;
}

class SecretVaultTest : public testing::Test {
 protected:
  Result<SecretVault> open(bool (*is_in_memory)(int) = yes) {
    return SecretVault::open(files_, {.runtime_folder = temporary_ / "run",
                                      .shared_memory = temporary_ / "shm",
                                      .is_in_memory = is_in_memory});
  }
  SecretVaultTest() {
    EXPECT_TRUE(files_.make_directories(temporary_ / "run").ok());
    EXPECT_TRUE(files_.make_directories(temporary_ / "shm").ok());
  }
  std::string shared() { return temporary_ / "shm/wattle-" + std::to_string(::geteuid()); }

  support::TemporaryFolder temporary_;
  RealFileSystem files_;
  std::vector<std::string> warnings_;
};

TEST_F(SecretVaultTest, HandsValuesToAnotherProcessAsTheyAre) {
  const SecretValues values{{"A", "line\nline\xff"}, {"B", ""}};
  ASSERT_TRUE(open()->put("01J", values).ok());
  EXPECT_EQ(*open()->get("01J"), values);
  EXPECT_THAT(*open()->runs(), ElementsAre("01J"));
}

TEST_F(SecretVaultTest, IsForItsOwnerOnly) {
  ASSERT_TRUE(open()->put("01J", {{"A", "1"}}).ok());
  for (const std::string path : {"", "/01J", "/01J/secrets"}) {
    struct stat info{};
    ASSERT_EQ(::stat((temporary_ / "run/wattle" + path).c_str(), &info), 0) << path;
    EXPECT_EQ(info.st_mode & 077U, 0U) << path;
  }
}

TEST_F(SecretVaultTest, ForgetsARun) {
  ASSERT_TRUE(open()->put("01J", {{"A", "1"}}).ok());
  ASSERT_TRUE(open()->remove("01J").ok());
  EXPECT_EQ(open()->get("01J").error().code(), ErrorCode::kNotFound);
  EXPECT_TRUE(open()->remove("01J").ok());
}

TEST_F(SecretVaultTest, FindsWhatAProcessWithoutARuntimeFolderPutElsewhere) {
  const auto other = SecretVault::open(files_, {.runtime_folder = temporary_ / "none",
                                                .shared_memory = temporary_ / "shm",
                                                .is_in_memory = yes});
  ASSERT_TRUE(other->put("01J", {{"A", "1"}}).ok());
  EXPECT_EQ(open()->get("01J")->at("A"), "1");
  ASSERT_TRUE(open()->remove("01J").ok());
  EXPECT_THAT(*other->runs(), IsEmpty());
}

TEST_F(SecretVaultTest, RefusesADisk) {
  const auto vault = open(no);
  ASSERT_FALSE(vault.ok());
  EXPECT_EQ(vault.error().code(), ErrorCode::kUnsupported);
  EXPECT_THAT(vault.error().message(), HasSubstr(temporary_ / "run is on a disk"));
  EXPECT_FALSE(files_.exists(temporary_ / "run/wattle"));
}

TEST_F(SecretVaultTest, RefusesAFolderThatOthersCanOpen) {
  ASSERT_TRUE(files_.make_directories(shared()).ok());
  ASSERT_EQ(::chmod(shared().c_str(), 0755), 0);
  EXPECT_EQ(open().error().code(), ErrorCode::kPermissionDenied);
}

TEST_F(SecretVaultTest, RefusesALink) {
  std::filesystem::create_directory(temporary_ / "elsewhere");
  std::filesystem::create_symlink(temporary_ / "elsewhere", shared());
  EXPECT_EQ(open().error().code(), ErrorCode::kPermissionDenied);
}

TEST_F(SecretVaultTest, FindsTheKernelsMemoryFileSystem) {
  const auto vault = SecretVault::open(
      files_, {.runtime_folder = temporary_ / "none", .shared_memory = "/dev/shm"});
  if (!vault.ok()) {
    GTEST_SKIP() << vault.error().message();
  }
  EXPECT_THAT(vault->folder("01J"), testing::StartsWith("/dev/shm/wattle-"));
}

TEST(SecretReference, IsANameOrAFile) {
  EXPECT_EQ(parse_secret_reference("HF_TOKEN")->file, "");
  const auto file = parse_secret_reference("DB=file:/run/secrets/db=1");
  EXPECT_EQ(file->name, "DB");
  EXPECT_EQ(file->file, "/run/secrets/db=1");
  for (const auto* text : {"", "1A", "A B", "A=value", "A=file:", "=file:/x"}) {
    const auto reference = parse_secret_reference(text);
    ASSERT_FALSE(reference.ok()) << text;
    EXPECT_EQ(reference.error().message().find("value"), std::string::npos);
  }
}

TEST(LooksSecret, KnowsUsualNames) {
  for (const auto* name : {"HF_TOKEN", "GITHUBTOKEN", "db_password", "OPENAI_API_KEY", "API_KEYS",
                           "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ACCESS_KEY_ID",
                           "GOOGLE_APPLICATION_CREDENTIALS", "SECRET_SAUCE"}) {
    EXPECT_TRUE(looks_secret(name)) << name;
  }
  for (const auto* name : {"PATH", "PWD", "TOKENIZERS_PARALLELISM", "AWS_REGION", "AWS_PROFILE",
                           "SSH_AUTH_SOCK", "KEYBOARD", "MONKEY", "OMP_NUM_THREADS"}) {
    EXPECT_FALSE(looks_secret(name)) << name;
  }
}

TEST(SplitEnvironment, KeepsDeclaredAndUndeclaredSecretsApart) {
  const std::vector<SecretReference> references{{"PIN", ""}, {"DB", "/run/db"}};
  const auto split = split_environment(
      {{"PATH", "/bin"}, {"PIN", "1234"}, {"WANDB_API_KEY", "k"}, {"DB", "old"}}, references);
  ASSERT_TRUE(split.ok());
  EXPECT_EQ(split->plain, (Environment{{"PATH", "/bin"}}));
  EXPECT_EQ(split->secret, (SecretValues{{"PIN", "1234"}, {"WANDB_API_KEY", "k"}}));
}

TEST(SplitEnvironment, RefusesADeclaredSecretThatIsNotSet) {
  const std::vector<SecretReference> references{{"HF_TOKEN", ""}};
  const auto split = split_environment({}, references);
  ASSERT_FALSE(split.ok());
  EXPECT_THAT(split.error().message(), HasSubstr("HF_TOKEN"));
}

TEST_F(SecretVaultTest, ResolvesFilesWithoutTheirLastLineBreak) {
  const std::string path = temporary_.write("db", "pass\nword\n");
  ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
  const auto vault = open();
  ASSERT_TRUE(vault->put("01J", {{"A", "1"}}).ok());
  const auto values =
      resolve_secrets(&*vault, {.run = "01J", .references = {{"A", ""}, {"DB", path}}}, warnings_);
  ASSERT_TRUE(values.ok()) << values.error().message();
  EXPECT_EQ(*values, (SecretValues{{"A", "1"}, {"DB", "pass\nword"}}));
  EXPECT_THAT(warnings_, IsEmpty());
  ASSERT_EQ(::chmod(path.c_str(), 0644), 0);
  ASSERT_TRUE(resolve_secrets(nullptr, {.references = {{"DB", path}}}, warnings_).ok());
  EXPECT_THAT(warnings_, ElementsAre(HasSubstr("can be read by other users")));
}

TEST_F(SecretVaultTest, SaysThatASecretWasLost) {
  const auto vault = open();
  const auto values =
      resolve_secrets(&*vault, {.run = "01J", .references = {{"HF_TOKEN", ""}}}, warnings_);
  ASSERT_FALSE(values.ok());
  EXPECT_EQ(values.error().message(),
            "the secret HF_TOKEN of run 01J was kept in memory and is gone: submit again, or use "
            "HF_TOKEN=file:PATH");
  ASSERT_TRUE(resolve_secrets(&*vault, {.run = "01J", .kept = {"WANDB_API_KEY"}}, warnings_).ok());
  EXPECT_THAT(warnings_, ElementsAre(HasSubstr("WANDB_API_KEY")));
}

TEST_F(SecretVaultTest, RefusesFilesThatAreNone) {
  const auto fails = [&](const std::string& path) {
    return !resolve_secrets(nullptr, {.references = {{"DB", path}}}, warnings_).ok();
  };
  ASSERT_EQ(::mkfifo((temporary_ / "pipe").c_str(), 0600), 0);
  EXPECT_TRUE(fails(temporary_ / "pipe"));
  EXPECT_TRUE(fails(temporary_ / "absent"));
  EXPECT_TRUE(fails(temporary_.write("large", std::string(70'000, 'x'))));
  EXPECT_TRUE(fails(temporary_.write("zero", std::string("a\0b", 3))));
}

TEST(Redactor, ReplacesValuesAndTheirLines) {
  const Redactor redactor({{"A", "hunter2hunter2"},
                           {"KEY", "-----BEGIN\nabcdefghij\nend"},
                           {"SHORT", "1234567"},
                           {"LONGER", "hunter2hunter2-and-more"}});
  EXPECT_EQ(redactor.apply("x hunter2hunter2 y hunter2hunter2-and-more 1234567"),
            "x *** y *** 1234567");
  EXPECT_EQ(redactor.apply("> abcdefghij"), "> ***");
  EXPECT_EQ(redactor.apply(""), "");
}

}  // namespace
}  // namespace wattle::executor
