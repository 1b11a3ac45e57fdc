"""The digits of examples/digits for the recipes: pixels in 0..1, and what they show."""
import csv
import gzip

import numpy

import wattle


def read():
    """(pixels for training, their digits, pixels for the test, their digits)"""
    with gzip.open(wattle.input("data", "../digits/digits.csv.gz"), "rt", newline="") as file:
        rows = list(csv.reader(file))[1:]
    table = numpy.array(rows, dtype=numpy.float32)
    pixels, digits = table[:, :-1] / 16, table[:, -1].astype(numpy.int64)
    order = numpy.random.RandomState(0).permutation(len(table))
    train, test = order[360:], order[:360]
    return pixels[train], digits[train], pixels[test], digits[test]
