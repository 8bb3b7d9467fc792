"""Clay and marble: what dancers and sets are made of is changed before they are drawn."""

from collections.abc import Callable
from dataclasses import fields, replace

import numpy as np

from pose2video.stage.developing import Film, developed
from pose2video.stage.materials import Material
from pose2video.stage.painting.lens import focused
from pose2video.stage.painting.shot import Shot
from pose2video.stage.pieces import Figure
from pose2video.stage.staging import Place
from prompts.scene.scene import Scene

MINIATURE = Film(bloom=0.35, vignette=0.34, grain=0.8, contrast=0.3, colours=1.2,
                 highlights=(1.02, 1.0, 0.95))  # fmt: skip
MUSEUM = Film(bloom=0.6, vignette=0.5, grain=0.8, contrast=0.42, colours=0.5,
              shadows=(0.012, 0.008, 0.0), highlights=(1.03, 1.0, 0.955))  # fmt: skip
PRESSED = ("plain", "knit", "fur", "grain", "wood", "brushed", "grass", "bark")
"""Patterns in whose place clay shows the prints of fingers; others are modelled in two colours."""
STONE = np.array([0.2126, 0.7152, 0.0722])
"""How bright red, green and blue are."""


def clay(shot: Shot) -> np.ndarray:
    """A small set under a lamp, seen from near: only the dancers are in focus."""
    return developed(focused(shot, 1.5), shot.exposure, shot.staged.place.bloom, MINIATURE)


def marble(shot: Shot) -> np.ndarray:
    """Stone in the warm light of a museum, with little colour."""
    return developed(focused(shot, 0.9), shot.exposure, shot.staged.place.bloom, MUSEUM)


def restyled_figure(figure: Figure, scene: Scene) -> Figure:
    """Return a dancer of the matter that a scene's way of painting is named after."""
    change = MATTER.get(scene.painting)
    if change is None:
        return figure
    share = _share(scene)
    materials = {
        name: _between(material, change(material), share)
        for name, material in figure.materials.items()
    }
    face = figure.face
    if scene.painting == "marble" and share > 0.5:
        face = replace(face, iris="#cfc9be", lips="#ddd6cc")
    return replace(figure, materials=materials, face=face)


def restyled_place(place: Place, scene: Scene) -> Place:
    """Return a set of that matter; around marble it is of darker stone, in a museum's light."""
    change = MATTER.get(scene.painting)
    if change is None:
        return place
    share = _share(scene)

    def of_set(material: Material) -> Material:
        changed = change(material)
        if scene.painting == "marble":
            changed = changed.but(
                colour=_toned(changed.colour, 0.62), second=_toned(changed.second, 0.62)
            )
        return _between(material, changed.but(bump=0.08 * changed.bump), share)

    solids = tuple(replace(solid, material=of_set(solid.material)) for solid in place.solids)
    floor = place.floor and of_set(place.floor)
    place = replace(place, solids=solids, floor=floor)
    return _in_museum(place, share) if scene.painting == "marble" else place


def _in_museum(place: Place, share: float) -> Place:
    """Return a place whose lamps have little colour: more from the key, less from around."""
    sky = place.sky
    ridges = tuple(
        replace(ridge, colour=_greyed(ridge.colour, 0.8 * share)) for ridge in sky.ridges
    )
    names = ("top", "horizon", "sun", "cloud")
    sky = replace(
        sky, ridges=ridges, **{name: _greyed(getattr(sky, name), 0.8 * share) for name in names}
    )
    key, fill, *rims = (
        replace(lamp, colour=_greyed(lamp.colour, 0.8 * share))
        for lamp in (place.key, place.fill, *place.rims)
    )
    key = replace(key, strength=(1 + 0.1 * share) * key.strength)
    fill = replace(fill, strength=(1 - 0.5 * share) * fill.strength)
    return replace(
        place, sky=sky, key=key, fill=fill, rims=(rims[0], rims[1]),
        ambient=(1 - 0.45 * share) * place.ambient, exposure=(1 - 0.12 * share) * place.exposure,
        fog=_greyed(place.fog, 0.8 * share),
    )  # fmt: skip


def _of_clay(material: Material) -> Material:
    soft = material.but(
        colour=_saturated(material.colour, 1.25), rough=0.55, metal=0.0, shine=0.3, glass=0.0,
        rim=0.0, soft=0.34, glow=0.5 * material.glow,
    )  # fmt: skip
    if material.pattern in PRESSED:
        return soft.but(
            pattern="prints", scale=1.0, bump=7.0, second=_saturated(material.colour, 1.1, 0.78),
            glow_colour=material.glow_colour or material.colour,
        )  # fmt: skip
    second = _saturated(material.second or _toned(material.colour, 0.75), 1.25)
    return soft.but(second=second, bump=max(material.bump, 0.3))


def _of_marble(material: Material) -> Material:
    grey = float(_channels(material.colour) @ STONE)
    tone = 0.66 + 0.24 * grey
    return material.but(
        colour=_hex(np.array([1.0, 0.985, 0.955]) * tone),
        second=_hex(np.array([0.70, 0.70, 0.72]) * tone),
        pattern="marble", scale=1.4, bump=0.0, rough=0.28, metal=0.0, shine=0.5, glass=0.0,
        rim=0.0, soft=0.4, glow=0.15 * material.glow, glow_colour="#fff1dc",
    )  # fmt: skip


MATTER: dict[str, Callable[[Material], Material]] = {"clay": _of_clay, "marble": _of_marble}


def _share(scene: Scene) -> float:
    return min(max(scene.painting_strength, 0.0), 1.0)


def _between(first: Material, second: Material, share: float) -> Material:
    """Return a material on the way from one to another; patterns change at once."""
    if share in (0.0, 1.0):
        return second if share else first
    mixed = {}
    for name in (item.name for item in fields(Material)):
        one, other = getattr(first, name), getattr(second, name)
        if isinstance(one, float | int):
            mixed[name] = one + share * (other - one)
    colour = _hex(_channels(first.colour) * (1 - share) + share * _channels(second.colour))
    return second.but(**mixed, colour=colour)


def _channels(colour: str) -> np.ndarray:
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255


def _hex(channels: np.ndarray) -> str:
    return "#" + "".join(f"{round(255 * value):02x}" for value in np.clip(channels, 0, 1))


def _toned(colour: str, light: float) -> str:
    return _hex(light * _channels(colour))


def _saturated(colour: str, colours: float, light: float = 1.0) -> str:
    channels = _channels(colour)
    grey = float(channels @ STONE)
    return _hex(light * (0.03 + 0.94 * (grey + colours * (channels - grey))))


def _greyed(colour: str, share: float) -> str:
    channels = _channels(colour)
    return _hex(
        channels + share * (float(channels @ STONE) * np.array([1.02, 1.0, 0.96]) - channels)
    )
