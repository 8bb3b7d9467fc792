"""What the drummer plays: grooves, fills, rolls and cymbals, placed in beats."""

from dataclasses import dataclass

import numpy as np

from music2pose.synth.form import LEVELS, Section, SongPlan

VELOCITY = {"X": 1.0, "x": 0.78, "o": 0.35}
"""Loudness of the marks of a rhythm."""
QUIET_DRUMS = ("hat", "shaker", "rim", "clave", "maracas", "ride", "pedal", "triangle")
FILL_DRUMS = ("snare", "snare", "tom_hi", "tom_mid", "tom_lo")


@dataclass(frozen=True)
class Hit:
    beat: float
    drum: str
    velocity: float


def bar_of(rhythm: str, bar: int, num_steps: int) -> str:
    """Return the steps of one bar of a rhythm that repeats."""
    return rhythm[(bar * num_steps) % len(rhythm) :][:num_steps]


def write_drums(plan: SongPlan, rng: np.random.Generator) -> list[Hit]:
    """Return every hit of the song, in no particular order."""
    grooves = _draw_grooves(plan, rng)
    hits: list[Hit] = []
    for section, bar, stop in plan.bars():
        if bar == plan.num_bars - 1 and bar >= 4:
            stop = 1
        elif _is_filled(plan, section, bar):
            fill = int(rng.choice((4, 8)))
            stop -= fill
            hits += _fill(plan, bar, stop, rng)
        hits += _groove_bar(plan, section, bar, stop, grooves[section.name], rng)
        hits += _cymbals(plan, section, bar)
        if section.name == "build":
            hits += _roll(plan, section, bar, stop)
    return hits


