"""Prints digits.csv from the copy that Debian's python3-sklearn carries."""
import gzip
import sys

SOURCE = "/usr/lib/python3/dist-packages/sklearn/datasets/data/digits.csv.gz"


def main():
    print(",".join([f"pixel_{i}" for i in range(64)] + ["digit"]))
    with gzip.open(sys.argv[1] if len(sys.argv) > 1 else SOURCE, "rt") as file:
        for line in file:
            if line.strip():
                print(",".join(str(int(float(number))) for number in line.split(",")))


if __name__ == "__main__":
    main()
