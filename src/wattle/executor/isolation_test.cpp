// The words before a command, without running them.
#include "wattle/executor/isolation.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include "wattle/executor/isolation_mounts.h"
#include "wattle/executor/isolation_probe.h"
#include "wattle/support/temporary_folder.h"

namespace wattle::executor {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

IsolationRequest example() {
  return {.run = "01J",
          .attempt = 2,
          .argv = {"python", "train.py"},
          .environment = {"HOME=/home/ada", "HF_TOKEN=hunter2hunter2", "WATTLE_RUN_ID=01J"},
          .told = {"WATTLE_RUN_ID"},
          .working_folder = "/w",
          .home = "/h",
          .run_folder = "/h/runs/01J",
          .attempt_folder = "/h/runs/01J/attempts/2",
          .metrics_file = "/h/runs/01J/attempts/2/metrics.jsonl",
          .confirm_folder = "/h/runs/01J/attempts/2/checkpoint",
          .memory_folder = "/dev/shm/wattle-1000/01J",
          .inputs = {"/d/train.csv"},
          .outputs = {"/w/out/model.onnx"}};
}

IsolationMeans bubblewrap() {
  return {.bubblewrap = "/usr/bin/bwrap", .env = "/usr/bin/env", .hidden = {"/run", "/tmp"}};
}

IsolationMeans container(ContainerRuntime runtime) {
  return {.runtime = runtime, .runtime_program = "/bin/runtime", .uid = 1000, .gid = 1000};
}

/// The words as one text, for looking for neighbours.
std::string text(const std::vector<std::string>& words) {
  std::string all;
  for (const auto& word : words) {
    all += word + " ";
  }
  return all;
}

TEST(Isolation, ChangesNothingWhenNothingIsAskedFor) {
  const auto command = isolate(example(), {});
  EXPECT_THAT(command->argv, ElementsAre("python", "train.py"));
  EXPECT_EQ(command->environment, example().environment);
}

TEST(Isolation, KeepsSignalsFromWhatWaitsForTheCommand) {
  auto request = example();
  request.sandbox.enabled = true;
  const auto words = text(isolate(request, bubblewrap())->argv);
  EXPECT_THAT(
      words, testing::StartsWith("/usr/bin/env --ignore-signal=HUP,INT,QUIT,TERM /usr/bin/bwrap "));
  EXPECT_THAT(words, testing::EndsWith("--chdir /w -- /usr/bin/env "
                                       "--default-signal=HUP,INT,QUIT,TERM -- python train.py "));
}

TEST(Isolation, ShowsFoldersFromTheOutsideIn) {
  auto request = example();
  request.captured = false;
  request.sandbox = {.enabled = true, .writable = {"/w/cache"}};
  const auto words = text(isolate(request, bubblewrap())->argv);
  EXPECT_THAT(words, HasSubstr("--tmpfs /tmp --tmpfs /h --ro-bind /d/train.csv /d/train.csv "
                               "--ro-bind /h/runs/01J /h/runs/01J "
                               "--bind /h/runs/01J/artifacts /h/runs/01J/artifacts "
                               "--ro-bind /h/runs/01J/attempts/2 /h/runs/01J/attempts/2 "));
  EXPECT_THAT(words, HasSubstr("--ro-bind /w /w --bind /w/cache /w/cache --bind /w/out /w/out "
                               "--remount-ro /h "));
}

TEST(Isolation, LeavesTheTerminalToAJobThatHasOne) {
  auto request = example();
  request.sandbox.enabled = true;
  EXPECT_THAT(isolate(request, bubblewrap())->argv, Contains("--new-session"));
  request.captured = false;
  EXPECT_THAT(isolate(request, bubblewrap())->argv, Not(Contains("--new-session")));
}

TEST(Isolation, CutsTheNetworkOnlyWhenAsked) {
  auto request = example();
  request.sandbox.enabled = true;
  EXPECT_THAT(isolate(request, bubblewrap())->argv, Not(Contains("--unshare-net")));
  request.sandbox.network = false;
  EXPECT_THAT(isolate(request, bubblewrap())->argv, Contains("--unshare-net"));
}

TEST(Isolation, TakesPrivilegesFromRoot) {
  auto request = example();
  request.sandbox.enabled = true;
  auto means = bubblewrap();
  EXPECT_THAT(isolate(request, means)->argv, Not(Contains("--cap-drop")));
  means.is_root = true;
  EXPECT_THAT(text(isolate(request, means)->argv), HasSubstr("--cap-drop ALL"));
}

TEST(Isolation, MakesOptAnewForTheContractAlone) {
  auto request = example();
  request.ml_folder = "/h/runs/01J/attempts/2/ml";
  auto means = bubblewrap();
  means.opt_entries = {"conda"};
  EXPECT_THAT(text(isolate(request, means)->argv),
              HasSubstr("--dev-bind / / --tmpfs /opt --dev-bind /opt/conda /opt/conda "
                        "--bind /h/runs/01J/attempts/2/ml /opt/ml --chdir"));
  means.opt_entries = {"conda", "ml"};
  EXPECT_THAT(text(isolate(request, means)->argv), Not(HasSubstr("--tmpfs")));
}

TEST(Isolation, SaysWhatIsMissing) {
  auto request = example();
  request.sandbox.enabled = true;
  const auto command = isolate(request, {});
  ASSERT_FALSE(command.ok());
  EXPECT_EQ(command.error().code(), ErrorCode::kUnsupported);
  EXPECT_THAT(command.error().message(), HasSubstr("install"));
}

TEST(Isolation, PodmanStaysInItsGroupAndSeesNoSecret) {
  auto request = example();
  request.container = {.image = "docker.io/library/python:3.12", .arguments = {"--shm-size=8g"}};
  request.secret_names = {"HF_TOKEN"};
  const auto command = isolate(request, container(ContainerRuntime::kPodman));
  const auto words = text(command->argv);
  EXPECT_THAT(words, HasSubstr("/bin/runtime run --rm --name wattle-01J-2 "));
  EXPECT_THAT(words, HasSubstr(" --cgroups=disabled "));
  EXPECT_THAT(words, HasSubstr(" --userns=keep-id "));
  EXPECT_THAT(words, HasSubstr(" --network=host "));
  EXPECT_THAT(words, HasSubstr(" --volume /d/train.csv:/d/train.csv:ro "));
  EXPECT_THAT(words, HasSubstr(" --volume /w:/w:rw --volume /w/out:/w/out:rw "));
  EXPECT_THAT(words, HasSubstr(" --env WATTLE_RUN_ID "));
  EXPECT_THAT(words, Not(HasSubstr("HOME")));
  EXPECT_THAT(words, Not(HasSubstr("HF_TOKEN")));
  EXPECT_THAT(words, testing::EndsWith("--shm-size=8g docker.io/library/python:3.12 /bin/sh -c "
                                       ". /run/wattle-secrets && exec \"$@\" sh python train.py "));
  ASSERT_EQ(command->memory_files.size(), 1U);
  EXPECT_EQ(command->memory_files.front().path, "/dev/shm/wattle-1000/01J/secrets-2.sh");
  EXPECT_EQ(command->memory_files.front().content, "export HF_TOKEN='hunter2hunter2'\n");
  EXPECT_EQ(text(command->cleanup), "/bin/runtime rm --force --ignore wattle-01J-2 ");
}

TEST(Isolation, ASandboxedContainerIsReadOnly) {
  auto request = example();
  request.container.image = "/images/python";
  request.sandbox = {.enabled = true, .network = false};
  const auto words = text(isolate(request, container(ContainerRuntime::kPodman))->argv);
  EXPECT_THAT(words, HasSubstr(" --read-only --cap-drop=ALL "));
  EXPECT_THAT(words, HasSubstr(" --network=none "));
  EXPECT_THAT(words, HasSubstr(" --volume /w:/w:ro --volume /w/out:/w/out:rw "));
  EXPECT_THAT(words, testing::EndsWith("--rootfs /images/python python train.py "));
}

TEST(Isolation, ApptainerGetsVariablesUnderItsOwnNames) {
  auto request = example();
  request.container.image = "library/python:3.12";
  request.secret_names = {"HF_TOKEN"};
  const auto command = isolate(request, container(ContainerRuntime::kApptainer));
  EXPECT_THAT(text(command->argv), testing::StartsWith("/bin/runtime exec --cleanenv --pwd /w "));
  EXPECT_THAT(text(command->argv),
              testing::EndsWith("docker://library/python:3.12 python train.py "));
  EXPECT_THAT(command->environment, Contains("APPTAINERENV_HF_TOKEN=hunter2hunter2"));
  EXPECT_THAT(command->environment, Not(Contains("APPTAINERENV_HOME=/home/ada")));
}

TEST(Isolation, DescribesAContainerForRunc) {
  auto request = example();
  request.container.image = "/images/python";
  request.secret_names = {"HF_TOKEN"};
  request.sandbox = {.enabled = true, .network = false};
  const auto command = isolate(request, container(ContainerRuntime::kRunc));
  ASSERT_EQ(command->memory_files.size(), 1U);
  EXPECT_EQ(command->memory_files.front().path, "/dev/shm/wattle-1000/01J/bundle-2/config.json");
  const auto config = nlohmann::json::parse(command->memory_files.front().content);
  EXPECT_EQ(config["root"], nlohmann::json({{"path", "/images/python"}, {"readonly", true}}));
  EXPECT_EQ(config["process"]["args"], nlohmann::json({"python", "train.py"}));
  EXPECT_THAT(config["process"]["env"], Contains("HF_TOKEN=hunter2hunter2"));
  EXPECT_EQ(config["process"]["user"]["uid"], 0);
  EXPECT_EQ(config["linux"]["uidMappings"][0]["containerID"], 0);
  EXPECT_EQ(config["linux"]["uidMappings"][0]["hostID"], 1000);
  std::vector<std::string> kinds;
  for (const auto& kind : config["linux"]["namespaces"]) {
    kinds.push_back(kind["type"]);
  }
  EXPECT_THAT(kinds, ElementsAre("mount", "pid", "ipc", "network", "user"));
  EXPECT_EQ(text(command->argv).find("hunter2"), std::string::npos);
}

TEST(Isolation, RefusesPathsThatAContainerCannotBeTold) {
  auto request = example();
  request.container.image = "python";
  request.inputs = {"/d/a:b.csv"};
  const auto command = isolate(request, container(ContainerRuntime::kPodman));
  ASSERT_FALSE(command.ok());
  EXPECT_THAT(command.error().message(), HasSubstr("/d/a:b.csv"));
}

TEST(Isolation, RefusesSecretsOfAContainerWithoutMemoryToKeepThemIn) {
  auto request = example();
  request.container.image = "python";
  request.secret_names = {"HF_TOKEN"};
  request.memory_folder = "";
  const auto command = isolate(request, container(ContainerRuntime::kPodman));
  ASSERT_FALSE(command.ok());
  EXPECT_THAT(command.error().message(), HasSubstr("XDG_RUNTIME_DIR"));
}

class IsolationProbe : public testing::Test {
 protected:
  /// A program on a PATH that has nothing else.
  void add_program(const std::string& name, const std::string& script) {
    const auto path = temporary_.write("bin/" + name, "#!/bin/sh\n" + script + "\n");
    EXPECT_EQ(::chmod(path.c_str(), 0700), 0);
  }
  std::string reason(const IsolationWish& wish) {
    const auto means = probe_isolation(files_, subprocess_, wish, {{"PATH", temporary_ / "bin"}});
    return means.ok() ? "" : means.error().message();
  }

