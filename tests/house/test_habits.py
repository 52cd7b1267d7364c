"""Habits that keep evidence sound: one clock, no floats, one place that commits, imports where they can be seen."""

import ast
import re
import sys

import pytest

from tests.house import tree

ACTING = ("app", "plugins", "xapi")
# What may not be called, where it may all the same, and why.
CALLS = {
    "another clock than the kernel's": (
        re.compile(r"(^|\.)(datetime\.(now|utcnow|today)|date\.today|time\.time(_ns)?)$"),
        # The verifier shares no code with the house, and asks the clock of whoever runs it.
        ("app/kernel/clock.py", "app/verifier/"),
    ),
    "float, which changes the digits that a person typed": (re.compile(r"^float$"), "app/kernel/clock.py"),
    "commit, which belongs to the edge": (re.compile(r"\.commit$"), "app/storage/"),
}


def forbidden_calls(module, pattern, allowed):
    """Name the calls in a module that match a pattern."""
    if module.path.as_posix().startswith(allowed):
        return []
    return [f"{module.at(line)} {call}()" for call, line in module.calls() if pattern.search(call)]


def hidden_imports(module):
    """Name the imports of our own packages that stand inside a function, where nobody sees who knows whom."""
    inside = {node for function in module.functions() for node in ast.walk(function)}
    return [
        f"{module.at(line)} {name}"
        for node, name, line in tree.imports(module.tree)
        if node in inside and name.split(".")[0] in tree.PRODUCT
    ]


@pytest.mark.parametrize("what", CALLS)
def test_nobody_calls(what):
    faults = [fault for module in tree.modules(*ACTING) for fault in forbidden_calls(module, *CALLS[what])]

    assert faults == []


def test_rooms_import_each_other_in_the_open():
    modules = [module for module in tree.modules(*tree.PRODUCT) if module.path.as_posix() != "app/__init__.py"]
    faults = [fault for module in modules for fault in hidden_imports(module)]

    assert faults == []


def test_the_kernel_needs_nothing_but_the_standard_library():
    kernel = [module for module in tree.modules("app") if module.path.match("app/kernel/*.py")]
    faults = [
        f"{module.at(line)} {name}"
        for module in kernel
        for _, name, line in tree.imports(module.tree)
        if name.split(".")[0] not in sys.stdlib_module_names and not name.startswith("app.kernel")
    ]

    assert kernel != []
    assert faults == []


@pytest.mark.parametrize(
    ("what", "source"),
    [
        ("another clock than the kernel's", "at = datetime.datetime.now(UTC)"),
        ("another clock than the kernel's", "at = datetime.utcnow()"),
        ("another clock than the kernel's", "at = time.time()"),
        ("float, which changes the digits that a person typed", "value = float('5.0')"),
        ("commit, which belongs to the edge", "session.commit()"),
    ],
)
def test_a_bad_call_is_found(what, source):
    found = forbidden_calls(tree.module(source), *CALLS[what])

    assert len(found) == 1


def test_the_kernels_clock_is_no_bad_call():
    pattern, allowed = CALLS["another clock than the kernel's"]

    assert forbidden_calls(tree.module("at = clock.now()"), pattern, allowed) == []


def test_an_import_inside_a_function_is_found():
    sample = tree.module("import app.audit\ndef act():\n    from app.identity import queries\n    import json\n")

    assert hidden_imports(sample) == ["app/notebook/services.py:3 app.identity"]


def test_no_test_waits_for_a_setting_that_a_run_takes_away():
    faults = [
        f"{module.at(line)} {call}"
        for module in tree.modules("tests")
        for call, line in module.asked_of_the_environment()
        if "'CAHIER_" in call
    ]

    assert faults == []
