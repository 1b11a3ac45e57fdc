"""The rules of the house, checked over the project's own files: python3 tools/tidy [--list]

Prints `path:line: rule: what, and what to do` and exits 1 if any.
Warnings are printed and do not fail. Exceptions stand in allow.txt, each with its reason.
"""
import sys
import time
from pathlib import Path

from allow import AllowList
from repository import Repository
from rules import RULES, check


def main():
    began = time.monotonic()
    root = Path(__file__).resolve().parents[2]
    if sys.argv[1:] == ["--list"]:
        for rule in RULES:
            print(f"{rule.__name__:<22} {rule.__doc__.splitlines()[0]}")
        return 0
    repository = Repository.of_checkout(root)
    findings = check(repository, AllowList.read(root / "tools/tidy/allow.txt"))
    for finding in findings:
        print(finding)
    failures = sum(not finding.warning for finding in findings)
    print(f"tidy: {len(repository.paths)} files, {failures} to mend, "
          f"{len(findings) - failures} warnings, {time.monotonic() - began:.1f} s")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