  support::TemporaryFolder temporary_;
  RealFileSystem files_;
  RealSubprocess subprocess_;
};

TEST_F(IsolationProbe, NamesThePackageThatIsMissing) {
  EXPECT_THAT(reason({.sandbox = {.enabled = true}}), HasSubstr("apt-get install bubblewrap"));
  EXPECT_THAT(reason({.container = {.image = "python"}}), HasSubstr("apt-get install podman"));
}

TEST_F(IsolationProbe, ExplainsThatUserNamespacesAreOff) {
  add_program("env", "exit 0");
  add_program("bwrap",
              "echo 'bwrap: No permissions to create new namespace, likely because' >&2; exit 1");
  EXPECT_THAT(reason({.sandbox = {.enabled = true}}), HasSubstr("unprivileged_userns_clone=1"));
}

TEST_F(IsolationProbe, DoesWithoutOptMlWhereItCannotBeShown) {
  const auto means =
      probe_isolation(files_, subprocess_, {.sagemaker = true}, {{"PATH", temporary_ / "bin"}});
  ASSERT_TRUE(means.ok()) << means.error().message();
  EXPECT_FALSE(can_show_opt_ml(*means));
}

TEST_F(IsolationProbe, RefusesDockerForWhatItCannotCount) {
  add_program("docker", "exit 0");
  EXPECT_THAT(reason({.container = {.image = "python", .runtime = "docker"}}), HasSubstr("daemon"));
}

TEST_F(IsolationProbe, RefusesAnImageThatIsNotThere) {
  EXPECT_THAT(reason({.container = {.image = temporary_ / "none"}}), HasSubstr("no image"));
}

TEST_F(IsolationProbe, TellsWhyAnImageCannotBeFetched) {
  add_program("podman", "[ $1 = pull ] && echo 'Error: manifest unknown' >&2; exit 125");
  const IsolationMeans means{.runtime = ContainerRuntime::kPodman,
                             .runtime_program = temporary_ / "bin/podman"};
  const auto status = ensure_image(subprocess_, means, {.image = "nobody/nothing"}, Seconds(30));
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().message(),
            "the image nobody/nothing cannot be fetched: Error: manifest unknown");
}

}  // namespace
}  // namespace wattle::executor
