"""The places of the stage, composed of solids, skies and light: one function each."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from pose2video.stage.sets import city, indoors, nature
from pose2video.stage.sets.features import FEATURES
from pose2video.stage.sets.lighting import TIME_OF_LIGHT, lit
from pose2video.stage.sets.told import Told, mixed, told_of
from pose2video.stage.staging import Place
from prompts.scene.scene import Item, Scene

SETS: dict[str, Callable[[Told], Place]] = {
    "studio": indoors.studio, "club": indoors.club, "disco": indoors.disco,
    "theatre": indoors.theatre, "street": city.street, "alley": city.alley, "rooftop": city.rooftop,
    "beach": nature.beach, "forest": nature.forest, "jungle": nature.jungle,
    "meadow": nature.meadow, "snow": nature.snow, "mountains": nature.mountains,
    "desert": nature.desert, "moon": nature.moon, "space": nature.space,
    "underwater": nature.underwater, "temple": city.temple, "ruins": city.ruins,
    "castle": city.castle, "stadium": city.stadium, "subway": indoors.subway,
    "warehouse": indoors.warehouse, "ballroom": indoors.ballroom, "garden": nature.garden,
    "gallery": indoors.gallery, "volcano": nature.volcano, "void": indoors.void,
    "room": indoors.room}  # fmt: skip
USUAL_TIME = {
    "club": "night", "disco": "night", "theatre": "night", "street": "sunset", "alley": "night",
    "rooftop": "night", "beach": "sunset", "ruins": "sunset", "stadium": "night", "moon": "night",
    "space": "night", "volcano": "night", "ballroom": "night"}  # fmt: skip
"""Where a stage looks best, if no time is said; elsewhere it is day."""
STAGE_WITH = {
    "rain": "street", "snow": "snow", "petals": "garden", "leaves": "forest",
    "bubbles": "underwater", "fireflies": "meadow", "skyline": "rooftop", "signs": "street",
    "sea": "beach", "palms": "beach", "mountains": "mountains", "trees": "meadow",
    "columns": "temple", "lanterns": "garden", "mirror-ball": "disco", "lasers": "club",
    "crowd": "stadium", "moon": "rooftop", "stars": "rooftop", "aurora": "snow",
    "clouds": "meadow", "sun": "meadow", "storm": "street", "moonlight": "rooftop",
    "night": "street", "dawn": "meadow", "sunset": "beach"}  # fmt: skip
"""Where they dance if only weather, something that is seen there, or a light is said."""
AIR = {"fog": 0.11, "haze": 0.032, "dust": 0.022, "smoke": 0.03}
"""How dense the air becomes, a metre."""


def place_of(scene: Scene, seed: int) -> Place:
    """Return the set that a scene asks for, in its light and weather; a seed varies it a little."""
    scene = allowed(scene)
    told = told_of(scene, time_of(scene), np.random.default_rng(seed))
    place = SETS[stage_of(scene)](told)
    for feature in scene.place.features:
        place = FEATURES[feature](place, told)
    place = lit(place, scene.light.kinds, told)
    for item in scene.weather:
        place = weathered(place, item)
    rain = any(item.kind == "rain" for item in scene.weather)
    return wetted(place, max(scene.wet, 0.45 if rain else 0.0))


def allowed(scene: Scene) -> Scene:
    """Return a scene that asks for nothing that must not be drawn."""
    features = tuple(name for name in scene.place.features if name not in scene.without)
    kinds = tuple(kind for kind in scene.light.kinds if kind not in scene.without)
    return replace(
        scene,
        place=replace(scene.place, features=features),
        light=replace(scene.light, kinds=kinds),
        weather=tuple(item for item in scene.weather if item.kind not in scene.without),
    )


def stage_of(scene: Scene) -> str:
    """Return where they dance: the stage that is said, else one where what is said is found."""
    weather = [item.kind for item in scene.weather]
    said = (*weather, *scene.place.features, *scene.light.kinds, scene.light.time)
    found = [STAGE_WITH[name] for name in said if name in STAGE_WITH]
    fitting = [stage for stage in found if stage not in scene.without]
    return scene.place.stage or next(iter(fitting), "studio")


def time_of(scene: Scene) -> str:
    """Return the time of day: the one that is said, that of the light, or the stage's usual one."""
    if scene.light.time:
        return scene.light.time
    for kind in scene.light.kinds:
        if kind in TIME_OF_LIGHT:
            return TIME_OF_LIGHT[kind]
    if {"moon", "stars", "aurora"} & set(scene.place.features):
        return "night"
    return USUAL_TIME.get(stage_of(scene), "day")


def weathered(place: Place, item: Item) -> Place:
    """Return a place with the air that a weather brings: fog, grey skies, snow on the ground."""
    more = AIR.get(item.kind, 0.0) * item.strength
    if more:
        colour = item.colour or ("#b9975f" if item.kind == "dust" else place.fog)
        low = 0.55 if item.kind in ("fog", "smoke") else place.low
        fog = mixed(colour, "#ffffff", 0.12)
        return replace(place, fog=fog, density=place.density + more, low=low)
    if item.kind not in ("rain", "snow") or place.closed:
        return place
    place = overcast(place)
    return snowed(place) if item.kind == "snow" else place


def snowed(place: Place) -> Place:
    """Return a place whose floor snow covers."""
    if place.floor is None:
        return place
    first, second = place.floor.colour, place.floor.second or place.floor.colour
    colours = {"colour": mixed(first, "#eef3fa", 0.75), "second": mixed(second, "#d5e0ef", 0.7)}
    return replace(place, floor=place.floor.but(**colours, glow=0.0))


def overcast(place: Place) -> Place:
    """Return a place under clouds that rain or snow falls from."""
    sky = replace(
        place.sky,
        horizon=mixed(place.sky.horizon, "#8c97a3", 0.45),
        top=mixed(place.sky.top, "#6b7580", 0.5),
        clouds=max(place.sky.clouds, 0.72),
        cloud=mixed(place.sky.cloud, "#7c8692", 0.5),
        sun_strength=0.35 * place.sky.sun_strength,
    )
    colour = mixed(place.key.colour, "#dfe8f2", 0.4)
    key = replace(place.key, strength=0.8 * place.key.strength, colour=colour)
    fog = mixed(place.fog, "#8c97a3", 0.4)
    return replace(place, sky=sky, key=key, softness=0.2, fog=fog, density=place.density + 0.01)


def wetted(place: Place, wet: float) -> Place:
    """Return a place whose floor mirrors, from 0 (dry) to 1 (a sheet of water)."""
    if wet <= 0 or place.floor is None:
        return place
    floor = place.floor
    wetter = floor.but(
        rough=min(floor.rough, 0.36 - 0.3 * wet), shine=max(floor.shine, 0.35 + 0.6 * wet),
        colour=mixed(floor.colour, "#000000", 0.3 + 0.25 * wet),
        second=mixed(floor.second, "#000000", 0.3 + 0.25 * wet) if floor.second else "",
        bump=floor.bump * (1 - 0.7 * wet))  # fmt: skip
    return replace(place, floor=wetter)
