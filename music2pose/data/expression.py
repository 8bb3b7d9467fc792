"""A plain dance is danced larger or smaller, lower or higher, limb by limb, as the music asks."""

from typing import NamedTuple

import numpy as np
from scipy.ndimage import gaussian_filter1d

from music2pose.data.manner import Manner
from music2pose.hearing.features import FEATURE_FPS
from music2pose.motion.motion import (
    Body,
    body_frame,
    from_directions,
    lower_foot,
    unit,
)
from music2pose.moves.body import leg
from music2pose.pose import JOINT, between_frames

UPPER_ARMS, FOREARMS, CLAVICLES = (2, 5), (3, 6), (1, 4)
THIGHS, SHINS, HIPS = (8, 11), (9, 12), (7, 10)
"""Places of the right and the left bone in a row of directions."""
ARM_BONES = (*CLAVICLES, *UPPER_ARMS, *FOREARMS)
LEG_BONES = (*HIPS, *THIGHS, *SHINS)

LEAST_GAIN, ENERGY_GAIN = 0.05, 1.6
"""How large a dance without energy is, against the plain one, and what energy adds to it."""
LARGEST_LEGS, LARGEST_TRUNK, LARGEST_ARMS = 1.2, 1.3, 1.6
"""How large each is danced at most, against the plain dance."""
CENTRE_SECONDS = 0.8
"""Standard deviation of the Gaussian that leaves the pose around which is danced."""
USUAL_SPEED = 0.55
"""Metres per second of the joints, in the viewer's plane, of a dance of usual liveliness."""
PACE_SECONDS = 1.0
"""Standard deviation of the Gaussian under which a dance's own speed is measured."""
PACES = (0.6, 1.6)
"""What is faster or slower than usual is danced smaller or larger by up to so much."""
CALM_UPPER, CALM_FORE = (0.22, -1.0, 0.02), (0.12, -0.95, 0.3)
"""Where arms hang at rest: outward, up and forward."""
CALM_BELOW, WIDE_ABOVE = 0.5, 0.55
"""Energies under which arms sink, and above which they open."""
OPENED, THROWN, LED_UP = 0.7, 0.5, 0.9
"""Added to the directions of the arms, of length 1: outward by the wildest energy, up by the
hardest hit, and up or down by the highest or lowest melody."""
SWAY_METRES = 0.1
"""By how much the bass line leads the hips to a side."""


class Tracks(NamedTuple):
    """A dance of no particular body.

    Shape:
        directions: (T, 16, 3) of the bones, not of unit length
        root: (T, 3) the middle of the hips of ``Body()``
        foot: (T,) height of its lower ankle
    """

    directions: np.ndarray
    root: np.ndarray
    foot: np.ndarray


def joints_of(tracks: Tracks, body: Body) -> np.ndarray:
    """Return the joints (T, 18, 3) of a body that dances these tracks."""
    joints = from_directions(tracks.directions, tracks.root, body)
    joints[..., 1] += (tracks.foot * body.leg / Body().leg - lower_foot(joints))[:, None]
    return joints


def in_manner(tracks: Tracks, manner: Manner, body: Body, position: np.ndarray) -> Tracks:
    """Return the dance as large and as low as the music asks for, its limbs led by instruments.

    Shape:
        position: (T,) increasing, beats; it dwells where the body rests
    """
    gain = LEAST_GAIN + ENERGY_GAIN * manner.energy
    gain = gain * pace(tracks, body)
    legs = np.minimum(gain * manner.legs, LARGEST_LEGS)
    arms = np.minimum(gain * manner.arms * (1 + 0.35 * manner.hits), LARGEST_ARMS)
    trunk = np.minimum(gain * (manner.legs + manner.arms) / 2, LARGEST_TRUNK)
    gains = np.repeat(trunk[:, None], tracks.directions.shape[1], axis=1)
    gains[:, ARM_BONES], gains[:, LEG_BONES] = arms[:, None], legs[:, None]
    directions = _around_centre(unit(tracks.directions), gains[..., None], position)
    root = _around_centre(tracks.root, legs[:, None], position)
    foot = _around_centre(tracks.foot, legs, position)
    moved = Tracks(_led_arms(directions, tracks, manner), root, foot)
    return _with_led_hips(moved, manner)


def pace(tracks: Tracks, body: Body) -> np.ndarray:
    """Return by how much to enlarge what is slower, and reduce what is faster, than the rest: (T,).

    So the loudness of the music, not the chance of a piece, says how much the body moves.
    """
    velocity = np.gradient(joints_of(tracks, body)[..., :2].astype(np.float64), axis=0)
    speed = np.linalg.norm(velocity, axis=-1).mean(-1) * FEATURE_FPS
    speed = gaussian_filter1d(speed, PACE_SECONDS * FEATURE_FPS, mode="nearest")
    return np.clip((USUAL_SPEED / np.maximum(speed, 1e-3)) ** 0.7, *PACES)


def _around_centre(values: np.ndarray, gains: np.ndarray, position: np.ndarray) -> np.ndarray:
    """Return (T, ...) enlarged by ``gains`` around where it is on average for a while.

    The average goes from beat to beat as the body does, so that however small the dance is, it
    rests when the body rests.
    """
    smooth = gaussian_filter1d(values, CENTRE_SECONDS * FEATURE_FPS, axis=0, mode="nearest")
    beats = np.arange(np.floor(position[0]), np.ceil(position[-1]) + 1)
    frames = np.interp(beats, position, np.arange(len(position)))
    centre = between_frames(between_frames(smooth, frames), position - beats[0])
    return centre + gains * (values - centre)


def _led_arms(directions: np.ndarray, tracks: Tracks, manner: Manner) -> np.ndarray:
    """Return the directions with arms that hang when it is calm, and are thrown, led and opened."""
    frame = body_frame(from_directions(directions, tracks.root, Body()).astype(np.float64))
    left, up = frame[..., 0], frame[..., 1]
    calm = np.clip(1 - manner.energy / CALM_BELOW, 0, 1)[:, None]
    raised = (THROWN * manner.hits + LED_UP * manner.reach)[:, None] * up
    opened = OPENED * np.clip((manner.energy - WIDE_ABOVE) / (1 - WIDE_ABOVE), 0, 1)[:, None]
    for bones, rest, share in ((UPPER_ARMS, CALM_UPPER, 0.8), (FOREARMS, CALM_FORE, 1.2)):
        for bone, side in zip(bones, (-1, 1), strict=True):
            hanging = (frame @ (np.array(rest) * [side, 1, 1])[:, None])[..., 0]
            arm = unit(directions[:, bone])
            arm = unit(arm + calm * (unit(hanging) - arm))
            directions[:, bone] = arm + share * raised + opened * side * left
    return directions


def _with_led_hips(tracks: Tracks, manner: Manner) -> Tracks:
    """Return the dance with hips that give and sway over the same feet."""
    body = Body()
    joints = joints_of(tracks, body).astype(np.float64)
    frame = body_frame(joints)
    led = SWAY_METRES * manner.sway[:, None] * frame[..., 0] - manner.give[:, None] * [0, 1, 0]
    directions = tracks.directions.copy()
    for side, thigh, shin in zip(("right", "left"), THIGHS, SHINS, strict=True):
        hip, knee, ankle = (joints[:, JOINT[f"{side}_{part}"]] for part in ("hip", "knee", "ankle"))
        way = unit(knee - (hip + ankle) / 2 + 0.05 * frame[..., 2])
        directions[:, thigh], directions[:, shin] = leg(hip + led, ankle, way, body)
    root = tracks.root + led * [1, 0, 1]
    return tracks._replace(directions=directions, root=root)
