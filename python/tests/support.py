"""What the tests of wattle.py share: a folder, the variables of a run, and child processes."""
import os
import pathlib
import subprocess
import sys
import tempfile
import textwrap
import unittest
from unittest import mock

PYTHON_FOLDER = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PYTHON_FOLDER))


class RunTest(unittest.TestCase):
    """A test with a folder of its own and none of Wattle's variables but those it sets."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="wattle-python-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        clean = {name: value for name, value in os.environ.items()
                 if not name.startswith(("WATTLE_", "SM_"))}
        patch = mock.patch.dict(os.environ, clean, clear=True)
        patch.start()
        self.addCleanup(patch.stop)

    def set(self, **variables):
        os.environ.update({name: str(value) for name, value in variables.items()})

    def contract(self):
        """Sets the variables of the checkpoint contract; the folder of checkpoints."""
        checkpoints = self.folder / "checkpoints"
        self.set(WATTLE_CHECKPOINT_DIR=checkpoints, WATTLE_CHECKPOINT_REQUEST=self.folder / "ask",
                 WATTLE_CHECKPOINT_CONFIRM=self.folder / "confirm")
        return checkpoints

    def ask(self, text):
        new = self.folder / "ask.new"
        new.write_text(str(text))
        new.rename(self.folder / "ask")

    def start(self, code, **options):
        """A Python process that runs the code with wattle imported."""
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
        program = "import os, signal, sys, wattle\n" + textwrap.dedent(code)
        environment = {**os.environ, "PYTHONPATH": str(PYTHON_FOLDER)}
        return subprocess.Popen([sys.executable, "-c", program], text=True, env=environment,
                                cwd=self.folder, **options)

    def run_code(self, code, **options):
        """(exit status, standard output, standard error)"""
        process = self.start(code, **options)
        out, err = process.communicate(timeout=100)
        return process.returncode, out, err


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now
