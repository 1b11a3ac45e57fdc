"""Writes the digits as images and labels in the format of MNIST: digits-images.idx.gz, -labels."""
import csv
import gzip
import pathlib
import struct

FOLDER = pathlib.Path(__file__).resolve().parent
UNSIGNED_BYTES = 0x08


def write(name, shape, numbers):
    header = struct.pack(f">HBB{len(shape)}I", 0, UNSIGNED_BYTES, len(shape), *shape)
    # No time in the header: the same bytes whenever it is made.
    with open(FOLDER / name, "wb") as raw:
        with gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0) as file:
            file.write(header + bytes(numbers))


def main():
    with gzip.open(FOLDER / "digits.csv.gz", "rt") as file:
        rows = [[int(cell) for cell in row] for row in list(csv.reader(file))[1:]]
    write("digits-images.idx.gz", (len(rows), 8, 8), [cell for row in rows for cell in row[:64]])
    write("digits-labels.idx.gz", (len(rows),), [row[64] for row in rows])


if __name__ == "__main__":
    main()
