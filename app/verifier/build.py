"""Joins the parts of the verifier into `cahier_verify.py`, one file that runs alone: `make verifier`.

Imports between parts fall away, so that every name at the top of a part must be the only one of its kind; the build
refuses two alike. tests/house/test_verifier.py fails when the file is out of date.
"""

import ast
from pathlib import Path

PARTS = Path(__file__).parent / "parts"
OUTPUT = Path(__file__).parent / "cahier_verify.py"
PREFIX = "app.verifier.parts."
LAST = "commanding"
HEAD = '''#!/usr/bin/env python3
"""cahier-verify: checks an evidence bundle of Cahier, offline, with Python 3.11 and `cryptography` and nothing else.

    python cahier_verify.py BUNDLE --trust TRUST [--json] [--language fr|nl|en|de]

Copyright the authors of Cahier; licence: Apache-2.0. Written from docs/evidence-format.md; shares no code with the
writer of bundles. Joined from app/verifier/parts by `make verifier`: change those, not this file.
"""

'''
FOOT = '\n\nif __name__ == "__main__":\n    run()\n'


def build() -> str:
    """Return the text of the one file."""
    order = ordered()
    trees = {name: ast.parse(_text(name)) for name in order}
    _refuse_doubles(trees)
    imports = sorted({line for tree in trees.values() for line in _imports(tree)}, key=_import_order)
    bodies = [_body(name, trees[name]) for name in order]
    return HEAD + "\n".join(imports) + "\n" + "".join(bodies) + FOOT


def ordered() -> list[str]:
    """Return the names of the parts, each after those that it imports."""
    done: list[str] = []

    def add(name: str) -> None:
        if name not in done:
            for other in sorted(_imported_parts(ast.parse(_text(name)))):
                add(other)
            done.append(name)

    add(LAST)
    unused = {path.stem for path in PARTS.glob("*.py")} - {"__init__"} - set(done)
    if unused:
        raise SystemExit(f"no part imports {', '.join(sorted(unused))}")
    return done


def _text(name: str) -> str:
    return (PARTS / f"{name}.py").read_text(encoding="utf-8")


def _imported_parts(tree: ast.Module) -> set[str]:
    froms = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    return {node.module.removeprefix(PREFIX) for node in froms if node.module and node.module.startswith(PREFIX)}


def _imports(tree: ast.Module) -> list[str]:
    """Return the imports from outside, one name a line."""
    lines = []
    for node in tree.body:
        if isinstance(node, ast.Import):
            lines += [f"import {alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not (node.module or "").startswith(PREFIX):
            lines += [f"from {node.module} import {alias.name}" for alias in node.names]
    return lines


def _import_order(line: str) -> tuple[bool, bool, str]:
    return "cryptography" in line, line.startswith("from"), line


def _refuse_doubles(trees: dict[str, ast.Module]) -> None:
    seen: dict[str, str] = {}
    for part, tree in trees.items():
        for name in {name for node in tree.body for name in _names(node)}:
            if name in seen:
                raise SystemExit(f"{name} stands in {seen[name]} and in {part}")
            seen[name] = part


def _names(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        named = [one for target in targets for one in ast.walk(target) if isinstance(one, ast.Name)]
        return [one.id for one in named]
    return []


def _body(name: str, tree: ast.Module) -> str:
    """Return a part without its docstring and imports, under a heading."""
    said = (ast.get_docstring(tree) or "").split("\n")[0]
    rest = [node for node in tree.body[1:] if not isinstance(node, ast.Import | ast.ImportFrom)]
    lines = _text(name).split("\n")
    last_import = max(
        (node.end_lineno or 0 for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)),
        default=tree.body[0].end_lineno or 0,
    )
    text = "\n".join(lines[last_import:]).strip("\n") if rest else ""
    return f"\n\n# {name}: {said}\n\n{text}\n"


if __name__ == "__main__":
    OUTPUT.write_text(build(), encoding="utf-8")
