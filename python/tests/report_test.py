#!/usr/bin/env python3
"""Metrics: lines that never mix, whoever writes, is killed or has no space."""
import json
import os
import shutil
import signal
import subprocess
import unittest

from support import PYTHON_FOLDER, RunTest

import wattle


class Tensor:
    """What frameworks return: something that float() takes."""

    def __float__(self):
        return 0.5


class Report(RunTest):
    def setUp(self):
        super().setUp()
        self.file = self.folder / "metrics.jsonl"

    def lines(self):
        return [json.loads(line, parse_constant=self.fail)
                for line in self.file.read_text().splitlines() if line]

    def test_appends_a_line_of_json(self):
        self.set(WATTLE_METRICS_FILE=self.file)
        self.assertTrue(wattle.report(step=3, loss=0.25, tensor=Tensor(), right=True))
        self.assertTrue(wattle.report(accuracy=1))
        self.assertEqual(self.lines(), [{"step": 3, "loss": 0.25, "tensor": 0.5, "right": 1},
                                        {"accuracy": 1}])

    def test_writes_what_is_no_finite_number_as_json_that_all_can_read(self):
        self.set(WATTLE_METRICS_FILE=self.file)
        wattle.report(a=float("nan"), b=float("inf"), c=float("-inf"))
        self.assertEqual(self.lines(), [{"a": "NaN", "b": "Infinity", "c": "-Infinity"}])

    def test_refuses_what_is_no_number_and_what_is_too_long(self):
        self.set(WATTLE_METRICS_FILE=self.file)
        for value in ("high", None, [1, 2]):
            with self.assertRaisesRegex(TypeError, r"report\(loss=...\)"):
                wattle.report(loss=value)
        with self.assertRaisesRegex(ValueError, "several calls"):
            wattle.report(**{f"metric_{i}": i for i in range(5000)})
        self.assertFalse(self.file.exists())

    def test_does_nothing_outside_a_run(self):
        self.assertFalse(wattle.report(step=1, loss=0.5))
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_begins_a_new_line_behind_a_torn_one(self):
        self.file.write_text('{"loss": 0.')
        self.set(WATTLE_METRICS_FILE=self.file)
        code, _, err = self.run_code("wattle.report(loss=1); wattle.report(loss=2)")
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(self.file.read_text().split("\n")[1:], ['{"loss": 1}', '{"loss": 2}', ""])

    def test_keeps_the_lines_of_threads_and_forked_processes_apart(self):
        self.set(WATTLE_METRICS_FILE=self.file)
        code = """
        import threading
        def write(name):
            for i in range(100):
                wattle.report(step=i, **{name: i, "filler" * 200: i})
        for child in range(3):
            if os.fork() == 0:
                break
        threads = [threading.Thread(target=write, args=(f"{os.getpid()}-{i}",)) for i in range(3)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        while True:
            try:
                os.wait()
            except ChildProcessError:
                break
        """
        status, _, err = self.run_code(code)
        self.assertEqual((status, err), (0, ""))
        self.assertEqual(len(self.lines()), 4 * 3 * 100)

    def test_leaves_whole_lines_when_it_is_killed(self):
        self.set(WATTLE_METRICS_FILE=self.file)
        for _ in range(10):
            process = self.start("""
            print("ready", flush=True)
            while True:
                wattle.report(**{f"metric_{i}": i for i in range(500)})
                print("written", flush=True)
            """)
            process.stdout.readline()
            for _ in range(20):  # lines, each told after it was written
                process.stdout.readline()
            process.send_signal(signal.SIGKILL)
            process.communicate()
            self.assertTrue(all(len(line) == 500 for line in self.lines()))
            self.file.unlink()

    def test_tells_once_that_the_disk_is_full_and_goes_on_when_there_is_space(self):
        self.set(WATTLE_METRICS_FILE=self.file)
        status, out, err = self.run_code("""
        import resource
        hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        resource.setrlimit(resource.RLIMIT_FSIZE, (90, hard))
        print([wattle.report(step=i, loss=0.5) for i in range(10)])
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        print(wattle.report(step=10, loss=0.5))
        """)
        self.assertEqual(status, 0, err)
        self.assertEqual(out.splitlines(), [str([True] * 3 + [False] * 7), "True"])
        self.assertEqual(err.count("\n"), 1)
        self.assertRegex(err, "^wattle: metrics are lost: .*metrics.jsonl: .*the training goes on")
        whole = self.file.read_text().split("\n")
        self.assertEqual(json.loads(whole[-2]), {"step": 10, "loss": 0.5})
        self.assertEqual([json.loads(line)["step"] for line in whole[:3]], [0, 1, 2])

    @unittest.skipUnless(os.geteuid() == 0, "only root can become somebody who may not write")
    def test_tells_that_the_folder_may_not_be_written(self):
        self.folder.chmod(0o755)
        shutil.copy(PYTHON_FOLDER / "wattle.py", self.folder)
        (self.folder / "wattle.py").chmod(0o644)
        self.set(WATTLE_METRICS_FILE=self.file)
        done = subprocess.run(
            ["/usr/bin/python3", "-c", "import wattle; print(wattle.report(loss=1))"],
            cwd=self.folder, user=65534, group=65534, extra_groups=[], text=True,
            capture_output=True, check=False, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
        self.assertEqual((done.returncode, done.stdout), (0, "False\n"))
        self.assertIn("Permission denied", done.stderr)

    def test_writes_into_a_pipe_too(self):
        read_end, write_end = os.pipe()
        self.set(WATTLE_METRICS_FILE=f"/proc/self/fd/{write_end}")
        self.assertTrue(wattle.report(loss=1))
        self.assertEqual(os.read(read_end, 100), b'{"loss": 1}\n')
        os.close(read_end)
        os.close(write_end)


if __name__ == "__main__":
    unittest.main()
