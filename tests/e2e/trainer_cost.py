#!/usr/bin/env python3
"""What the trainers cost before they train, and what bf16 saves: a benchmark, no test.

Start: CPU time and peak memory of --version of both programs, in turn. Precision: CPU seconds of
the same training in fp32 and bf16, in turn, for the digits and for a network large enough to keep
the multipliers busy; ratios are of the same moment on the same machine.
trainer_cost.py PROGRAMS [--rounds N] [--json]
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import tempfile

DIGITS = pathlib.Path(__file__).resolve().parents[2] / "examples/digits/digits.csv.gz"
TABLE = ["mlp", "--data", str(DIGITS), "--target", "digit", "--early-stopping", "0",
         "--threads", "1"]
NETWORKS = {
    "digits": ["--epochs", "30"],
    "wide": ["--epochs", "2", "--layers", "1024,1024,1024", "--batch", "256"],
}


def run(command, folder):
    """CPU seconds and peak memory in MB, from fork to exit."""
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
    out, err = process.stdout.read(), process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise SystemExit(err.decode())
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, out


def in_turn(commands, rounds, folder):
    """{name: [(CPU seconds, MB, output)]}: what else the host does meets all alike."""
    results = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            results[name].append(run(command, folder))
    return results


def median(results, column):
    return statistics.median(result[column] for result in results)


def start_cost(programs, rounds, folder):
    trainers = {name: [str(programs / name), "--version"]
                for name in ("wattle-train", "wattle-train-torch")}
    results = in_turn(trainers, rounds, folder)
    return {name: {"cpu_seconds": median(values, 0), "peak_megabytes": median(values, 1)}
            for name, values in results.items()}


def precision_cost(programs, rounds, folder, start):
    figures = {}
    for network, arguments in NETWORKS.items():
        commands = {
            precision: [str(programs / "wattle-train"), *TABLE, *arguments, "--precision",
                        precision]
            for precision in ("fp32", "bf16")
        }
        results = in_turn(commands, rounds, folder)
        seconds = {name: median(values, 0) for name, values in results.items()}
        figures[network] = {
            "fp32_cpu_seconds": seconds["fp32"],
            "bf16_cpu_seconds": seconds["bf16"],
            "bf16_to_fp32": seconds["bf16"] / seconds["fp32"],
            "bf16_to_fp32_without_start": (seconds["bf16"] - start) / (seconds["fp32"] - start),
            "test_accuracy": {name: json.loads(values[0][2])["test_accuracy"]
                              for name, values in results.items()},
        }
    return figures


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("programs", type=pathlib.Path, help="folder of Wattle's programs")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "4")
    programs = options.programs.resolve()
    with tempfile.TemporaryDirectory() as folder:
        start = start_cost(programs, options.rounds, folder)
        precision = precision_cost(programs, options.rounds, folder,
                                   start["wattle-train-torch"]["cpu_seconds"])
    figures = {"rounds": options.rounds, "start": start, "precision": precision}
    print(json.dumps(figures, indent=None if options.json else 2))


if __name__ == "__main__":
    main()
