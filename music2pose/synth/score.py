"""What the other players play: a key and chords, then bass, chords, melody and arpeggio notes."""

from dataclasses import dataclass

import numpy as np

from music2pose.synth.drums import VELOCITY, bar_of
from music2pose.synth.form import LEVELS, Section, SongPlan
from music2pose.synth.styles import SCALES

BASS_CENTRE, CHORD_CENTRE, LEAD_CENTRE = 38, 61, 69
"""MIDI pitches around which the parts lie."""
VERSE_REST = 0.3
"""How often a verse has no melody."""
CHORD_TONES = {"1": 0, "3": 2, "5": 4, "7": 6, "8": 7}
"""Scale steps above the root for the marks of a bass rhythm."""


@dataclass(frozen=True)
class Note:
    beat: float
    num_beats: float
    midi: int
    velocity: float


@dataclass(frozen=True)
class Harmony:
    """A key and the chord of every bar."""

    key: int
    """Pitch class of the key note, 0 is C."""
    scale: tuple[int, ...]
    """Semitones of the seven degrees above the key note."""
    degrees: tuple[int, ...]
    """Scale degree of each bar's chord, 0 is the tonic."""
    chord_size: int
    """3 for triads, 4 with sevenths."""

    def pitch(self, degree: int) -> int:
        """Return a scale degree, of any octave, in semitones above C."""
        octave, step = divmod(degree, 7)
        return self.key + 12 * octave + self.scale[step]

    def chord(self, bar: int) -> list[int]:
        """Return the scale degrees of a bar's chord, root first."""
        return [self.degrees[bar] + 2 * third for third in range(self.chord_size)]


def draw_harmony(plan: SongPlan, rng: np.random.Generator) -> Harmony:
    """Draw a key, one progression for verses and one for choruses; the song ends at home."""
    style = plan.style
    scale = SCALES[style.scales[rng.integers(len(style.scales))]]
    sweet = [loop for loop in style.progressions if style.sevenths or _is_sweet(loop, scale)]
    picks = rng.permutation(len(sweet))
    verse, chorus = sweet[picks[0]], sweet[picks[-1]]
    degrees = []
    for section in plan.sections:
        loop = chorus if section.name in ("chorus", "outro") else verse
        degrees += [loop[bar % len(loop)] for bar in range(section.num_bars)]
    degrees[-1] = 0
    return Harmony(int(rng.integers(12)), scale, tuple(degrees), 4 if style.sevenths else 3)


def _is_sweet(progression: tuple[int, ...], scale: tuple[int, ...]) -> bool:
    """Return whether all roots have a perfect fifth; other triads sound like slips."""
    fifths = [scale[(d + 4) % 7] + 12 * (d + 4 >= 7) - scale[d] for d in progression]
    return set(fifths) == {7}


def write_bass(plan: SongPlan, harmony: Harmony, rng: np.random.Generator) -> list[Note]:
    if not plan.style.bass_timbres:
        return []
    rhythms = _draw_rhythms(plan.style.bass, rng)
    notes = []
    for section, bar, stop in plan.bars():
        level = LEVELS[section.name].bass
        rhythm = bar_of(rhythms[section.name], bar, plan.num_steps)[:stop]
        if bar == plan.num_bars - 1:
            rhythm = "1" + "-" * (stop - 1)
        for step, mark in enumerate(rhythm):
            if level == 0 or mark in "-.":
                continue
            degree = harmony.degrees[bar] + _bass_degree(mark, step, rng)
            midi = _near(harmony.pitch(degree), BASS_CENTRE + 12 * (mark == "8"))
            accent = 1.0 if step == 0 else rng.uniform(0.75, 0.95)
            length = max(_held_steps(rhythm, step), 1.6)
            notes.append(_note(plan, bar, step, length, midi, level * accent))
    return notes


def write_chords(plan: SongPlan, harmony: Harmony, rng: np.random.Generator) -> list[Note]:
    if not plan.style.chord_timbres:
        return []
    rhythms = _draw_rhythms(plan.style.chords, rng)
    rhythms["intro"] = rhythms["verse"]
    notes, voicing = [], [CHORD_CENTRE]
    for section, bar, stop in plan.bars():
        if section.name == "break" and plan.break_kind == "drums":
            continue
        rhythm = _chord_rhythm(plan, section, bar, rhythms[section.name])[:stop]
        voicing = _lead_voices(voicing, [harmony.pitch(d) for d in harmony.chord(bar)])
        for step, mark in enumerate(rhythm):
            if mark in VELOCITY:
                velocity = LEVELS[section.name].chords * VELOCITY[mark] * rng.uniform(0.9, 1.0)
                length = max(_held_steps(rhythm, step), 1.5)
                notes += [_note(plan, bar, step, length, midi, velocity) for midi in voicing]
    return notes


def _chord_rhythm(plan: SongPlan, section: Section, bar: int, rhythm: str) -> str:
    """Return one bar: long chords in breaks and builds, and one that lasts at the song's end."""
    held = "X" + "-" * (plan.num_steps - 1)
    if bar == plan.num_bars - 1:
        return held
    if section.name in ("break", "build"):
        return "X-------" * 2 if plan.num_steps == 16 else held
    return bar_of(rhythm, bar, plan.num_steps)


