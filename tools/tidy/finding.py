"""What a rule found."""
from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    path: str
    line: int
    rule: str
    message: str
    warning: bool = False

    def __str__(self):
        mark = "warning: " if self.warning else ""
        return f"{self.path}:{self.line}: {mark}{self.rule}: {self.message}"
