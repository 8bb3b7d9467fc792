"""A fault that is put into code is caught or not by the tests named, and the code is mended."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.mutants import ROOT, Mutant, judge, load_mutants

CODE = "def doubled(x):\n    return 2 * x\n"
TEST = "from code_of import doubled\n\n\ndef test_twice():\n    assert doubled(1) == 2\n"
MUTANT = Mutant("doubles by adding", "code_of.py", "2 * x", "1 + x", ("test_of.py",))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    (tmp_path / "code_of.py").write_text(CODE)
    (tmp_path / "test_of.py").write_text(TEST)
    return tmp_path


@pytest.mark.parametrize(
    ("changes", "is_caught", "words"),
    [
        ({"new": "3 * x"}, True, "caught by test_of.py::test_twice"),
        ({}, False, "NOT CAUGHT"),
        ({"old": "5 * x"}, False, "UNFIT: its line stands there 0 times, not once"),
        ({"old": "x"}, False, "UNFIT: its line stands there 2 times, not once"),
        ({"new": "2 *"}, False, "UNFIT: its tests cannot be run"),
    ],
)
def test_a_mutant_is_judged_by_its_tests_alone(copy, changes, is_caught, words):
    verdict = judge(replace(MUTANT, **changes), copy)
    assert verdict.is_caught == is_caught
    assert verdict.words.startswith(words)
    assert (copy / "code_of.py").read_text() == CODE


@pytest.mark.parametrize("mutant", load_mutants().values(), ids=lambda mutant: mutant.what)
def test_every_mutant_of_the_list_fits_the_code(mutant):
    text = (ROOT / mutant.file).read_text()
    assert text.count(mutant.old) == 1
    compile(text.replace(mutant.old, mutant.new), mutant.file, "exec")
    for test in mutant.tests:
        path, _, name = test.partition("::")
        assert f"def {name.partition('[')[0]}" in (ROOT / path).read_text()
