"""A training that is interrupted again and again ends bit for bit as one that is not.

Each interruption is SIGTERM, kill -9, a freeze (SIGSTOP, SIGCONT) or a request for a checkpoint
(SIGUSR1) before a kill, at a random instant. Models, description and metrics are compared by
SHA-256. Optional part `torch`.
network_interruptions.py PROGRAMS INTERRUPTIONS [SEED]
"""

import collections
import hashlib
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import threading

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples"
RESULTS = ("model.pt", "model.onnx", "model.json", "metrics.jsonl")
WAYS = ("terminate", "kill", "freeze", "request")
SKIPPED = 77
# About what is learnt between two interruptions: the training shall not end before the last one.
EPOCHS_EACH = 6
# Share of the interruptions that may come while libraries and data are still being read.
EARLY = 0.2


def wait(seconds):
    threading.Event().wait(seconds)


class Training:
    """One command line in a folder of its own; every attempt continues from its checkpoints."""

    def __init__(self, program, folder, epochs, checkpoints=()):
        self.folder = pathlib.Path(folder)
        self.command = [
            program, "mlp", "--data", EXAMPLES / "digits/digits.csv.gz", "--target", "digit",
            "--layers", "128", "--epochs", str(epochs), "--early-stopping", "0",
            "--batch-norm", "on",
            "--metrics", "metrics.jsonl", "--threads", "1", *checkpoints,
        ]

    def start(self):
        return subprocess.Popen(
            self.command, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def finish(self):
        """Goes on to the end; the summary."""
        process = self.start()
        out, err = process.communicate(timeout=600)
        check(process.returncode == 0, err.decode())
        return json.loads(out)

    def digests(self):
        return {name: hashlib.sha256((self.folder / name).read_bytes()).hexdigest()
                for name in RESULTS}


def check(condition, words):
    if not condition:
        sys.exit(f"network_interruptions: {words}")


def wait_until_it_learns(process):
    for line in process.stderr:
        if line.startswith(b"network:"):
            return


def interrupt(process, way, choice):
    """What came of it: "ended" when the training was done before."""
    if way == "freeze":
        process.send_signal(signal.SIGSTOP)
        wait(choice.uniform(0, 0.2))
        process.send_signal(signal.SIGCONT)
        wait(choice.uniform(0, 0.2))
        process.kill()
    elif way == "request":
        process.send_signal(signal.SIGUSR1)
        wait(choice.uniform(0, 0.2))
        process.kill()
    elif way == "kill":
        process.kill()
    else:
        process.terminate()
    _, err = process.communicate(timeout=600)
    if process.returncode == 0:
        return "ended"
    expected = (-signal.SIGKILL, 143, -signal.SIGTERM)
    # A signal before main has its ordinary effect; a request then ends the program, too.
    check(process.returncode in (*expected, -signal.SIGUSR1),
          f"{way}: exit {process.returncode}: {err.decode()}")
    return way


def campaign(program, interruptions, choice):
    with tempfile.TemporaryDirectory() as whole, tempfile.TemporaryDirectory() as cut:
        epochs = 10 + EPOCHS_EACH * interruptions
        uninterrupted = Training(program, whole, epochs)
        summary = uninterrupted.finish()
        training = Training(
            program, cut, epochs, ("--checkpoint", "checkpoints", "--checkpoint-every", "40"))
        counts = collections.Counter()
        while sum(counts.values()) < interruptions:
            process = training.start()
            if choice.random() < EARLY:
                wait(choice.uniform(0, 0.5))
            else:
                wait_until_it_learns(process)
                wait(choice.uniform(0, 0.6))
            outcome = interrupt(process, choice.choice(WAYS), choice)
            if outcome == "ended":
                break
            counts[outcome] += 1
        resumed = training.finish()
        print(f"interrupted {sum(counts.values())} times: {dict(counts)}; the last attempt went "
              f"on from step {resumed['resumed_from_step']}")
        check(training.digests() == uninterrupted.digests(),
              f"the results differ: {training.digests()} and {uninterrupted.digests()}")
        check(resumed["test_accuracy"] == summary["test_accuracy"], "the accuracies differ")
        return sum(counts.values())


def main():
    program = pathlib.Path(sys.argv[1]).resolve() / "wattle-train"
    if not (program.parent / "wattle-train-torch").exists():
        print("without wattle-train-torch")
        required = "torch" in os.environ.get("WATTLE_REQUIRE", "").split(",")
        sys.exit("WATTLE_REQUIRE names 'torch', and it is not here" if required else SKIPPED)
    wanted = int(sys.argv[2])
    seed = random.randrange(2**32) if len(sys.argv) < 4 else int(sys.argv[3])
    print(f"{wanted} interruptions, seed {seed}", flush=True)
    choice = random.Random(seed)
    done = 0
    while done < wanted:
        done += campaign(program, wanted - done, choice)
    print("ok")


main()
