"""Write the two lists of words of `prompts/scene` that others made: colours, and kinds of things.

python -m benchmarks.scene_words --wordnet /usr/share/wordnet

Colours are those of CSS and of the xkcd colour survey, as matplotlib has them. Kinds of things are
those of WordNet 3.0 (Debian's package `wordnet-base`): a poodle is a dog. The scene's own lexicon
goes before both, so a word that stands there is left out here.
"""

import argparse
import textwrap
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from checkpoints.files import whole_file
from prompts.scene.lexicon import COLOURS, FOLDER, KINDS, Key, load_lexicon
from prompts.scene.words import words_of

KINDS_OF = {
    "body": {
        "human": "person.1", "robot": "automaton.2", "dog": "dog.1", "cat": "cat.1",
        "fox": "fox.1", "wolf": "wolf.1", "bear": "bear.1", "rabbit": "leporid.1",
        "mouse": "rodent.1", "tiger": "big_cat.1", "ghost": "spirit.4",
    },
    "wears": {
        "hat": "hat.1", "cap": "cap.1", "helmet": "helmet.1 helmet.2", "crown": "crown.4",
        "shirt": "shirt.1 blouse.1", "sweater": "sweater.1", "jacket": "jacket.1",
        "suit": "suit.1 uniform.1", "dress": "dress.1", "gown": "gown.1 gown.2 robe.1",
        "skirt": "skirt.2", "coat": "coat.1 overcoat.2", "cape": "cloak.2",
        "trousers": "trouser.1", "leggings": "hosiery.1", "trainers": "shoe.1 sandal.1",
        "boots": "boot.1", "scarf": "scarf.1", "gloves": "glove.2", "tie": "necktie.1",
        "glasses": "spectacles.1", "mask": "mask.1", "armour": "body_armor.1",
        "tank-top": "swimsuit.1", "beard": "facial_hair.1", "backpack": "backpack.1",
    },
    "stage": {
        "room": "room.1 building.1 shop.1", "theatre": "theater.1", "castle": "fortress.1 castle.2",
        "temple": "place_of_worship.1", "stadium": "stadium.1", "street": "road.1 city.1",
        "forest": "forest.2 forest.1", "mountains": "mountain.1", "beach": "shore.1",
        "meadow": "grassland.1", "garden": "garden.1 flower.1",
    },
    "feature": {
        "trees": "tree.1", "palms": "palm.3", "sea": "body_of_water.1", "lanterns": "lamp.1",
        "fire": "fire.3",
    },
    "material": {
        "stone": "rock.2", "crystal": "gem.2 transparent_gem.1",
        "chrome": "metallic_element.1 alloy.1", "wood": "wood.1", "knitted": "fabric.1",
    },
}  # fmt: skip
"""Canonical name -> the nouns, each with the number of its sense, whose kinds it stands for."""
INSULTS = {"ethnic_slur", "disparagement", "obscenity"}
"""What WordNet marks words with that are not taken over."""
NOT_TAKEN = {"coon", "commie"}
"""That it should have marked."""
ONLY_USUAL = ("human",)
"""Of which there are thousands of kinds, and only those are taken that texts were seen to use."""
COLOUR_NOTICE = """\
# Names of colours: those of the xkcd colour survey (xkcd.com/color/rgb, CC0), and those of CSS
# (W3C) that it lacks. Written by `python -m benchmarks.scene_words` from matplotlib's tables.
"""
KIND_NOTICE = """\
# Kinds of things, as `lexicon.toml` has them. Written by `python -m benchmarks.scene_words` from
# WordNet 3.0, whose licence is in WORDNET-LICENCE.
"""


