#!/usr/bin/env python3
"""Logistic regression as a SageMaker training script: it knows nothing of Wattle."""
import argparse
import glob
import json
import math
import os
import signal
import sys
import traceback

PREFIX = "/opt/ml"
CHECKPOINT = os.path.join(PREFIX, "checkpoints", "state.json")


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--model-dir", default=os.environ["SM_MODEL_DIR"])
    parser.add_argument("--output-data-dir", default=os.environ["SM_OUTPUT_DATA_DIR"])
    parser.add_argument("--train", default=os.environ["SM_CHANNEL_TRAIN"])
    return parser.parse_args()


def hyperparameters():
    with open(os.path.join(PREFIX, "input/config/hyperparameters.json"), encoding="utf-8") as file:
        return json.load(file)


def points(folder):
    rows = []
    for path in sorted(glob.glob(os.path.join(folder, "*.csv"))):
        with open(path, encoding="utf-8") as file:
            rows += [[float(cell) for cell in line.split(",")] for line in file]
    if not rows:
        raise ValueError(f"no data in {folder}")
    return rows


def save(state):
    with open(CHECKPOINT + ".tmp", "w", encoding="utf-8") as file:
        json.dump(state, file)
    os.replace(CHECKPOINT + ".tmp", CHECKPOINT)


def restore():
    if not os.path.exists(CHECKPOINT):
        return {"epoch": 0, "weights": [0.0, 0.0, 0.0]}
    with open(CHECKPOINT, encoding="utf-8") as file:
        state = json.load(file)
    print(f"resumed at epoch {state['epoch']}")
    return state


def step(weights, rows, rate):
    gradient, loss = [0.0, 0.0, 0.0], 0.0
    for x, y, label in rows:
        p = 1 / (1 + math.exp(-(weights[0] * x + weights[1] * y + weights[2])))
        loss -= math.log(p if label else 1 - p)
        for i, feature in enumerate((x, y, 1.0)):
            gradient[i] += (p - label) * feature
    return [w - rate * g / len(rows) for w, g in zip(weights, gradient)], loss / len(rows)


def train():
    given = arguments()
    rate = float(hyperparameters()["learning-rate"])
    rows = points(given.train)
    state = restore()
    stopping = []
    signal.signal(signal.SIGTERM, lambda *_: stopping.append(True))
    while state["epoch"] < given.epochs:
        state["weights"], loss = step(state["weights"], rows, rate)
        state["epoch"] += 1
        save(state)
        print(f"epoch {state['epoch']} train_loss={loss:.6f};", flush=True)
        if stopping or state["epoch"] == int(os.environ.get("STOP_AFTER_EPOCH", "0")):
            sys.exit(143)
    with open(os.path.join(given.model_dir, "model.json"), "w", encoding="utf-8") as file:
        json.dump(state["weights"], file)
    with open(os.path.join(given.output_data_dir, "summary.json"), "w", encoding="utf-8") as file:
        json.dump({"rows": len(rows), "epochs": state["epoch"]}, file)


if __name__ == "__main__":
    try:
        train()
    except Exception:
        with open(os.path.join(PREFIX, "output", "failure"), "w", encoding="utf-8") as file:
            file.write(traceback.format_exc())
        raise
