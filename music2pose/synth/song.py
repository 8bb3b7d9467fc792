"""A seed becomes a song with known beats: drums, bass, chords and melody from own oscillators."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np

from checkpoints.files import whole_file
from music2pose import MusicError
from music2pose.hearing.features import SAMPLE_RATE
from music2pose.synth.drums import without_bars, write_drums
from music2pose.synth.form import LEVELS, Section, draw_sections, draw_song_plan, lay_sections
from music2pose.synth.player import MixSettings, Player
from music2pose.synth.score import (
    draw_harmony,
    write_arpeggio,
    write_bass,
    write_chords,
    write_lead,
)
from music2pose.synth.styles import METRES, STYLES, Style, in_metre
from music2pose.synth.timing import TempoChange, Timeline

DRAWN_BPM = (60.0, 190.0)
WALTZ_SHARE = 0.15
"""Songs in 3/4 where neither style nor metre is asked for."""


@dataclass(frozen=True)
class SongSpec:
    """What to synthesise; every field that is None is drawn from the seed."""

    seed: int
    seconds: float = 30.0
    bpm: float | None = None
    """Tempo in beats per minute, around which ``drift`` wanders; drawn from 60 to 190."""
    beats_per_bar: int | None = None
    """3 to 7; drawn from 3 and 4. A style of another metre is played in bars of so many beats."""
    swing: float | None = None
    """0 is straight; at 1 the off-beat eighth falls on the last third of the beat."""
    drift: float | None = None
    """Share by which the beat period wanders, 0 to 0.2."""
    tempo_changes: tuple[TempoChange, ...] = ()
    """In the order of their beats; the song begins at ``bpm``."""
    style: str | None = None
    """A key of STYLES."""
    breaks: bool | None = None
    """Sections in which drums, or everything else, stop; the beats go on."""
    fills: bool | None = None
    drum_stops: float = 0.0
    """How often a bar of a verse or chorus is played without drums, 0 to 0.5."""
    lead_seconds: float | None = None
    """Before the first downbeat."""
    jitter_seconds: float | None = None
    """Standard deviation of the players' timing around the grid."""
    room: float | None = None
    """Reverb, 0 to 1."""
    level_db: float | None = None
    """Each section is up to this much softer than it would be."""
    hiss: float | None = None
    """Standard deviation of the background noise."""
    peak: float | None = None
    """Largest magnitude of the waveform, up to 1."""
    form: tuple[tuple[str, int], ...] | None = None
    """Sections as (key of LEVELS, bars); the last one takes what is left of the song."""

    def __post_init__(self) -> None:
        _check("seed", self.seed, 0, 2**63)
        _check("seconds", self.seconds, 0.1, 7200)
        _check("bpm", self.bpm, 30, 300)
        _check("swing", self.swing, 0, 1)
        _check("drift", self.drift, 0, 0.2)
        _check("drum_stops", self.drum_stops, 0, 0.5)
        _check("lead_seconds", self.lead_seconds, 0, 60)
        _check("jitter_seconds", self.jitter_seconds, 0, 0.03)
        _check("room", self.room, 0, 1)
        _check("level_db", self.level_db, 0, 40)
        _check("hiss", self.hiss, 0, 0.1)
        _check("peak", self.peak, 0.001, 1)
        _check("beats_per_bar", self.beats_per_bar, min(METRES), max(METRES))
        for change in self.tempo_changes:
            _check("bpm of a change", change.bpm, 30, 300)
        if self.style is not None and self.style not in STYLES:
            raise MusicError(f"no style named {self.style!r}; choose from {', '.join(STYLES)}")
        for name, bars in self.form or ():
            if name not in LEVELS or bars < 1:
                raise MusicError(
                    f"form has {bars} bars of {name!r}; give at least 1 of {', '.join(LEVELS)}"
                )


def _check(name: str, value: float | None, low: float, high: float) -> None:
    if value is not None and not low <= value <= high:
        raise MusicError(f"{name} is {value}; give a number from {low} to {high}")


