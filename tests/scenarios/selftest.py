#!/usr/bin/env python3
"""Tests of the scenario runner: on stand-ins for Wattle's programs, through its command line."""
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import match  # noqa: E402
import scenario as scenarios  # noqa: E402

PROGRAM = """#!/bin/sh
case "$1" in
  say) shift; printf '%s\\n' "$@" ;;
  warn) echo "careful: $2" >&2 ;;
  fail) exit "$2" ;;
  home) echo "$WATTLE_HOME" ;;
  detach) setsid sleep 300 >/dev/null 2>&1 & ;;
esac
"""


class Runner(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        (self.root / "bin").mkdir()
        program = self.root / "bin/wattle"
        program.write_text(PROGRAM)
        program.chmod(0o755)
        self.file = self.root / "x.scenario"

    def run_text(self, text, **environment):
        self.file.write_text(text)
        variables = {name: value for name, value in os.environ.items()
                     if name not in ("UPDATE", "WATTLE_REQUIRE", "WATTLE_DATA")} | environment
        return subprocess.run([sys.executable, HERE / "run", "--bin", self.root / "bin", self.file],
                              env=variables, capture_output=True, text=True, check=False)

    def expect(self, text, status, says="", **environment):
        result = self.run_text(text, **environment)
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        self.assertIn(says, result.stdout)

    def test_output_as_expected_passes(self):
        self.expect("# says it\n\n$ wattle say a b\na\nb\n\n$ wattle say c | tr c d\nd\n", 0)

    def test_other_output_fails_and_shows_the_difference(self):
        self.expect("$ wattle say a\nb\n", 1, "-b\n+a")

    def test_more_and_less_output_fail(self):
        self.expect("$ wattle say a b\na\n", 1)
        self.expect("$ wattle say a\na\nb\n", 1)

    def test_the_exit_status_is_compared(self):
        self.expect("$ wattle fail 3\n[exit 3]\n", 0)
        self.expect("$ wattle fail 3\n", 1, "exit status expected 0, seen 3")
        self.expect("$ wattle say\n\n[exit 3]\n", 1, "expected 3, seen 0")

    def test_standard_error_is_compared_where_it_is_named(self):
        self.expect("$ wattle warn ice\n", 0)
        self.expect("$ wattle warn ice\n[stderr] careful: [..]\n", 0)
        self.expect("$ wattle warn ice\n[stderr] careful: fire\n", 1, "+careful: ice")

    def test_files_are_written_and_copied(self):
        self.expect("> file a/b.txt\none\n\ntwo\n> end\n> copy tests/scenarios/README.md\n"
                    "$ cat a/b.txt; head -1 README.md\none\n\ntwo\n# Scenarios\n", 0)

    def test_each_scenario_has_a_home_of_its_own(self):
        self.expect("$ wattle home\n/[..]/wattle-scenario-[..]/home/wattle\n"
                    "$ test -e \"$HOME/.bashrc\"\n[exit 1]\n", 0)

    def test_a_missing_part_skips_unless_it_is_required(self):
        nowhere = str(self.root / "nowhere")
        self.expect("needs: data\n$ wattle say a\na\n", 77, "skipped without data",
                    WATTLE_DATA=nowhere)
        self.expect("needs: data\n$ wattle say a\na\n", 1, "WATTLE_REQUIRE names 'data'",
                    WATTLE_DATA=nowhere, WATTLE_REQUIRE="sklearn,data")
        self.expect("needs: data\n$ wattle say a\na\n", 0, WATTLE_DATA=str(self.root))
        self.expect("needs: dtaa\n$ wattle say a\na\n", 2,
                    "known parts are bubblewrap, data, sklearn")

    def test_a_command_that_does_not_end_fails(self):
        self.expect("timeout: 0.2\n$ sleep 300\n", 1, "not done after 0.2 s")

    def test_what_is_left_behind_is_ended_and_named(self):
        self.expect("$ wattle detach\n", 0, "ended what it left behind: ")

    def test_malformed_scenarios_are_named_by_line(self):
        self.expect("$ wattle say a\na\n> fiel x\n", 2, ":3: '> fiel x'")
        self.expect("> file x\n$ wattle say\n", 2, ":1: '> file x' has no '> end'")
        self.expect("nedds: x\n$ wattle say\n", 2, ":1: before the first command")
        self.expect("# nothing\n", 2, "has no command")

    def test_update_writes_what_was_seen_and_keeps_patterns_that_match(self):
        self.run_text("# head\nneeds: data\n\n$ wattle say a 12s c '$ d'\nx\n[..]s\n...z\n\n"
                      "$ wattle fail 4\n$ wattle home\n", UPDATE="1", WATTLE_DATA=str(self.root))
        self.assertEqual(self.file.read_text(),
                         "# head\nneeds: data\n\n$ wattle say a 12s c '$ d'\na\n[..]s\nc\n\\$ d\n\n"
                         "$ wattle fail 4\n[exit 4]\n$ wattle home\n[..]/home/wattle\n")
        self.expect(self.file.read_text(), 0, WATTLE_DATA=str(self.root))


class Match(unittest.TestCase):
    def test_dots_stand_for_any_number_of_lines(self):
        for actual in (["a", "z"], ["a", "b", "c", "z"], ["a", "z", "z"]):
            self.assertTrue(match.matches(["a", "...", "z"], actual), actual)
        self.assertFalse(match.matches(["a", "...", "z"], ["a", "b"]))
        self.assertTrue(match.matches(["..."], []))
        self.assertTrue(match.matches(["...", "b", "...", "d"], ["a", "b", "b", "c", "d"]))

    def test_a_pattern_is_no_regular_expression(self):
        self.assertTrue(match.line_matches("a.[..](", "a.xyz("))
        self.assertFalse(match.line_matches("a.[..](", "abxyz("))
        self.assertTrue(match.line_matches("\\...", "..."))


class RoundTrip(unittest.TestCase):
    def test_a_scenario_is_written_as_it_was_read(self):
        text = ("# head\n\n> file a\nx\n\n> end\n\n> copy examples/digits\n$ run\nout\n\nmore\n"
                "[stderr] err\n[exit 2]\n\n$ # remark\n")
        self.assertEqual(scenarios.write(scenarios.parse("x", text)), text)


if __name__ == "__main__":
    unittest.main()
