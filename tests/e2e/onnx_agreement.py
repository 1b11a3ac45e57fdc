"""model.onnx says what model.pt says, by a runtime of others: at most 1e-5 apart on every test row.

Optional part `onnx`: needs onnxruntime (PyPI) in the interpreter that runs this, or that
WATTLE_ONNX_PYTHON names; else it is skipped, unless WATTLE_REQUIRE names it.
onnx_agreement.py PROGRAMS
"""

import csv
import gzip
import json
import os
import pathlib
import subprocess
import sys
import tempfile

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples"
SKIPPED = 77
MOST_APART = 1e-5

# Runs in the interpreter that has the runtime: rows as JSON in, predictions as JSON out.
PEER = """
import json, sys
import numpy, onnxruntime
request = json.load(sys.stdin)
session = onnxruntime.InferenceSession(request["model"], providers=["CPUExecutionProvider"])
rows = numpy.array([[float("nan") if x is None else x for x in row] for row in request["rows"]],
                   dtype=numpy.float32).reshape([-1] + request["shape"])
names = [[value.name for value in side]
         for side in (session.get_inputs(), session.get_outputs())]
one = session.run(None, {"features": rows[:1]})[0]
all_rows = session.run(None, {"features": rows})[0]
metadata = session.get_modelmeta().custom_metadata_map
json.dump({"names": names, "one": one.tolist(), "all": all_rows.tolist(),
           "metadata": json.loads(metadata["wattle"])}, sys.stdout)
"""


def check(condition, words):
    if not condition:
        sys.exit(f"onnx_agreement: {words}")


def digits():
    with gzip.open(EXAMPLES / "digits/digits.csv.gz", "rt") as file:
        return [[float(cell) for cell in row[:-1]] for row in list(csv.reader(file))[1:]]


def homes(folder):
    """A regression with a category and missing numbers."""
    rows = []
    with open(folder / "homes.csv", "w") as file:
        file.write("size,age,colour,price\n")
        for i in range(400):
            size, age, red = i % 23, (i * 7) % 31, i % 3 == 0
            file.write(f"{'' if i % 9 == 0 else size},{age},{'red' if red else 'blue'},"
                       f"{size * 2 + age * 0.5 + 20 * red + 100}\n")
            rows.append([None if i % 9 == 0 else size, age, 0.0 if red else 1.0,
                         1.0 if red else 0.0])
    return rows


def ask(python, folder, rows, shape):
    request = json.dumps({"model": str(folder / "model.onnx"), "rows": rows, "shape": shape})
    result = subprocess.run([python, "-c", PEER], input=request, capture_output=True, text=True,
                            check=False)
    check(result.returncode == 0, result.stderr)
    return json.loads(result.stdout)


def compare(program, python, arguments, rows, shape):
    """Trains, then compares the predictions that were written from model.pt."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        command = [program, *arguments, "--predictions", "p.csv", "--epochs", "3"]
        result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        check(result.returncode == 0, result.stderr)
        with open(folder / "p.csv") as file:
            told = list(csv.DictReader(file))
        chosen = [rows[int(line["row"]) - 1] for line in told]
        answer = ask(python, folder, chosen, shape)
        description = json.loads((folder / "model.json").read_text())
    classes = description["classes"]
    check(answer["metadata"]["classes"] == classes, f"classes: {answer['metadata']}")
    check(answer["names"] == [["features"], [description["output"]["name"]]], answer["names"])
    most = 0.0
    for line, numbers in zip(told, answer["all"], strict=True):
        if classes:
            best = max(range(len(classes)), key=numbers.__getitem__)
            check(classes[best] == line["predicted"], f"another class: {line} {numbers}")
            most = max(most, abs(numbers[best] - float(line["probability"])))
        else:
            expected = float(line["predicted"])
            most = max(most, abs(numbers[0] - expected) / max(1.0, abs(expected)))
    apart = max(abs(a - b) for a, b in zip(answer["one"][0], answer["all"][0]))
    check(most <= MOST_APART, f"{arguments}: {most} apart")
    check(apart <= MOST_APART, f"one row alone is {apart} apart")
    print(f"{' '.join(map(str, arguments[:1] + arguments[5:]))}: {len(told)} rows, "
          f"{most:.1e} apart", flush=True)


def find_python():
    candidates = [os.environ.get("WATTLE_ONNX_PYTHON"), sys.executable]
    for python in filter(None, candidates):
        probe = [python, "-c", "import numpy, onnxruntime"]
        if subprocess.run(probe, capture_output=True, check=False).returncode == 0:
            return python
    return None


def main():
    program = pathlib.Path(sys.argv[1]).resolve() / "wattle-train"
    python = find_python()
    if not (program.parent / "wattle-train-torch").exists() or python is None:
        required = "onnx" in os.environ.get("WATTLE_REQUIRE", "").split(",")
        print("without onnxruntime or wattle-train-torch")
        sys.exit("WATTLE_REQUIRE names 'onnx', and it is not here" if required else SKIPPED)
    images = digits()
    table = ["--data", EXAMPLES / "digits/digits.csv.gz", "--target", "digit"]
    for activation in ("relu", "gelu", "tanh", "silu"):
        compare(program, python,
                ["mlp", *table, "--activation", activation, "--batch-norm", "on"], images, [64])
        compare(program, python,
                ["cnn", *table, "--image", "8x8", "--activation", activation, "--channels", "4,8",
                 "--batch-norm", "on"], images, [1, 8, 8])
    with tempfile.TemporaryDirectory() as folder:
        rows = homes(pathlib.Path(folder))
        compare(program, python,
                ["mlp", "--data", pathlib.Path(folder) / "homes.csv", "--target", "price"],
                rows, [4])
    print("ok")


main()
