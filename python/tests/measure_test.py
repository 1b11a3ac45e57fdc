#!/usr/bin/env python3
"""Measuring a part of a script: what is asked of `wattle`, and what becomes of the part."""
import asyncio
import contextlib
import io
import json
import os
import signal
import sys
import unittest
from unittest import mock

from support import RunTest

import wattle

RECEIPT = {"energy": {"joules": {"value": 41.23, "low": 30, "high": 52, "quality": "modelled"}},
           "carbon": {"operational_grams": {"value": 0.00436}}}

# Stands in for `wattle`: notes its words, says that it has begun, waits for the end of its input.
PROGRAM = f"""#!{sys.executable}
import json, os, sys
def note(word):
    with open(os.path.join(os.path.dirname(sys.argv[0]), "calls"), "a") as file:
        file.write(json.dumps(word) + "\\n")
note(sys.argv[1:])
print("a word before", file=sys.stderr)
print("measuring process", sys.argv[3], "(python3)", file=sys.stderr, flush=True)
sys.stdin.read()
note("end of input")
print('{json.dumps(RECEIPT)}')
"""


class Measure(RunTest):
    def setUp(self):
        super().setUp()
        self.install(PROGRAM)
        told = mock.patch.object(wattle._Watching, "told", False)
        told.start()
        self.addCleanup(told.stop)

    def install(self, text):
        program = self.folder / "wattle"
        program.write_text(text)
        program.chmod(0o755)
        self.set(WATTLE_PROGRAM=program)

    def calls(self):
        file = self.folder / "calls"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def words(self, name):
        return ["measure", "--pid", str(os.getpid()), "--until-input-ends", "--json",
                "--name", name]

    @contextlib.contextmanager
    def complaints(self):
        words = io.StringIO()
        with contextlib.redirect_stderr(words):
            yield words

    def test_gives_the_figures_of_the_part(self):
        with wattle.measure("fit") as energy:
            self.assertEqual(self.calls(), [self.words("fit")])
            self.assertEqual(repr(energy), "fit: being measured")
            self.assertIsNone(energy.joules)
        self.assertEqual(self.calls()[1:], ["end of input"])
        self.assertEqual((energy.joules, energy.grams), (41.23, 0.00436))
        self.assertEqual(energy.receipt, RECEIPT)
        self.assertGreater(energy.seconds, 0)
        energy.seconds = 2.5
        self.assertEqual(repr(energy), "fit: 2.5 s, 41.2 J (30 J to 52 J, modelled), 4.36 mg CO2e")

    def test_writes_names_as_runs_have_them(self):
        for name, written in (("My Fit (2)", "my-fit-2"), ("", "script"), ("é", "script"),
                              ("x" * 62 + "-y", "x" * 62)):
            with wattle.measure(name, zone="DE"):
                pass
            self.assertEqual(self.calls()[-2], [*self.words(written), "--zone", "DE"])

    def test_decorates_functions(self):
        @wattle.measure
        def fit(value, *, more):
            """Fits."""
            return value + more

        @wattle.measure("Predict")
        def predict():
            return "label"

        self.assertEqual((fit.__name__, fit.__doc__, fit.last), ("fit", "Fits.", None))
        self.assertEqual((fit(1, more=2), predict()), (3, "label"))
        self.assertEqual((fit.last.name, fit.last.joules), ("fit", 41.23))
        self.assertEqual(predict.last.name, "Predict")
        self.assertEqual([call[-1] for call in self.calls()[::2]], ["fit", "predict"])

    def test_decorates_coroutines(self):
        @wattle.measure
        async def fit():
            await asyncio.sleep(0)
            self.assertNotIn("end of input", self.calls())
            return 7

        self.assertEqual(asyncio.run(fit()), 7)
        self.assertEqual(fit.last.joules, 41.23)

    def test_ends_with_the_part_whatever_ends_it(self):
        with self.assertRaises(ZeroDivisionError):
            with wattle.measure("fit") as energy:
                1 // 0
        self.assertEqual(self.calls()[-1], "end of input")
        self.assertEqual(energy.joules, 41.23)

    def test_lies_within_itself_and_comes_again(self):
        part = wattle.measure("part")
        with part as outer:
            with part as inner:
                self.assertEqual(len(self.calls()), 2)
            self.assertEqual(inner.joules, 41.23)
            self.assertIsNone(outer.joules)
        self.assertEqual(outer.joules, 41.23)
        with part as again:
            pass
        self.assertEqual(again.joules, 41.23)
        self.assertEqual(len(self.calls()), 6)

    def test_goes_on_without_the_program_and_says_so_once(self):
        self.set(WATTLE_PROGRAM=self.folder / "nothing")
        with self.complaints() as words:
            for _ in range(2):
                with wattle.measure("fit") as energy:
                    pass
        self.assertEqual((energy.joules, energy.grams, energy.receipt), (None, None, None))
        self.assertRegex(repr(energy), "^fit: .* s, energy unknown$")
        self.assertRegex(words.getvalue(), r"^wattle: not measured: .*nothing: No such file.*; put "
                                           r"`wattle` on the PATH, .*; the script goes on\n$")

    def test_looks_for_the_program_on_the_path(self):
        del os.environ["WATTLE_PROGRAM"]
        self.set(PATH=self.folder)
        with wattle.measure("fit") as energy:
            pass
        self.assertEqual(energy.joules, 41.23)

    def test_passes_on_why_it_failed(self):
        self.install("#!/bin/sh\necho 'wattle: the disk is full' >&2\nexit 1\n")
        with self.complaints() as words, wattle.measure("fit") as energy:
            pass
        self.assertEqual(words.getvalue(),
                         "wattle: not measured: the disk is full; the script goes on\n")
        self.assertIsNone(energy.receipt)

    def test_bears_a_measurement_that_is_killed(self):
        self.install("#!/bin/sh\necho measuring process 1 >&2\nkill -9 $$\n")
        with self.complaints() as words, wattle.measure("fit") as energy:
            pass
        self.assertIn("gave no receipt", words.getvalue())
        self.assertIsNone(energy.receipt)

    def test_tells_energy_that_no_meter_saw_from_none(self):
        self.install(PROGRAM.replace(json.dumps(RECEIPT),
                                     json.dumps({"energy": {"joules": None}, "carbon": None})))
        with wattle.measure("fit") as energy:
            pass
        self.assertEqual((energy.joules, energy.grams), (None, None))
        self.assertIsNotNone(energy.receipt)
        self.assertIn("energy unknown", repr(energy))

    def test_ends_although_a_forked_process_lives_on(self):
        with wattle.measure("fit") as energy:
            child = os.fork()
            if child == 0:
                signal.pause()
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        self.assertEqual(energy.joules, 41.23)

    def test_is_not_ended_by_a_forked_process_that_leaves_the_part(self):
        with wattle.measure("fit") as energy:
            child = os.fork()
            if child != 0:
                self.assertEqual(os.waitpid(child, 0)[1], 0)
                self.assertNotIn("end of input", self.calls())
        if child == 0:
            os._exit(0 if energy.receipt is None else 1)
        self.assertEqual(energy.joules, 41.23)

    def test_leaves_no_descriptor_open(self):
        before = os.listdir("/proc/self/fd")
        for _ in range(3):
            with wattle.measure("fit"):
                pass
        self.assertEqual(os.listdir("/proc/self/fd"), before)

    def test_is_not_ended_by_ctrl_c(self):
        self.install(PROGRAM.replace("note(sys.argv[1:])", "note(os.getsid(0) == os.getpid())"))
        with wattle.measure("fit"):
            self.assertEqual(self.calls(), [True], "the terminal's signals reach it")


if __name__ == "__main__":
    unittest.main()
