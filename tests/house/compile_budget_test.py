#!/usr/bin/env python3
"""Tests of tools/compile_budget and tools/compile_seconds on files written by hand."""
import subprocess
import tempfile
import unittest
from pathlib import Path

TOOLS = Path(__file__).resolve().parents[2] / "tools"
BUDGETS = "low src/wattle/low 2\nfree src/free \n"
LOW = "src/wattle/low/CMakeFiles"
OBJECTS = {f"{LOW}/wattle_low.dir/low.cpp.o": "0m7.000s 0m0.000s\n0m1.250s 0m0.250s\n",
           f"{LOW}/wattle_low.dir/deep/other.cpp.o": "0m1.000s 0m0.000s\n",
           f"{LOW}/low_test.dir/low_test.cpp.o": "1m4.000s 0m0.000s\n",
           "src/free/CMakeFiles/free.dir/main.cpp.o": "0m3.000s 0m0.000s\n",
           "src/free/CMakeFiles/free.dir/cached.cpp.o": None}


class CompileBudget(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def run_tool(self, name, *arguments):
        return subprocess.run([TOOLS / name, *arguments], capture_output=True, text=True,
                              check=False)

    def rows(self):
        (self.folder / "budgets.txt").write_text(BUDGETS)
        for name, note in OBJECTS.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
            if note:
                path.with_name(path.name + ".seconds").write_text(note)
        result = self.run_tool("compile_budget", self.folder)
        self.assertEqual(result.returncode, 0, result.stderr)
        return {line.split()[0]: line.split()[1:] for line in result.stdout.splitlines()[2:]}

    def test_sums_user_and_system_time_and_flags_what_is_over(self):
        self.assertEqual(self.rows()["low"], ["2.5", "2", "64.0", "over"])

    def test_what_was_not_timed_is_said_and_no_budget_is_never_over(self):
        self.assertEqual(" ".join(self.rows()["free"]), "3.0 - 0.0 (1 from the cache, not timed)")

    def test_a_folder_that_was_never_configured_is_one_clear_line(self):
        result = self.run_tool("compile_budget", self.folder)
        self.assertNotEqual(result.returncode, 0)
        self.assertRegex(result.stderr, r"^compile_budget: .*budgets\.txt: No such file")

    def compile_as(self, outcome, status=0):
        """A stand-in for ccache and compiler that writes the cache's statistics as it would."""
        stand_in = self.folder / "compiler"
        stand_in.write_text(f'#!/bin/sh\necho {outcome} >"$CCACHE_STATSLOG"\n'
                            'i=0; while [ $i -lt 30000 ]; do i=$((i + 1)); done\n'
                            f'exit {status}\n')
        stand_in.chmod(0o755)
        return self.run_tool("compile_seconds", stand_in, "-c", "x.cpp", "-o", self.folder / "x.o")

    def test_a_compilation_is_noted_and_a_hit_of_the_cache_leaves_the_note(self):
        note = self.folder / "x.o.seconds"
        self.assertEqual(self.compile_as("direct_cache_hit").returncode, 0)
        self.assertFalse(note.exists())
        self.assertEqual(self.compile_as("cache_miss").returncode, 0)
        user = note.read_text().splitlines()[1].split()[0]
        self.assertRegex(user, r"^0m0\.\d+s$")
        self.assertGreater(user, "0m0.000s")
        note.write_text("0m9.000s 0m0.000s\n")
        self.compile_as("preprocessed_cache_hit")
        self.assertEqual(note.read_text(), "0m9.000s 0m0.000s\n")

    def test_a_compiler_that_fails_is_not_hidden(self):
        self.assertEqual(self.compile_as("cache_miss", status=3).returncode, 3)


if __name__ == "__main__":
    unittest.main()