@dataclass(frozen=True)
class Song:
    """A synthesised song and the truth about it.

    Shape:
        waveform: (S,) float32 in [-1, 1], mono; S is exactly round(seconds * sample_rate)
        beat_times: (N,) increasing seconds of every beat in the song, heard or not
        downbeat_times: (M,) those that start a bar
    """

    waveform: np.ndarray
    sample_rate: int
    beat_times: np.ndarray
    downbeat_times: np.ndarray
    bpm: float
    """From the median beat interval."""
    sections: tuple[tuple[float, str], ...]
    """Start in seconds and name of each section."""
    played: dict[str, np.ndarray]
    """Drum, or part ("bass", "chords", "lead", "arpeggio") -> (N, 3): the second at which each hit
    or note begins, or a riser ends, how strongly it is played up to 1, and its MIDI pitch, 0 for
    drums. Loops that are mixed in are not among them."""
    spec: SongSpec
    """With everything that was drawn filled in, style included; it gives the same song again."""

    @property
    def seconds(self) -> float:
        return len(self.waveform) / self.sample_rate


def resolve_spec(spec: SongSpec) -> SongSpec:
    """Return ``spec`` with every None drawn (``form`` stays); cheap, nothing is rendered."""
    name, bpm = _draw_style_and_tempo(spec)
    style = STYLES[name]

    def uniform(field: str, low: float, high: float) -> float:
        return float(_rng(spec, field).uniform(low, high))

    def choice(field: str, *values: float) -> float:
        return float(_rng(spec, field).choice(values))

    drawn: dict[str, Any] = {
        "style": name,
        "bpm": bpm,
        "beats_per_bar": style.beats_per_bar,
        "swing": uniform("swing", *style.swing),
        "drift": choice("drift", 0, 0, 0.01, 0.02, 0.04),
        "breaks": choice("breaks", 0, 1, 1) > 0,
        "fills": choice("fills", 0, 1, 1, 1) > 0,
        "lead_seconds": max(0.0, uniform("lead_seconds", -0.8, 1.2)),
        "jitter_seconds": choice("jitter_seconds", 0, 0.002, 0.005),
        "room": uniform("room", 0.02, 0.5),
        "level_db": choice("level_db", 0, 0, 3, 6),
        "hiss": choice("hiss", 0, 0, 1e-4, 1e-3),
        "peak": choice("peak", 0.95, 0.95, 0.7, 0.3),
    }
    return replace(spec, **{k: v for k, v in drawn.items() if getattr(spec, k) is None})


def synthesise(spec: SongSpec, samples: Path | None = None) -> Song:
    """Return the song of ``spec``; the same spec gives the same bytes.

    ``samples`` is a folder of drum hits and loops to mix in, named as in ``synth_samples``.
    """
    spec = resolve_spec(spec)
    asked: dict[str, Any] = vars(spec)
    style = in_metre(STYLES[asked["style"]], asked["beats_per_bar"])
    tempo = asked["bpm"], asked["drift"], asked["lead_seconds"]
    timeline = Timeline.draw(*tempo, _rng(spec, "timeline"), spec.tempo_changes)
    sound = MixSettings(**{field: asked[field] for field in MixSettings.__dataclass_fields__})
    beats = timeline.beats_within(spec.seconds)
    beat_times = timeline.seconds(beats)
    sections = _sections(spec, style, beats)
    plan = draw_song_plan(style, sections, bool(spec.fills), _rng(spec, "plan"))
    harmony = draw_harmony(plan, _rng(spec, "harmony"))
    parts = {
        "bass": write_bass(plan, harmony, _rng(spec, "bass")),
        "chords": write_chords(plan, harmony, _rng(spec, "chords")),
        "lead": write_lead(plan, harmony, _rng(spec, "lead")),
        "arpeggio": write_arpeggio(plan, harmony, _rng(spec, "arpeggio")),
    }
    hits = without_bars(
        write_drums(plan, _rng(spec, "drums")), plan, spec.drum_stops, _rng(spec, "drum_stops")
    )
    length = round(spec.seconds * SAMPLE_RATE)
    player = Player(plan, timeline, sound, length, SAMPLE_RATE, _rng(spec, "player"), samples)
    waveform = player.play(hits, parts)
    starts = timeline.seconds(np.array([s.start_bar for s in sections]) * style.beats_per_bar)
    return Song(
        waveform=waveform,
        sample_rate=SAMPLE_RATE,
        beat_times=beat_times,
        downbeat_times=beat_times[beats % style.beats_per_bar == 0],
        bpm=float(60 / np.median(np.diff(beat_times))) if len(beats) > 1 else timeline.bpm,
        sections=tuple((float(t), s.name) for t, s in zip(starts, sections, strict=True)),
        played=player.played,
        spec=spec,
    )


