#!/usr/bin/env python3
"""Writes diamonds.csv.gz: the 53,940 diamonds of ggplot2, out of Debian's package r-cran-ggplot2.

Needs neither R nor anything beyond Python and Debian's own tools. The table is checked against a
digest, so that a run on it means the same everywhere.
"""
import argparse
import csv
import gzip
import hashlib
import io
import pathlib
import struct
import subprocess
import sys
import tempfile
import zlib

PACKAGE = "r-cran-ggplot2"
DATA_FOLDER = "usr/lib/R/site-library/ggplot2/data"
# SHA-256 of the table as CSV text, whatever package version it came from.
TABLE_SHA256 = "243996d7650e84e190a88d505b44c3a0be1bcfc7b4f32606d60d103a51494b9e"


class LoadError(Exception):
    """What failed, and what to do about it."""


class RReader:
    """Reads R's serialisation format (XDR, versions 2 and 3), as far as data frames need it.

    Source: R Internals, section "Serialization Formats".
    """

    NIL, REFERENCE = 254, 255
    SYMBOL, PAIRLIST, CHARS, LOGICAL, INTEGER, REAL, STRING, LIST = 1, 2, 9, 10, 13, 14, 16, 19

    def __init__(self, data):
        self.stream = io.BytesIO(data)
        self.references = []
        if self.stream.read(2) != b"X\n":
            raise LoadError("the package's data are not in R's binary format")
        version = self.integers(3)[0]
        if version == 3:
            self.stream.read(self.integers(1)[0])  # the name of the native encoding

    def integers(self, count):
        return struct.unpack(f">{count}i", self.stream.read(4 * count))

    def item(self):
        """A vector as a list, with its attributes: (values, {name: (values, attributes)})."""
        flags = self.integers(1)[0]
        kind, has_attributes, has_tag = flags & 0xFF, flags & 0x200, flags & 0x400
        if kind == self.NIL:
            return None, {}
        if kind == self.REFERENCE:
            index = flags >> 8 or self.integers(1)[0]
            return self.references[index - 1], {}
        if kind == self.SYMBOL:
            self.references.append(self.item()[0])
            return self.references[-1], {}
        if kind == self.PAIRLIST:
            return self.pairs(has_attributes, has_tag), {}
        if kind == self.CHARS:
            size = self.integers(1)[0]
            return (None if size < 0 else self.stream.read(size).decode()), {}
        values = self.vector(kind)
        return values, (self.item()[0] if has_attributes else {})

    def vector(self, kind):
        count = self.integers(1)[0]
        if kind in (self.LOGICAL, self.INTEGER):
            return list(self.integers(count))
        if kind == self.REAL:
            return list(struct.unpack(f">{count}d", self.stream.read(8 * count)))
        if kind == self.STRING:
            return [self.item()[0] for _ in range(count)]
        if kind == self.LIST:
            return [self.item() for _ in range(count)]
        raise LoadError(f"the package's data hold R objects of type {kind}, unknown here")

    def pairs(self, has_attributes, has_tag):
        if has_attributes:
            self.item()
        name = self.item()[0] if has_tag else ""
        pairs = {name: self.item()}
        rest = self.item()[0]
        return {**pairs, **(rest or {})}


def named(item):
    """A named R list as a dictionary."""
    values, attributes = item
    return dict(zip(attributes["names"][0], values))


def read_data_frame(folder, name):
    """One object of a package's lazy-load database: the index says where it lies."""
    index = named(RReader(zlib.decompress((folder / "Rdata.rdx").read_bytes(), wbits=47)).item())
    start, size = named(index["variables"])[name][0]
    packed = (folder / "Rdata.rdb").read_bytes()[start:start + size]
    # Four bytes of length, then zlib.
    return named(RReader(zlib.decompress(packed[4:])).item())


def cells(column):
    values, attributes = column
    levels = attributes.get("levels")
    if levels:
        return [levels[0][value - 1] for value in values]
    return [f"{value:.15g}" if isinstance(value, float) else str(value) for value in values]


def to_csv(frame):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(frame)
    writer.writerows(zip(*(cells(column) for column in frame.values())))
    return text.getvalue().encode()


def download(folder):
    """The package from the user's own Debian mirror; apt checks its signature."""
    try:
        result = subprocess.run(["apt-get", "download", PACKAGE], cwd=folder, text=True,
                                capture_output=True, check=False)
    except FileNotFoundError:
        raise LoadError("apt-get is not here; on another system name the package with --package "
                        f"({PACKAGE}_3.4.1+dfsg-1_all.deb of Debian 12)") from None
    packages = list(folder.glob("*.deb"))
    if result.returncode != 0 or not packages:
        reason = (result.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise LoadError(f"apt-get could not download {PACKAGE} ({reason}); go online, run "
                        "`apt-get update`, or name a downloaded package with --package")
    return packages[0]


def load(package, output):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)  # apt's own user writes into it
        package = pathlib.Path(package) if package else download(folder)
        unpacked = subprocess.run(["dpkg-deb", "-x", package, folder / "x"], text=True,
                                  capture_output=True, check=False)
        if unpacked.returncode != 0:
            raise LoadError(f"{package} could not be unpacked: {unpacked.stderr.strip()}")
        table = to_csv(read_data_frame(folder / "x" / DATA_FOLDER, "diamonds"))
    digest = hashlib.sha256(table).hexdigest()
    if digest != TABLE_SHA256:
        raise LoadError(f"the table differs from the known one (SHA-256 {digest}, expected "
                        f"{TABLE_SHA256}); this is another version of the data")
    temporary = output.with_name(output.name + ".part")
    temporary.write_bytes(gzip.compress(table, mtime=0))
    temporary.replace(output)
    print(f"{output}: {table.count(chr(10).encode()) - 1:,} rows", file=sys.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--package", help="an already downloaded .deb of r-cran-ggplot2")
    parser.add_argument("--output", type=pathlib.Path,
                        default=pathlib.Path(__file__).with_name("diamonds.csv.gz"))
    arguments = parser.parse_args()
    try:
        load(arguments.package, arguments.output)
    except (LoadError, OSError) as error:
        print(f"load.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
