"""Do the tests hold? Break the code line by line, as ``mutants.toml`` lists, and run its tests.

python -m benchmarks.mutants [NUMBER...] [--jobs N]

It works on copies of the tracked files: what stands here is never touched. The tests must pass
before anything is broken. Ends with 1 if fewer than nine tenths of the mutants are caught.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

ROOT = Path(__file__).parents[1]
LIST = Path(__file__).with_suffix(".toml")
LEAST_CAUGHT = 0.9
TIMEOUT = 600.0
"""Seconds for the tests of one mutant, and for each of them as long before anything is broken."""
PASSED, FAILED = 0, 1
"""What pytest ends with; any other number means that the tests themselves could not be run."""


@dataclass(frozen=True)
class Mutant:
    """One fault to be noticed."""

    what: str
    """The fault in words."""
    file: str
    old: str
    """What stands in the file exactly once."""
    new: str
    """What stands there instead."""
    tests: tuple[str, ...]
    """Files of tests, or single tests (``path::name``), of which one should fail."""


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant."""

    is_caught: bool
    words: str


def load_mutants() -> dict[int, Mutant]:
    """Return the mutants of the list, counted from 1."""
    listed = tomllib.loads(LIST.read_text())["mutant"]
    mutants = [Mutant(**{**entry, "tests": tuple(entry["tests"])}) for entry in listed]
    return dict(enumerate(mutants, start=1))


def copy_tracked(target: Path) -> Path:
    """Copy the files that git tracks, as they are now."""
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z"], check=True, capture_output=True, text=True
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, target / name)
    return target


def judge(mutant: Mutant, copy: Path) -> Verdict:
    """Break one line of a copy, run the mutant's tests there, and mend it again."""
    path = copy / mutant.file
    text = path.read_text() if path.is_file() else ""
    if (count := text.count(mutant.old)) != 1:
        return Verdict(False, f"UNFIT: its line stands there {count} times, not once")
    path.write_text(text.replace(mutant.old, mutant.new))
    try:
        code, said = run_tests(mutant.tests, copy, TIMEOUT)
    except subprocess.TimeoutExpired:
        return Verdict(False, f"NOT CAUGHT: no end after {TIMEOUT:.0f} s")
    finally:
        path.write_text(text)
    if code == PASSED:
        return Verdict(False, "NOT CAUGHT")
    if code != FAILED:
        return Verdict(False, f"UNFIT: its tests cannot be run ({last_line(said)})")
    return Verdict(True, f"caught by {first_failure(said)}")


def run_tests(tests: Iterable[str], copy: Path, timeout: float) -> tuple[int, str]:
    """Run tests in a copy up to the first failure; return pytest's exit code and what it said.

    No bytecode is kept: a file that is broken and mended within a second would look unchanged.
    """
    shared = os.environ.get("MUSIC2DANCE_SHARED", str(ROOT.parent / "shared"))
    own = {"OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1", "MUSIC2DANCE_SHARED": shared}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests],
        cwd=copy, env=os.environ | own, capture_output=True, text=True, timeout=timeout,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def first_failure(said: str) -> str:
    """Return the name of the test that failed first.

    >>> first_failure("FAILED tests/test_a.py::test_b - assert 1 == 2")
    'tests/test_a.py::test_b'
    """
    lines = [line for line in said.splitlines() if line.startswith(("FAILED ", "ERROR "))]
    return lines[0].split(" ", 1)[1].split(" - ")[0] if lines else "an unnamed test"


def last_line(said: str) -> str:
    return next((line for line in reversed(said.splitlines()) if line.strip()), "nothing said")


def judge_all(mutants: dict[int, Mutant], copies: Sequence[Path]) -> int:
    """Judge as many mutants at once as there are copies; print each, return how many are caught."""
    free: SimpleQueue[Path] = SimpleQueue()
    for copy in copies:
        free.put(copy)

    def judge_in_turn(mutant: Mutant) -> tuple[Verdict, float]:
        copy, start = free.get(), time.perf_counter()
        try:
            return judge(mutant, copy), time.perf_counter() - start
        finally:
            free.put(copy)

    caught = 0
    with ThreadPoolExecutor(len(copies)) as pool:
        verdicts = pool.map(judge_in_turn, mutants.values())
        for (number, mutant), (verdict, seconds) in zip(mutants.items(), verdicts, strict=True):
            caught += verdict.is_caught
            about = f"{number:2}  {mutant.file}: {mutant.what}"
            print(f"{about} | {verdict.words} | {seconds:.0f} s", flush=True)
    return caught


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("numbers", type=int, nargs="*", help="of the list (default: all)")
    parser.add_argument("--jobs", type=int, default=1, help="mutants at once (default: 1)")
    args = parser.parse_args()
    listed = load_mutants()
    if absent := set(args.numbers) - set(listed):
        parser.error(f"no mutant {min(absent)}; the list has 1 to {len(listed)}")
    mutants = {number: listed[number] for number in args.numbers or listed}
    with tempfile.TemporaryDirectory() as folder:
        copies = [copy_tracked(Path(folder) / str(job)) for job in range(max(1, args.jobs))]
        tests = dict.fromkeys(test for mutant in mutants.values() for test in mutant.tests)
        code, said = run_tests(tests, copies[0], TIMEOUT * len(mutants))
        if code != PASSED:
            print(said[-4000:], "tests fail before anything is broken", sep="\n")
            return 1
        print(f"unbroken: {last_line(said)}", flush=True)
        caught = judge_all(mutants, copies)
    print(f"{caught} of {len(mutants)} caught")
    return 0 if caught >= LEAST_CAUGHT * len(mutants) else 1


if __name__ == "__main__":
    sys.exit(main())
