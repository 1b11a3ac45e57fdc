"""Two jobs that share a host are charged by their CPU time; a double-forked child counts; the host
adds up.

Against counters from a generator: energy ratio within 3 % of the ratio of CPU times, strangers
in `other`, a wrap of the counter unnoticed.
"""

import json
import subprocess
import sys

from wattle_under_test import IDLE_WATTS, Wattle, check, conserves

# Uses the CPU for a share of each 20 ms, for a number of seconds.
DUTY = """
import sys, time
share, seconds = float(sys.argv[1]), float(sys.argv[2])
end = time.monotonic() + seconds
while time.monotonic() < end:
    begin = time.process_time()
    wake = time.monotonic() + 0.02
    while time.process_time() - begin < 0.02 * share and time.monotonic() < end:
        pass
    time.sleep(max(0.0, wake - time.monotonic()))
"""

ORPHAN = """
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        begin = time.process_time()
        while time.process_time() - begin < 1.0:
            pass
        os._exit(0)
    os._exit(0)
os.wait()
time.sleep(float(sys.argv[1]))
"""


def measure_together(wattle, shares, seconds):
    started = [
        wattle.start(
            "measure",
            "--json",
            "--name",
            f"share-{share}",
            "--",
            "python3",
            "-c",
            DUTY,
            str(share),
            str(seconds),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        for share in shares
    ]
    return [json.loads(process.communicate(timeout=120)[0]) for process in started]


def main():
    with Wattle(sys.argv[1], counters=True) as wattle:
        large, small = measure_together(wattle, (0.8, 0.4), 6)
        for receipt in (large, small):
            conserves(receipt)
            check(
                receipt["energy"]["joules"]["quality"] == "counter",
                "the generated counter was not used",
            )
            check(receipt["energy"]["unmetered_seconds"] == 0, "the meter was away")
        energy = large["energy"]["joules"]["value"] / small["energy"]["joules"]["value"]
        cpu = large["time"]["cpu_seconds"] / small["time"]["cpu_seconds"]
        print(f"energy {energy:.3f} : 1 at CPU time {cpu:.3f} : 1")
        check(abs(energy / cpu - 1) < 0.03, f"energy is shared {energy:.3f}, CPU time {cpu:.3f}")

        stranger = subprocess.Popen(["python3", "-c", DUTY, "1", "4"])
        (receipt,) = measure_together(wattle, (0.3,), 3)
        stranger.wait()
        conserves(receipt)
        accounts = receipt["energy"]["host_microjoules"]
        check(
            accounts["other"] > accounts["dynamic"], f"the stranger is not in `other`: {accounts}"
        )
        total = sum(accounts.values()) * 1e-6
        check(
            total > IDLE_WATTS * receipt["time"]["wall_seconds"] * 0.9,
            f"the host used only {total} J",
        )

        done = wattle.run("measure", "--json", "--", "python3", "-c", ORPHAN, "3")
        receipt = json.loads(done[1])
        check(
            receipt["time"]["cpu_seconds"] > 0.95,
            f"the orphan's CPU time is lost: {receipt['time']}",
        )
    print("ok")


main()
