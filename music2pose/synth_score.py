"""A style and a plan of sections become notes and drum hits, all placed in beats."""

from dataclasses import dataclass, field

import numpy as np

from music2pose.synth_styles import SCALES, Style
from music2pose.synth_timing import Section


@dataclass(frozen=True)
class Note:
    beat: float
    num_beats: float
    midi: int
    velocity: float


@dataclass(frozen=True)
class Hit:
    beat: float
    drum: str
    velocity: float


@dataclass
class Score:
    """Everything that is played, by part."""

    hits: list[Hit] = field(default_factory=list)
    bass: list[Note] = field(default_factory=list)
    chords: list[Note] = field(default_factory=list)
    lead: list[Note] = field(default_factory=list)


@dataclass(frozen=True)
class Level:
    """How full a section is, each from 0 (silent) to 1."""

    drums: float
    bass: float
    chords: float
    lead: float
    brightness: float
    room: float
    """Reverb in addition to the song's own."""


LEVELS = {
    "intro": Level(0.5, 0.0, 0.7, 0.0, 0.25, 0.2),
    "verse": Level(0.8, 0.75, 0.6, 0.65, 0.6, 0.0),
    "build": Level(0.7, 0.4, 0.75, 0.0, 0.5, 0.15),
    "chorus": Level(1.0, 1.0, 1.0, 1.0, 1.0, 0.05),
    "break": Level(0.0, 0.0, 0.65, 0.5, 0.3, 0.35),
    "outro": Level(0.55, 0.6, 0.6, 0.0, 0.35, 0.2),
}


@dataclass(frozen=True)
class Harmony:
    """A key and the chord of every bar."""

    key: int
    """Pitch class, 0 is C."""
    scale: tuple[int, ...]
    degrees: tuple[int, ...]
    sevenths: bool

    def pitch(self, degree: int) -> int:
        """Return the pitch of a scale degree (0 is the key note) in semitones above C."""
        octave, step = divmod(degree, 7)
        return self.key + 12 * octave + self.scale[step]

    def chord(self, bar: int) -> list[int]:
        """Return the scale degrees of the chord of a bar."""
        root = self.degrees[bar]
        return [root + third for third in ((0, 2, 4, 6) if self.sevenths else (0, 2, 4))]


def draw_harmony(style: Style, sections: tuple[Section, ...], rng: np.random.Generator) -> Harmony:
    """Draw a key and one progression for verses and one for choruses; the song ends at home."""
    scale = SCALES[style.scales[rng.integers(len(style.scales))]]
    picks = rng.permutation(len(style.progressions))[:2]
    verse, chorus = style.progressions[picks[0]], style.progressions[picks[-1]]
    degrees: list[int] = []
    for section in sections:
        loop = chorus if section.name in ("chorus", "outro") else verse
        degrees += [loop[bar % len(loop)] for bar in range(section.num_bars)]
    degrees[-1] = 0
    return Harmony(int(rng.integers(12)), scale, tuple(degrees), style.sevenths)


def _held(rhythm: str, step: int) -> int:
    """Return how many steps the note at ``step`` lasts."""
    length = 1
    while step + length < len(rhythm) and rhythm[step + length] == "-":
        length += 1
    return length


def _bar_of(rhythm: str, bar: int, steps: int) -> str:
    """Return the ``bar``-th bar of a rhythm that repeats."""
    return rhythm[(bar * steps) % len(rhythm) :][:steps]


VELOCITY = {"X": 1.0, "x": 0.78, "o": 0.35}
BREAK_KINDS = ("empty", "chords", "drums", "hats")


