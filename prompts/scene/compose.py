"""Make one scene of all that was said: the stronger and the later counts, and what was meant along
with another word only where nothing else was said.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from prompts.scene.lexicon import load_lexicon
from prompts.scene.parse import Fact, soft_facts
from prompts.scene.scene import (
    BEARDS,
    FOOTWEAR,
    HATS,
    LEGWEAR,
    MOST_DANCERS,
    OVER_TOPS,
    TOPS,
    WHOLE,
    Figure,
    Item,
    Light,
    Place,
    Scene,
)

MAIN_CLOTHES = (*TOPS, *OVER_TOPS, *WHOLE)
SLOTS = (HATS, MAIN_CLOTHES, LEGWEAR, FOOTWEAR)
"""Clothes that take the place of others which were only meant along with a word."""
KEPT_OUT_TOO = {
    "hat": HATS, "trainers": FOOTWEAR, "glasses": ("sunglasses",), "shirt": TOPS,
    "trousers": ("shorts", "leggings"), "skyline": ("signs",), "beard": BEARDS,
}  # fmt: skip
"""Words for a whole kind of things, where they are kept out."""
ANIMALS = ("cat", "dog", "fox", "wolf", "bear", "panda", "rabbit", "mouse", "tiger", "lion")
DRESSES = {"woman": ("dress",), "man": ("suit",), "": ("t-shirt", "trousers")}
"""Build -> what somebody wears of whom only the colour of the clothes is said."""


@dataclass
class Facts:
    """What was said of each thing, and what had to be decided."""

    facts: list[Fact]
    remarks: list[str] = field(default_factory=list)

    def of(self, slot: str) -> list[Fact]:
        return [fact for fact in self.facts if fact.slot == slot]

    def hard(self, slot: str) -> list[Fact]:
        """Return what was said of a thing itself, or else what was meant along with others."""
        found = self.of(slot)
        return [fact for fact in found if not fact.soft] or found

    def values(self, slot: str) -> tuple[Any, ...]:
        return tuple(dict.fromkeys(fact.value for fact in self.of(slot)))

    def one(self, slot: str, empty: Any = "", is_last: bool = True) -> Any:
        """Return the strongest thing that was said, of several the last or the first."""
        found = self.hard(slot)
        if not found:
            return empty
        most = max(fact.strength for fact in found)
        best = [fact.value for fact in found if fact.strength == most]
        chosen = best[-1 if is_last else 0]
        others = {fact.value for fact in found if not fact.soft} - {chosen}
        if others:
            listed = ", ".join(sorted(map(str, others)))
            self.remarks.append(f"{slot} {chosen} counts, and not {listed}")
        return chosen


def compose(facts: Sequence[Fact]) -> tuple[Scene, list[str]]:
    """Return the scene that facts describe, and what was decided between those at odds."""
    said = Facts(_with_implied(facts))
    figure = _figure(said, _body(said))
    stage = _stage(said)
    scene = Scene(
        figure=figure,
        dancers=_dancers(said),
        place=Place(
            stage,
            said.one("place-colour"),
            said.one("place-material"),
            (*said.values("feature"), *_behind(said, stage)),
        ),
        light=_light(said),
        weather=tuple(_merged(said.of("weather"))),
        wet=max((fact.value for fact in said.of("wet")), default=0.0),
        grade=said.values("grade"),
        painting=said.one("painting"),
        painting_strength=max((fact.strength for fact in said.of("painting")), default=1.0),
    )
    return without(_unique(scene), said.values("without")), said.remarks


def _with_implied(facts: Sequence[Fact]) -> list[Fact]:
    """Return facts with what things bring along: rain makes the ground wet."""
    implied = load_lexicon().phrases["implies"]
    names = dict.fromkeys(_name(fact) for fact in facts if fact.slot != "without")
    return [
        *facts,
        *(new for name in names if name in implied for new in soft_facts(implied[name])),
    ]


def _name(fact: Fact) -> str:
    return fact.value.kind if isinstance(fact.value, Item) else str(fact.value)


def _body(said: Facts) -> str:
    """Return who dances: whoever was said most strongly and first, and people last of all."""
    said.facts += [Fact("body", name, soft=True) for name in said.values("adjective-body")]
    named = said.hard("body")
    special = [fact for fact in named if fact.value != "human"] or named
    ranked = sorted(special, key=lambda fact: -fact.strength)
    body = ranked[0].value if ranked else ""
    others = {fact.value for fact in special} | set(said.values("companion"))
    if left_out := sorted(others - {body, "human"}):
        said.remarks.append(f"all dancers are alike: {body}, and not {', '.join(left_out)}")
    for name in said.values("body-before"):
        body = _both(said, name, body)
    return body


def _both(said: Facts, before: str, body: str) -> str:
    """Return who a robot cat or a cat astronaut is; the other one lends a material or a thing."""
    is_first = before != "human" and (body == "human" or before in ANIMALS)
    lender, body = (body, before) if is_first else (before, body)
    said.facts += soft_facts(load_lexicon().phrases["before_a_body"].get(lender, ""))
    return body


def _figure(said: Facts, body: str) -> Figure:
    colours = [fact.value for fact in said.hard("colour")]
    first, second = (*dict.fromkeys(colours), "", "")[:2]
    build = tuple(dict.fromkeys(fact.value for fact in said.of("build")))
    return Figure(
        body=body,
        material=said.one("material"),
        colour=first,
        second=second,
        pattern=said.one("pattern"),
        skin=said.one("skin"),
        hair=_hair(said),
        build=build,
        wears=tuple(_wears(said, build)),
        strength=max((fact.strength for fact in said.hard("body")), default=1.0),
    )


def _hair(said: Facts) -> Item | None:
    """Return the hair of which all says a part; what was said itself goes before the rest."""
    kinds = [fact.value.kind for fact in sorted(said.of("hair"), key=lambda fact: not fact.soft)]
    alike = [fact._replace(value=replace(fact.value, kind="")) for fact in said.of("hair")]
    hair = _merged(alike)
    whole = replace(hair[0], kind=next(filter(None, reversed(kinds)), "")) if hair else None
    return None if whole == Item("") else whole


def _wears(said: Facts, build: tuple[str, ...]) -> list[Item]:
    """Return what is worn: each thing once, and of hats the last one."""
    items = _merged(_with_plain_hat(_in_place(said.of("wears"))))
    hats = [item.kind for item in items if item.kind in HATS]
    if len(hats) > 1:
        said.remarks.append(f"one hat fits on a head: {hats[-1]}, and not {', '.join(hats[:-1])}")
    items = [item for item in items if item.kind not in hats[:-1]]
    for fact in said.of("clothes"):
        items = _dressed(items, fact.value, build)
    return items


def _in_place(facts: list[Fact]) -> list[Fact]:
    """Return what is worn without usual clothes where others were said: a king in a hoodie."""
    worn = {fact.value.kind for fact in facts if not fact.soft}
    taken = {name for slot in SLOTS if worn & set(slot) for name in slot} - worn
    if "hat" in worn:
        taken -= set(HATS)
    return [fact for fact in facts if fact.value.kind not in taken]


def _with_plain_hat(facts: list[Fact]) -> list[Fact]:
    """Return what is worn with a hat that is only called so being the one that is worn anyway."""
    usual = [fact.value.kind for fact in facts if fact.soft and fact.value.kind in HATS]
    return [
        fact._replace(value=replace(fact.value, kind=usual[0]))
        if usual and fact.value.kind == "hat"
        else fact
        for fact in facts
    ]


def _dressed(items: list[Item], look: Item, build: tuple[str, ...]) -> list[Item]:
    """Return what is worn by somebody whose clothes were said to look so."""
    if not any(item.kind in MAIN_CLOTHES for item in items):
        usual = next((name for name in DRESSES if name in build), "")
        items = [*items, *(Item(kind) for kind in DRESSES[usual])]
    dressed = (*MAIN_CLOTHES, *LEGWEAR)
    return [_later_over(item, look) if item.kind in dressed else item for item in items]


def _merged(facts: Iterable[Fact]) -> list[Item]:
    """Return the things that were said, each kind once; what was said itself counts last."""
    found: dict[str, Item] = {}
    for fact in sorted(facts, key=lambda fact: not fact.soft):
        item = fact.value
        found[item.kind] = _later_over(found[item.kind], item) if item.kind in found else item
    return list(found.values())


def _later_over(before: Item, after: Item) -> Item:
    """Return one thing of two, the second where it says something."""
    said = {part.name: getattr(after, part.name) for part in fields(Item)}
    said = {name: value for name, value in said.items() if value and name != "kind"}
    if "colour" in said:
        said.setdefault("second", "")
    return replace(before, **said)


def _stage(said: Facts) -> str:
    """Return where they dance: the place said first, unless another is said more strongly."""
    found = said.hard("stage")
    most = max((fact.strength for fact in found), default=1.0)
    return next((fact.value for fact in found if fact.strength == most), "")


def _behind(said: Facts, stage: str) -> tuple[str, ...]:
    """Return what is to be seen of the other places."""
    behind = load_lexicon().phrases["behind"]
    others = [fact.value for fact in said.hard("stage") if fact.value != stage]
    left_out = sorted({name for name in others if name not in behind} - {"void"})
    if left_out:
        said.remarks.append(f"they dance in one place: {stage}, and not {', '.join(left_out)}")
    return tuple(behind[name] for name in others if name in behind)


def _light(said: Facts) -> Light:
    colours = tuple(dict.fromkeys(fact.value for fact in said.hard("light-colour")))
    return Light(said.one("time"), said.values("light"), colours)


def _dancers(said: Facts) -> int | None:
    numbers = [fact.value for fact in said.hard("dancers")]
    if {"woman", "man"} <= set(said.values("build")) and set(numbers) <= {1}:
        return 2
    if not numbers:
        return None
    if numbers[-1] > MOST_DANCERS:
        said.remarks.append(f"{MOST_DANCERS} dancers fit on the stage, and not more")
    return min(numbers[-1], MOST_DANCERS)


def _unique(scene: Scene) -> Scene:
    features = tuple(dict.fromkeys(scene.place.features))
    return replace(scene, place=replace(scene.place, features=features))


def without(scene: Scene, names: Iterable[str]) -> Scene:
    """Return a scene that has nothing of these names, nor gets it from who draws it."""
    out = {name for word in names for name in (word, *KEPT_OUT_TOO.get(word, ()))}
    if not out:
        return scene

    def kept(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(item for item in value if kept(item))
        return "" if getattr(value, "kind", value) in out else value

    figure, place, light = scene.figure, scene.place, scene.light
    hair = Item("bald") if "hair" in out else kept(figure.hair) or None
    figure = replace(
        figure, body=kept(figure.body), material=kept(figure.material), hair=hair,
        build=kept(figure.build), wears=kept(figure.wears), pattern=kept(figure.pattern),
    )  # fmt: skip
    stage = kept(place.stage)
    return replace(
        scene,
        figure=figure,
        place=Place(
            stage, place.colour if stage else "", place.material if stage else "",
            kept(place.features),
        ),
        light=replace(light, time=kept(light.time), kinds=kept(light.kinds)),
        weather=kept(scene.weather),
        wet=0.0 if out & {"wet", "rain"} else scene.wet,
        grade=kept(scene.grade),
        painting=kept(scene.painting),
        without=tuple(sorted({*scene.without, *out} - {"hair"})),
    )  # fmt: skip
