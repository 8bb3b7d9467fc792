"""A seed becomes a song with known beats: drums, bass, chords and melody from own oscillators."""

import os
from dataclasses import dataclass, replace
from pathlib import Path
from zlib import crc32

import numpy as np

from music2pose import MusicError
from music2pose.features import SAMPLE_RATE
from music2pose.synth_instruments import TIMBRES, render_kit, render_note
from music2pose.synth_mix import (
    duck,
    limit,
    loud_part,
    lowpass,
    place,
    reverberate,
    step_curve,
)
from music2pose.synth_score import LEVELS, Composer, Note, Score, draw_harmony
from music2pose.synth_styles import STYLES, Style
from music2pose.synth_timing import Section, Timeline, plan_sections, sections_of, swung

BPM_RANGE = (60.0, 190.0)


@dataclass(frozen=True)
class SongSpec:
    """What to synthesise; every field that is None is drawn from the seed."""

    seed: int
    seconds: float = 30.0
    bpm: float | None = None
    """Median tempo in beats per minute; drawn from 60 to 190."""
    beats_per_bar: int | None = None
    """3 or 4."""
    swing: float | None = None
    """0 is straight; at 1 the off-beat eighth falls on the last third of the beat."""
    drift: float | None = None
    """Share by which the beat period wanders, 0 to 0.2."""
    style: str | None = None
    """A name from STYLES."""
    has_breaks: bool | None = None
    """Sections in which the drums stop; the beats go on."""
    has_fills: bool | None = None
    lead_seconds: float | None = None
    """Before the first downbeat."""
    jitter_seconds: float | None = None
    """Standard deviation of the players' timing around the grid."""
    room: float | None = None
    """Reverb, 0 to 1."""
    peak: float | None = None
    """Largest magnitude of the waveform, up to 1."""
    form: tuple[tuple[str, int], ...] | None = None
    """Sections as (name, bars); names from LEVELS. The last one takes what is left of the song."""

    def __post_init__(self) -> None:
        _check("seconds", self.seconds, 0.1, 7200)
        _check("bpm", self.bpm, 30, 300)
        _check("swing", self.swing, 0, 1)
        _check("drift", self.drift, 0, 0.2)
        _check("lead_seconds", self.lead_seconds, 0, 60)
        _check("jitter_seconds", self.jitter_seconds, 0, 0.03)
        _check("room", self.room, 0, 1)
        _check("peak", self.peak, 0.001, 1)
        if self.beats_per_bar not in (None, 3, 4):
            raise MusicError(f"beats_per_bar is {self.beats_per_bar}; give 3, 4 or None")
        if self.style is not None and self.style not in STYLES:
            raise MusicError(f"no style named {self.style!r}; choose from {', '.join(STYLES)}")


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
    sections: tuple[tuple[float, str], ...]
    """Start in seconds and name of each section."""
    spec: SongSpec
    """With everything that was drawn filled in; it synthesises the same song again."""

    @property
    def seconds(self) -> float:
        return len(self.waveform) / self.sample_rate


def resolve(spec: SongSpec) -> SongSpec:
    """Return ``spec`` with every None replaced by a draw; each draw depends on the seed alone."""
    rng = {name: _rng(spec.seed, name) for name in vars(spec)}
    style_name, bpm = _draw_style_and_tempo(spec, rng["bpm"], rng["style"])
    style = STYLES[style_name]
    drawn = {
        "style": style_name,
        "bpm": bpm,
        "beats_per_bar": style.beats_per_bar,
        "swing": float(rng["swing"].uniform(*style.swing)),
        "drift": float(rng["drift"].choice((0.0, 0.0, 0.01, 0.02, 0.04))),
        "has_breaks": bool(rng["has_breaks"].random() < 0.6),
        "has_fills": bool(rng["has_fills"].random() < 0.8),
        "lead_seconds": float(rng["lead_seconds"].choice((0.0, rng["lead_seconds"].random()))),
        "jitter_seconds": float(rng["jitter_seconds"].choice((0.0, 0.002, 0.005))),
        "room": float(rng["room"].uniform(0.02, 0.5)),
        "peak": float(rng["peak"].choice((0.95, 0.95, 0.7, 0.3))),
    }
    return replace(spec, **{k: v for k, v in drawn.items() if getattr(spec, k) is None})


