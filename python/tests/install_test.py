#!/usr/bin/env python3
"""The file alone, copied or installed by pip without a download, is all that is needed."""
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

from support import PYTHON_FOLDER

FRAMEWORKS = ("torch", "lightning", "transformers", "sklearn", "xgboost", "numpy")


def run(folder, code):
    return subprocess.run([sys.executable, "-c", code], cwd=folder, text=True, check=True,
                          capture_output=True, env={**os.environ, "PYTHONPATH": ""}).stdout


class Install(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="wattle-install-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def test_a_copy_imports_no_framework(self):
        shutil.copy(PYTHON_FOLDER / "wattle.py", self.folder)
        loaded = json.loads(run(self.folder, "import json, sys, wattle; "
                                             "print(json.dumps(sorted(sys.modules)))"))
        self.assertEqual([name for name in FRAMEWORKS if name in loaded], [])

    def test_what_it_offers_is_there(self):
        shutil.copy(PYTHON_FOLDER / "wattle.py", self.folder)
        code = ("import wattle; print([n for n in wattle.__all__ "
                "if n not in wattle._MADE_ON_USE and not hasattr(wattle, n)])")
        self.assertEqual(run(self.folder, code), "[]\n")
        with self.assertRaises(subprocess.CalledProcessError) as wrong:
            run(self.folder, "import wattle; wattle.chekpoints")
        self.assertIn("has no attribute 'chekpoints'", wrong.exception.stderr)

    @unittest.skipUnless(all(map(importlib.util.find_spec, ("pip", "setuptools", "wheel"))),
                         f"without pip, setuptools and wheel in {sys.executable}")
    def test_pip_installs_it_without_a_download(self):
        site = os.path.join(self.folder, "site")
        source = os.path.join(self.folder, "source")  # pip builds in the folder that it is given
        shutil.copytree(PYTHON_FOLDER, source, ignore=shutil.ignore_patterns("*.egg-info", "build"))
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--no-index",
                        "--no-deps", "--no-build-isolation", "--target", site, source],
                       check=True, capture_output=True)
        self.assertEqual(sorted(name for name in os.listdir(site) if "dist-info" not in name
                                and name != "__pycache__"), ["wattle.py"])
        version = run(site, "import importlib.metadata as m, wattle; "
                            "print(m.version('wattle') == wattle.__version__)")
        self.assertEqual(version, "True\n")


if __name__ == "__main__":
    unittest.main()
