"""The rules of this house that no linter knows, each a function from a file to its offenders.

A rule yields one line per offence, `path:line: what is wrong`, so that a failing test reads as
a list of things to mend. `test_tidy.py` holds every file to every rule, and proves of each rule
that it bites.
"""

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterator

from .sources import Source


Rule = Callable[[Source], Iterator[str]]
Function = ast.FunctionDef | ast.AsyncFunctionDef

# Measured on code that is pleasant to read: nine in ten of its functions are under 30 lines.
FUNCTION_LINES_MAX = 50
PURE_FUNCTION_LINES_MAX = 40
FILE_LINES_MAX = 400

# Names that say nothing of what is inside, and so come to hold everything.
VAGUE_WORDS = {
    "base",
    "common",
    "core",
    "helper",
    "helpers",
    "manager",
    "managers",
    "misc",
    "util",
    "utils",
}
IMPURE_BUILTINS = {"__import__", "breakpoint", "eval", "exec", "input", "open", "print"}
MOCKS = {"AsyncMock", "MagicMock", "Mock", "create_autospec", "mocker"}

FOREIGN_PLACES = re.compile(
    r"\bpypi\.(?:org|python)|\bpythonhosted\.org|\b(?:artifactory|devpi|nexus)\.[\w.-]+/"
    r"|(?<![\w.~-])/(?:work|root|Users)/"
)
LOCK_PLACES = re.compile(r"://|^\s*(?:-i|-f|--(?:extra-)?index-url|--find-links)\b")

SUPPRESSION = re.compile(r"#\s*(?:(?:ruff|flake8):\s*)?noqa|#\s*type:\s*ignore|#\s*mypy:")
CODE = r"[A-Z]+[0-9]+"
EXCUSED_SUPPRESSION = re.compile(
    rf"#\s*(?:ruff:\s*)?noqa:\s*{CODE}(?:,\s*{CODE})*\s+(?:-|#)\s+\w+(?:\W+\w+)+"
    r"|#\s*type:\s*ignore\[[a-z, -]+\]\s+#\s+\w+(?:\W+\w+)+"
)


def functions_of(tree: ast.Module) -> Iterator[Function]:
    """Every function in the file, methods and inner ones included."""
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def line_count(function: Function) -> int:
    """The lines from `def` to the last, docstring included, decorators left out."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def long_functions(source: Source) -> Iterator[str]:
    """A function fits on one screen, and a pure one on less."""
    limit = PURE_FUNCTION_LINES_MAX if source.package == "reconciliation" else FUNCTION_LINES_MAX
    for function in functions_of(source.tree):
        if (count := line_count(function)) > limit:
            yield f"{_at(source, function)} {function.name} has {count} lines, at most {limit}"


def long_files(source: Source) -> Iterator[str]:
    """A file has one subject; past 400 lines it has two."""
    count = len(source.text.splitlines())
    if count > FILE_LINES_MAX:
        yield f"{source.path}:1: {count} lines, at most {FILE_LINES_MAX}"


def missing_docstrings(source: Source) -> Iterator[str]:
    """Every module, and every public class and function in it, says what must hold."""
    if ast.get_docstring(source.tree) is None:
        yield f"{source.path}:1: the module has no docstring"
    for node in _public_definitions(source.tree):
        if ast.get_docstring(node) is None and not _described_elsewhere(node):
            yield f"{_at(source, node)} {node.name} has no docstring"


def wordy_test_docstrings(source: Source) -> Iterator[str]:
    """Every test has a docstring, and it is one line: what must hold."""
    for function in functions_of(source.tree):
        if source.package == "tests" and function.name.startswith("test_"):
            docstring = ast.get_docstring(function) or ""
            if len(docstring.splitlines()) != 1:
                yield f"{_at(source, function)} {function.name} needs a docstring of one line"


def vague_names(source: Source) -> Iterator[str]:
    """No file and no folder has a name that says nothing."""
    for part in source.path.with_suffix("").parts:
        if vague := VAGUE_WORDS.intersection(re.split(r"[^a-z]+", part.lower())):
            yield f"{source.path}:1: {vague.pop()!r} does not say what is in {part!r}"


def bare_suppressions(source: Source) -> Iterator[str]:
    """A silenced tool is named by its code, and the reason follows."""
    for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
        if token.type == tokenize.COMMENT and _is_bare(token.string):
            yield f"{source.path}:{token.start[0]}: {token.string!r} lacks its code or its reason"


def mocks(source: Source) -> Iterator[str]:
    """A double is a real thing with a small seam; nothing is patched."""
    for node in ast.walk(source.tree):
        if named := MOCKS.intersection(_names_in(node)):
            yield f"{_at(source, node)} {named.pop()} stands in for a real thing"
        elif _is_mock_module(node):
            yield f"{_at(source, node)} unittest.mock is not used here"


def impure_builtins(source: Source) -> Iterator[str]:
    """The pure package calls no builtin that reaches outside; imports are held elsewhere."""
    if source.package != "reconciliation":
        return
    for node in ast.walk(source.tree):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in IMPURE_BUILTINS:
                yield f"{_at(source, node)} {name}() is not pure"


def foreign_places(source: Source) -> Iterator[str]:
    """No file names a package registry, or a folder of the machine it was written on."""
    pattern = LOCK_PLACES if source.path.suffix == ".lock" else FOREIGN_PLACES
    for number, line in enumerate(source.text.splitlines(), start=1):
        if found := pattern.search(line):
            yield f"{source.path}:{number}: {found.group()!r} belongs to one machine or registry"


PYTHON_RULES: tuple[Rule, ...] = (
    long_functions,
    long_files,
    missing_docstrings,
    wordy_test_docstrings,
    vague_names,
    bare_suppressions,
    mocks,
    impure_builtins,
)
TEXT_RULES: tuple[Rule, ...] = (foreign_places,)


def _at(source: Source, node: ast.AST) -> str:
    return f"{source.path}:{getattr(node, 'lineno', 1)}:"


def _public_definitions(parent: ast.Module | ast.ClassDef) -> Iterator[Function | ast.ClassDef]:
    for node in parent.body:
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from _public_definitions(node)


def _described_elsewhere(node: Function | ast.ClassDef) -> bool:
    # An overload by the function it belongs to, an override by its parent, a setter by its getter.
    decorators = {ast.unparse(decorator).split(".")[-1] for decorator in node.decorator_list}
    return not decorators.isdisjoint({"overload", "override", "setter"})


def _is_bare(comment: str) -> bool:
    return bool(SUPPRESSION.search(comment)) and not EXCUSED_SUPPRESSION.search(comment)


def _names_in(node: ast.AST) -> set[str]:
    match node:
        case ast.Name(id=name) | ast.arg(arg=name) | ast.alias(name=name):
            return {name}
        case ast.Attribute(attr=name):
            return {name}
        case _:
            return set()


def _is_mock_module(node: ast.AST) -> bool:
    match node:
        case ast.ImportFrom(module="mock" | "unittest.mock"):
            return True
        case ast.ImportFrom(module="unittest", names=names) | ast.Import(names=names):
            return any(alias.name in {"mock", "unittest.mock"} for alias in names)
        case _:
            return False
