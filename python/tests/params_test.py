#!/usr/bin/env python3
"""Parameters, inputs, outputs and the names of a run."""
import unittest

from support import RunTest

import wattle


class Params(RunTest):
    def test_are_the_defaults_outside_a_run(self):
        self.assertEqual(wattle.params(lr=0.1, epochs=3), {"lr": 0.1, "epochs": 3})
        self.assertEqual(wattle.params({"batch size": 64}), {"batch size": 64})
        self.assertEqual(wattle.param("lr", 0.1), 0.1)
        self.assertIsNone(wattle.param("lr"))
        self.assertIsNone(wattle.run_id())
        self.assertEqual(wattle.attempt(), 1)

    def test_get_the_type_of_their_default(self):
        self.set(WATTLE_PARAM_LR="1", WATTLE_PARAM_EPOCHS="2e1", WATTLE_PARAM_FAST="true",
                 WATTLE_PARAM_MODEL="17", WATTLE_PARAM_ANY="0.5")
        values = wattle.params(lr=0.1, epochs=3, fast=False, model="a")
        self.assertEqual(values, {"lr": 1.0, "epochs": 20, "fast": True, "model": "17", "any": 0.5})
        self.assertEqual([type(value) for value in values.values()], [float, float, int, bool, str])

    def test_that_do_not_fit_their_default_are_refused_with_both(self):
        self.set(WATTLE_PARAM_EPOCHS="ten", WATTLE_PARAM_HALF="0.5", WATTLE_PARAM_FAST="1")
        for name, default in (("epochs", 10), ("half", 1), ("fast", True)):
            with self.assertRaisesRegex(ValueError, f"'{name}'.*{default}.*wattle.yaml"):
                wattle.param(name, default)

    def test_have_the_names_of_the_file(self):
        self.set(WATTLE_RUN_ID="01A", SM_HPS='{"batchSize": 8, "lr": 0.5, "note": "x"}',
                 WATTLE_PARAM_BATCHSIZE="8", WATTLE_PARAM_LR="0.5", WATTLE_PARAM_NOTE="x")
        self.assertEqual(wattle.params(lr=0.1), {"batchSize": 8, "note": "x", "lr": 0.5})

    def test_are_not_lost_with_a_variable_that_is_no_json(self):
        for broken in ("{", "[1]", ""):
            self.set(WATTLE_RUN_ID="01A", SM_HPS=broken, WATTLE_PARAM_LR="0.5")
            self.assertEqual(wattle.params(), {"lr": 0.5})

    def test_with_signs_are_found_under_the_variable_of_the_executor(self):
        self.set(WATTLE_PARAM_BATCH_SIZE="8", WATTLE_PARAM_GR__E="2")
        self.assertEqual(wattle.param("batch-size", 1), 8)
        self.assertEqual(wattle.param("größe", 1), 1)
        self.assertEqual(wattle.param("gröe", 1), 2)  # two bytes, two underscores


class Places(RunTest):
    def test_are_the_run_s_own_else_the_default(self):
        self.set(WATTLE_INPUT_TRAIN_SET="/data/train.csv")
        self.assertEqual(wattle.input("train-set", "x.csv"), "/data/train.csv")
        self.assertEqual(wattle.input("test", self.folder / "x.csv"), str(self.folder / "x.csv"))

    def test_that_are_nowhere_named_are_an_error_that_says_where_to(self):
        with self.assertRaisesRegex(KeyError, "no input 'train'.*`inputs`"):
            wattle.input("train")
        with self.assertRaisesRegex(KeyError, "no output 'model'.*`outputs`"):
            wattle.output("model")

    def test_of_outputs_have_a_folder(self):
        self.set(WATTLE_OUTPUT_MODEL=self.folder / "a/b/model.pt")
        wattle.output("model")
        self.assertTrue((self.folder / "a/b").is_dir())

    def test_of_a_run_are_told(self):
        self.set(WATTLE_RUN_ID="01A", WATTLE_ATTEMPT="01A/3")
        self.assertEqual((wattle.run_id(), wattle.attempt()), ("01A", 3))
        self.set(WATTLE_ATTEMPT_NUMBER="4")
        self.assertEqual(wattle.attempt(), 4)


if __name__ == "__main__":
    unittest.main()
