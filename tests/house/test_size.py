"""What fits in a head: files of 400 lines, functions of 40, six parameters besides the session and the actor."""

from tests.house import tree

LINES_OF_A_FILE = 400
LINES_OF_A_FUNCTION = 40
PARAMETERS = 6
NOT_COUNTED = {"self", "cls", "session", "actor"}


def is_generated(path):
    """Say whether a file is a step of the migrations, which lists tables and is never edited again, or is joined."""
    return path.match("migrations/versions/*.py") or path.as_posix() == "app/verifier/cahier_verify.py"


def long_functions(module):
    """Name the functions of a module that are too long, from `def` to the last line."""
    measured = [(function, (function.end_lineno or 0) - function.lineno + 1) for function in module.functions()]
    return [
        f"{module.at(function.lineno)} {function.name} has {lines} lines"
        for function, lines in measured
        if lines > LINES_OF_A_FUNCTION
    ]


def crowded_functions(module):
    """Name the functions of a module that want too much at once."""
    faults = []
    for function in module.functions():
        given = function.args
        counted = {one.arg for one in [*given.posonlyargs, *given.args, *given.kwonlyargs]} - NOT_COUNTED
        if len(counted) > PARAMETERS:
            faults.append(f"{module.at(function.lineno)} {function.name} takes {len(counted)}")
    return faults


def test_files_stay_short():
    paths = [path for path in tree.ours(".py", ".html", ".css", ".js") if not is_generated(path)]
    counted = [(path, tree.text(path).count("\n")) for path in paths]
    faults = [f"{path} has {lines} lines" for path, lines in counted if lines > LINES_OF_A_FILE]

    assert faults == []


def test_functions_stay_short():
    modules = [module for module in tree.modules(*tree.CODE) if not is_generated(module.path)]
    faults = [fault for module in modules for fault in long_functions(module)]

    assert faults == []


def test_functions_do_not_want_everything_at_once():
    faults = [fault for module in tree.modules(*tree.PRODUCT) for fault in crowded_functions(module)]

    assert faults == []


def test_a_function_of_41_lines_is_found():
    sample = tree.module("def act():\n" + "    pass\n" * 40)

    assert long_functions(sample) == ["app/notebook/services.py:1 act has 41 lines"]


def test_a_seventh_parameter_is_found():
    sample = tree.module("def act(session, a, b, c, d, e, f, *, g, actor): ...")

    assert crowded_functions(sample) == ["app/notebook/services.py:1 act takes 7"]
