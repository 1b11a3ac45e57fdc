#!/usr/bin/env python3
"""Signals: what asks, what ends, and whose handlers are whose."""
import json
import os
import signal
import unittest

from support import Clock, RunTest

import wattle

COUNT = """
def save(path):
    open(path, "w").write("state")
def load(path):
    print("from", open(path).read())
"""


class Signals(RunTest):
    def setUp(self):
        super().setUp()
        self.where = self.contract()

    def test_sigterm_saves_and_ends_and_the_next_attempt_goes_on(self):
        status, out, err = self.run_code(COUNT + """
for step in wattle.steps(range(10, 20), save=save, load=load):
    print(step)
    if step == 12:
        os.kill(os.getpid(), signal.SIGTERM)
print("not reached")
""")
        self.assertEqual((status, out, err), (143, "10\n11\n12\n", ""))
        said = json.loads((self.folder / "confirm").read_text())
        self.assertEqual(said, {"path": "state-0001-step-3.bin", "step": 3})
        self.set(WATTLE_RESUME_FROM=self.where / said["path"])
        status, out, _ = self.run_code(
            COUNT + "print(list(wattle.steps(range(10, 20), save=save, load=load)))")
        self.assertEqual((status, out), (0, f"from state\n{list(range(13, 20))}\n"))

    def test_sigterm_at_the_last_step_is_not_lost(self):
        status, _, _ = self.run_code(COUNT + """
for step in wattle.steps(3, save=save, load=load):
    if step == 2:
        os.kill(os.getpid(), signal.SIGTERM)
""")
        self.assertEqual(status, 143)
        self.assertEqual(json.loads((self.folder / "confirm").read_text())["step"], 3)

    def test_sigterm_ends_at_once_before_and_after_the_steps(self):
        for code in ("os.kill(os.getpid(), signal.SIGTERM)",
                     "list(wattle.steps(3, save=save, load=load)); "
                     "os.kill(os.getpid(), signal.SIGTERM)"):
            self.assertEqual(self.run_code(COUNT + code)[0], -signal.SIGTERM)

    def test_sigterm_that_nobody_acted_on_is_sent_again(self):
        status, out, _ = self.run_code(COUNT + """
for step in wattle.steps(3, save=save, load=load):
    os.kill(os.getpid(), signal.SIGTERM)
    break
print("not reached")
""")
        self.assertEqual((status, out), (-signal.SIGTERM, ""))

    def test_the_signal_asks_before_the_second_is_over(self):
        self.ask(1)
        status, out, _ = self.run_code(COUNT + """
for step in wattle.steps(4, save=save, load=load):
    if step == 2:
        open("ask.new", "w").write("2")
        os.rename("ask.new", "ask")
        os.kill(os.getpid(), signal.SIGUSR1)
    print(open("confirm").read().strip() if step else "")
""")
        self.assertEqual(status, 0)
        self.assertEqual([json.loads(line) for line in out.splitlines()[1:]],
                         [{"path": "state-0001-step-1.bin", "step": 1, "request": 1}] * 2
                         + [{"path": "state-0002-step-3.bin", "step": 3, "request": 2}])

    def test_a_signal_for_an_answered_request_asks_for_nothing(self):
        self.ask(1)
        checkpoints = wattle.Checkpoints(clock=Clock())
        with checkpoints.listening():
            self.assertTrue(checkpoints.requested())
            checkpoints.save("model.txt", lambda path: open(path, "w", encoding="utf-8").close())
            os.kill(os.getpid(), signal.SIGUSR1)
            self.assertFalse(checkpoints.requested())

    def test_a_signal_without_a_file_asks(self):
        checkpoints = wattle.Checkpoints(clock=Clock())
        with checkpoints.listening():
            self.assertFalse(checkpoints.requested())
            os.kill(os.getpid(), signal.SIGUSR2)
            self.assertTrue(checkpoints.requested())

    def test_sigterm_soon_after_a_checkpoint_that_took_longer_saves_no_other(self):
        clock = Clock()
        checkpoints = wattle.Checkpoints(clock=clock)

        def write_slowly(path):
            clock.now += 60
            open(path, "w", encoding="utf-8").close()

        def end_at(step):
            os.kill(os.getpid(), signal.SIGTERM)
            with self.assertRaises(SystemExit):
                checkpoints.at_step("model.txt", write_slowly, step)

        with checkpoints.listening():
            checkpoints.save("model.txt", write_slowly, 1)
            clock.now += 59
            end_at(2)
            self.assertEqual(len(list(self.where.iterdir())), 1)
            clock.now += 2
            end_at(3)
            self.assertEqual(len(list(self.where.iterdir())), 2)

    def test_handlers_of_others_are_kept_and_given_back(self):
        heard = []
        for number in (signal.SIGUSR1, signal.SIGTERM):
            before = signal.signal(number, lambda number, _: heard.append(number))
            self.addCleanup(signal.signal, number, before)
        theirs = [signal.getsignal(n) for n in (signal.SIGUSR1, signal.SIGTERM)]
        checkpoints = wattle.Checkpoints()
        with checkpoints.listening():
            with checkpoints.listening():
                os.kill(os.getpid(), signal.SIGUSR1)
                self.assertEqual(heard, [signal.SIGUSR1])
            os.kill(os.getpid(), signal.SIGTERM)
            self.assertEqual(heard, [signal.SIGUSR1])
            self.assertTrue(checkpoints.interrupted())
            with self.assertRaises(SystemExit) as ended:
                checkpoints.end_if_interrupted()
            self.assertEqual(ended.exception.code, 143)
            self.assertEqual(heard, [signal.SIGUSR1, signal.SIGTERM])
        self.assertEqual([signal.getsignal(n) for n in (signal.SIGUSR1, signal.SIGTERM)], theirs)

    def test_a_sigterm_that_is_ignored_stays_ignored(self):
        before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
        self.addCleanup(signal.signal, signal.SIGTERM, before)
        with wattle.Checkpoints().listening():
            self.assertIs(signal.getsignal(signal.SIGTERM), signal.SIG_IGN)

    def test_handlers_set_meanwhile_are_left_alone(self):
        self.addCleanup(signal.signal, signal.SIGUSR1, signal.getsignal(signal.SIGUSR1))

        def theirs(*_):
            pass

        with wattle.Checkpoints().listening():
            signal.signal(signal.SIGUSR1, theirs)
        self.assertIs(signal.getsignal(signal.SIGUSR1), theirs)

    def test_nothing_is_caught_outside_a_run(self):
        del os.environ["WATTLE_CHECKPOINT_DIR"]
        with wattle.Checkpoints().listening():
            self.assertEqual(signal.getsignal(signal.SIGUSR1), signal.SIG_DFL)

    def test_forked_and_started_processes_have_their_own(self):
        status, out, err = self.run_code(COUNT + """
import subprocess, time
for step in wattle.steps(1, save=save, load=load):
    child = os.fork()
    if child == 0:
        signal.pause()
    started = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
    for pid in (child, started.pid):
        os.kill(pid, signal.SIGTERM)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
""")
        self.assertEqual((status, out, err), (0, "-15\n-15\n", ""))

    def test_a_thread_that_may_not_catch_signals_goes_by_the_file(self):
        self.ask(1)
        status, out, err = self.run_code(COUNT + """
import threading
def train():
    print(list(wattle.steps(3, save=save, load=load)))
thread = threading.Thread(target=train)
thread.start()
thread.join()
""")
        self.assertEqual((status, out, err), (0, "[0, 1, 2]\n", ""))
        self.assertEqual(json.loads((self.folder / "confirm").read_text())["request"], 1)


if __name__ == "__main__":
    unittest.main()
