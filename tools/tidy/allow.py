"""Exceptions to the rules. A line of allow.txt is `<rule> <path pattern>  # <reason>`.

An exception without a reason, or one that excuses nothing, is itself a finding: the list can only
shrink.
"""
import fnmatch
from dataclasses import dataclass

from finding import Finding


@dataclass
class Exception_:
    line: int
    rule: str
    pattern: str
    reason: str
    used: bool = False


class AllowList:
    def __init__(self, text, path="tools/tidy/allow.txt"):
        self.path = path
        self.exceptions = []
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip() and not line.startswith("#"):
                entry, _, reason = line.partition("#")
                rule, _, pattern = entry.strip().partition(" ")
                self.exceptions.append(Exception_(number, rule, pattern.strip(), reason.strip()))

    @staticmethod
    def read(path):
        return AllowList(path.read_text())

    def excuses(self, finding):
        for exception in self.exceptions:
            if (exception.rule == finding.rule and exception.reason
                    and fnmatch.fnmatchcase(finding.path, exception.pattern)):
                exception.used = True
                return True
        return False

    def unused(self):
        """Findings about the list itself; ask after the last excuses()."""
        found = []
        for exception in self.exceptions:
            if not exception.reason:
                found.append(Finding(self.path, exception.line, "allow",
                                     "give the reason after '#'"))
            elif not exception.used:
                found.append(Finding(self.path, exception.line, "allow",
                                     f"'{exception.rule} {exception.pattern}' excuses nothing: "
                                     "remove the line"))
        return found
