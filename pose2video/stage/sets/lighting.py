"""What shines: each kind of light turns a place into the same place in that light."""

from collections.abc import Callable
from dataclasses import replace

from pose2video.stage.sets.indoors import truss
from pose2video.stage.sets.things import BLACK, bonfire, candles, glowing
from pose2video.stage.sets.told import Told, darker, mixed
from pose2video.stage.staging import Beam, Bulb, Lamp, Place, ball, cylinder, tube

MOONLIGHT = "#a9c4ff"


def dimmed(place: Place, share: float) -> Place:
    """Return a place with less light from the sky, the surroundings, windows and its own lamps."""
    sky = replace(
        place.sky, strength=place.sky.strength * share,
        sun_strength=place.sky.sun_strength * share,
        ridges=tuple(
            replace(r, colour=darker(r.colour, share**0.6))
            for r in place.sky.ridges))  # fmt: skip
    solids = tuple(
        replace(solid, material=solid.material.but(glow=solid.material.glow * share**0.5))
        for solid in place.solids)  # fmt: skip
    beams = tuple(replace(beam, strength=beam.strength * share) for beam in place.beams)
    bulbs = tuple(replace(bulb, strength=bulb.strength * share**0.5) for bulb in place.bulbs)
    return replace(
        place, sky=sky, solids=solids, beams=beams, bulbs=bulbs,
        fog=darker(place.fog, share**0.6))  # fmt: skip


def rims(first: str, second: str, strength: float) -> tuple[Lamp, Lamp]:
    """Return two lamps behind the dancer."""
    return Lamp(first, strength, (0.8, 0.4, -0.6)), Lamp(second, strength, (-0.8, 0.4, -0.6))


