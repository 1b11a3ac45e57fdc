"""Learns handwritten digits with scikit-learn. A plain script: it knows nothing of Wattle."""
import argparse
import csv
import gzip
import pathlib
import pickle

import numpy
from sklearn.metrics import accuracy_score, log_loss
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier


def read(path):
    with gzip.open(path, "rt", newline="") as file:
        rows = list(csv.reader(file))[1:]
    table = numpy.array(rows, dtype=float)
    return table[:, :-1] / 16.0, table[:, -1].astype(int)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="digits.csv.gz")
    parser.add_argument("--model", default="model.pickle", type=pathlib.Path)
    parser.add_argument("--epochs", default=20, type=int)
    parser.add_argument("--seed", default=1, type=int)
    arguments = parser.parse_args()

    pixels, digits = read(arguments.data)
    rest, test, rest_digits, test_digits = train_test_split(
        pixels, digits, test_size=0.2, stratify=digits, random_state=arguments.seed)
    train, validation, train_digits, validation_digits = train_test_split(
        rest, rest_digits, test_size=0.125, stratify=rest_digits, random_state=arguments.seed)

    model = MLPClassifier(hidden_layer_sizes=(128,), learning_rate_init=0.005, batch_size=64,
                          random_state=arguments.seed)
    for epoch in range(1, arguments.epochs + 1):
        model.partial_fit(train, train_digits, classes=range(10))
        loss = log_loss(train_digits, model.predict_proba(train))
        accuracy = accuracy_score(validation_digits, model.predict(validation))
        print(f"epoch={epoch} train_loss={loss:.4f} validation_accuracy={accuracy:.4f}",
              flush=True)

    accuracy = accuracy_score(test_digits, model.predict(test))
    print(f"test_accuracy={accuracy:.4f}")
    arguments.model.parent.mkdir(parents=True, exist_ok=True)
    arguments.model.write_bytes(pickle.dumps(model))


if __name__ == "__main__":
    main()