def _rng(spec: SongSpec, purpose: str) -> np.random.Generator:
    """Return a generator of its own for each purpose, so that fixing one field moves no other."""
    return np.random.default_rng((spec.seed, crc32(purpose.encode())))


def _sections(spec: SongSpec, style: Style, beats: np.ndarray) -> tuple[Section, ...]:
    """Return sections that cover ``beats`` (N,)."""
    num_bars = max(1, -(-int(beats[-1] + 1) // style.beats_per_bar)) if len(beats) else 1
    if spec.form is not None:
        return lay_sections(list(spec.form), num_bars)
    return draw_sections(num_bars, style.is_electronic, bool(spec.breaks), _rng(spec, "form"))


def _draw_style_and_tempo(spec: SongSpec) -> tuple[str, float]:
    """Return a style and a tempo that suit each other and keep what is asked for."""
    tempo_rng, style_rng = _rng(spec, "bpm"), _rng(spec, "style")
    if spec.style is not None:
        home = np.clip(STYLES[spec.style].bpm, *DRAWN_BPM)
        return spec.style, spec.bpm or float(tempo_rng.uniform(*home))
    bpm = spec.bpm or float(np.exp(tempo_rng.uniform(*np.log(DRAWN_BPM))))
    beats_per_bar = spec.beats_per_bar or (3 if style_rng.random() < WALTZ_SHARE else 4)
    names = _styles_of(beats_per_bar, bpm)
    return names[style_rng.integers(len(names))], bpm


def _styles_of(beats_per_bar: int, bpm: float) -> list[str]:
    """Return the styles of a metre that are at home at a tempo; all of the metre if none is."""
    metre = 3 if beats_per_bar == 3 else 4
    fitting = [
        name for name in STYLES if STYLES[name].beats_per_bar == metre and STYLES[name].is_drawn
    ]
    at_home = [name for name in fitting if STYLES[name].bpm[0] <= bpm <= STYLES[name].bpm[1]]
    return at_home or fitting


def save_song(song: Song, path: Path) -> None:
    """Write the song as 16-bit wav; the file appears whole or not at all."""
    import soundfile

    try:
        with whole_file(path) as partial:
            soundfile.write(
                partial, song.waveform, song.sample_rate, format="WAV", subtype="PCM_16"
            )
    except (OSError, soundfile.LibsndfileError) as error:
        raise MusicError(f"cannot write {path} ({error}); choose a folder with space") from error


def demo_song() -> Song:
    """Return the 20-second song that needs no download: intro, verse, build, drop and an end."""
    form = (("intro", 2), ("verse", 2), ("build", 1), ("chorus", 4), ("outro", 1))
    spec = SongSpec(
        seed=13, seconds=20.0, bpm=120.0, style="house", swing=0.0, drift=0.0, breaks=True,
        fills=True, lead_seconds=0.0, jitter_seconds=0.0, room=0.2, level_db=0.0, hiss=0.0,
        peak=0.95, form=form,
    )  # fmt: skip
    return synthesise(spec)
