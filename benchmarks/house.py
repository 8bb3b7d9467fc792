"""How the code is kept: size of each package, functions over the limits, imports that turn back.

python -m benchmarks.house [--base REV]
"""

import argparse
import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PACKAGES = ("checkpoints", "prompts", "music2pose", "pose2video", "pipelines", "cli")
"""In the order in which imports may go: each uses only itself and what stands to its left."""
BESIDE = ("benchmarks", "tests")
MOST_LINES, MOST_ARGUMENTS, MOST_BRANCHES = 40, 6, 8
BRANCHES = (
    ast.If, ast.For, ast.While, ast.IfExp, ast.ExceptHandler, ast.BoolOp, ast.match_case,
    ast.comprehension,
)  # fmt: skip
"""What adds a way through a function, as McCabe counts (1976)."""
ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Function:
    """One function and how large it is."""

    place: str
    lines: int
    arguments: int
    branches: int

    def __str__(self) -> str:
        counts = f"{self.lines} lines, {self.arguments} arguments, {self.branches} branches"
        return f"{self.place}: {counts}"

    @property
    def is_over(self) -> bool:
        return (
            self.lines > MOST_LINES
            or self.arguments > MOST_ARGUMENTS
            or self.branches > MOST_BRANCHES
        )


def sources_now() -> dict[str, str]:
    """Return the text of every Python file that git knows here, by its path."""
    names = _git("ls-files", "*.py").split()
    return {name: (ROOT / name).read_text() for name in names if (ROOT / name).exists()}


def sources_at(revision: str) -> dict[str, str]:
    """Return the same of an earlier commit."""
    names = _git("ls-tree", "-r", "--name-only", revision).split()
    return {name: _git("show", f"{revision}:{name}") for name in names if name.endswith(".py")}


def _git(*words: str) -> str:
    return subprocess.run(
        ["git", "-C", str(ROOT), *words], check=True, capture_output=True, text=True
    ).stdout


def package_of(path: str) -> str:
    return path.partition("/")[0].removesuffix(".py")


def sizes(sources: dict[str, str]) -> dict[str, tuple[int, int]]:
    """Return files and lines of each package."""
    found = {name: (0, 0) for name in (*PACKAGES, *BESIDE)}
    for path, text in sources.items():
        files, lines = found.get(package_of(path), (0, 0))
        found[package_of(path)] = files + 1, lines + len(text.splitlines())
    return found


def functions(path: str, tree: ast.AST) -> Iterator[Function]:
    """Yield every function of a file.

    Lines are counted with the docstring, arguments with ``self``, branches without those of
    functions inside.
    """
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        given = node.args
        names = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
        yield Function(
            f"{path}:{node.lineno} {node.name}",
            node.end_lineno - node.lineno + 1,  # type: ignore[operator]
            len([name for name in names if name is not None]),
            sum(_ways(part) for part in _own_nodes(node)),
        )


def _own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from _own_nodes(child)


def _ways(node: ast.AST) -> int:
    if isinstance(node, ast.BoolOp):
        return len(node.values) - 1
    if isinstance(node, ast.comprehension):
        return 1 + len(node.ifs)
    return int(isinstance(node, BRANCHES))


def imports(sources: dict[str, str]) -> dict[str, set[str]]:
    """Return for each module of ours the modules of ours that it imports, wherever it does."""
    modules = {module_name(path): path for path in sources}
    found: dict[str, set[str]] = {}
    for module, path in modules.items():
        named: set[str] = set()
        for node in ast.walk(ast.parse(sources[path])):
            if isinstance(node, ast.Import):
                named |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                parts = {f"{node.module}.{alias.name}" for alias in node.names}
                named |= {part if part in modules else node.module for part in parts}
        found[module] = {name for name in named if name in modules and name != module}
    return found


def module_name(path: str) -> str:
    """
    >>> module_name("music2pose/hearing/__init__.py"), module_name("cli.py")
    ('music2pose.hearing', 'cli')
    """
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def circles(edges: dict[str, set[str]]) -> list[list[str]]:
    """Return the groups of modules that reach each other."""
    reach = {module: _reached(module, edges) for module in edges}
    groups = {
        tuple(sorted({other for other in reach[module] if module in reach[other]} | {module}))
        for module in edges
        if module in reach[module]
    }
    return [list(group) for group in sorted(groups)]


def _reached(module: str, edges: dict[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = list(edges[module])
    while waiting:
        if (name := waiting.pop()) not in seen:
            seen.add(name)
            waiting += edges.get(name, ())
    return seen


def upward(edges: dict[str, set[str]]) -> list[str]:
    """Return the imports that go against the order of the packages."""
    rank = {name: number for number, name in enumerate(PACKAGES)}
    rank["prompts"] = rank["checkpoints"]  # neither knows the other
    top = len(rank)
    return [
        f"{module} imports {name}"
        for module, names in sorted(edges.items())
        for name in sorted(names)
        if rank.get(package_of(module.replace(".", "/")), top)
        < rank.get(package_of(name.replace(".", "/")), top)
    ]


def show(sources: dict[str, str], before: dict[str, str] | None) -> None:
    now, then = sizes(sources), sizes(before) if before is not None else {}
    print(f"{'package':<12} {'files':>6} {'lines':>7}" + ("   before" if then else ""))
    for name in (*PACKAGES, *BESIDE):
        was = "   {:>6} {:>7}".format(*then[name]) if then else ""
        print(f"{name:<12} {now[name][0]:>6} {now[name][1]:>7}{was}")
    totals = [
        "{:>6} {:>7}".format(*(sum(found[name][part] for name in PACKAGES) for part in (0, 1)))
        for found in (now, then)
        if found
    ]
    print(f"{'source':<12} " + "   ".join(totals))
    for title, found in (("now", sources), ("before", before)):
        if found is not None:
            show_limits(title, found, is_listed=found is sources)


def show_limits(title: str, sources: dict[str, str], is_listed: bool) -> None:
    ours = {path: text for path, text in sources.items() if package_of(path) in PACKAGES}
    found = [f for path, text in ours.items() for f in functions(path, ast.parse(text))]
    over = [function for function in found if function.is_over]
    edges = imports(ours)
    round_trips, turned = circles(edges), upward(edges)
    print(
        f"{title}: {len(found)} functions, over {MOST_LINES} lines {_over(over, 'lines')}, "
        f"{MOST_ARGUMENTS} arguments {_over(over, 'arguments')}, {MOST_BRANCHES} branches "
        f"{_over(over, 'branches')}; import circles {len(round_trips)}, upward {len(turned)}"
    )
    if is_listed:
        for line in (*over, *(" <-> ".join(group) for group in round_trips), *turned):
            print(f"  {line}")


def _over(found: list[Function], part: str) -> int:
    most = {"lines": MOST_LINES, "arguments": MOST_ARGUMENTS, "branches": MOST_BRANCHES}[part]
    return sum(getattr(function, part) > most for function in found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", metavar="REV", help="also show this commit, to compare")
    args = parser.parse_args()
    show(sources_now(), sources_at(args.base) if args.base else None)


if __name__ == "__main__":
    main()
