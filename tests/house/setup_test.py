#!/usr/bin/env python3
"""Tests of tools/setup against stand-ins for dpkg-query and apt-get; nothing is installed."""
import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
LISTS = REPOSITORY / "tools" / "packages"
NAME = re.compile(r"^[a-z0-9][a-z0-9+.-]+$")


def packages(component):
    lines = (LISTS / f"{component}.txt").read_text().splitlines()
    return {line.split("#")[0].strip(): line for line in lines if not line.startswith("#")}


class Setup(unittest.TestCase):
    def run_setup(self, installed, *arguments, **environment):
        with tempfile.TemporaryDirectory() as folder:
            listing = "".join(f"echo 'installed {name}'\n" for name in sorted(installed))
            for name, body in {"dpkg-query": listing, "apt-get": "echo ran >&2; exit 9\n"}.items():
                path = Path(folder) / name
                path.write_text("#!/bin/sh\n" + body)
                path.chmod(0o755)
            variables = os.environ | {"PATH": f"{folder}:{os.environ['PATH']}"} | environment
            return subprocess.run([REPOSITORY / "tools" / "setup", *arguments], env=variables,
                                  capture_output=True, text=True, check=False,
                                  stdin=subprocess.DEVNULL)

    def test_says_nothing_when_nothing_is_missing(self):
        result = self.run_setup(packages("build"), "build")
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))

    def test_installs_only_what_is_missing(self):
        if "Debian GNU/Linux 12" not in Path("/etc/os-release").read_text():
            self.skipTest("not Debian 12")
        result = self.run_setup(set(packages("build")) - {"mold", "g++"}, "--print", "build")
        self.assertEqual(result.stdout, "apt-get install --no-install-recommends g++ mold\n")

    def test_can_be_switched_off(self):
        result = self.run_setup(set(), "build", WATTLE_SKIP_SETUP="1")
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))

    def test_an_unknown_component_names_those_there_are(self):
        result = self.run_setup(set(), "bild")
        self.assertEqual(result.returncode, 2)
        self.assertRegex(result.stderr, r"bild\.txt; there are: build ci test tidy torch")

    def test_every_package_has_a_name_of_debian_and_a_reason(self):
        for path in LISTS.glob("*.txt"):
            for name, line in packages(path.stem).items():
                self.assertRegex(name, NAME, path)
                self.assertRegex(line, r"# \S", f"{path}: {name}: a reason is missing")


if __name__ == "__main__":
    unittest.main()
