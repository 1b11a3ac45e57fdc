"""kill -9 of `wattle run`, of the supervisor or of the meter at random instants: nothing accepted is lost.

Afterwards every run is succeeded, or interrupted with its reason; no process of a job survives; its receipt conserves.
"""

import random
import subprocess
import sys
import threading
import time

from wattle_under_test import Wattle, check, conserves, kill

JOB = "import time; end = time.process_time() + 0.3\nwhile time.process_time() < end: pass\nprint('metric=1.5', flush=True)"
VICTIMS = ("wattle", "wattle-supervise", "wattle-meterd")


def one_round(wattle, number, choice):
    victim = VICTIMS[number % len(VICTIMS)]
    process = wattle.start("run", "--name", f"round-{number}", "--", "python3", "-c", JOB,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    threading.Event().wait(choice.uniform(0, 1.2))
    if victim == "wattle":
        kill(process.pid)
    else:
        for pid in wattle.processes(victim):
            kill(pid)
    process.wait(timeout=120)
    return victim


def wait_until_settled(wattle):
    """Runs whose `wattle run` was killed go on by themselves; wait for them as a user would."""
    deadline = time.monotonic() + 120
    while True:
        runs = wattle.runs()
        if all(run["state"] not in ("starting", "running") for run in runs):
            return runs
        check(time.monotonic() < deadline, f"still running: {[run for run in runs if run['state'] == 'running']}")
        for run in runs:
            if run["state"] == "running":
                wattle.run("logs", "-f", run["id"])


def main():
    rounds = int(sys.argv[2])
    seed = random.randrange(2**32) if len(sys.argv) < 4 else int(sys.argv[3])
    print(f"{rounds} rounds, seed {seed}")
    choice = random.Random(seed)
    with Wattle(sys.argv[1], counters=True) as wattle:
        for number in range(rounds):
            one_round(wattle, number, choice)
        runs = wait_until_settled(wattle)
        states = {}
        for run in runs:
            states[run["state"]] = states.get(run["state"], 0) + 1
            receipt = wattle.receipt(run["id"])
            conserves(receipt)
            check(run["state"] in ("succeeded", "interrupted"), f"{run['id']} is {run['state']}: {receipt['run']}")
            if run["state"] == "interrupted":
                check(receipt["run"]["reason"], f"{run['id']} was interrupted without a reason")
            else:
                check(receipt["run"]["exit_code"] == 0, "succeeded with an exit code")
        left = [pid for pid in wattle.processes() if pid not in wattle.processes("wattle-meterd")]
        check(not left, f"processes survive: {left}")
        code, out, err = wattle.run("energy", "--json")
        check(code == 0, err)
        print(f"{len(runs)} of {rounds} runs were accepted: {states}")
    print("ok")


main()