def without_bars(
    hits: list[Hit], plan: SongPlan, share: float, rng: np.random.Generator
) -> list[Hit]:
    """Return the hits without those in some bars, or pairs of bars, of verses and choruses.

    Args:
        share: the chance of each bar to be the first of them. None begins with a section, but the
            second of a pair may be the first bar of the next one.
    """
    silent: set[int] = set()
    for section, bar, _ in plan.bars():
        is_inside = section.name in ("verse", "chorus") and bar > section.start_bar
        if rng.random() < share and is_inside:
            silent |= {bar, bar + int(rng.integers(2))}
    beats = plan.style.beats_per_bar
    return [hit for hit in hits if hit.beat // beats not in silent or hit.drum == "riser"]


def _draw_grooves(plan: SongPlan, rng: np.random.Generator) -> dict[str, dict[str, str]]:
    """Return drum -> rhythm by section name, with small changes drawn for this song."""
    style = plan.style
    verse = _loosened(style.drums, rng)
    for drum, choices in style.extra.items():
        if rng.random() < 0.45:
            verse.setdefault(drum, choices[rng.integers(len(choices))])
    chorus = verse | _loosened(style.lift, rng)
    light, kick = _only(verse, QUIET_DRUMS), _only(verse, ("kick",))
    intros = ({}, light, kick, light | kick, verse)
    pauses = {"drums": chorus, "chords and hats": light}
    return {
        "intro": intros[rng.integers(len(intros))],
        "verse": verse,
        "build": light,
        "chorus": chorus,
        "break": pauses.get(plan.break_kind, {}),
        "outro": verse if rng.random() < 0.5 else light or verse,
    }


def _only(rhythms: dict[str, str], drums: tuple[str, ...]) -> dict[str, str]:
    return {drum: rhythm for drum, rhythm in rhythms.items() if drum in drums}


def _loosened(rhythms: dict[str, str], rng: np.random.Generator) -> dict[str, str]:
    """Change rhythms a little: weak hits off the beat drop out, ghost notes and kicks come in."""
    return {
        drum: "".join(
            _loosened_mark(mark, step % 4, drum, rng.random()) for step, mark in enumerate(rhythm)
        )
        for drum, rhythm in rhythms.items()
    }


DROP_CHANCE = 0.06
ADDED_MARKS = {
    "hat": ("o", 0.03, (0, 1, 2, 3)), "snare": ("o", 0.03, (0, 1, 2, 3)),
    "conga_hi": ("o", 0.03, (0, 1, 2, 3)), "kick": ("x", 0.04, (2,)),
}  # fmt: skip
"""Drum to the mark that may come in, how often, and at which steps of a beat."""


def _loosened_mark(mark: str, step: int, drum: str, chance: float) -> str:
    """Return a mark of a rhythm, dropped or added by ``chance``, a number drawn from [0, 1)."""
    if mark == "x" and step and chance < DROP_CHANCE:
        return "."
    added, likely, steps = ADDED_MARKS.get(drum, ("", 0.0, ()))
    return added if mark == "." and step in steps and chance < likely else mark


def _groove_bar(
    plan: SongPlan,
    section: Section,
    bar: int,
    stop: int,
    groove: dict[str, str],
    rng: np.random.Generator,
) -> list[Hit]:
    loud = LEVELS[section.name].drums
    start = bar * plan.style.beats_per_bar
    return [
        Hit(start + step / 4, drum, loud * _strength(mark, step) * rng.uniform(0.88, 1.0))
        for drum, rhythm in groove.items()
        for step, mark in enumerate(bar_of(rhythm, bar, plan.num_steps)[:stop])
        if mark in VELOCITY
    ]


def _strength(mark: str, step: int) -> float:
    """Return how loud a mark is: what is not accented is softer off the beat."""
    weight = (1.0, 0.68, 0.82, 0.68)[step % 4]
    return VELOCITY[mark] * (1.0 if mark == "X" else weight)


def _is_filled(plan: SongPlan, section: Section, bar: int) -> bool:
    is_last = bar == section.start_bar + section.num_bars - 1
    plays = section.name in ("verse", "chorus") and "kick" in plan.style.drums | plan.style.lift
    return plan.has_fills and is_last and plays


def _fill(plan: SongPlan, bar: int, start: int, rng: np.random.Generator) -> list[Hit]:
    """A run over snare and toms from step ``start`` to the end of the bar."""
    steps = [s for s in range(start, plan.num_steps) if s % 2 == 0 or rng.random() < 0.6]
    first = bar * plan.style.beats_per_bar
    order = np.sort(rng.integers(0, len(FILL_DRUMS), len(steps)))
    run = [
        Hit(first + step / 4, FILL_DRUMS[drum], rng.uniform(0.5, 0.85))
        for step, drum in zip(steps, order, strict=True)
    ]
    return [*run, Hit(first + start / 4, "kick", 0.8)]


def _cymbals(plan: SongPlan, section: Section, bar: int) -> list[Hit]:
    """A crash opens choruses, breaks and the outro, and ends the song."""
    beat = bar * plan.style.beats_per_bar
    if not plan.style.drums:
        return []
    opens = bar == section.start_bar and section.name in ("chorus", "break", "outro")
    return [Hit(beat, "crash", 0.6)] if opens or bar == plan.num_bars - 1 else []


def _roll(plan: SongPlan, section: Section, bar: int, stop: int) -> list[Hit]:
    """A snare roll that swells and doubles towards the end of the section, and a riser."""
    beats = plan.style.beats_per_bar
    done = (bar - section.start_bar) / section.num_bars
    places = np.arange(0, stop / 4, 0.25 if done >= 0.5 or section.num_bars == 1 else 0.5)
    swell = 0.15 + 0.45 * (done + places / beats / section.num_bars)
    hits = [
        Hit(bar * beats + place, "snare", level)
        for place, level in zip(places.tolist(), swell.tolist(), strict=True)
    ]
    is_last = bar == section.start_bar + section.num_bars - 1
    return [*hits, Hit((bar + 1) * beats, "riser", 0.5)] if is_last else hits