@dataclass(frozen=True)
class Composer:
    """Writes one song; every part draws from its own generator."""

    style: Style
    sections: tuple[Section, ...]
    harmony: Harmony
    has_fills: bool
    seed: int

    @property
    def _steps(self) -> int:
        return 4 * self.style.beats_per_bar

    def _rng(self, part: int) -> np.random.Generator:
        return np.random.default_rng((self.seed, 100 + part))

    def _bars(self) -> list[tuple[Section, int]]:
        return [
            (s, bar) for s in self.sections for bar in range(s.start_bar, s.start_bar + s.num_bars)
        ]

    def compose(self) -> Score:
        hits = self._write_drums(self._rng(0))
        return Score(
            hits=hits,
            bass=self._write_bass(self._rng(1)),
            chords=self._write_chords(self._rng(2)),
            lead=self._write_lead(self._rng(3)),
        )

    def break_kind(self) -> str:
        """Return what the breaks of this song leave standing."""
        return BREAK_KINDS[self._rng(4).integers(len(BREAK_KINDS))]

    def _grooves(self, rng: np.random.Generator) -> dict[str, dict[str, str]]:
        """Return the drum rhythms by section name, with small changes drawn for the song."""
        verse = {drum: _loosen(rhythm, drum, rng) for drum, rhythm in self.style.drums.items()}
        for drum, choices in self.style.extra.items():
            if rng.random() < 0.45:
                verse.setdefault(drum, choices[rng.integers(len(choices))])
        lift = {drum: _loosen(rhythm, drum, rng) for drum, rhythm in self.style.lift.items()}
        chorus = {**verse, **lift}
        quiet = ("hat", "shaker", "rim", "clave", "maracas", "ride", "pedal", "triangle")
        light = {drum: verse[drum] for drum in verse if drum in quiet}
        low = {drum: verse[drum] for drum in verse if drum == "kick"}
        intros = [{}, light, low, {**light, **low}, verse]
        intro = intros[rng.integers(len(intros))]
        hats = light if self.break_kind() == "hats" else {}
        pause = chorus if self.break_kind() == "drums" else hats
        return {
            "intro": intro, "verse": verse, "build": light, "chorus": chorus,
            "break": pause, "outro": verse if rng.random() < 0.5 else light or verse,
        }  # fmt: skip

    def _write_drums(self, rng: np.random.Generator) -> list[Hit]:
        grooves, beats = self._grooves(rng), self.style.beats_per_bar
        hits: list[Hit] = []
        for section, bar in self._bars():
            is_first, is_last = (
                bar == section.start_bar,
                bar == section.start_bar + section.num_bars - 1,
            )
            loud = LEVELS[section.name].drums or 0.8
            groove = grooves[section.name]
            stop = self._steps
            if (
                is_last
                and self.has_fills
                and section.name in ("verse", "chorus")
                and self.style.drums
            ):
                stop -= int(rng.choice((4, 8)))
                hits += self._fill(bar, stop, loud, rng)
            for drum, rhythm in groove.items():
                for step, mark in enumerate(_bar_of(rhythm, bar, self._steps)[:stop]):
                    if mark in VELOCITY:
                        velocity = loud * VELOCITY[mark] * rng.uniform(0.88, 1.0)
                        hits.append(Hit(bar * beats + step / 4, drum, velocity))
            if is_first and section.name in ("chorus", "break", "outro") and self.style.drums:
                hits.append(Hit(bar * beats, "crash", 0.55))
            if section.name == "build":
                hits += self._roll(section, bar, rng)
        if self.style.drums:
            hits.append(Hit(self._bars()[-1][1] * beats, "crash", 0.4))
        return hits

    def _fill(self, bar: int, start: int, loud: float, rng: np.random.Generator) -> list[Hit]:
        """A run over snare and toms up to the end of the bar."""
        drums = ("snare", "snare", "tom_hi", "tom_mid", "tom_lo")
        steps = [s for s in range(start, self._steps) if s % 2 == 0 or rng.random() < 0.6]
        base = bar * self.style.beats_per_bar
        order = np.sort(rng.integers(0, len(drums), len(steps)))
        run = [
            Hit(base + step / 4, drums[drum], loud * rng.uniform(0.6, 0.95))
            for step, drum in zip(steps, order, strict=True)
        ]
        return [*run, Hit(base + start / 4, "kick", loud * 0.8)]

    def _roll(self, section: Section, bar: int, rng: np.random.Generator) -> list[Hit]:
        """A snare roll that doubles and swells to the end of the section, with a riser."""
        beats = self.style.beats_per_bar
        done = (bar - section.start_bar) / section.num_bars
        step = 0.25 if done >= 0.5 or section.num_bars == 1 else 0.5
        places = np.arange(0, beats, step)
        swell = 0.25 + 0.5 * (done + places / beats / section.num_bars)
        roll = [
            Hit(bar * beats + float(place), "snare", float(level))
            for place, level in zip(places, swell, strict=True)
        ]
        if bar == section.start_bar + section.num_bars - 1:
            roll.append(Hit(bar * beats, "riser", 0.5))
        return roll

    def _write_bass(self, rng: np.random.Generator) -> list[Note]:
        style, beats = self.style, self.style.beats_per_bar
        rhythms = {name: style.bass[rng.integers(len(style.bass))] for name in LEVELS}
        notes: list[Note] = []
        for section, bar in self._bars():
            level = LEVELS[section.name].bass
            if level == 0:
                continue
            rhythm = _bar_of(rhythms[section.name], bar, self._steps)
            root = self.harmony.degrees[bar]
            for step, mark in enumerate(rhythm):
                if mark in "-.":
                    continue
                degree = root + _bass_step(mark, step, rng)
                midi = _near(self.harmony.pitch(degree), 38 if mark != "8" else 48)
                length = max(_held(rhythm, step), 1.6) / 4
                accent = 1.0 if step == 0 else rng.uniform(0.75, 0.95)
                notes.append(Note(bar * beats + step / 4, length, midi, level * accent))
        return notes

    def _write_chords(self, rng: np.random.Generator) -> list[Note]:
        style, beats = self.style, self.style.beats_per_bar
        rhythms = {name: style.chords[rng.integers(len(style.chords))] for name in LEVELS}
        rhythms["intro"] = rhythms["verse"]
        notes: list[Note] = []
        voicing = [57, 60, 64]
        for section, bar in self._bars():
            level = LEVELS[section.name].chords
            if section.name == "break" and self.break_kind() == "drums":
                continue
            held = section.name in ("break", "build") or bar == len(self.harmony.degrees) - 1
            rhythm = "X" + "-" * (self._steps - 1) if held else rhythms[section.name]
            rhythm = _bar_of(rhythm, bar, self._steps)
            voicing = _lead_voices(
                voicing, [self.harmony.pitch(d) for d in self.harmony.chord(bar)]
            )
            for step, mark in enumerate(rhythm):
                if mark in VELOCITY:
                    length = max(_held(rhythm, step), 1.5) / 4
                    velocity = level * VELOCITY[mark] * rng.uniform(0.9, 1.0)
                    notes += [Note(bar * beats + step / 4, length, m, velocity) for m in voicing]
        return notes

    def _write_lead(self, rng: np.random.Generator) -> list[Note]:
        """Two-bar phrases, one for verses and one for choruses, fitted to the chords."""
        phrases = {name: _draw_phrase(2 * self._steps, rng) for name in ("verse", "chorus")}
        silent = {s.start_bar for s in self.sections if s.name == "verse" and rng.random() < 0.3}
        notes: list[Note] = []
        for section, bar in self._bars():
            level = LEVELS[section.name].lead
            if level == 0 or (section.name == "break" and self.break_kind() != "chords"):
                continue
            if section.start_bar in silent:
                continue
            phrase = phrases["verse" if section.name == "verse" else "chorus"]
            first = (bar - section.start_bar) % 2 * self._steps
            lift = 2 if section.name == "chorus" else 0
            for step, length, contour in phrase:
                if first <= step < first + self._steps:
                    place = bar * self.style.beats_per_bar + (step - first) / 4
                    degree = self._fit(contour + lift, bar, strong=step % 4 == 0)
                    midi = 60 + self.harmony.pitch(degree) - (12 if self.harmony.key > 6 else 0)
                    notes.append(Note(place, length / 4, midi, level * rng.uniform(0.8, 1.0)))
        return notes

    def _fit(self, degree: int, bar: int, strong: bool) -> int:
        """Return ``degree``, moved to the nearest chord tone where the beat is strong."""
        if not strong:
            return degree
        tones = {tone % 7 for tone in self.harmony.chord(bar)[:3]}
        near = (degree + shift for shift in (0, -1, 1, -2, 2))
        return next((near_degree for near_degree in near if near_degree % 7 in tones), degree)


