"""Just enough reading of C++: comments and strings set apart, and where functions begin and end.

It is no parser. It reads code that clang-format has laid out and a compiler has accepted.
"""
import re
from dataclasses import dataclass
from functools import cached_property

COMMENT_OR_LITERAL = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<d>[^(\s]*)\(.*?\)(?P=d)"|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'", re.DOTALL)
DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.MULTILINE)
NO_FUNCTION = re.compile(r"\b(namespace|class|struct|union|enum|concept)\b(?![^()]*\))")
CONTROL = re.compile(r"(\)|\belse|\bdo|\btry)\s*$")
INITIALISERS = re.compile(r"\)[^()]*?(?<!:):(?!:)")
OPERATOR = re.compile(r"\boperator\s*(\(\)|[^\s\w(]+)")


@dataclass(frozen=True)
class Function:
    name: str
    line: int
    lines: int
    parameters: int
    nesting: int


class Source:
    def __init__(self, text):
        self.text = text
        self.comments = []  # (line, text)
        self.code = COMMENT_OR_LITERAL.sub(self._blank, text)
        self.bare = DIRECTIVE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), self.code)

    def _blank(self, match):
        found = match[0]
        if found.startswith(("//", "/*")):
            self.comments.append((self.text.count("\n", 0, match.start()) + 1, found))
            return re.sub(r"[^\n]", " ", found)
        return found[0] + re.sub(r"[^\n]", " ", found[1:-1]) + found[-1]

    def line_of(self, position):
        return self.text.count("\n", 0, position) + 1

    @cached_property
    def functions(self):
        return list(_functions(self))


def _functions(source):
    code, position, head = source.bare, 0, 0
    while (match := re.compile(r"[{};]").search(code, position)) is not None:
        position = match.end()
        if match[0] == "{":
            text = code[head:match.start()]
            if _is_initialiser(text):
                position = _after_block(code, match.start())
                continue
            if _is_function(text):
                position = _after_block(code, match.start())
                yield _describe(source, head + _leading_space(text), match.start(), position)
        head = position


def _leading_space(text):
    return len(text) - len(text.lstrip())


def _is_function(head):
    flat = _without_angles(head)
    return "(" in flat and not NO_FUNCTION.search(flat) and not re.search(
        r"^[^(]*[^=!<>]=[^=]", OPERATOR.sub("operator_", flat))


def _is_initialiser(head):
    """`{` of a member in a constructor's list: A::A(int x) : x_{x}, y_(0) {"""
    return (INITIALISERS.search(head) is not None and re.search(r"[\w>]\s*$", head) is not None
            and "->" not in head)


def _without_angles(text):
    """Template arguments removed, so that what is left in parentheses are parameters."""
    text = OPERATOR.sub("operator_", text).replace("->", "  ")
    while (shorter := re.sub(r"<[^<>]*>", "", text)) != text:
        text = shorter
    return text


def _after_block(code, opening):
    depth = 0
    for match in re.compile(r"[{}]").finditer(code, opening):
        depth += 1 if match[0] == "{" else -1
        if depth == 0:
            return match.end()
    return len(code)


def _describe(source, begin, opening, end):
    head = _without_angles(source.bare[begin:opening])
    name = re.search(r"([\w:~]+)\s*\(", head)
    first, last = source.line_of(begin), source.line_of(end - 1)
    return Function(name[1] if name else "function", first, last - first + 1, _parameters(head),
                    _nesting(source.bare[opening + 1:end - 1]))


def _parameters(head):
    opening = head.index("(")
    depth, count, any_word = 0, 0, False
    for character in head[opening:]:
        if character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
            if depth == 0:
                break
        elif depth == 1 and character == ",":
            count += 1
        elif not character.isspace():
            any_word = True
    return count + 1 if any_word else 0


def _nesting(body):
    """Depth of control blocks (and lambdas) within the function's own block."""
    stack, deepest, start = [], 0, 0
    for match in re.compile(r"[{};]").finditer(body):
        if match[0] == "{":
            stack.append(CONTROL.search(body[start:match.start()]) is not None)
            deepest = max(deepest, sum(stack))
        elif match[0] == "}" and stack:
            stack.pop()
        start = match.end()
    return deepest