def _rng(seed: int, purpose: str) -> np.random.Generator:
    """Return a generator of its own for each purpose, so that fixing one field moves no other."""
    return np.random.default_rng((seed, crc32(purpose.encode())))


def _draw_style_and_tempo(
    spec: SongSpec, tempo_rng: np.random.Generator, style_rng: np.random.Generator
) -> tuple[str, float]:
    if spec.style is not None:
        style = STYLES[spec.style]
        if spec.beats_per_bar not in (None, style.beats_per_bar):
            raise MusicError(
                f"style {spec.style} has {style.beats_per_bar} beats a bar, not "
                f"{spec.beats_per_bar}; leave one of the two out"
            )
        low, high = np.clip(style.bpm, *BPM_RANGE)
        return spec.style, spec.bpm or float(tempo_rng.uniform(low, high))
    bpm = spec.bpm or float(np.exp(tempo_rng.uniform(*np.log(BPM_RANGE))))
    beats = spec.beats_per_bar or (3 if style_rng.random() < 0.15 else 4)
    metre = [name for name, style in STYLES.items() if style.beats_per_bar == beats]
    fitting = [name for name in metre if STYLES[name].bpm[0] <= bpm <= STYLES[name].bpm[1]]
    names = fitting or metre
    return names[style_rng.integers(len(names))], bpm


