"""The recipes of examples/checkpoints, interrupted again and again.

    recipes.py RECIPE [COUNT OF INTERRUPTIONS [SEED]]

Each is paused, ended, killed, frozen and asked at random steps, and must report the same losses and
end with the same model, bit for bit, as one that nobody touched. WATTLE_PYTHON names the
interpreter (the system's else); exits 77 when it lacks the framework.
"""

import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile

from contract_run import ContractRun
from wattle_under_test import check

PROJECT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = PROJECT / "examples/checkpoints"
PYTHON = os.environ.get("WATTLE_PYTHON", "/usr/bin/python3")
SKIPPED = 77
ENDS = (0, 143, -signal.SIGTERM)  # the last when the steps were over already
MODULES = {
    "pytorch": "torch",
    "pytorch_workers": "torch",
    "lightning": "lightning",
    "transformers": "transformers",
    "sklearn": "sklearn",
    "xgboost": "xgboost",
}
# A pickle of equal parts need not have equal bytes.
SKLEARN_DIGEST = """import hashlib, pickle, sys
model = pickle.load(open(sys.argv[1], "rb"))
parts = [*model.coefs_, *model.intercepts_, *model._optimizer.ms, *model._optimizer.vs]
print(hashlib.sha256(b"".join(part.tobytes() for part in parts)).hexdigest())"""


def new_run(recipe, folder):
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("WATTLE_")},
        "PYTHONPATH": str(PROJECT / "python"),
        "WATTLE_INPUT_DATA": str(PROJECT / "examples/digits/digits.csv.gz"),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "HF_HUB_OFFLINE": "1",
    }
    name = recipe
    if recipe == "pytorch_workers":
        name = "pytorch"
        environment |= {"WATTLE_PARAM_WORKERS": "2", "WATTLE_PARAM_EPOCHS": "4"}
    if recipe == "transformers":
        environment["WATTLE_PARAM_EPOCHS"] = "2"
    return ContractRun(folder, [PYTHON, str(EXAMPLES / f"train_{name}.py")], environment)


class Trace:
    """Loss by step, over all attempts: a step that is done again must have the same loss."""

    def __init__(self):
        self.loss = {}

    def take(self, line):
        step, loss = line.get("step"), line.get("loss")
        if loss is not None:
            before = self.loss.setdefault(step, loss)
            check(before == loss, f"step {step} had the loss {before}, and again {loss}")


def read_steps(attempt, trace, count, until=lambda: False):
    """Reads up to `count` lines; False when the attempt has ended before."""
    for _ in range(count):
        if until():
            return True
        line = attempt.next_line()
        if line is None:
            return False
        trace.take(line)
    return True


def drain(attempt, trace):
    read_steps(attempt, trace, sys.maxsize)
    return attempt.close()


def confirmed(run):
    return lambda: run.take_confirmation() is not None


def pause(run, attempt, trace):
    """A request by file and signal, its confirmation, then the end."""
    run.request()
    attempt.signal_all(signal.SIGUSR1)
    if read_steps(attempt, trace, sys.maxsize, confirmed(run)):
        check(run.answers[-1] == run.requests, f"request {run.requests}: {run.answers}")
        attempt.signal_all(signal.SIGTERM)
    return drain(attempt, trace) in ENDS


def end(_, attempt, trace):
    """SIGTERM without a request."""
    attempt.signal_all(signal.SIGTERM)
    return drain(attempt, trace) in ENDS


def kill(_, attempt, trace):
    attempt.signal_all(signal.SIGKILL)
    return drain(attempt, trace) in (0, -signal.SIGKILL)


def kill_while_saving(run, attempt, trace):
    """The checkpoint may be half written, complete, or confirmed."""
    run.request()
    attempt.signal_all(signal.SIGUSR1)
    read_steps(attempt, trace, 1)
    attempt.signal_all(signal.SIGKILL)
    return drain(attempt, trace) in (0, -signal.SIGKILL)


