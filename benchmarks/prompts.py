"""How much of a prompt does the scene understand? 60 prompts as people write them.

python -m benchmarks.prompts [FILE]

A word that can be drawn counts where the scene holds all that `prompts.toml` expects of it there.
"""

import argparse
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

from prompts.scene.lexicon import load_lexicon
from prompts.scene.reading import read_scene
from prompts.scene.scene import Item, Scene
from prompts.scene.words import words_of

PROMPTS = Path(__file__).with_name("prompts.toml")
WANTED = 0.9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, default=PROMPTS, help="other prompts")
    args = parser.parse_args()
    prompts = tomllib.loads(args.file.read_text())["prompt"]
    load_lexicon()
    start = time.perf_counter()
    scenes = [read_scene(prompt["text"]).scene for prompt in prompts]
    seconds = (time.perf_counter() - start) / len(prompts)
    missed, count = [], 0
    for prompt, scene in zip(prompts, scenes, strict=True):
        shown = set(statements(scene))
        for word, wanted in expectations(prompt["words"]):
            count += 1
            lacking = [fact for fact in wanted if not is_shown(fact, shown)]
            missed += [f"{word!r} of {prompt['text']!r:.50}: {', '.join(lacking)}"] * bool(lacking)
    share = 1 - len(missed) / count
    print(f"{len(prompts)} prompts, {1000 * seconds:.1f} ms each")
    print(f"words understood, of {count} that can be drawn: {share:.1%} ({WANTED:.0%} wanted)")
    print("\n".join(missed))


def expectations(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each word with what it should become."""
    for line in filter(None, text.splitlines()):
        word, _, facts = line.partition(": ")
        yield word, facts.split(", ")


def statements(scene: Scene) -> Iterator[str]:
    """Yield all that a scene says, in the words of ``prompts.toml``, colours as ``#rrggbb``."""
    figure, place, light = scene.figure, scene.place, scene.light
    yield f"body {figure.body}"
    yield f"dancers {scene.dancers}"
    yield from _looks("figure", [figure.colour, figure.second, figure.pattern])
    yield from _looks("material", [figure.material])
    yield from ["skin"] * bool(figure.skin) + _looks("skin", [figure.skin])
    yield from _looks("build", figure.build)
    if figure.hair:
        yield from _item("hair", figure.hair)
    for item in figure.wears:
        yield from _item("wears", item)
    yield from _looks("stage", [place.stage])
    yield from _looks("place", [place.colour, place.material])
    yield from _looks("feature", place.features)
    yield from [*_looks("time", [light.time]), *_looks("light", (*light.kinds, *light.colours))]
    for item in scene.weather:
        yield from _item("weather", item)
    yield from _looks("grade", scene.grade)
    yield from ["wet"] * (scene.wet > 0) + _looks("painting", [scene.painting])
    yield from _looks("without", scene.without)


def _item(slot: str, item: Item) -> Iterator[str]:
    yield f"{slot} {item.kind}"
    looks = [item.colour, item.second, item.pattern, item.material]
    yield from _looks("hair" if slot == "hair" else item.kind, looks)


def _looks(name: str, values: tuple[str, ...] | list[str]) -> list[str]:
    return [f"{name} {value}" for value in values if value]


def is_shown(fact: str, shown: set[str]) -> bool:
    """Return whether a scene says something; a colour may be any of those of that name."""
    if fact in shown:
        return True
    *thing, _ = words = fact.split()
    for first in range(len(thing) + 1):
        senses = load_lexicon().entries.get(words_of(" ".join(words[first:])), {})
        for colour in (senses.get("colours"), senses.get("hair_colours")):
            said = " ".join([*words[:first], colour or "?"])
            if said in shown or (first == 0 and any(one.endswith(said) for one in shown)):
                return True
    return False


if __name__ == "__main__":
    main()
