#!/usr/bin/env python3
"""The checkpoint contract: requests, confirmations, and files that are whole or not there."""
import json
import os
import random
import shutil
import subprocess
import sys
import threading
import unittest
from unittest import mock

from support import PYTHON_FOLDER, Clock, RunTest

import wattle

# Saves checkpoints of 3,000,000 equal bytes without end, and says so before each.
ENDLESS_SAVES = """
def write(path, step):
    with open(path, "wb") as file:
        for _ in range(100):
            file.write(bytes([step % 256]) * 30_000)
step = 0
while True:
    step += 1
    print(step, flush=True)
    wattle.checkpoints.save("model.bin", lambda path: write(path, step), step)
"""


def write(text):
    def write_file(path):
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    return write_file


class Requests(RunTest):
    def setUp(self):
        super().setUp()
        self.clock = Clock()
        self.checkpoints = wattle.Checkpoints(clock=self.clock)

    def later(self):
        self.clock.now += wattle.LOOK_SECONDS
        return self.checkpoints.requested()

    def confirmation(self):
        return json.loads((self.folder / "confirm").read_text())

    def save(self, step=None):
        return self.checkpoints.save("model.txt", write("state"), step)

    def test_are_none_outside_a_run(self):
        self.assertFalse(self.checkpoints.requested())
        self.assertIsNone(self.checkpoints.folder)
        self.assertIsNone(self.checkpoints.resume_from())
        self.checkpoints.at_step("model.txt", self.fail, 1)
        self.checkpoints.confirm(self.folder)
        with self.assertRaisesRegex(RuntimeError, "WATTLE_CHECKPOINT_DIR"):
            self.save()

    def test_are_answered_once_with_their_number(self):
        self.contract()
        self.assertFalse(self.checkpoints.requested())
        self.ask(1)
        self.assertTrue(self.later())
        path = self.save(12)
        self.assertEqual(self.confirmation(),
                         {"path": os.path.basename(path), "step": 12, "request": 1})
        self.assertFalse(self.later())
        self.ask(2)
        self.assertTrue(self.later())
        self.save()
        self.assertEqual(self.confirmation()["request"], 2)

    def test_are_looked_for_once_a_second(self):
        self.contract()
        self.checkpoints.requested()
        self.ask(1)
        self.clock.now += wattle.LOOK_SECONDS * 0.9
        self.assertFalse(self.checkpoints.requested())
        self.assertTrue(self.later())

    def test_that_come_while_saving_are_answered_by_the_next_checkpoint(self):
        self.contract()
        self.ask(1)
        self.assertTrue(self.later())
        self.checkpoints.save("model.txt", lambda path: (self.ask(2), write("x")(path)))
        self.assertEqual(self.confirmation()["request"], 1)
        self.assertTrue(self.later())

    def test_that_cannot_be_read_ask_once_and_have_no_number(self):
        self.contract()
        for garbage in ("", "two", "-1", "9" * 100, "\0\xff"):
            self.ask(garbage)
            self.assertTrue(self.later(), garbage)
            self.save()
            self.assertNotIn("request", self.confirmation())
            self.assertFalse(self.later(), garbage)
        self.ask(7)
        self.assertTrue(self.later())

    def test_a_checkpoint_of_the_job_s_own_names_no_request(self):
        self.contract()
        self.save(3)
        self.assertEqual(self.confirmation(), {"path": "model-0001-step-3.txt", "step": 3})

    def test_a_checkpoint_elsewhere_is_not_confirmed(self):
        folder = self.contract()
        folder.mkdir()
        (self.folder / "checkpoints-2").mkdir()
        for path in (self.folder / "x", folder, self.folder / "checkpoints-2"):
            with self.assertRaisesRegex(ValueError, "not below WATTLE_CHECKPOINT_DIR"):
                self.checkpoints.confirm(path)
        self.assertFalse((self.folder / "confirm").exists())

    def test_a_checkpoint_to_resume_from_that_has_gone_is_an_error(self):
        self.set(WATTLE_RESUME_FROM=self.folder / "gone.pt")
        with self.assertRaisesRegex(FileNotFoundError, "WATTLE_RESUME_FROM.*gone.pt"):
            self.checkpoints.resume_from()


