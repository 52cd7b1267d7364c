"""Every module says what it is for, and everything public states its contract."""

import ast

from tests.house import tree


def undocumented(module):
    """Name the public classes, functions and methods of a module that state no contract."""
    return [
        f"{module.at(node.lineno)} {node.name}" for node in _public(module.tree.body) if ast.get_docstring(node) is None
    ]


def _public(body):
    for node in body:
        if not isinstance(node, ast.ClassDef | tree.Function) or node.name.startswith("_"):
            continue
        if not _inherits_its_contract(node):
            yield node
        if isinstance(node, ast.ClassDef):
            yield from _public(node.body)


def _inherits_its_contract(node):
    """Say whether an overriding method or an overload is described where it was first declared."""
    marks = {ast.unparse(mark).split(".")[-1] for mark in node.decorator_list}
    return bool(marks & {"override", "overload", "setter"})


def test_every_module_says_what_it_is_for():
    faults = [str(module.path) for module in tree.modules(*tree.CODE) if not ast.get_docstring(module.tree)]

    assert faults == []


def test_everything_public_states_its_contract():
    faults = [fault for module in tree.modules(*tree.PRODUCT) for fault in undocumented(module)]

    assert faults == []


def test_a_public_method_without_contract_is_found():
    sample = tree.module('class Record:\n    """A record."""\n    def close(self): ...\n    def _note(self): ...\n')

    assert undocumented(sample) == ["app/notebook/services.py:3 close"]
