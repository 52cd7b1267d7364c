"""What the house rules look at: the files of the project as git knows them, and our modules as syntax trees."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
# What a running Cahier consists of, and what surrounds it.
PRODUCT = ("app", "config", "plugins", "xapi")
CODE = (*PRODUCT, "migrations", "tests")
FOREIGN = ("static/vendor/", ".min.js", ".min.css")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One of our Python files: its path from the root, its text and its syntax tree."""

    path: Path
    text: str
    tree: ast.Module

    def functions(self) -> Iterator[Function]:
        """Give every function and method, nested ones included."""
        return (node for node in ast.walk(self.tree) if isinstance(node, Function))

    def calls(self) -> Iterator[tuple[str, int]]:
        """Give every call as its dotted source text and its line."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                yield ast.unparse(node.func), node.lineno

    def asked_of_the_environment(self) -> Iterator[tuple[str, int]]:
        """Give every call that reads one variable of this process's environment, with its arguments, and its line."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("os.environ.get", "os.getenv"):
                yield ast.unparse(node), node.lineno

    def at(self, line: int) -> str:
        """Return a place in this file, as an editor opens it."""
        return f"{self.path}:{line}"


@cache
def files() -> tuple[Path, ...]:
    """Return the project's files from the root: those in git, and new ones that git does not ignore."""
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    paths = {Path(name) for name in listed.split("\0") if name}
    return tuple(sorted(path for path in paths if (ROOT / path).is_file()))


def ours(*suffixes: str, under: tuple[str, ...] = ()) -> list[Path]:
    """Return our own files with these suffixes, below these folders; other people's files are left out."""
    folders = tuple(f"{folder}/" for folder in under) or ""
    return [
        path
        for path in files()
        if path.suffix in suffixes
        and path.as_posix().startswith(folders)
        and not any(mark in path.as_posix() for mark in FOREIGN)
    ]


def text(path: Path) -> str:
    """Return the text of a file given from the root."""
    return (ROOT / path).read_text(encoding="utf-8")


def module(source: str, path: str = "app/notebook/services.py") -> Module:
    """Return source text as a module, so that a rule can be tried on a sample."""
    return Module(Path(path), source, ast.parse(source, path))


def modules(*packages: str) -> tuple[Module, ...]:
    """Return the Python files below these folders."""
    return tuple(map(_read, ours(".py", under=packages)))


@cache
def _read(path: Path) -> Module:
    return module(text(path), path.as_posix())


def imports(syntax: ast.AST) -> Iterator[tuple[ast.stmt, str, int]]:
    """Give every import as its node, the dotted name of what is imported, and the line."""
    for node in ast.walk(syntax):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node, node.module or ".", node.lineno