def _loosen(rhythm: str, drum: str, rng: np.random.Generator) -> str:
    """Change a rhythm a little: ghost notes come and go, weak hits off the beat may drop out."""
    marks = list(rhythm)
    for step, mark in enumerate(marks):
        if mark == "x" and step % 4 and rng.random() < 0.06:
            marks[step] = "."
        elif mark == "." and drum in ("hat", "snare", "conga_hi") and rng.random() < 0.03:
            marks[step] = "o"
        elif mark == "." and drum == "kick" and step % 4 == 2 and rng.random() < 0.04:
            marks[step] = "x"
    return "".join(marks)


def _bass_step(mark: str, step: int, rng: np.random.Generator) -> int:
    if mark == "w":
        return 0 if step == 0 else int(rng.choice((1, 2, 4, 5, 2, 4, -1)))
    return {"1": 0, "3": 2, "5": 4, "7": 6, "8": 7}[mark]


def _near(pitch: int, centre: int) -> int:
    """Return ``pitch`` in the octave around ``centre``."""
    return pitch + 12 * round((centre - pitch) / 12)


def _lead_voices(previous: list[int], pitches: list[int]) -> list[int]:
    """Return the chord in the position that moves least from the previous one."""
    centre = round(sum(previous) / len(previous))
    centre = min(max(centre, 57), 66)
    return sorted(_near(pitch, centre) for pitch in pitches)


def _draw_phrase(num_steps: int, rng: np.random.Generator) -> list[tuple[int, int, int]]:
    """Return (step, length in steps, scale degree) of a phrase: a motif, repeated and answered."""
    half = num_steps // 2
    density = rng.uniform(0.35, 0.75)
    onsets = [s for s in range(0, half - 2, 2) if rng.random() < (density + 0.3 * (s % 4 == 0))]
    onsets = onsets or [0]
    contour = list(
        np.cumsum(rng.choice((-2, -1, -1, 0, 1, 1, 2), len(onsets))) + rng.integers(2, 6)
    )
    answer = [int(np.clip(c + rng.choice((-1, 0, 1)), -2, 9)) for c in contour]
    answer[-1] = 0
    phrase = []
    for base, tones in ((0, contour), (half, answer)):
        for index, (step, tone) in enumerate(zip(onsets, tones, strict=True)):
            end = onsets[index + 1] if index + 1 < len(onsets) else min(step + 6, half)
            phrase.append((base + step, max(1, min(end - step, 6)), int(np.clip(tone, -2, 9))))
    return phrase