def checkpoint_and_kill(run, attempt, trace):
    run.request()
    attempt.signal_all(signal.SIGUSR1)
    read_steps(attempt, trace, sys.maxsize, confirmed(run))
    read_steps(attempt, trace, 2)
    attempt.signal_all(signal.SIGKILL)
    return drain(attempt, trace) in (0, -signal.SIGKILL)


def freeze(run, attempt, trace):
    """Frozen, asked for a checkpoint meanwhile, thawed; then as a pause."""
    attempt.signal_all(signal.SIGSTOP)
    run.request()
    attempt.signal_all(signal.SIGUSR1)
    attempt.signal_all(signal.SIGCONT)
    read_steps(attempt, trace, sys.maxsize, confirmed(run))
    attempt.signal_all(signal.SIGTERM)
    return drain(attempt, trace) in ENDS


def damage(run, attempt, trace):
    """As a pause; then the newest checkpoint is damaged, and the one before must do."""
    ended = pause(run, attempt, trace)
    if len(run.confirmed) > 1 and ended:
        path = run.confirmed[-1][0]
        file = next(file for file in [path, *sorted(path.rglob("*"))] if file.is_file())
        file.write_bytes(file.read_bytes()[:-1] + b"\0")
    return ended


INTERRUPTIONS = [pause, end, kill, kill_while_saving, checkpoint_and_kill, freeze, damage]


def model_digest(recipe, run):
    model = run.folder / "model"
    if recipe == "sklearn":
        return subprocess.run([PYTHON, "-c", SKLEARN_DIGEST, str(model)], check=True, text=True,
                              capture_output=True).stdout
    return model.read_bytes()


def uninterrupted(recipe, folder):
    run, trace = new_run(recipe, folder), Trace()
    attempt = run.start()
    try:
        code = drain(attempt, trace)
    finally:
        run.end()
    check(code == 0, f"{recipe} exits with {code}:\n{attempt.output()}")
    check(not run.confirmed and not list(run.checkpoints.iterdir()), "an unasked-for checkpoint")
    return model_digest(recipe, run), trace.loss


def campaign(recipe, folder, count, seed):
    expected, losses = uninterrupted(recipe, folder / "whole")
    run, trace = new_run(recipe, folder / "interrupted"), Trace()
    try:
        code = interrupt(run, trace, len(losses), (count, random.Random(seed)))
    finally:
        run.end()
    check(code == 0, f"{recipe} exits with {code}:\n{run.current.output()}")
    wrong = sorted(set(losses.items()) ^ set(trace.loss.items()))
    check(not wrong, f"losses by step that differ from those of the uninterrupted run: {wrong}")
    check(model_digest(recipe, run) == expected, "the model differs from the uninterrupted one")
    print(f"{recipe}: {len(losses)} steps, {count} interruptions, {len(run.confirmed)} checkpoints")


def interrupt(run, trace, steps, plan):
    """Interrupts the run again and again, then lets it end; its exit code."""
    count, chance = plan
    order = [INTERRUPTIONS[i % len(INTERRUPTIONS)] for i in range(count)]
    chance.shuffle(order)
    for interruption in order:
        attempt = run.start()
        alive = read_steps(attempt, trace, chance.randint(1, max(2, steps // count)))
        as_told = interruption(run, attempt, trace) if alive else drain(attempt, trace) == 0
        check(as_told, f"{interruption.__name__}:\n{attempt.output()}")
        check(len(list(run.checkpoints.glob("*"))) <= 4, "old checkpoints pile up")
    return drain(run.start(), trace)


def main():
    recipe = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 7
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    module = MODULES[recipe]
    found = subprocess.run([PYTHON, "-c", f"import {module}"], capture_output=True, check=False)
    if found.returncode:
        required = module in os.environ.get("WATTLE_REQUIRE", "").split(",")
        print(f"{recipe}: {'WATTLE_REQUIRE names' if required else 'skipped without'} {module}")
        sys.exit(1 if required else SKIPPED)
    print(f"{recipe}: seed {seed}, {PYTHON}")
    with tempfile.TemporaryDirectory(prefix="wattle-recipe-") as folder:
        campaign(recipe, pathlib.Path(folder), count, seed)


main()
