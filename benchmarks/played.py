"""What is played when in a synthesised song, by instrument."""

import numpy as np

from music2pose.synth.drums import write_drums
from music2pose.synth.form import SongPlan, draw_song_plan
from music2pose.synth.score import draw_harmony, write_bass
from music2pose.synth.song import Song, _rng, _sections
from music2pose.synth.styles import STYLES, in_metre
from music2pose.synth.timing import Timeline, swung


def played(song: Song) -> dict[str, np.ndarray]:
    """Return every hit of each drum and every note of the bass.

    The score is drawn again from the song's spec; what players jitter, up to 10 ms, is left out.

    Shape:
        returns: drum, or "bass" -> (N, 2): seconds, increasing, and strength up to 1
    """
    spec = song.spec
    assert spec.bpm and spec.style and spec.beats_per_bar and spec.drift is not None
    style = in_metre(STYLES[spec.style], spec.beats_per_bar)
    tempo = spec.bpm, spec.drift, spec.lead_seconds or 0.0
    timeline = Timeline.draw(*tempo, _rng(spec, "timeline"), spec.tempo_changes)
    sections = _sections(spec, style, timeline.beats_within(spec.seconds))
    plan = draw_song_plan(style, sections, bool(spec.fills), _rng(spec, "plan"))
    rows: dict[str, list[tuple[float, float]]] = {"bass": bass_rows(song, plan)}
    for hit in write_drums(plan, _rng(spec, "drums")):
        rows.setdefault(hit.drum, []).append((hit.beat, hit.velocity))
    return {name: in_seconds(np.array(beats), song, timeline) for name, beats in rows.items()}


def bass_rows(song: Song, plan: SongPlan) -> list[tuple[float, float]]:
    """Return the beat and the strength of each note of the bass."""
    harmony = draw_harmony(plan, _rng(song.spec, "harmony"))
    notes = write_bass(plan, harmony, _rng(song.spec, "bass"))
    return [(note.beat, note.velocity) for note in notes]


def in_seconds(rows: np.ndarray, song: Song, timeline: Timeline) -> np.ndarray:
    """Return rows (N, 2) of beat and strength with seconds in place of beats, within the song."""
    rows = rows.reshape(-1, 2)
    times = timeline.seconds(swung(rows[:, 0], song.spec.swing or 0.0))
    heard = (times >= 0) & (times < song.seconds)
    order = np.argsort(times[heard], kind="stable")
    return np.stack([times, rows[:, 1]], axis=1)[heard][order]
