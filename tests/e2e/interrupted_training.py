"""A training that is interrupted again and again through the command line ends with the same model,
bit for bit, as one that nobody touched.

It is paused and resumed, stopped and resumed, its supervisor and its own process are killed, it is
frozen and thawed by signals, and the server is killed, in a random order.

interrupted_training.py PROGRAMS RECIPE [INTERRUPTIONS [SEED]]

RECIPE: trees, mlp (Wattle's trainers), sklearn or pytorch (examples/checkpoints; WATTLE_PYTHON is
their interpreter). Exits 77 when what it needs is not here.
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
import time

from wattle_under_test import Wattle, check, conserves, kill

PROJECT = pathlib.Path(__file__).resolve().parents[2]
PYTHON = os.environ.get("WATTLE_PYTHON", "/usr/bin/python3")
DATA = PROJECT / "examples/digits/digits.csv.gz"
SKIPPED = 77
MODULES = {"sklearn": "sklearn", "pytorch": "torch"}
LIFE = """
checkpoint: {request: %s}
retry: {attempts: 100, on: [failure, interruption], delay: 100ms, factor: 1}
grace: 10s
"""
STEPS_EACH = 4  # that are learnt between two interruptions, at most
AT_REST = ("interrupted", "stopped", "failed")


def python_job(recipe, epochs):
    code = PROJECT / "examples/checkpoints" / f"train_{recipe}.py"
    return (
        f"run: [{PYTHON}, {code}]\n"
        f"params: {{epochs: {epochs}}}\n"
        f"env: {{PYTHONPATH: {PROJECT}/python, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1'}}\n"
        f"inputs: {{data: {DATA}}}\n"
        "outputs: {model: out/model}\n" + LIFE % "SIGUSR1"
    )


def trees_job(rounds):
    return (
        f"run: [wattle-train, trees, --data, {DATA}, --target, digit, --rounds, '{rounds}',"
        " --learning-rate, '0.05', --max-depth, '3', --subsample, '0.7', --seed, '1',"
        " --model-out, out/model]\n"
        "outputs: {model: out/model}\n" + LIFE % "SIGUSR1"
    )


def mlp_job(epochs):
    return (
        f"run: [wattle-train, mlp, --data, {DATA}, --target, digit, --epochs, '{epochs}',"
        " --seed, '1', --layers, '64', --early-stopping, '0', --threads, '1',"
        " --model-out, out/model]\n"
        "outputs: {model: out/model}\n" + LIFE % "SIGUSR1"
    )


class Training:
    """One run in a folder of its own."""

    def __init__(self, wattle, name, job):
        self.wattle = wattle
        self.folder = wattle.folder / name
        (self.folder / "out").mkdir(parents=True)
        (self.folder / "wattle.yaml").write_text(f"name: {name}\n{job}")
        code, out, err = wattle.run("run", str(self.folder), "--detach", "--quiet")
        check(code == 0, err)
        self.id = out.strip()

    def now(self):
        code, out, err = self.wattle.run("ps", "--all", "--json")
        check(code == 0, err)
        return next(run for run in json.loads(out) if run["id"] == self.id)

    def await_progress(self, steps):
        """Until it has reported so many times more; False when it is at its end."""
        deadline = time.monotonic() + 300
        seen, last = 0, None
        while seen < steps:
            sizes = [file.stat().st_size for file in self.metrics_files()]
            if sizes != last:
                seen += last is not None
                last = sizes
            elif self.now()["state"] == "succeeded":
                return False
            check(time.monotonic() < deadline, f"no progress: {self.now()}")
            time.sleep(0.02)
        return True

    def metrics_files(self):
        run = self.wattle.home / "runs" / self.id
        return sorted(run.glob("attempts/*/metrics.jsonl"))

    def processes(self):
        """Of the job itself, which are no programs of the queue."""
        ours = ("wattle", "wattle-supervise", "wattle-meterd")
        return [pid for pid, name, _ in self.wattle.describe_processes() if name not in ours]

    def await_end(self):
        code, _, err = self.wattle.run("logs", "-f", self.id, timeout=600)
        check(code == 0, err)
        deadline = time.monotonic() + 60
        while self.now()["state"] not in ("succeeded", *AT_REST):
            check(time.monotonic() < deadline, f"no end: {self.now()}")
            time.sleep(0.1)

    def command(self, *words):
        code, _, err = self.wattle.run(*words, self.id)
        state = self.now()["state"]
        check(code == 0 or state == "succeeded", f"wattle {words}: {code} {err}, it is {state}")
        return state


def pause(run):
    run.command("pause")
    run.command("resume", "--detach")


def stop(run):
    run.command("stop")
    run.command("resume", "--detach")


def kill_supervisor(run):
    for pid in run.wattle.processes("wattle-supervise"):
        kill(pid)


def kill_job(run):
    for pid in run.processes():
        kill(pid)


def freeze(run):
    pids = run.processes()
    for number in (signal.SIGSTOP, signal.SIGCONT):
        for pid in pids:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue
        time.sleep(0.1)


def kill_server(run):
    for pid, name, words in run.wattle.describe_processes():
        if name == "wattle" and b"--background" in words:
            kill(pid)


def kill_server_and_job(run):
    kill_server(run)
    kill_job(run)


INTERRUPTIONS = [
    pause, stop, kill_supervisor, kill_job, freeze, kill_server, kill_server_and_job
]


def model_digest(recipe, path):
    if recipe == "sklearn":
        # A pickle of equal parts need not have equal bytes.
        program = (
            "import hashlib, pickle, sys\n"
            "model = pickle.load(open(sys.argv[1], 'rb'))\n"
            "parts = [*model.coefs_, *model.intercepts_, *model._optimizer.ms]\n"
            "print(hashlib.sha256(b''.join(part.tobytes() for part in parts)).hexdigest())"
        )
        return subprocess.run([PYTHON, "-c", program, path], check=True, text=True,
                              capture_output=True).stdout.strip()
    whole = hashlib.sha256()
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    for file in (file for file in files if file.is_file()):
        whole.update(file.read_bytes())
    return whole.hexdigest()


def job_of(recipe, steps):
    if recipe == "trees":
        return trees_job(steps)
    return mlp_job(steps) if recipe == "mlp" else python_job(recipe, steps)


def finished(run):
    run.await_end()
    while run.now()["state"] in AT_REST:
        run.command("resume", "--detach")
        run.await_end()
    receipt = run.wattle.receipt(run.id)
    check(receipt["run"]["state"] == "succeeded", f"it is {receipt['run']}")
    conserves(receipt)
    return receipt


def interrupt_until_done(run, order, choice):
    """Takes from the order what it has done, and leaves what the training was too quick for."""
    done = collections.Counter()
    while order:
        if run.now()["state"] in AT_REST:
            run.command("resume", "--detach")
        if not run.await_progress(choice.randint(1, STEPS_EACH - 1)):
            break
        interruption = order.pop()
        interruption(run)
        done[interruption.__name__] += 1
    return done


def campaign(wattle, recipe, count, choice):
    steps = (count + 3) * STEPS_EACH * (3 if recipe == "trees" else 1)
    job = job_of(recipe, steps)
    whole = Training(wattle, "whole", job)
    finished(whole)
    expected = model_digest(recipe, whole.folder / "out/model")
    order = [INTERRUPTIONS[i % len(INTERRUPTIONS)] for i in range(count)]
    choice.shuffle(order)
    # On a busy machine a command may take longer than the rest of a training: then comes another.
    for number in range(1, count + 1):
        run = Training(wattle, f"interrupted-{number}", job)
        done = interrupt_until_done(run, order, choice)
        receipt = finished(run)
        check(
            model_digest(recipe, run.folder / "out/model") == expected,
            "the model differs from the uninterrupted one",
        )
        print(
            f"{recipe}: {steps} steps, {done.total()} interruptions {dict(done)}, "
            f"{run.now()['attempt']} attempts, {receipt['time']['wall_seconds']:.0f} s; "
            f"the model is the same: {expected[:16]}", flush=True
        )
        if not order:
            return
    check(False, f"{len(order)} interruptions found no training that still ran")


def lacks(recipe, folder):
    if recipe in MODULES:
        module = MODULES[recipe]
        found = subprocess.run([PYTHON, "-c", f"import {module}"], capture_output=True, check=False)
        return module if found.returncode else None
    if recipe == "mlp":
        trainer = pathlib.Path(folder) / "wattle-train-torch"
        return None if trainer.exists() else "libtorch"
    return None


def main():
    recipe = sys.argv[2]
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 6
    seed = int(sys.argv[4]) if len(sys.argv) > 4 else random.randrange(2**32)
    missing = lacks(recipe, sys.argv[1])
    if missing:
        required = missing in os.environ.get("WATTLE_REQUIRE", "").split(",")
        print(f"{recipe}: {'WATTLE_REQUIRE names' if required else 'skipped without'} {missing}")
        sys.exit(1 if required else SKIPPED)
    print(f"{recipe}: {count} interruptions, seed {seed}", flush=True)
    with Wattle(sys.argv[1], counters=True, keep=bool(os.environ.get("WATTLE_KEEP"))) as wattle:
        wattle.use_own_vault()
        campaign(wattle, recipe, count, random.Random(seed))
    print("ok")


main()