class Files(RunTest):
    def setUp(self):
        super().setUp()
        self.where = self.contract()

    def names(self):
        return sorted(path.name for path in self.where.iterdir())

    def test_the_last_two_are_kept_and_no_name_is_used_again(self):
        checkpoints = wattle.Checkpoints()
        for step in range(1, 5):
            checkpoints.save("model.txt", write("x"), step)
        (self.where / "mine.txt").write_text("of the job")
        checkpoints.save("model.txt", write("x"), 4)
        self.assertEqual(self.names(),
                         ["mine.txt", "model-0004-step-4.txt", "model-0005-step-4.txt"])

    def test_what_was_resumed_from_is_the_one_to_fall_back_to(self):
        checkpoints = wattle.Checkpoints()
        for step in (1, 2):
            checkpoints.save("model.txt", write("x"), step)
        # The newest was damaged, so the one before it was taken.
        self.set(WATTLE_RESUME_FROM=self.where / "model-0001-step-1.txt")
        wattle.Checkpoints().save("model.txt", write("x"), 2)
        self.assertEqual(self.names(), ["model-0001-step-1.txt", "model-0003-step-2.txt"])

    def test_nothing_is_removed_before_there_are_two(self):
        wattle.Checkpoints().save("model.txt", write("x"), 1)
        wattle.Checkpoints().save("model.txt", write("x"), 1)
        wattle.Checkpoints().save("model.txt", write("x"), 1)
        self.assertEqual(len(self.names()), 3)

    def test_a_folder_is_a_checkpoint_too(self):
        checkpoints = wattle.Checkpoints()

        def write_folder(path):
            os.makedirs(os.path.join(path, "shards"))
            write("a")(os.path.join(path, "shards", "1"))

        for step in range(3):
            path = checkpoints.save("model", write_folder, step)
        self.assertEqual(self.names(), ["model-0002-step-1", "model-0003-step-2"])
        with open(os.path.join(path, "shards", "1"), encoding="utf-8") as file:
            self.assertEqual(file.read(), "a")

    def test_names_that_lead_elsewhere_are_refused(self):
        for name in ("../model.pt", "a/b.pt", "", ".pt"):
            with self.assertRaisesRegex(ValueError, "no name of a checkpoint"):
                wattle.Checkpoints().save(name, write("x"))

    def test_a_checkpoint_that_fails_leaves_nothing_and_costs_nothing_else(self):
        checkpoints = wattle.Checkpoints()
        checkpoints.save("model.txt", write("x"), 1)
        (self.folder / "confirm").unlink()

        def fail_midway(path):
            write("half")(path)
            raise ZeroDivisionError("no state")

        self.ask(1)
        status, out, err = self.run_code("""
        def fail(path):
            open(path, "w").write("half")
            raise ZeroDivisionError("no state")
        for step in wattle.steps(3, save=fail, load=None, name="model.txt"):
            print(step)
        """)
        self.assertEqual((status, out), (0, "0\n1\n2\n"))
        self.assertEqual(err, "wattle: no checkpoint was made: ZeroDivisionError: no state\n")
        with self.assertRaises(ZeroDivisionError):
            checkpoints.save("model.txt", fail_midway, 2)
        self.assertEqual(self.names(), ["model-0001-step-1.txt"])
        self.assertFalse((self.folder / "confirm").exists())

    def test_a_checkpoint_that_cannot_be_confirmed_does_not_stay(self):
        self.set(WATTLE_CHECKPOINT_CONFIRM=self.folder / "no/such/folder")
        with self.assertRaises(FileNotFoundError):
            wattle.Checkpoints().save("model.txt", write("x"), 2)
        self.assertEqual(self.names(), [])

    def test_a_full_disk_keeps_the_checkpoint_before_and_the_training_alive(self):
        self.ask(1)
        status, out, err = self.run_code("""
        import resource
        hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        def save(path):
            with open(path, "wb") as file:
                file.write(bytes(size))
        def ask(number):
            open("ask.new", "w").write(str(number))
            os.rename("ask.new", "ask")
            os.kill(os.getpid(), signal.SIGUSR1)
        size = 1000
        for step in wattle.steps(4, save=save, load=None):
            if step == 1:
                size = 100_000
                resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
                ask(2)
            if step == 2:
                resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
                ask(3)
            print(step, sorted(os.listdir("checkpoints")) if step else [])
        print(open("confirm").read().strip())
        """)
        self.assertEqual(status, 0, err)
        self.assertEqual(out.splitlines(), [
            "0 []", "1 ['state-0001-step-1.bin']", "2 ['state-0001-step-1.bin']",
            "3 ['state-0001-step-1.bin', 'state-0002-step-3.bin']",
            '{"path": "state-0002-step-3.bin", "step": 3, "request": 3}'])
        self.assertRegex(err, r"\Awattle: no checkpoint was made: OSError: .*too large.*\n\Z")

    @unittest.skipUnless(os.geteuid() == 0, "only root can become somebody who may not write")
    def test_a_folder_that_may_not_be_written_is_told_and_the_training_goes_on(self):
        self.where.mkdir()
        self.folder.chmod(0o755)
        shutil.copy(PYTHON_FOLDER / "wattle.py", self.folder)
        (self.folder / "wattle.py").chmod(0o644)
        self.ask(1)
        code = "import wattle; print(list(wattle.steps(2, save=lambda p: open(p, 'w'), load=None)))"
        done = subprocess.run(["/usr/bin/python3", "-c", code], cwd=self.folder, user=65534,
                              group=65534, extra_groups=[], text=True, capture_output=True,
                              check=False, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
        self.assertEqual((done.returncode, done.stdout), (0, "[0, 1]\n"))
        self.assertEqual(done.stderr.count("\n"), 1)
        self.assertIn("PermissionError", done.stderr)

    def test_a_kill_at_any_instant_leaves_every_confirmed_checkpoint_whole(self):
        chance = random.Random(20261125)
        newest = 0
        for _ in range(20):
            process = self.start(ENDLESS_SAVES)
            for _ in range(chance.randint(1, 4)):
                process.stdout.readline()
            for _ in range(chance.randint(0, 30_000)):  # some part of a checkpoint's time
                pass
            process.kill()
            process.communicate()
            if (self.folder / "confirm").exists():
                said = json.loads((self.folder / "confirm").read_text())
                content = (self.where / said["path"]).read_bytes()
                self.assertEqual(content, bytes([said["step"] % 256]) * 3_000_000)
                number = int(said["path"].split("-")[1])
                self.assertGreaterEqual(number, newest)
                newest = number
        self.assertGreater(newest, 0)
        wattle.Checkpoints().save("model.bin", write("x"))
        self.assertEqual([name for name in self.names() if name.startswith(".")], [])

    def test_of_a_process_that_lives_nothing_is_taken_for_abandoned(self):
        self.where.mkdir()
        dead = subprocess.Popen(["true"])
        dead.wait()
        for pid in (os.getppid(), dead.pid):
            (self.where / f".model-new-{pid}.txt").write_text("")
        wattle.Checkpoints().save("model.txt", write("x"))
        self.assertEqual(self.names(), [f".model-new-{os.getppid()}.txt", "model-0001.txt"])

    def test_processes_that_save_at_once_do_not_disturb_each_other(self):
        code = """
        for step in range(20):
            wattle.checkpoints.save(f"{sys.argv[1]}.bin", lambda p: open(p, "w").write("x"), step)
        """
        running = [self.start(code.replace("sys.argv[1]", repr(name))) for name in "abcd"]
        for process in running:
            _, err = process.communicate()
            self.assertEqual((process.returncode, err), (0, ""))
        self.assertEqual(self.names(), sorted(f"{name}-{number:04d}-step-{number - 1}.bin"
                                              for name in "abcd" for number in (19, 20)))
        self.assertEqual(json.loads((self.folder / "confirm").read_text())["step"], 19)

    def test_a_thread_saves_as_well(self):
        self.ask(1)
        done = []
        work = wattle.steps(3, save=write("x"), load=None, name="model.txt")
        with mock.patch.object(wattle, "checkpoints", wattle.Checkpoints()):
            thread = threading.Thread(target=lambda: done.extend(work))
            thread.start()
            thread.join()
        self.assertEqual(done, [0, 1, 2])
        self.assertEqual(self.names(), ["model-0001-step-1.txt"])


class RandomState(unittest.TestCase):
    def test_goes_back_to_where_it_was(self):
        state = json.loads(json.dumps(wattle.rng_state()["python"]))
        before = [random.random() for _ in range(3)]
        wattle.set_rng_state({"python": (state[0], tuple(state[1]), state[2])})
        self.assertEqual([random.random() for _ in range(3)], before)

    def test_of_numpy_goes_back_too(self):
        try:
            import numpy
        except ImportError:
            self.skipTest(f"without numpy in {sys.executable}")
        numpy.random.standard_normal()  # leaves half a pair behind
        state = wattle.rng_state()
        before = numpy.random.standard_normal(3).tolist()
        wattle.set_rng_state(state)
        self.assertEqual(numpy.random.standard_normal(3).tolist(), before)


if __name__ == "__main__":
    unittest.main()
