"""A loop of partial_fit with scikit-learn that survives interruptions. What Wattle adds is
marked."""
import pickle

import numpy
from sklearn.metrics import log_loss
from sklearn.neural_network import MLPClassifier

import digits
import wattle


def main():
    options = wattle.params(epochs=40, lr=0.003, seed=1)  # Wattle: of the run
    numpy.random.seed(options["seed"])
    pixels, labels, test_pixels, test_labels = digits.read()
    model = MLPClassifier((64,), learning_rate_init=options["lr"], batch_size=64)

    model, epochs = wattle.sklearn_steps(model, options["epochs"])  # Wattle: resumes, saves
    for epoch in epochs:
        model.partial_fit(pixels, labels, classes=range(10))
        loss = log_loss(labels, model.predict_proba(pixels))
        wattle.report(step=epoch + 1, loss=loss)                    # Wattle: metrics

    wattle.report(test_accuracy=model.score(test_pixels, test_labels), echo=True)
    with open(wattle.output("model", "model.pickle"), "wb") as file:
        pickle.dump(model, file)


if __name__ == "__main__":
    main()
