// On real processes: what is counted is compared with what they say of themselves.
#include "wattle/energy/observed_tree.h"

#include <array>
#include <csignal>
#include <optional>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wattle/support/requirement.h"

namespace wattle::energy {
namespace {

constexpr double kBurnt = 0.3;      // CPU seconds
constexpr double kRounding = 0.05;  // of clock ticks, at both ends

double seconds_of(int who) {
  rusage usage{};
  ::getrusage(who, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

void burn() {
  const double until = seconds_of(RUSAGE_SELF) + kBurnt;
  while (seconds_of(RUSAGE_SELF) < until) {
  }
}

/// A process that does what it is told, and answers when it has.
class Worker {
 public:
  Worker() {
    EXPECT_EQ(::pipe(orders_.data()), 0);
    EXPECT_EQ(::pipe(answers_.data()), 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::close(orders_[1]);
      work();
      ::_exit(0);
    }
    ::close(orders_[0]);
    orders_[0] = -1;
  }
  ~Worker() {
    end();
    for (const int end : {orders_[0], orders_[1], answers_[0], answers_[1]}) {
      ::close(end);
    }
  }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  pid_t pid() const { return pid_; }
  /// The answer: a pid, or 0.
  pid_t tell(char order) {
    EXPECT_EQ(::write(orders_[1], &order, 1), 1);
    pid_t answer = -1;
    EXPECT_EQ(::read(answers_[0], &answer, sizeof answer), static_cast<ssize_t>(sizeof answer));
    return answer;
  }
  void end() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(std::exchange(pid_, -1), nullptr, 0);
    }
  }

 private:
  void answer(pid_t pid) const {
    if (::write(answers_[1], &pid, sizeof pid) < 0) {
      ::_exit(1);
    }
  }
  void work() {
    for (char order = 0; ::read(orders_[0], &order, 1) == 1;) {
      switch (order) {
        case 'b':
          burn();
          break;
        case 'c':
          burn_in_a_child();
          break;
        default:
          have_a_grandchild();
      }
      answer(0);
    }
  }
  static void burn_in_a_child() {
    const pid_t child = ::fork();
    if (child == 0) {
      burn();
      ::_exit(0);
    }
    ::waitpid(child, nullptr, 0);
  }
  /// Answers once the grandchild has burnt; with the next order its parent ends, and it goes on
  /// under another.
  void have_a_grandchild() {
    const pid_t child = ::fork();
    if (child != 0) {
      ::waitpid(child, nullptr, 0);
      return;
    }
    const pid_t grandchild = ::fork();
    if (grandchild == 0) {
      burn();
      answer(::getpid());
      for (;;) {
        ::pause();
      }
    }
    char order = 0;
    ::_exit(::read(orders_[0], &order, 1) == 1 ? 0 : 1);
  }

  std::array<int, 2> orders_{};
  std::array<int, 2> answers_{};
  pid_t pid_ = -1;
};

ObservedTree observe(pid_t pid) {
  auto tree = ObservedTree::open({.pid = pid});
  EXPECT_TRUE(tree.ok()) << tree.error().message();
  return std::move(*tree);
}

double seconds(ObservedTree& tree) {
  return static_cast<double>(tree.look().cpu_microseconds) * 1e-6;
}

std::optional<ErrorCode> refusal(const ProcessIdentity& process) {
  const auto tree = ObservedTree::open(process);
  return tree.ok() ? std::nullopt : std::optional(tree.error().code());
}

TEST(ObservedTree, CountsWhatIsUsedFromNowOn) {
  Worker worker;
  worker.tell('b');
  auto tree = observe(worker.pid());
  EXPECT_LT(seconds(tree), kRounding);
  worker.tell('b');
  EXPECT_NEAR(seconds(tree), kBurnt, kRounding);
}

TEST(ObservedTree, CountsChildrenThatWereWaitedForOnce) {
  Worker worker;
  worker.tell('c');
  auto tree = observe(worker.pid());
  worker.tell('c');
  EXPECT_NEAR(seconds(tree), kBurnt, kRounding);
  worker.tell('b');
  EXPECT_NEAR(seconds(tree), 2 * kBurnt, kRounding);
}

TEST(ObservedTree, CountsLivingDescendants) {
  Worker worker;
  auto tree = observe(worker.pid());
  const pid_t grandchild = worker.tell('g');
  const auto use = tree.look();
  EXPECT_NEAR(static_cast<double>(use.cpu_microseconds) * 1e-6, kBurnt, kRounding);
  EXPECT_EQ(use.processes, 3U);
  EXPECT_GT(use.memory_bytes, 0);
  ::kill(grandchild, SIGKILL);
}

TEST(ObservedTree, KeepsWhatWasUsedByOneThatLeft) {
  Worker worker;
  auto tree = observe(worker.pid());
  const pid_t grandchild = worker.tell('g');
  EXPECT_NEAR(seconds(tree), kBurnt, kRounding);
  worker.tell('-');
  EXPECT_NEAR(seconds(tree), kBurnt, kRounding);
  EXPECT_EQ(tree.look().processes, 1U);
  worker.tell('b');
  EXPECT_NEAR(seconds(tree), 2 * kBurnt, kRounding) << "it must not hide what comes later";
  ::kill(grandchild, SIGKILL);
}

TEST(ObservedTree, StandsStillOnceItsProcessHasEnded) {
  Worker worker;
  auto tree = observe(worker.pid());
  worker.tell('b');
  const auto before = tree.look();
  worker.end();
  const auto after = tree.look();
  EXPECT_EQ(after.cpu_microseconds, before.cpu_microseconds);
  EXPECT_EQ(after.memory_bytes, 0);
  EXPECT_EQ(after.processes, 0U);
}

TEST(ObservedTree, LeavesOutWhoMeasures) {
  // A child of the observed process watches, as when a script has itself measured.
  const pid_t child = ::fork();
  if (child == 0) {
    auto tree = ObservedTree::open({.pid = ::getppid()});
    burn();
    const bool is_left_out =
        tree.ok() && static_cast<double>(tree->look().cpu_microseconds) < 1e6 * kRounding;
    ::_exit(is_left_out ? 0 : 1);
  }
  int status = -1;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST(ObservedTree, IsNotMistakenForAnotherProcess) {
  Worker worker;
  const auto process = find_process({.pid = worker.pid()}).value();
  EXPECT_GT(process.start_ticks, 0);
  EXPECT_EQ(refusal(process), std::nullopt);
  EXPECT_EQ(refusal({.pid = process.pid, .start_ticks = process.start_ticks + 1}),
            ErrorCode::kNotFound);
  ::kill(process.pid, SIGKILL);
  siginfo_t ended{};
  ::waitid(P_PID, static_cast<id_t>(process.pid), &ended, WEXITED | WNOWAIT);
  EXPECT_EQ(refusal(process), ErrorCode::kNotFound) << "it only waits to be reaped";
  worker.end();
  EXPECT_EQ(refusal(process), ErrorCode::kNotFound);
}

TEST(ObservedTree, IsRefusedToOtherUsers) {
  WATTLE_SKIP_WITHOUT("root, who can become another user", ::geteuid() == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const bool changed = ::setgid(65534) == 0 && ::setuid(65534) == 0;
    ::_exit(changed && refusal({.pid = ::getppid()}) == ErrorCode::kPermissionDenied ? 0 : 1);
  }
  int status = -1;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST(ObservedTree, SaysWhoseProcessesTheyAre) {
  Worker worker;
  auto tree = observe(worker.pid());
  tree.look();
  const auto first = tree.take_change({7}).value();
  EXPECT_EQ(first.at, BootTime{7});
  EXPECT_EQ(first.members, std::vector<std::int32_t>{worker.pid()});
  ASSERT_GE(first.ancestry.size(), 2U);
  EXPECT_EQ(first.ancestry[0], find_process({.pid = worker.pid()}).value());
  EXPECT_EQ(first.ancestry[1].pid, ::getpid());
  tree.look();
  EXPECT_EQ(tree.take_change({8}), std::nullopt);
  const pid_t grandchild = worker.tell('g');
  tree.look();
  EXPECT_EQ(tree.take_change({9}).value().members.size(), 3U);
  ::kill(grandchild, SIGKILL);
}

TEST(ProcessIdentity, ComesBackFromItsText) {
  const ProcessIdentity process{.pid = 12, .start_ticks = 345};
  EXPECT_EQ(parse_identity(to_text(process)), process);
  EXPECT_EQ(parse_identity("12"), (ProcessIdentity{.pid = 12}));
  for (const auto* text : {"", "1", "0", "-5", "12:", "12:x", ":4", "99999999999"}) {
    EXPECT_EQ(parse_identity(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace wattle::energy
