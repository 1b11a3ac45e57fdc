#include "wattle/executor/capture.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wattle/base/hash.h"
#include "wattle/support/requirement.h"
#include "wattle/support/temporary_folder.h"

namespace wattle::executor {
namespace {

class CaptureTest : public testing::Test {
 protected:
  /// A program of the job's PATH.
  void add_program(const std::string& name, const std::string& script) {
    const auto path = temporary_.write("bin/" + name, "#!/bin/sh\n" + script + "\n");
    ASSERT_EQ(::chmod(path.c_str(), 0700), 0);
  }
  std::map<std::string, std::string> capture() {
    return capture_environment(files_, subprocess_, environment_, work_);
  }
  bool git(std::vector<std::string> words) {
    words.insert(words.begin(), {"git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org"});
    const auto done = run_captured(subprocess_, {.argv = words, .folder = work_}, Seconds(30));
    return done.ok() && done->status.success();
  }

  support::TemporaryFolder temporary_;
  std::string work_ =
      temporary_.write("work/train.py", "pass\n").substr(0, temporary_.path().size() + 5);
  Environment environment_{{"PATH", temporary_ / "bin"}};
  RealFileSystem files_;
  RealSubprocess subprocess_;
};

TEST_F(CaptureTest, TellsHostUserAndFolder) {
  environment_["VIRTUAL_ENV"] = "/venv";
  const auto facts = capture();
  EXPECT_FALSE(facts.at("host").empty());
  EXPECT_FALSE(facts.at("user").empty());
  EXPECT_EQ(facts.at("folder"), work_);
  EXPECT_EQ(facts.at("virtual_env"), "/venv");
  for (const auto* absent :
       {"python", "python_version", "packages_sha256", "git_commit", "git_dirty", "conda_prefix"}) {
    EXPECT_EQ(facts.count(absent), 0U) << absent;
  }
}

TEST_F(CaptureTest, NamesThePackagesOfThePythonOnThePath) {
  temporary_.write("site/Foo_Bar-1.2.dist-info/METADATA", "");
  temporary_.write("site/abc-0.1.dist-info/METADATA", "");
  temporary_.write("site/notes.txt", "");
  add_program("python3", "echo 3.11.2; echo; echo relative; echo " + (temporary_ / "site") +
                             "; echo " + (temporary_ / "absent"));
  const auto facts = capture();
  EXPECT_EQ(facts.at("python"), temporary_ / "bin/python3");
  EXPECT_EQ(facts.at("python_version"), "3.11.2");
  EXPECT_EQ(facts.at("packages_count"), "2");
  EXPECT_EQ(facts.at("packages_sha256"), sha256_hex("abc==0.1\nfoo-bar==1.2\n"));
}

TEST_F(CaptureTest, GoesOnWithAPythonThatFails) {
  add_program("python", "exit 1");
  const auto facts = capture();
  EXPECT_EQ(facts.at("python"), temporary_ / "bin/python");
  EXPECT_EQ(facts.count("python_version"), 0U);
}

TEST_F(CaptureTest, AsksTheRealPython) {
  WATTLE_SKIP_WITHOUT("python3", ::access("/usr/bin/python3", X_OK) == 0);
  environment_["PATH"] = "/usr/bin:/bin";
  const auto facts = capture();
  EXPECT_EQ(facts.at("python"), "/usr/bin/python3");
  EXPECT_EQ(facts.at("python_version").substr(0, 2), "3.");
  EXPECT_EQ(facts.at("packages_sha256").size(), 64U);
}

TEST_F(CaptureTest, NamesCommitBranchAndChanges) {
  WATTLE_SKIP_WITHOUT("git", ::access("/usr/bin/git", X_OK) == 0);
  environment_["PATH"] = "/usr/bin:/bin";
  ASSERT_TRUE(git({"init", "-q", "-b", "trunk"}));
  EXPECT_EQ(capture().count("git_commit"), 0U) << "there is none yet";
  ASSERT_TRUE(git({"add", "."}) && git({"commit", "-q", "-m", "First"}));
  auto facts = capture();
  EXPECT_EQ(facts.at("git_commit").size(), 40U);
  EXPECT_EQ(facts.at("git_branch"), "trunk");
  EXPECT_EQ(facts.at("git_dirty"), "false");
  EXPECT_EQ(facts.count("git_diff_sha256"), 0U);

  temporary_.write("work/train.py", "changed\n");
  facts = capture();
  EXPECT_EQ(facts.at("git_dirty"), "true");
  const auto first = facts.at("git_diff_sha256");
  EXPECT_EQ(capture().at("git_diff_sha256"), first);
  temporary_.write("work/train.py", "changed again\n");
  EXPECT_NE(capture().at("git_diff_sha256"), first);
}

}  // namespace
}  // namespace wattle::executor
