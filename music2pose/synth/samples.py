"""A folder of recorded drum hits and drum loops becomes kit pieces and beat-long slices."""

from functools import lru_cache
from pathlib import Path

import numpy as np

from music2pose import MusicError

DRUM_OF = {
    "bd_": "kick", "drum_heavy_kick": "kick", "drum_bass_": "kick", "elec_soft_kick": "kick",
    "sn_": "snare", "drum_snare_": "snare", "elec_snare": "snare", "elec_mid_snare": "snare",
    "elec_hi_snare": "snare", "elec_lo_snare": "snare", "elec_filt_snare": "clap",
    "perc_snap": "clap", "hat_": "hat", "drum_cymbal_closed": "hat", "drum_cymbal_open": "open",
    "drum_cymbal_pedal": "pedal", "drum_cymbal_soft": "ride", "elec_cymbal": "ride",
    "drum_cymbal_hard": "crash", "drum_splash_": "crash", "drum_tom_hi_": "tom_hi",
    "drum_tom_mid_": "tom_mid", "drum_tom_lo_": "tom_lo", "elec_fuzz_tom": "tom_lo",
    "drum_cowbell": "cowbell", "elec_wood": "rim", "elec_tick": "rim", "elec_plip": "clave",
    "elec_blip": "clave", "elec_triangle": "triangle", "perc_bell": "triangle",
    "tabla_na": "conga_hi", "tabla_tas": "conga_hi", "tabla_ghe": "conga_lo",
}  # fmt: skip
"""Start of a file's name to the drum that it can play."""

LOOP_BEATS = {
    "loop_electric": 4, "loop_mehackit1": 4, "loop_mehackit2": 4, "loop_perc1": 4, "loop_perc2": 4,
    "loop_weirdo": 8, "loop_garzul": 16, "loop_mika": 16, "loop_safari": 16, "loop_tabla": 16,
    "arovane_beat_a": 32, "arovane_beat_b": 32, "arovane_beat_c": 16, "arovane_beat_d": 24,
    "arovane_beat_e": 24,
}  # fmt: skip
"""Name of a loop's file to its length in beats; every loop starts on a beat."""

RECORDED_SHARE = 0.6
"""Drums that are replaced by a recording, where there is one."""
SLICES_PER_BEAT = 2
LOOP_STRETCH = (0.75, 1.35)
"""How much faster or slower a loop may be played."""


def sample_kit(
    folder: Path, drums: list[str], sample_rate: int, rng: np.random.Generator
) -> dict[str, list[np.ndarray]]:
    """Return drum -> one recorded hit (S,), for RECORDED_SHARE of ``drums`` that folder has."""
    by_drum: dict[str, list[Path]] = {}
    for path in _audio_files(folder):
        for start, drum in DRUM_OF.items():
            if path.stem.startswith(start) and drum in drums:
                by_drum.setdefault(drum, []).append(path)
                break
    kit = {}
    for drum in sorted(by_drum):
        keeps, pick = rng.random() < RECORDED_SHARE, rng.integers(len(by_drum[drum]))
        if keeps:
            kit[drum] = [_load_hit(by_drum[drum][pick], sample_rate)]
    return kit


def loop_slices(
    folder: Path, bpm: float, sample_rate: int, rng: np.random.Generator
) -> list[np.ndarray]:
    """Return a loop as slices of half a beat at ``bpm``; empty where none can be stretched to it.

    Each slice fades into the next, so that slices laid on a drifting beat do not click.

    Shape:
        returns: arrays (S,) float32, each half a beat and the fade long
    """
    loops = [path for path in _audio_files(folder) if path.stem in LOOP_BEATS]
    if not loops:
        return []
    path = loops[rng.integers(len(loops))]
    waveform, beats = _load(path, sample_rate), LOOP_BEATS[path.stem]
    native = 60 * beats / (len(waveform) / sample_rate)
    octave = 2.0 ** round(np.log2(bpm / native))
    if not LOOP_STRETCH[0] <= bpm / (native * octave) <= LOOP_STRETCH[1]:
        return []
    num_slices = round(beats * octave * SLICES_PER_BEAT)
    step = 60 / bpm / SLICES_PER_BEAT * sample_rate
    fade = int(0.006 * sample_rate)
    length = round(num_slices * step) + fade
    position = np.linspace(0, len(waveform), length)
    stretched = np.interp(position, np.arange(len(waveform)), waveform).astype(np.float32)
    stretched /= np.abs(stretched).max() + 1e-9
    window = np.minimum(np.arange(round(step) + fade)[::-1] / fade, 1).astype(np.float32)
    starts = [round(k * step) for k in range(num_slices)]
    return [(cut := stretched[s : s + len(window)]) * window[-len(cut) :] for s in starts]


def _audio_files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise MusicError(f"no folder of samples at {folder}; give a folder of flac or wav files")
    return sorted(p for p in folder.iterdir() if p.suffix in (".flac", ".wav", ".ogg"))


@lru_cache(maxsize=256)
def _load(path: Path, sample_rate: int) -> np.ndarray:
    """Return the file as mono (S,) float32 at ``sample_rate``."""
    import soundfile
    from scipy.signal import resample_poly

    try:
        waveform, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, OSError, ValueError) as error:
        raise MusicError(f"the sample {path} cannot be read; remove it or convert it") from error
    if not len(waveform):
        raise MusicError(f"the sample {path} is empty; remove it")
    common = np.gcd(rate, sample_rate)
    return resample_poly(waveform.mean(1), sample_rate // common, rate // common)


@lru_cache(maxsize=256)
def _load_hit(path: Path, sample_rate: int) -> np.ndarray:
    """Return a hit of unit peak that starts with its attack and lasts two seconds at most."""
    waveform = _load(path, sample_rate)
    waveform = waveform / (np.abs(waveform).max() + 1e-9)
    start = int(np.argmax(np.abs(waveform) > 0.05))
    hit = waveform[start : start + 2 * sample_rate].astype(np.float32)
    tail = min(len(hit), sample_rate // 20)
    hit[len(hit) - tail :] *= np.linspace(1, 0, tail)
    return hit
