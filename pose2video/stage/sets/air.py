"""Skies and lamps by the time of day: what stages out of doors and rooms begin with."""

from dataclasses import replace

from pose2video.stage.sets.told import Told, darker, mixed
from pose2video.stage.staging import Lamp, Place, Sky

MOON_AT = (-0.17, 0.19, -1.0)
OUTSIDE = {
    "day": Place(
        sky=Sky(
            "#2f74cf", "#c4e0f6", 0.85, (-0.5, 0.8, 0.6), sun_strength=0.0, clouds=0.5,
            curve=0.55), key=Lamp("#fff3dd", 1.9, (-0.5, 0.8, 0.6)),
        fill=Lamp("#bcd7ff", 0.35, (0.8, 0.3, 0.6)),
        rims=(
            Lamp("#fff0d6", 1.5, (0.75, 0.5, -0.6)),
            Lamp("#d8e8ff", 1.2, (-0.8, 0.4, -0.6))), ambient=0.42, fog="#c6def2",
        density=0.004, bloom=0.2, exposure=0.92),
    "dawn": Place(
        sky=Sky(
            "#6f8fcf", "#ffcdb4", 0.95, (0.12, 0.1, -1.0), "#ffd9b0", 3.0, 0.045, 0.3,
            clouds=0.42, cloud="#f3b7bb", curve=0.5),
        key=Lamp("#ffd9c2", 1.7, (0.7, 0.55, 0.6)),
        fill=Lamp("#a9bcff", 0.45, (-0.8, 0.3, 0.6)),
        rims=(
            Lamp("#ffc09a", 2.2, (0.8, 0.35, -0.6)),
            Lamp("#ffd0d8", 1.3, (-0.8, 0.4, -0.6))), softness=0.13, ambient=0.42,
        fog="#e8b9b4", density=0.009, low=0.6, bloom=0.3, exposure=0.95),
    "sunset": Place(
        sky=Sky(
            "#3d4fa8", "#ff9250", 0.85, (0.06, 0.085, -1.0), "#ffb45e", 3.6, 0.06, 0.3,
            clouds=0.5, cloud="#c2566a", curve=0.34),
        key=Lamp("#ffc79a", 1.6, (-0.75, 0.5, 0.6)),
        fill=Lamp("#8f9cff", 0.6, (0.8, 0.3, 0.6)),
        rims=(
            Lamp("#ff9440", 3.2, (0.8, 0.3, -0.6)),
            Lamp("#ff7a5a", 2.0, (-0.8, 0.3, -0.6))), softness=0.12, ambient=0.42,
        fog="#d9785e", density=0.006, low=0.4, bloom=0.35),
    "night": Place(
        sky=Sky(
            "#060a20", "#24356b", 0.9, MOON_AT, "#e6edff", 2.6, 0.05, 0.12, clouds=0.22,
            cloud="#1c2648", stars=1.0, curve=0.5),
        key=Lamp("#b9cbff", 1.55, (-0.5, 0.75, 0.65)),
        fill=Lamp("#5a6cd0", 0.35, (0.8, 0.3, 0.6)),
        rims=(
            Lamp("#9dbcff", 2.2, (0.75, 0.5, -0.6)),
            Lamp("#8a9cff", 1.9, (-0.8, 0.4, -0.6))), softness=0.1, ambient=0.6,
        fog="#1b2850", density=0.008, exposure=1.3, bloom=0.4)}  # fmt: skip
"""Open air without anything in it."""
INSIDE = Place(
    sky=Sky("#57514d", "#7a736c", 0.65), key=Lamp("#fff1dc", 1.85, (-0.5, 0.85, 0.6)),
    fill=Lamp("#cfe0ff", 0.4, (0.8, 0.3, 0.6)), softness=0.12, ambient=0.5, closed=True,
    exposure=0.95)  # fmt: skip
"""A room in plain light; its sky is what would be behind the camera."""
DARKENED = Place(
    sky=Sky("#0d0d16", "#191824", 0.8), key=Lamp("#ffe6cf", 1.5, (-0.4, 0.85, 0.6)),
    fill=Lamp("#8b90ff", 0.3, (0.8, 0.3, 0.6)), softness=0.1, ambient=0.6, closed=True,
    fog="#1a1830", density=0.012, bloom=0.45, exposure=1.1)  # fmt: skip
"""A hall whose light is switched off but for the lamps on the dancer."""
WINDOW_LIGHT = {"day": "#dcefff", "dawn": "#ffd3c2", "sunset": "#ff9c4a", "night": "#24386f"}
"""What shows through windows."""
HOUR = {
    "day": ("#fff6e8", 1.0, "#ffffff"), "dawn": ("#ffd8cc", 0.85, "#ffd6cc"),
    "sunset": ("#ffb880", 0.9, "#ffb070"), "night": ("#ffc890", 0.8, "#8a9cff")}  # fmt: skip
"""In rooms: colour and strength of the key light, and that of the fill."""


def outside(told: Told, **changes: object) -> Place:
    """Return open air at the time that was asked for."""
    return replace(OUTSIDE[told.time], **changes)


def inside(told: Told, **changes: object) -> Place:
    """Return a room in the light of the time that was asked for."""
    colour, strength, fill = HOUR[told.time]
    rims = (Lamp(colour, 1.6, (0.75, 0.45, -0.6)), Lamp(fill, 1.3, (-0.8, 0.35, -0.6)))
    key = Lamp(colour, INSIDE.key.strength * strength, INSIDE.key.towards)
    room = replace(INSIDE, key=key, fill=Lamp(fill, 0.35, INSIDE.fill.towards), rims=rims)
    room = replace(room, **changes)
    return replace(room, sky=replace(room.sky, strength=room.sky.strength * strength**2))


def darkened(told: Told, **changes: object) -> Place:
    """Return a dark hall with rims in the colours of the lamps; brighter by day."""
    first, second = told.tints[:2]
    rims = (Lamp(first, 3.0, (0.8, 0.4, -0.6)), Lamp(second, 2.8, (-0.8, 0.4, -0.6)))
    base = replace(
        DARKENED, rims=rims, fill=Lamp(mixed(second, "#ffffff", 0.3), 0.35, (0.8, 0.3, 0.6)),
        fog=darker(mixed(first, second, 0.5), 0.16))  # fmt: skip
    if told.time in ("day", "dawn"):
        base = replace(
            base, sky=Sky("#4a4a52", "#5c5a60", 0.9),
            key=Lamp("#fff1dc", 1.9, DARKENED.key.towards))  # fmt: skip
    return replace(base, **changes)
