"""Notes and hits on a timeline become a waveform, mixed."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from music2pose.synth.drums import Hit
from music2pose.synth.form import LEVELS, SongPlan
from music2pose.synth.instruments import NUM_TAKES, TIMBRES, render_kit, render_note
from music2pose.synth.mix import (
    add_sound,
    duck,
    filtered,
    limited,
    loud_part,
    reverberated,
    stepped,
)
from music2pose.synth.samples import SLICES_PER_BEAT, loop_slices, sample_kit
from music2pose.synth.score import Note
from music2pose.synth.timing import Timeline, swung

DRUM_GAIN = {
    "kick": 0.9, "snare": 0.75, "clap": 0.6, "hat": 0.26, "open": 0.28, "pedal": 0.22, "ride": 0.26,
    "crash": 0.4, "tom_hi": 0.6, "tom_mid": 0.65, "tom_lo": 0.7, "conga_hi": 0.45, "conga_lo": 0.55,
    "timbale": 0.4, "rim": 0.4, "clave": 0.4, "cowbell": 0.3, "agogo": 0.3, "shaker": 0.25,
    "maracas": 0.22, "guiro": 0.2, "tambourine": 0.25, "triangle": 0.12, "riser": 0.3,
}  # fmt: skip
"""Peak of each drum in the mix."""
LOUDNESS = {"bass": 0.11, "chords": 0.1, "lead": 0.1, "arpeggio": 0.06, "loop": 0.08}
"""Root mean square of the loud part of each other track, where a kick peaks at 1."""


@dataclass(frozen=True)
class MixSettings:
    """How a song sounds, apart from its notes."""

    swing: float
    jitter_seconds: float
    room: float
    """Reverb, 0 to 1."""
    level_db: float
    """Each section is up to this much softer than its notes say."""
    hiss: float
    """Standard deviation of the background noise, where full scale is 1."""
    peak: float


@dataclass
class Player:
    """Plays one song; draws from ``rng`` in a fixed order."""

    plan: SongPlan
    timeline: Timeline
    sound: MixSettings
    length: int
    """Samples."""
    sample_rate: int
    rng: np.random.Generator
    samples: Path | None = None
    played: dict[str, np.ndarray] = field(default_factory=dict)
    """What was played when, by instrument or part; see ``Song.played``."""

    def play(self, hits: list[Hit], parts: dict[str, list[Note]]) -> np.ndarray:
        """Return the song (length,) float32 from drum hits and the notes of each pitched part."""
        drums, kicks = self._play_drums(hits)
        style = self.plan.style
        timbres = {
            "bass": style.bass_timbres,
            "chords": style.chord_timbres,
            "lead": style.lead_timbres,
            "arpeggio": ("pluck", "bell", "hollow"),
        }
        tracks = {
            name: self._play_notes(name, notes, timbres[name]) for name, notes in parts.items()
        }
        tracks["loop"] = self._play_loop(hits)
        for name, track in tracks.items():
            loudness = loud_part(track, self.sample_rate)
            track *= LOUDNESS[name] * self.rng.uniform(0.75, 1.25) / max(loudness, 1e-6)
        drums += tracks.pop("loop")
        return self._mix(drums, kicks, tracks.pop("bass"), np.sum(list(tracks.values()), axis=0))

    def _mix(
        self, drums: np.ndarray, kicks: np.ndarray, bass: np.ndarray, backing: np.ndarray
    ) -> np.ndarray:
        """Return the mix (length,): filter sweeps, ducking, room, level curve, hiss, limiter."""
        rng, rate, sound = self.rng, self.sample_rate, self.sound
        levels = [LEVELS[section.name] for section in self.plan.sections]
        bright = self._curve([level.brightness for level in levels], sweeps=True)
        backing = bright * backing + (1 - bright) * filtered(backing, "lowpass", 700, rate)
        depth = rng.uniform(0.3, 0.7)
        if self.plan.style.is_electronic:
            gain = duck(kicks, self.length, depth, 0.12, rate)
            bass, backing = bass * gain, backing * gain
        wet = [level.room + sound.room * rng.uniform(0.7, 1.3) for level in levels]
        send = self._curve(wet) * (0.5 * drums + backing)
        mix = drums + bass + backing
        mix += reverberated(send, rng.uniform(0.3, 2.2), rate, rng)
        mix -= rng.uniform(0.2, 0.6) * filtered(mix, "lowpass", 90, rate)
        softer = rng.uniform(0, sound.level_db, len(levels))
        mix = limited(mix * self._curve(list(10 ** (-softer / 20))), sound.peak)
        mix += sound.hiss * rng.standard_normal(self.length, dtype=np.float32)
        mix[-200:] *= np.linspace(1, 0, 200, dtype=np.float32)[-len(mix) :]
        return np.clip(mix, -1, 1)

    def _curve(self, values: list[float], sweeps: bool = False) -> np.ndarray:
        """Return (length,) that takes a value in each section; ``sweeps`` rise through builds."""
        sections = self.plan.sections
        beats = np.array([s.start_bar for s in sections]) * self.plan.style.beats_per_bar
        starts = self.timeline.seconds(beats) * self.sample_rate
        glides = np.full(len(sections), 0.1 * self.sample_rate)
        for index in range(1, len(sections)):
            if sweeps and sections[index - 1].name == "build":
                glides[index] = starts[index] - starts[index - 1]
        return stepped(starts, np.array(values), glides, self.length)

    def _starts(self, beats: list[float], swing: float | None = None) -> np.ndarray:
        """Return the sample (N,) at which each of ``beats`` (N,) sounds."""
        swing = self.sound.swing if swing is None else swing
        times = self.timeline.seconds(swung(np.array(beats), swing))
        jitter = np.clip(self.rng.standard_normal(len(times)), -2, 2) * self.sound.jitter_seconds
        return np.round((times + jitter) * self.sample_rate).astype(int)

    def _play_drums(self, hits: list[Hit]) -> tuple[np.ndarray, np.ndarray]:
        """Return the drums (length,) and the samples (N,) at which the kick sounds."""
        track = np.zeros(self.length, dtype=np.float32)
        kits = self.plan.style.kits
        drums = sorted({hit.drum for hit in hits})
        kit = render_kit(kits[self.rng.integers(len(kits))], drums, self.sample_rate, self.rng)
        if self.samples is not None:
            kit |= sample_kit(self.samples, drums, self.sample_rate, self.rng)
        starts = self._starts([hit.beat for hit in hits])
        for hit, start, take in zip(
            hits, starts, self.rng.integers(0, NUM_TAKES, len(hits)), strict=True
        ):
            takes = kit[hit.drum]
            sound = takes[take % len(takes)]
            if hit.drum == "riser":
                start -= len(sound)
            add_sound(track, sound, int(start), hit.velocity * DRUM_GAIN[hit.drum])
        for drum in drums:
            self._note_down(drum, starts, [hit.velocity * (hit.drum == drum) for hit in hits])
        is_kick = np.array([hit.drum == "kick" for hit in hits], dtype=bool)
        return track, starts[is_kick]

    def _note_down(
        self, name: str, starts: np.ndarray, velocities: list[float], midi: list[int] | None = None
    ) -> None:
        """Keep when a drum or a part sounded: its samples (N,), how loud, and how high."""
        rows = np.stack([starts / self.sample_rate, velocities, midi or np.zeros(len(starts))], 1)
        heard = (rows[:, 1] > 0) & (starts >= 0) & (starts < self.length)
        self.played[name] = rows[heard][np.argsort(rows[heard, 0], kind="stable")]

    def _play_notes(self, name: str, notes: list[Note], timbres: tuple[str, ...]) -> np.ndarray:
        """Return one part (length,); equal notes are rendered once."""
        track = np.zeros(self.length, dtype=np.float32)
        if not notes:
            return track
        timbre = TIMBRES[timbres[self.rng.integers(len(timbres))]]
        rendered: dict[tuple[int, float], np.ndarray] = {}
        starts = self._starts([note.beat for note in notes])
        for note, start in zip(notes, starts, strict=True):
            key = note.midi, note.num_beats
            if key not in rendered:
                seconds = note.num_beats * 60 / self.timeline.bpm
                rendered[key] = render_note(timbre, note.midi, seconds, self.sample_rate)
            add_sound(track, rendered[key], int(start), note.velocity)
        loud, high = [note.velocity for note in notes], [note.midi for note in notes]
        self._note_down(name, starts, loud, high)
        return track

    def _play_loop(self, hits: list[Hit]) -> np.ndarray:
        """Return a drum loop (length,) under verses and choruses, in a third of the songs.

        It stops where the drums do.
        """
        track = np.zeros(self.length, dtype=np.float32)
        slices = self._loop_slices()
        if not slices:
            return track
        beats_per_bar = self.plan.style.beats_per_bar
        per_bar = SLICES_PER_BEAT * beats_per_bar
        drummed = {hit.beat // beats_per_bar for hit in hits if hit.drum != "riser"}
        for section, bar, _ in self.plan.bars():
            if section.name in ("verse", "chorus") and bar in drummed:
                self._add_slices(track, slices, range(bar * per_bar, (bar + 1) * per_bar))
        return track

    def _add_slices(self, track: np.ndarray, slices: list[np.ndarray], places: range) -> None:
        """Add those of a loop that fall on some places, counted in slices, of a song."""
        starts = self._starts([place / SLICES_PER_BEAT for place in places], swing=0.0)
        for place, start in zip(places, starts, strict=True):
            add_sound(track, slices[place % len(slices)], int(start), 1.0)

    def _loop_slices(self) -> list[np.ndarray]:
        """Return the slices of a loop; none for most songs, waltzes and what swings."""
        plays = self.rng.random() < 0.35 and self.plan.style.beats_per_bar == 4
        if self.samples is None or not plays or self.sound.swing > 0.3:
            return []
        return loop_slices(self.samples, self.timeline.bpm, self.sample_rate, self.rng)
