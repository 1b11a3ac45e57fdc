"""kill -9 of `wattle run`, of the supervisor or of the meter at random instants: nothing accepted
is lost.

Afterwards every run is succeeded, or interrupted with its reason; no process of a job survives;
its receipt conserves; where the meter was killed, the time without one is on the receipt.
kill_campaign.py PROGRAMS ROUNDS [SEED]
"""

import collections
import datetime
import json
import random
import subprocess
import sys
import threading
import time

from wattle_under_test import Wattle, check, conserves, kill

JOB = """
import time
end = time.process_time() + 0.3
while time.process_time() < end:
    pass
print('metric=1.5', flush=True)
"""
VICTIMS = ("wattle", "wattle-supervise", "wattle-meterd")


def one_round(wattle, number, choice):
    """When the meter was killed, or None."""
    victim = VICTIMS[number % len(VICTIMS)]
    process = wattle.start(
        "run",
        "--name",
        f"round-{number}",
        "--",
        "python3",
        "-c",
        JOB,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    threading.Event().wait(choice.uniform(0, 1.2))
    pids = [process.pid] if victim == "wattle" else wattle.processes(victim)
    killed_at = time.time() if victim == "wattle-meterd" and pids else None
    for pid in pids:
        kill(pid)
    process.wait(timeout=120)
    return killed_at


def instant(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def check_gap(receipt, killed_at):
    """Whether the meter died while the command ran; that time must then be called unmetered."""
    margin = 0.05
    begin, end = instant(receipt["time"]["started_at"]), instant(receipt["time"]["ended_at"])
    if killed_at is None or not begin + margin < killed_at < end - margin:
        return False
    energy = receipt["energy"]
    check(
        not energy["metered"] or energy["unmetered_seconds"] > 0,
        f"the meter's death left no trace: {receipt}",
    )
    return True


def check_run(wattle, run):
    receipt = wattle.receipt(run["id"])
    conserves(receipt)
    check(
        run["state"] in ("succeeded", "interrupted"),
        f"{run['id']} is {run['state']}: {receipt['run']}",
    )
    if run["state"] == "interrupted":
        check(receipt["run"]["reason"], f"{run['id']} was interrupted without a reason")
    else:
        check(receipt["run"]["exit_code"] == 0, "succeeded with an exit code")
    return receipt


def wait_until_settled(wattle):
    """Runs whose `wattle run` was killed go on by themselves; wait for them as a user would."""
    deadline = time.monotonic() + 120
    while True:
        runs = wattle.runs()
        if all(run["state"] not in ("starting", "running") for run in runs):
            return runs
        check(
            time.monotonic() < deadline,
            f"still running: {[run for run in runs if run['state'] == 'running']}",
        )
        for run in runs:
            if run["state"] == "running":
                wattle.run("logs", "-f", run["id"])


def main():
    rounds = int(sys.argv[2])
    seed = random.randrange(2**32) if len(sys.argv) < 4 else int(sys.argv[3])
    print(f"{rounds} rounds, seed {seed}")
    choice = random.Random(seed)
    with Wattle(sys.argv[1], counters=True) as wattle:
        killed_at = [one_round(wattle, number, choice) for number in range(rounds)]
        runs = wait_until_settled(wattle)
        states, gaps = collections.Counter(), 0
        for run in runs:
            receipt = check_run(wattle, run)
            states[run["state"]] += 1
            gaps += check_gap(receipt, killed_at[int(run["name"].removeprefix("round-"))])
        left = [pid for pid in wattle.processes() if pid not in wattle.processes("wattle-meterd")]
        check(not left, f"processes survive: {left}")
        code, out, err = wattle.run("energy", "--json")
        check(code == 0, err)
        energy = json.loads(out)
        accounts = energy["accounts_microjoules"]
        metered = sum(accounts.values()) - accounts["unmetered"]
        check(metered == energy["total_microjoules"], f"books: {energy}")
        print(
            f"{len(runs)} of {rounds} runs were accepted: {dict(states)}; "
            f"{gaps} lost their meter, and say so"
        )
    print("ok")


main()
