#!/usr/bin/env python3
"""Tests of tools/compile_budget on a build folder written by hand."""
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

TOOL = Path(__file__).resolve().parents[2] / "tools" / "compile_budget"
BUDGETS = "low src/wattle/low 2\nfree src/free \n"
# start, end, time stamp, output, hash; low.cpp was built twice: the last time counts.
LOG = ("# ninja log v5\n"
       "0\t9000\t1\tsrc/wattle/low/CMakeFiles/wattle_low.dir/low.cpp.o\ta\n"
       "0\t1500\t1\tsrc/wattle/low/CMakeFiles/wattle_low.dir/low.cpp.o\ta\n"
       "0\t1000\t1\tsrc/wattle/low/CMakeFiles/wattle_low.dir/other.cpp.o\tb\n"
       "0\t4000\t1\tsrc/wattle/low/CMakeFiles/low_test.dir/low_test.cpp.o\tc\n"
       "0\t3000\t1\tsrc/free/CMakeFiles/free.dir/main.cpp.o\td\n"
       "0\t7000\t1\tlibwattle_low.a\te\n")


class CompileBudget(unittest.TestCase):
    def run_tool(self, files):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in files.items():
                (Path(folder) / name).write_text(text)
            return subprocess.run([sys.executable, TOOL, folder], capture_output=True, text=True,
                                  check=False)

    def rows(self):
        result = self.run_tool({"budgets.txt": BUDGETS, ".ninja_log": LOG})
        self.assertEqual(result.returncode, 0, result.stderr)
        return {line.split()[0]: line.split()[1:] for line in result.stdout.splitlines()[2:]}

    def test_sums_the_last_time_of_each_object_and_flags_what_is_over(self):
        self.assertEqual(self.rows()["low"], ["2.5", "2", "4.0", "over"])

    def test_a_program_without_budget_is_listed_and_never_flagged(self):
        self.assertEqual(self.rows()["free"], ["3.0", "-", "0.0"])

    def test_a_folder_that_was_never_built_is_one_clear_line(self):
        result = self.run_tool({"budgets.txt": BUDGETS})
        self.assertNotEqual(result.returncode, 0)
        self.assertRegex(result.stderr, r"^compile_budget: .*\.ninja_log: No such file.*build it")


if __name__ == "__main__":
    unittest.main()