class WordNet:
    """Nouns of WordNet, their senses from the most usual, and what is a kind of what."""

    def __init__(self, folder: Path) -> None:
        self.senses = {row[0]: row[-int(row[2]) :] for row in _rows(folder / "index.noun")}
        self.words: dict[str, list[str]] = {}
        self.kinds: dict[str, list[str]] = {}
        self.usages: dict[str, list[str]] = {}
        for row in _rows(folder / "data.noun"):
            count = int(row[3], 16)
            self.words[row[0]] = row[4 : 4 + 2 * count : 2]
            self.kinds[row[0]] = _pointed_at(row, "~")
            self.usages[row[0]] = _pointed_at(row, ";u")
        self.counts = _counts(folder / "cntlist.rev")
        self.others = {
            row[0] for name in ("adj", "verb", "adv") for row in _rows(folder / f"index.{name}")
        }

    def kinds_of(self, name: str) -> Iterator[str]:
        """Yield the single words that mostly mean a kind of a noun, which is given as ``dog.1``."""
        word, _, number = name.partition(".")
        waiting = list(self.kinds[self.senses[word][int(number) - 1]])
        seen = set()
        while waiting:
            if (offset := waiting.pop()) in seen:
                continue
            seen.add(offset)
            waiting += self.kinds[offset]
            marks = {mark for use in self.usages[offset] for mark in self.words[use]}
            if not marks & INSULTS:
                yield from (word for word in self.words[offset] if self.is_meant(word, offset))

    def is_meant(self, word: str, offset: str) -> bool:
        """Return whether a plain word mostly has this meaning; names and Latin are capitalised."""
        is_plain = word.isalpha() and word.islower() and len(word) > 2
        return is_plain and self.senses[word][0] == offset and self.is_mostly_noun(word)

    def is_mostly_noun(self, word: str) -> bool:
        counts = self.counts[word]
        return word not in self.others or counts["1"] > sum(counts.values()) - counts["1"]


def _pointed_at(row: list[str], sign: str) -> list[str]:
    """Return the meanings that a row of ``data.noun`` points at with a sign."""
    return [row[place + 1] for place, word in enumerate(row) if word == sign]


def _rows(path: Path) -> Iterator[list[str]]:
    """Yield the columns of each line, without the licence at the top and the explanations."""
    for line in path.read_text().splitlines():
        if not line.startswith(" "):
            yield line.partition(" | ")[0].split()


def _counts(path: Path) -> dict[str, dict[str, int]]:
    """Return how often each word was met as noun (1), verb (2), adjective (3, 5), adverb (4)."""
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for line in path.read_text().splitlines():
        key, _, count = line.split()
        word, _, rest = key.partition("%")
        counts[word][rest[0]] += int(count)
    return counts


def kinds_text(wordnet: WordNet) -> str:
    """Return what ``kinds.toml`` holds; a word that is a kind of several is one of the first."""
    taken = set(load_lexicon().entries)
    lines = [KIND_NOTICE]
    for group, names in KINDS_OF.items():
        lines.append(f"[{group}]")
        found = {
            name: _new_words(wordnet, name, nouns, taken) for name, nouns in _narrow_first(names)
        }
        for name in filter(found.get, names):
            lines.append(f'{name} = """\n' + textwrap.fill(", ".join(found[name]), 100) + '"""')
        lines.append("")
    return "\n".join(lines)


def _narrow_first(names: dict[str, str]) -> list[tuple[str, str]]:
    """A poodle is a dog before it is anything wider."""
    wide = ("human", "room", "mouse", "trees", "knitted", "cat")
    return sorted(names.items(), key=lambda item: item[0] in wide)


def _new_words(wordnet: WordNet, name: str, nouns: str, taken: set[Key]) -> list[str]:
    new = set()
    for noun in nouns.split():
        for word in wordnet.kinds_of(noun):
            is_usual = name not in ONLY_USUAL or wordnet.counts[word]["1"] > 0
            if words_of(word) not in taken and is_usual and word not in NOT_TAKEN:
                new.add(word)
    taken |= {words_of(word) for word in new}
    return sorted(new)


def colours_text() -> str:
    """Return what ``colours.txt`` holds; names that CSS runs together stand apart as well."""
    from matplotlib.colors import CSS4_COLORS, XKCD_COLORS

    xkcd = {name.removeprefix("xkcd:").replace("/", " "): str(v) for name, v in XKCD_COLORS.items()}
    css = {name.lower(): str(value).lower() for name, value in CSS4_COLORS.items()}
    apart = {_apart(name, xkcd): value for name, value in css.items()}
    names = apart | css | xkcd
    return COLOUR_NOTICE + "".join(f"{names[name]} {name}\n" for name in sorted(names))


def _apart(name: str, known: dict[str, str]) -> str:
    """
    >>> _apart("dodgerblue", {"blue": ""}), _apart("peru", {"blue": ""})
    ('dodger blue', 'peru')
    """
    ends = [end for end in known if name.endswith(end) and 3 <= len(end) <= len(name) - 3]
    end = max(ends, key=len, default="")
    return f"{name.removesuffix(end)} {end}".strip()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wordnet", type=Path, required=True, metavar="DIR", help="its data")
    args = parser.parse_args()
    for name, text in ((COLOURS, colours_text()), (KINDS, kinds_text(WordNet(args.wordnet)))):
        with whole_file(FOLDER / name) as partial:
            partial.write_text(text)
        print(f"{name}: {len(text)} letters")


if __name__ == "__main__":
    main()
