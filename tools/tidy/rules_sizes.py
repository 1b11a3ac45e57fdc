"""How long, how wide, how deep (style: a file is one idea, a function is seen at a glance)."""
import ast
import re

from finding import Finding

FILE_WARN, FILE_FAIL = 400, 600
FUNCTION_FAIL = 70
PARAMETERS_FAIL = 5
NESTING_WARN = 3
WIDTH = 100
CODE = (".h", ".cpp", ".py", ".sh", ".cmake", ".ts", ".tsx", ".S")


def is_code(repository, path):
    return path.endswith(CODE) or path.endswith("CMakeLists.txt") or path in repository.scripts


def is_python(repository, path):
    return path.endswith(".py") or "python" in repository.scripts.get(path, "")


def file_length(repository):
    """A source file has at most 600 lines, and better under 400."""
    for path in repository.text_paths:
        if not is_code(repository, path):
            continue
        lines = repository.text(path).count("\n")
        if lines > FILE_WARN:
            yield Finding(path, lines, "file_length",
                          f"{lines} lines (at most {FILE_FAIL}): split it where a second idea "
                          "begins", warning=lines <= FILE_FAIL)


def line_width(repository):
    """A line has at most 100 columns; tables, links and code blocks of documents may be wider."""
    for path in repository.text_paths:
        fenced = False
        markdown = path.endswith(".md")
        if not (markdown or is_code(repository, path)):
            continue
        for number, line in enumerate(repository.text(path).splitlines(), 1):
            fenced ^= markdown and line.lstrip().startswith("```")
            free = markdown and (fenced or "|" in line or "](" in line or "://" in line)
            if len(line) > WIDTH and not free:
                yield Finding(path, number, "line_width", f"{len(line)} columns (at most {WIDTH})")


def _functions(repository):
    """(path, name, line, lines, parameters) of every function of C++ and Python."""
    for path in repository.cpp_paths:
        for function in repository.source(path).functions:
            yield path, function.name, function.line, function.lines, function.parameters
    for path in repository.text_paths:
        if is_python(repository, path):
            for node in ast.walk(ast.parse(repository.text(path))):
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    own = [a for a in node.args.args + node.args.kwonlyargs if a.arg != "self"]
                    yield (path, node.name, node.lineno, node.end_lineno - node.lineno + 1,
                           len(own))


def function_length(repository):
    """A function has at most 70 lines."""
    for path, name, line, lines, _ in _functions(repository):
        if lines > FUNCTION_FAIL:
            yield Finding(path, line, "function_length",
                          f"{name} has {lines} lines (at most {FUNCTION_FAIL}): take out a step")


def parameters(repository):
    """A function has at most 5 parameters."""
    for path, name, line, _, count in _functions(repository):
        if count > PARAMETERS_FAIL and not re.fullmatch("TEST.*|RC_.*", name):
            yield Finding(path, line, "parameters",
                          f"{name} has {count} parameters (at most {PARAMETERS_FAIL}): "
                          "group them in an options struct")


def nesting(repository):
    """Blocks nest at most 3 deep (a warning)."""
    for path in repository.cpp_paths:
        for function in repository.source(path).functions:
            if function.nesting > NESTING_WARN:
                yield Finding(path, function.line, "nesting",
                              f"{function.name} nests {function.nesting} deep "
                              f"(at most {NESTING_WARN}): return early, or take out the inner part",
                              warning=True)
