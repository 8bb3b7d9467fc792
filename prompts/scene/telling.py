"""Say in a few lines for people what stands on the stage."""

from collections.abc import Iterable, Iterator

from prompts.scene.lexicon import colour_names
from prompts.scene.scene import Figure, Item, Scene

USUAL = "as the seed will have it"


def described(scene: Scene) -> str:
    """Return a scene in words; what was not said is up to whoever draws it.

    >>> print(described(Scene(Figure("cat", wears=(Item("hat", "#e50000"),)), painting="anime")))
    who: cat; hat (red)
    where: as the seed will have it
    light: as the seed will have it
    painted: anime
    """
    figure, place, light = scene.figure, scene.place, scene.light
    who = [_who(scene), _hair(figure.hair), *map(told, figure.wears)]
    looks = [_colour_name(place.colour), place.material, place.stage]
    where = [" ".join(filter(None, looks)), *place.features, *map(told, scene.weather)]
    where += [f"wet {scene.wet:g}"] * (scene.wet > 0)
    shining = [light.time, *light.kinds, *map(_colour_name, light.colours)]
    strength = "" if scene.painting_strength == 1 else f" ({scene.painting_strength:.2g})"
    lines = {
        "who": who,
        "where": where,
        "light": shining,
        "painted": [scene.painting + strength if scene.painting else "", *scene.grade],
        "without": scene.without,
    }
    told_lines = {name: "; ".join(filter(None, parts)) for name, parts in lines.items()}
    must = ("who", "where", "light")
    return "\n".join(
        f"{name}: {text or USUAL}" for name, text in told_lines.items() if text or name in must
    )


def told(item: Item) -> str:
    """
    >>> told(Item("coat", "#e50000", pattern="striped", strength=1.3))
    'coat (red, striped, 1.3)'
    """
    looks = [*_looks(item)]
    looks += [f"{item.strength:.2g}"] if item.strength != 1 else []
    return f"{item.kind} ({', '.join(looks)})" if looks else item.kind


def _who(scene: Scene) -> str:
    figure = scene.figure
    number = str(scene.dancers) if scene.dancers else ""
    words = [number, *figure.build, *_looks(figure), figure.body]
    skin = f"with {_colour_name(figure.skin)} skin" if figure.skin else ""
    return " ".join(filter(None, [*words, skin]))


def _hair(hair: Item | None) -> str:
    if hair is None or hair.kind == "bald":
        return "bald" if hair else ""
    return " ".join([*_looks(hair), hair.kind, "hair"]).replace("  ", " ")


def _looks(thing: Item | Figure) -> Iterator[str]:
    yield from filter(None, map(_colour_name, (thing.colour, thing.second)))
    yield from filter(None, (thing.pattern, thing.material))


def _colour_name(colour: str) -> str:
    """Return the shortest name of a colour, or itself where it has none."""
    return _shortest([name for name, value in colour_names().items() if value == colour], colour)


def _shortest(names: Iterable[str], otherwise: str) -> str:
    return min(names, key=len, default=otherwise)