def synthesise(spec: SongSpec, samples: Path | None = None) -> Song:
    """Return the song of ``spec``; the same spec gives the same bytes.

    ``samples`` is a folder of single drum hits and loops to mix in; see synth_samples.
    """
    spec = resolve(spec)
    style = STYLES[spec.style]
    timeline = Timeline.draw(spec.bpm, spec.drift, spec.lead_seconds, _rng(spec.seed, "timeline"))
    beats = timeline.beats_within(spec.seconds)
    beat_times = timeline.seconds(beats)
    num_bars = max(1, -(-int(beats[-1] + 1) // style.beats_per_bar)) if len(beats) else 1
    sections = _plan(spec, style, num_bars)
    harmony = draw_harmony(style, sections, _rng(spec.seed, "harmony"))
    composer = Composer(style, sections, harmony, spec.has_fills, spec.seed)
    starts = timeline.seconds(np.array([s.start_bar * style.beats_per_bar for s in sections]))
    waveform = _Player(spec, style, timeline).play(composer.compose(), sections, starts)
    return Song(
        waveform=waveform,
        sample_rate=SAMPLE_RATE,
        beat_times=beat_times,
        downbeat_times=beat_times[beats % style.beats_per_bar == 0],
        bpm=spec.bpm,
        sections=tuple((float(t), s.name) for t, s in zip(starts, sections, strict=True)),
        spec=spec,
    )


def _plan(spec: SongSpec, style: Style, num_bars: int) -> tuple[Section, ...]:
    if spec.form is not None:
        return sections_of(list(spec.form), num_bars)
    rng = _rng(spec.seed, "form")
    return plan_sections(num_bars, style.is_electronic, bool(spec.has_breaks), rng)


class _Player:
    """Renders a score along a timeline."""

    def __init__(self, spec: SongSpec, style: Style, timeline: Timeline) -> None:
        self.spec, self.style, self.timeline = spec, style, timeline
        self.length = round(spec.seconds * SAMPLE_RATE)
        self.rng = _rng(spec.seed, "player")

    def play(self, score: Score, sections: tuple[Section, ...], starts: np.ndarray) -> np.ndarray:
        spec, rng = self.spec, self.rng
        drums, kicks = self._drums(score)
        tracks = {
            "drums": drums,
            "bass": self._notes(score.bass, self.style.bass_timbres),
            "chords": self._notes(score.chords, self.style.chord_timbres),
            "lead": self._notes(score.lead, self.style.lead_timbres),
        }
        balance = {"drums": 1.0, "bass": 0.75, "chords": 0.4, "lead": 0.45}
        for name, track in tracks.items():
            level = loud_part(track, SAMPLE_RATE)
            track *= balance[name] * rng.uniform(0.75, 1.25) / level if level > 1e-6 else 0
        marks = [int(t * SAMPLE_RATE) for t in starts]
        levels = [LEVELS[s.name] for s in sections]
        bright = step_curve(marks, [v.brightness for v in levels], self.length, SAMPLE_RATE // 2)
        backing = tracks["chords"] + tracks["lead"]
        backing = bright * backing + (1 - bright) * lowpass(backing, 900, SAMPLE_RATE)
        pitched = backing + tracks["bass"]
        if self.style.is_electronic:
            pitched *= duck(kicks, self.length, rng.uniform(0.3, 0.7), 0.12, SAMPLE_RATE)
        wet = step_curve(marks, [v.room for v in levels], self.length, SAMPLE_RATE // 10)
        send = (wet + spec.room) * (0.5 * tracks["drums"] + backing)
        mix = tracks["drums"] + pitched
        mix += reverberate(send, rng.uniform(0.3, 2.2), SAMPLE_RATE, rng)
        return limit(mix, spec.peak)

    def _samples_of(self, beats: np.ndarray) -> np.ndarray:
        """Return the sample (N,) at which each of ``beats`` (N,) sounds, jitter included."""
        times = self.timeline.seconds(swung(beats, self.spec.swing))
        jitter = np.clip(self.rng.standard_normal(len(times)), -2, 2) * self.spec.jitter_seconds
        return np.round((times + jitter) * SAMPLE_RATE).astype(int)

    def _drums(self, score: Score) -> tuple[np.ndarray, list[int]]:
        track = np.zeros(self.length, dtype=np.float32)
        kit_rng = _rng(self.spec.seed, "kit")
        kit = render_kit(
            self.style.kits[kit_rng.integers(len(self.style.kits))], SAMPLE_RATE, kit_rng
        )
        starts = self._samples_of(np.array([hit.beat for hit in score.hits]))
        takes = self.rng.integers(0, 3, len(starts))
        kicks = []
        for hit, start, take in zip(score.hits, starts, takes, strict=True):
            sounds = kit[hit.drum]
            place(
                track,
                sounds[take % len(sounds)],
                start,
                hit.velocity * DRUM_GAIN.get(hit.drum, 0.4),
            )
            if hit.drum == "kick":
                kicks.append(int(start))
        return track, kicks

    def _notes(self, notes: list[Note], timbres: tuple[str, ...]) -> np.ndarray:
        track = np.zeros(self.length, dtype=np.float32)
        timbre = TIMBRES[timbres[self.rng.integers(len(timbres))]]
        if not notes:
            return track
        starts = self._samples_of(np.array([note.beat for note in notes]))
        cache: dict[tuple[int, float], np.ndarray] = {}
        for note, start in zip(notes, starts, strict=True):
            seconds = round(note.num_beats * 60 / self.spec.bpm, 2)
            key = (note.midi, seconds)
            if key not in cache:
                cache[key] = render_note(timbre, note.midi, seconds, SAMPLE_RATE)
            place(track, cache[key], start, note.velocity)
        return track


DRUM_GAIN = {
    "kick": 1.0, "snare": 0.8, "clap": 0.6, "hat": 0.28, "open": 0.3, "pedal": 0.25, "ride": 0.3,
    "crash": 0.45, "tom_hi": 0.6, "tom_mid": 0.65, "tom_lo": 0.7, "shaker": 0.25, "maracas": 0.22,
    "tambourine": 0.25, "triangle": 0.2, "riser": 0.35, "guiro": 0.2, "conga_lo": 0.6,
}  # fmt: skip


def save_song(song: Song, path: Path) -> None:
    """Write the song as 16-bit wav; the file appears whole or not at all."""
    import soundfile

    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        soundfile.write(part, song.waveform, song.sample_rate, format="WAV", subtype="PCM_16")
        part.replace(path)
    except (OSError, soundfile.LibsndfileError) as error:
        raise MusicError(
            f"cannot write {path}: {error}; choose a folder you can write to"
        ) from error
    finally:
        part.unlink(missing_ok=True)


def demo_song() -> Song:
    """Return the 20-second song that needs no download: intro, verse, a build, the drop, an end."""
    form = (("intro", 2), ("verse", 2), ("build", 1), ("chorus", 4), ("outro", 1))
    spec = SongSpec(
        seed=7, seconds=20.0, bpm=120.0, style="house", swing=0.0, drift=0.0, has_breaks=True,
        has_fills=True, lead_seconds=0.0, jitter_seconds=0.0, room=0.2, peak=0.95, form=form,
    )  # fmt: skip
    return synthesise(spec)
