"""Compiled loops: none is called in a way that would end the process, pictures come in order."""

import ast
import time
from pathlib import Path

import numpy as np

import pose2video.stage
from pose2video.stage.compiled import in_bands, side_by_side

COMPILED = {"compiled", "called_by_loops"}
SOURCES = sorted(Path(pose2video.stage.__file__).parent.rglob("*.py"))


def decorated(function: ast.FunctionDef) -> set[str]:
    return {item.id for item in function.decorator_list if isinstance(item, ast.Name)}


def functions_of(path: Path) -> list[ast.FunctionDef]:
    tree = ast.parse(path.read_text())
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def test_what_only_loops_may_call_is_called_by_loops_only():
    """Without a wrapper for Python, such a call is a segmentation fault and no error."""
    inner = {
        function.name: path
        for path in SOURCES
        for function in functions_of(path)
        if "called_by_loops" in decorated(function)
    }
    assert len(inner) > 50
    for path in SOURCES:
        plain = [one for one in functions_of(path) if not decorated(one) & COMPILED]
        namesakes = {function.name for function in plain}
        for function in plain:
            calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
            names = {call.func.id for call in calls if isinstance(call.func, ast.Name)}
            own = {argument.arg for argument in function.args.args}
            called = names & set(inner) - own - namesakes
            assert not called, f"{path.name}: {function.name} calls {called}"


def test_what_does_not_count_references_returns_no_arrays():
    """What such a function returns is never its caller's own, and would be let go of twice."""
    classes = [
        node
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef)
    ]
    arrays = {"np.ndarray"}
    for _ in range(3):  # classes of classes of arrays
        arrays |= {
            one.name
            for one in classes
            for field in one.body
            if isinstance(field, ast.AnnAssign) and ast.unparse(field.annotation) in arrays
        }
    assert {"Near", "Subject"} < arrays
    for path in SOURCES:
        for function in functions_of(path):
            if "called_by_loops" in decorated(function):
                assert function.returns, f"{path.name}: {function.name}"
                returned = ast.unparse(function.returns)
                assert returned not in arrays, f"{path.name}: {function.name} -> {returned}"


def test_bands_cover_every_row_once():
    rows = np.zeros(37, int)

    def count(first: int, stop: int, seen: np.ndarray) -> None:
        seen[first:stop] += 1

    in_bands(count, 37, rows)
    assert (rows == 1).all()


def test_what_is_made_side_by_side_comes_in_order_and_not_far_ahead():
    begun = []

    def slow_first(item: int) -> int:
        begun.append(item)
        time.sleep(0.02 if item % 2 == 0 else 0.0)
        return item * item

    made = side_by_side(slow_first, iter(range(40)))
    assert [next(made) for _ in range(5)] == [0, 1, 4, 9, 16]
    assert len(begun) < 20
    assert list(made) == [number * number for number in range(5, 40)]