def candle(place: Place, told: Told) -> Place:
    """Candles stand around, and little else shines."""
    spots = [
        (side * (1.3 + 0.3 * (k % 4) + 0.1 * (k // 4)), -2.5 - 0.2 * (k % 3) - 0.1 * (k // 3))
        for side in (-1, 1) for k in range(7)]  # fmt: skip
    solids, bulbs = candles(spots, told.rng)
    base = dimmed(place, 0.3)
    return replace(
        base, solids=(*base.solids, *solids), bulbs=(*base.bulbs, *bulbs),
        key=Lamp("#ffae62", 1.5, (-0.45, 0.35, 0.8)), fill=Lamp("#7a4a2c", 0.35, (0.8, 0.2, 0.6)),
        rims=rims("#ff9a4a", "#ffb46a", 2.4), softness=0.16, pool=4.0, ambient=0.7, bloom=0.55,
        exposure=1.1)  # fmt: skip


def spotlight(place: Place, told: Told) -> Place:
    """One beam from above on the dancer; around it is dark."""
    colour = told.tints[0] if told.light_said else "#fff4e0"
    base = dimmed(place, 0.22)
    beam = Beam((0.7, 6.6, -1.6), (0.0, 0.0, 0.0), colour, 0.34, 1.35)
    return replace(
        base, beams=(*base.beams, beam),
        key=Lamp(mixed(colour, "#ffffff", 0.35), 2.5, (0.12, 0.85, 0.5)),
        fill=Lamp("#6a78b8", 0.25, (-0.8, 0.3, 0.6)),
        rims=rims(mixed(colour, "#ffffff", 0.4), mixed(colour, "#9db4ff", 0.4), 2.6), softness=0.05,
        pool=1.5, ambient=0.5, bloom=0.4, exposure=1.05,
        solids=tuple(
            replace(
                s,
                material=s.material.but(
                    colour=darker(s.material.colour, 0.55), second=darker(s.material.second, 0.55)
                    if s.material.second else "")) for s in base.solids))  # fmt: skip


def neon(place: Place, told: Told) -> Place:
    """Coloured tubes stand at both sides and frame what is behind; the floor shines."""
    first, second = told.tints[:2]
    base = dimmed(place, 0.35 if told.dark or place.closed else 0.5)
    made: list = []
    for side, colour in ((-1, first), (1, second)):
        x = side * 2.0
        made += [
            tube((x, 0.15, -2.9), (x, 2.85, -2.9), 0.045, glowing(colour, 3.4)),
            tube(
                (x + side * 0.45, 0.15, -2.75), (x + side * 0.45, 2.7, -2.75), 0.035,
                glowing(colour, 2.6)), cylinder((x, 0, -2.9), 0.14, 0.14, BLACK)]  # fmt: skip
    made += [
        tube((-2.0, 2.85, -2.9), (0, 2.85, -2.9), 0.04, glowing(first, 3.0)),
        tube((0, 2.85, -2.9), (2.0, 2.85, -2.9), 0.04, glowing(second, 3.0))]  # fmt: skip
    bulbs = (
        Bulb((-2.6, 1.7, -2.4), first, 1.8, 2.0),
        Bulb((2.6, 1.7, -2.4), second, 1.8, 2.0), Bulb((-2.4, 1.4, 1.6), first, 0.8, 1.5),
        Bulb((2.4, 1.4, 1.6), second, 0.8, 1.5))  # fmt: skip
    floor = base.floor and base.floor.but(
        rough=min(base.floor.rough, 0.25), shine=max(base.floor.shine, 0.5))  # fmt: skip
    return replace(
        base, floor=floor, solids=(*base.solids, *made), bulbs=(*base.bulbs, *bulbs),
        key=Lamp("#d3ccff", 1.05, (-0.3, 0.75, 0.7)), fill=Lamp(second, 0.5, (0.8, 0.2, 0.5)),
        rims=rims(second, first, 4.0), ambient=0.8, bloom=0.65, exposure=1.1,
        fog=mixed(base.fog, darker(mixed(first, second, 0.5), 0.3), 0.6),
        density=max(base.density, 0.015))  # fmt: skip


def moonlight(place: Place, told: Told) -> Place:
    """Cold light from one side, silver rims, and the moon where there is a sky."""
    base = dimmed(place, 0.45) if place.closed else place
    if not place.closed:
        base = replace(
            base,
            sky=replace(
                base.sky, sun="#eef3ff", sun_at=(-0.17, 0.17, -1.0), sun_size=0.075,
                sun_strength=2.6, sun_glow=0.18))  # fmt: skip
    return replace(
        base, key=Lamp(MOONLIGHT, 1.35, (-0.6, 0.75, 0.5)),
        fill=Lamp("#3d57b8", 0.4, (0.8, 0.3, 0.6)), rims=rims("#cfe0ff", "#a8c4ff", 3.2),
        softness=0.06, ambient=0.75, exposure=1.15, bloom=0.45)  # fmt: skip


def storm(place: Place, told: Told) -> Place:
    """Dark torn clouds, cold light, and bright edges as of far lightning."""
    sky = replace(
        place.sky, top="#1f2631", horizon="#6b7885", strength=0.7 if told.dark
        else 0.9, clouds=0.86, cloud="#2b333f", sun_strength=0.0, stars=0.0,
        aurora=0.0,
        ridges=tuple(
            replace(r, colour=mixed(r.colour, "#3a4552", 0.6))
            for r in place.sky.ridges))  # fmt: skip
    floor = place.floor and place.floor.but(
        colour=darker(place.floor.colour, 0.75),
        rough=max(0.25, place.floor.rough - 0.4))  # fmt: skip
    return replace(
        place, floor=floor, sky=sky if not place.closed else dimmed(place, 0.6).sky,
        key=Lamp("#c3d2e6", 1.05, (-0.5, 0.8, 0.5)), fill=Lamp("#7f93b0", 0.3, (0.8, 0.3, 0.6)),
        rims=rims("#e4efff", "#c8dcff", 3.4), ambient=0.6, fog="#596573",
        density=max(place.density, 0.014), bloom=0.3, exposure=1.05)  # fmt: skip


def soft(place: Place, told: Told) -> Place:
    """Light from all around, without hard shadows, and a little veil in the air."""
    return replace(
        place,
        key=replace(place.key, strength=0.5 * place.key.strength),
        fill=replace(place.fill, strength=place.fill.strength + 0.45),
        fog=mixed(place.fog, "#ffffff", 0.3),
        softness=0.34,
        ambient=place.ambient + 0.5,
        density=place.density + 0.012,
        bloom=place.bloom + 0.25,
    )


def dramatic(place: Place, told: Told) -> Place:
    """Hard light from one side, deep shadow on the other."""
    base = dimmed(place, 0.42)
    colour = mixed(place.key.colour, "#ffd2a0", 0.5)
    return replace(
        base, key=Lamp(colour, 2.9, (-0.95, 0.5, 0.3)), fill=Lamp("#5a70a8", 0.14, (0.8, 0.2, 0.6)),
        rims=(Lamp("#9fc0ff", 2.8, (0.8, 0.4, -0.6)), Lamp(colour, 1.4, (-0.8, 0.4, -0.6))),
        softness=0.03, ambient=0.4, pool=3.0)  # fmt: skip


def backlit(place: Place, told: Told) -> Place:
    """A great lamp behind: bright edges, glowing air, a dim front."""
    colour = (
        told.tints[0] if told.light_said
        else {"sunset": "#ffb070", "night": "#cfe0ff"}.get(told.time, "#fff0d8"))  # fmt: skip
    made = (ball((0.0, 1.8, -3.05), (0.55, 0.55, 0.1), glowing(colour, 4.0)),)
    base = dimmed(place, 0.6)
    beams = tuple(
        Beam((0.0, 1.8, -2.9), (x, 0.0, 2.2), colour, 0.22, 1.1)
        for x in (-2.6, 0.0, 2.6))  # fmt: skip
    return replace(
        base, solids=(*base.solids, *made), beams=(*base.beams, *beams),
        key=Lamp(mixed(colour, "#ffffff", 0.4), 0.85, (-0.4, 0.6, 0.8)),
        rims=rims(colour, colour, 5.0), ambient=0.75, bloom=0.7, fog=mixed(base.fog, colour, 0.35),
        density=max(0.03, base.density))  # fmt: skip


def stage_lights(place: Place, told: Told) -> Place:
    """A bar of lamps behind throws coloured beams; around it is dark."""
    rig, beams = truss(told.tints, 6, 0.42)
    base = dimmed(place, 0.35)
    return replace(
        base, solids=(*base.solids, *rig), beams=(*base.beams, *beams),
        key=Lamp("#ffeedd", 1.6, (-0.4, 0.8, 0.6)), fill=Lamp(told.tints[1], 0.4, (0.8, 0.2, 0.5)),
        rims=rims(told.tints[0], told.tints[1], 3.8), ambient=0.7, pool=3.4, bloom=0.6,
        exposure=1.1,
        bulbs=(
            *base.bulbs, Bulb((-2.2, 2.6, -1.8), told.tints[0], 1.0, 1.8),
            Bulb((2.2, 2.6, -1.8), told.tints[1], 1.0, 1.8)))  # fmt: skip


def firelight(place: Place, told: Told) -> Place:
    """Two fires burn beside the dancer."""
    one, light = bonfire((-1.85, -2.9), 0.45)
    two, more = bonfire((1.9, -2.95), 0.45)
    base = dimmed(place, 0.42)
    return replace(
        base, solids=(*base.solids, *one, *two), bulbs=(*base.bulbs, *light, *more),
        key=Lamp("#ff9c50", 1.7, (-0.75, 0.35, 0.65)), fill=Lamp("#8a3a2a", 0.4, (0.8, 0.2, 0.6)),
        rims=rims("#ff8330", "#ff9a3c", 3.6), softness=0.15, ambient=0.75, pool=4.5, bloom=0.5,
        exposure=1.1)  # fmt: skip


def golden(place: Place, told: Told) -> Place:
    """The last sun of the day, low and golden."""
    sky = place.sky
    if not place.closed:
        sky = replace(
            sky, top=mixed(sky.top, "#7a8fb8", 0.6), horizon="#ffd58a", sun="#ffdf9a",
            sun_at=(0.42, 0.11, -1.0), sun_size=0.055, sun_strength=3.4, sun_glow=0.4,
            cloud=mixed(sky.cloud, "#ffc98a", 0.6), stars=0.0)  # fmt: skip
    return replace(
        place, sky=sky, key=Lamp("#ffcb80", 2.1, (-0.75, 0.5, 0.55)),
        fill=Lamp("#ffb98a", 0.4, (0.8, 0.2, 0.6)), rims=rims("#ffc05a", "#ffb04a", 3.4),
        softness=0.12, ambient=0.7, fog=mixed(place.fog, "#ffcf8a", 0.65),
        density=place.density + 0.006, bloom=0.45, exposure=1.0)  # fmt: skip


LIGHTS: dict[str, Callable[[Place, Told], Place]] = {
    "candle": candle, "spotlight": spotlight, "neon": neon, "moonlight": moonlight, "storm": storm,
    "soft": soft, "dramatic": dramatic, "backlit": backlit, "stage-lights": stage_lights,
    "firelight": firelight, "golden": golden}  # fmt: skip
TIME_OF_LIGHT = {
    "moonlight": "night", "candle": "night", "firelight": "night", "neon": "night",
    "golden": "sunset", "spotlight": "night", "stage-lights": "night"}  # fmt: skip
"""What time it is where none is said but a light is."""


def lit(place: Place, kinds: tuple[str, ...], told: Told) -> Place:
    """Return a place in the kinds of light that were asked for, one after the other."""
    for kind in kinds:
        place = LIGHTS[kind](place, told)
    if told.light_said and not {"neon", "stage-lights"} & set(kinds):
        place = tinted(place, told)
    return place


def tinted(place: Place, told: Told) -> Place:
    """Return a place whose lamps have the colours that were asked for."""
    first, second = told.tints[:2]
    key = replace(place.key, colour=mixed(place.key.colour, first, 0.35))
    fill = Lamp(
        mixed(place.fill.colour, second, 0.7), place.fill.strength + 0.15,
        place.fill.towards)  # fmt: skip
    strength = max(place.rims[0].strength, 3.0)
    bulbs = (
        *place.bulbs, Bulb((-2.3, 1.8, -1.6), first, 1.1, 1.8),
        Bulb((2.3, 1.8, -1.6), second, 1.1, 1.8))  # fmt: skip
    return replace(place, key=key, fill=fill, rims=rims(second, first, strength), bulbs=bulbs)