def write_lead(plan: SongPlan, harmony: Harmony, rng: np.random.Generator) -> list[Note]:
    """Two-bar phrases, one for verses and one for the rest, fitted to the chords."""
    if not plan.style.lead_timbres:
        return []
    phrases = {name: _draw_phrase(plan.num_steps, rng) for name in ("verse", "chorus", "break")}
    rests = _draw_rests(plan, rng)
    octave = 12 * round((LEAD_CENTRE - harmony.pitch(4)) / 12)
    notes = []
    for section, bar, stop in plan.bars():
        if section.start_bar in rests:
            continue
        offset = (bar - section.start_bar) % 2 * plan.num_steps
        for step, length, contour in phrases.get(_lead_phrase(plan, section), []):
            if 0 <= step - offset < stop:
                lifted = contour + 2 * (section.name == "chorus")
                degree = _fit(lifted, harmony.chord(bar), is_strong=step % 4 == 0)
                midi = octave + harmony.pitch(degree)
                velocity = LEVELS[section.name].lead * rng.uniform(0.8, 1.0)
                notes.append(_note(plan, bar, step - offset, length, midi, velocity))
    return notes


def _draw_rests(plan: SongPlan, rng: np.random.Generator) -> set[int]:
    """Return the first bars of the verses that have no melody."""
    verses = [section for section in plan.sections if section.name == "verse"]
    return {section.start_bar for section in verses if rng.random() < VERSE_REST}


def _lead_phrase(plan: SongPlan, section: Section) -> str:
    """Return the name of the phrase that is played in a section, empty where there is none."""
    if section.name == "break" and plan.break_kind != "chords and lead":
        return ""
    return section.name if LEVELS[section.name].lead > 0 else ""


def write_arpeggio(plan: SongPlan, harmony: Harmony, rng: np.random.Generator) -> list[Note]:
    """Broken chords in eighths or sixteenths, in electronic songs and not in all of them."""
    if not plan.style.is_electronic or rng.random() < 0.4:
        return []
    every = int(rng.choice((1, 2)))
    order = rng.permutation(4)
    octave = 12 * round((LEAD_CENTRE + 3 - harmony.key) / 12)
    notes = []
    for section, bar, stop in plan.bars():
        if section.name not in ("build", "chorus", "break"):
            continue
        tones = [*harmony.chord(bar)[:3], harmony.degrees[bar] + 7]
        for step in range(0, stop, every):
            midi = octave + harmony.pitch(tones[order[step // every % 4]])
            velocity = 0.6 * LEVELS[section.name].chords * (1.0 if step % 4 == 0 else 0.7)
            notes.append(_note(plan, bar, step, every, midi, velocity))
    return notes


def _note(plan: SongPlan, bar: int, step: int, length: float, midi: int, velocity: float) -> Note:
    """Return a note from places in steps; it ends with its bar at the latest."""
    length = min(length, plan.num_steps - step)
    return Note(bar * plan.style.beats_per_bar + step / 4, length / 4, midi, velocity)


def _draw_rhythms(choices: tuple[str, ...], rng: np.random.Generator) -> dict[str, str]:
    return {name: choices[rng.integers(len(choices))] for name in LEVELS}


def _held_steps(rhythm: str, step: int) -> int:
    """Return how many steps the note at ``step`` lasts.

    >>> _held_steps("x--x", 0)
    3
    """
    tail = rhythm[step + 1 :]
    return 1 + len(tail) - len(tail.lstrip("-"))


def _bass_degree(mark: str, step: int, rng: np.random.Generator) -> int:
    if mark == "w":
        return 0 if step == 0 else int(rng.choice((1, 2, 2, 4, 4, 5, -1)))
    return CHORD_TONES[mark]


def _near(pitch: int, centre: int) -> int:
    """Return ``pitch`` in the octave that is closest to ``centre``."""
    return pitch + 12 * round((centre - pitch) / 12)


def _lead_voices(previous: list[int], pitches: list[int]) -> list[int]:
    """Return the chord in the position that moves least, kept near the middle of the keyboard."""
    centre = round(sum(previous) / len(previous))
    centre = min(max(centre, CHORD_CENTRE - 4), CHORD_CENTRE + 4)
    return sorted(_near(pitch, centre) for pitch in pitches)


def _fit(degree: int, chord: list[int], is_strong: bool) -> int:
    """Return ``degree``, moved to the nearest chord tone where the beat is strong."""
    if not is_strong:
        return degree
    tones = {tone % 7 for tone in chord[:3]}
    return next(degree + s for s in (0, -1, 1, -2, 2) if (degree + s) % 7 in tones)


def _draw_phrase(num_steps: int, rng: np.random.Generator) -> list[tuple[int, int, int]]:
    """Return (step, length in steps, scale degree) over two bars: a motif and its answer."""
    density = rng.uniform(0.3, 0.7)
    onsets = [s for s in range(0, num_steps, 2) if rng.random() < density + 0.3 * (s % 4 == 0)]
    onsets = onsets or [0]
    walk = np.cumsum(rng.choice((-2, -1, -1, 0, 1, 1, 2), len(onsets))) + rng.integers(2, 6)
    motif = np.clip(walk, -1, 8)
    answer = np.clip(motif + rng.choice((-1, 0, 0, 1), len(onsets)), -1, 8)
    answer[-1] = 0
    ends = [*onsets[1:], num_steps]
    return [
        (base + step, min(end - step, 6), int(tone))
        for base, tones in ((0, motif), (num_steps, answer))
        for step, end, tone in zip(onsets, ends, tones, strict=True)
    ]
