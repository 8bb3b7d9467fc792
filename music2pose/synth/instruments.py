"""Single sounds from oscillators and noise: pitched notes by timbre, drum hits by kit."""

from dataclasses import dataclass

import numpy as np
from scipy.signal import butter, sosfilt

TABLE = 2048


@dataclass(frozen=True)
class Timbre:
    """A pitched instrument: a bright and a dark one-cycle wave, each with its own envelope."""

    shape: str = "saw"
    """saw, square, triangle, sine, organ or pulse."""
    bright_hz: float = 4000
    """Where the bright wave starts to lose its overtones."""
    dark_hz: float = 900
    attack: float = 0.005
    """Seconds to full level."""
    bright_seconds: float = 0.3
    """How fast the sound darkens."""
    decay: float = 1.0
    """Seconds in which it falls to ``sustain`` (to 37 % of the way)."""
    sustain: float = 0.0
    release: float = 0.08
    detune_cents: float = 0.0
    """Spread of three voices; 0 is one voice."""
    vibrato_cents: float = 0.0
    fm_ratio: float = 0.0
    """Above 0 the sound is frequency modulation at this ratio, with a falling index (bells)."""
    drive: float = 0.0
    """Above 0 the wave is bent by tanh."""


TIMBRES: dict[str, Timbre] = {
    "piano": Timbre("saw", 3500, 700, 0.003, 0.15, 0.9, 0.0, 0.12, 3),
    "electric_piano": Timbre("sine", fm_ratio=1.0, decay=1.2, release=0.15, bright_seconds=0.4),
    "organ": Timbre("organ", 5000, 3000, 0.01, 1.0, 5.0, 0.9, 0.06, 4, 6),
    "accordion": Timbre("pulse", 4000, 2500, 0.03, 1.0, 5.0, 0.9, 0.06, 10),
    "guitar": Timbre("saw", 3000, 600, 0.002, 0.1, 0.5, 0.0, 0.06),
    "harp": Timbre("triangle", 4000, 900, 0.002, 0.2, 0.8, 0.0, 0.5),
    "distorted": Timbre("saw", 3500, 2000, 0.005, 0.8, 3.0, 0.7, 0.05, 8, drive=4.0),
    "warm_pad": Timbre("saw", 1200, 600, 0.15, 1.5, 4.0, 0.8, 0.4, 10),
    "saw_pad": Timbre("saw", 5000, 1800, 0.04, 1.2, 3.0, 0.8, 0.25, 14),
    "strings": Timbre("saw", 3500, 1800, 0.09, 1.0, 4.0, 0.9, 0.2, 9, 8),
    "stab": Timbre("saw", 6000, 800, 0.002, 0.12, 0.22, 0.0, 0.08, 12),
    "hollow": Timbre("square", 2500, 700, 0.01, 0.3, 0.7, 0.2, 0.2, 6),
    "pluck": Timbre("saw", 6000, 700, 0.002, 0.09, 0.3, 0.0, 0.15, 6),
    "square_lead": Timbre("square", 5000, 2000, 0.005, 0.4, 2.0, 0.6, 0.08, 5, 10),
    "bell": Timbre("sine", fm_ratio=3.5, decay=1.0, release=0.6, bright_seconds=0.35),
    "voice": Timbre("pulse", 2200, 1400, 0.05, 0.8, 3.0, 0.8, 0.1, 4, 22),
    "flute": Timbre("triangle", 2500, 1500, 0.04, 0.5, 3.0, 0.8, 0.08, 0, 18),
    "brass": Timbre("saw", 4500, 1500, 0.03, 0.3, 2.0, 0.7, 0.07, 5, 8),
    "finger_bass": Timbre("saw", 1500, 350, 0.004, 0.12, 0.9, 0.25, 0.05),
    "upright": Timbre("triangle", 1500, 400, 0.006, 0.1, 0.6, 0.05, 0.08),
    "sub_bass": Timbre("sine", 600, 300, 0.006, 0.3, 2.0, 0.6, 0.06, drive=1.5),
    "saw_bass": Timbre("saw", 2500, 500, 0.003, 0.15, 1.0, 0.5, 0.04, 7),
    "square_bass": Timbre("square", 2000, 400, 0.003, 0.12, 0.8, 0.4, 0.04),
    "brass_bass": Timbre("saw", 1200, 500, 0.02, 0.2, 0.8, 0.4, 0.06),
}


def _harmonics(shape: str, count: int) -> np.ndarray:
    """Return the amplitudes (count,) of the overtones 1, 2, 3..."""
    k = np.arange(1, count + 1)
    odd = k % 2 == 1
    if shape == "saw":
        return 1 / k
    if shape == "square":
        return odd / k
    if shape == "triangle":
        return odd / k**2.0
    if shape == "pulse":
        return np.abs(np.sin(0.22 * np.pi * k)) / k
    if shape == "organ":
        drawbars = {1: 1.0, 2: 0.8, 3: 0.6, 4: 0.45, 6: 0.25, 8: 0.3}
        return np.array([drawbars.get(int(n), 0.0) for n in k])
    return (k == 1).astype(float)


def _one_cycle(shape: str, hz: float, cutoff: float, sample_rate: int) -> np.ndarray:
    """Return one period (TABLE,) with overtones below half the sample rate, dulled by cutoff."""
    count = int(max(1, min(TABLE // 2 - 1, 0.45 * sample_rate / hz)))
    overtones = np.arange(1, count + 1) * hz
    amplitudes = _harmonics(shape, count) / (1 + (overtones / cutoff) ** 2)
    spectrum = np.zeros(TABLE // 2 + 1, dtype=complex)
    spectrum[1 : count + 1] = -0.5j * TABLE * amplitudes
    return np.fft.irfft(spectrum, TABLE).astype(np.float32)


def _envelope(timbre: Timbre, held: np.ndarray, seconds: float) -> np.ndarray:
    decay = max(timbre.decay, 0.6 * seconds)  # who holds a long note lets it ring
    level = timbre.sustain + (1 - timbre.sustain) * np.exp(-held / decay)
    level *= np.minimum(held / timbre.attack, 1)
    return level * np.exp(-np.maximum(held - seconds, 0) / (timbre.release / 3))


def render_note(timbre: Timbre, midi: float, seconds: float, sample_rate: int) -> np.ndarray:
    """Return one note (S,) float32 of about unit loudness; S covers ``seconds`` and the release."""
    hz = 440 * 2 ** ((midi - 69) / 12)
    time = np.arange(int((seconds + timbre.release) * sample_rate)) / sample_rate
    vibrato = timbre.vibrato_cents / 1200 * np.log(2)
    bend = vibrato * np.minimum(time / 0.4, 1) * np.sin(2 * np.pi * 5.3 * time) / (2 * np.pi * 5.3)
    darken = np.exp(-time / timbre.bright_seconds)
    if timbre.fm_ratio > 0:
        phase = 2 * np.pi * hz * (time + bend)
        wave = np.sin(phase + 1.5 * darken * np.sin(timbre.fm_ratio * phase))
    else:
        bright = _one_cycle(timbre.shape, hz, timbre.bright_hz, sample_rate)
        dark = _one_cycle(timbre.shape, hz, timbre.dark_hz, sample_rate)
        cents = (-1, 0.1, 1) if timbre.detune_cents else (0,)
        wave = np.zeros(len(time))
        for voice, offset in enumerate(cents):
            ratio = 2 ** (offset * timbre.detune_cents / 1200)
            cycles = hz * ratio * (time + bend) + 0.37 * voice
            index = (cycles * TABLE).astype(np.int64) % TABLE
            wave += dark[index] + darken * (bright[index] - dark[index])
        wave /= len(cents) ** 0.5
    if timbre.drive:
        wave = np.tanh(timbre.drive * wave)
    return (wave * _envelope(timbre, time, seconds)).astype(np.float32)


@dataclass(frozen=True)
class Kit:
    """The character of a drum set."""

    kick_hz: float
    kick_sweep: float
    """How many times higher the kick starts."""
    kick_seconds: float
    click: float
    """Level of the beater."""
    snare_hz: float
    snare_seconds: float
    snare_noise: float
    """Share of noise against the drum's own tone."""
    metal_seconds: float
    """Length of the closed hi-hat."""


KITS = {
    "acoustic": Kit(58, 3.0, 0.16, 0.5, 190, 0.13, 0.65, 0.035),
    "electronic": Kit(50, 6.0, 0.22, 0.35, 210, 0.14, 0.75, 0.03),
    "808": Kit(44, 4.0, 0.45, 0.15, 180, 0.16, 0.6, 0.028),
    "latin": Kit(62, 2.5, 0.14, 0.3, 240, 0.11, 0.6, 0.04),
    "brush": Kit(56, 2.0, 0.14, 0.12, 200, 0.2, 0.9, 0.05),
}

NUM_TAKES = 3
"""A drummer never hits twice the same."""


def render_kit(
    name: str, drums: list[str], sample_rate: int, rng: np.random.Generator
) -> dict[str, list[np.ndarray]]:
    """Return three takes (S,) of each of ``drums``, with the kit's measures varied a little."""
    kit = KITS[name]
    tune = dict(zip(vars(kit), rng.uniform(0.88, 1.14, len(vars(kit))), strict=True))
    varied = Kit(**{key: value * tune[key] for key, value in vars(kit).items()})
    return {
        drum: [_unit(_drum(drum, varied, sample_rate, rng)) for _ in range(NUM_TAKES)]
        for drum in drums
    }


def _unit(hit: np.ndarray) -> np.ndarray:
    return (hit / (np.abs(hit).max() + 1e-9)).astype(np.float32)


HI_HAT_NOISES = {
    "hat": (1.0, 6500, 11500), "pedal": (1.5, 5000, 10500), "open": (7.0, 6000, 11500),
}  # fmt: skip
"""Hi-hats: length against the kit's closed one, then the band of their noise in Hz."""
FIXED_NOISES = {"crash": (0.5, 3000, 11500), "tambourine": (0.06, 6000, 11000)}
"""Seconds, then the band in Hz."""
GRAINS = {"shaker": (0.03, 0.012), "maracas": (0.018, 0.004), "guiro": (0.06, 0.03)}
"""Seconds of the decay and of the attack."""
TONES = {
    "rim": (1700, 1.1, 0.012), "tom_hi": (170, 1.5, 0.2), "tom_mid": (125, 1.5, 0.24),
    "tom_lo": (85, 1.5, 0.3), "conga_hi": (330, 1.15, 0.12), "conga_lo": (215, 1.15, 0.18),
    "timbale": (420, 1.2, 0.1), "clave": (2450, 1.0, 0.025), "triangle": (5200, 1.0, 0.6),
    "cowbell": (560, 1.0, 0.09), "agogo": (880, 1.0, 0.12),
}  # fmt: skip
"""Hz, how many times higher it starts, and seconds of the decay."""
TWO_TONED = ("cowbell", "agogo", "triangle")


def _drum(drum: str, kit: Kit, sample_rate: int, rng: np.random.Generator) -> np.ndarray:
    """Return one hit (S,) whose attack is at its first samples."""
    hits = _Hits(sample_rate, rng)
    if drum in _PIECES:
        return _PIECES[drum](hits, kit)
    if drum in GRAINS:
        seconds, attack = GRAINS[drum]
        grain = hits.noise(seconds, 4000, 10500)
        return grain * np.minimum(np.arange(len(grain)) / (attack * sample_rate), 1)
    if drum in TONES:
        return _tone(hits, drum)
    if drum in HI_HAT_NOISES:
        length, low, high = HI_HAT_NOISES[drum]
        seconds = kit.metal_seconds * length
    else:
        seconds, low, high = FIXED_NOISES[drum]
    return 0.6 * hits.noise(seconds, low, high) + 0.4 * hits.metal(seconds, low)


def _tone(hits: "_Hits", drum: str) -> np.ndarray:
    hz, sweep, seconds = TONES[drum]
    tone = hits.drop(hz * hits.rng.uniform(0.98, 1.02), sweep, 0.03, seconds)
    if drum in TWO_TONED:
        tone = np.tanh(2 * tone) + 0.7 * hits.drop(hz * 1.504, 1.0, 0.03, seconds)[: len(tone)]
    return tone + 0.25 * hits.noise(0.006, 1500, 9000, len(tone))


def _kick(hits: "_Hits", kit: Kit) -> np.ndarray:
    body = hits.drop(kit.kick_hz, kit.kick_sweep, 0.03, kit.kick_seconds)
    return body + kit.click * hits.noise(0.006, 1500, 9000, len(body))


def _snare(hits: "_Hits", kit: Kit) -> np.ndarray:
    tone = hits.drop(kit.snare_hz, 1.6, 0.012, kit.snare_seconds * 0.7)
    rattle = hits.noise(kit.snare_seconds, 1200, 9500, len(tone))
    return (1 - kit.snare_noise) * tone + kit.snare_noise * rattle[: len(tone)]


def _clap(hits: "_Hits", kit: Kit) -> np.ndarray:
    """Several hands, a little apart."""
    bursts = hits.noise(0.09, 900, 6000)
    for late in (0.009, 0.019):
        step = int(late * hits.sample_rate)
        bursts[step:] += hits.noise(0.02, 900, 6000, len(bursts))[: len(bursts) - step]
    return bursts


def _ride(hits: "_Hits", kit: Kit) -> np.ndarray:
    ping = hits.metal(0.25, 3000)
    return ping + 0.5 * hits.noise(0.02, 3000, 10000, len(ping))


def _riser(hits: "_Hits", kit: Kit) -> np.ndarray:
    """Noise that swells for two seconds."""
    swell = hits.noise(50.0, 1000, 9000, 2 * hits.sample_rate)
    return swell * np.linspace(0, 1, len(swell)) ** 2


_PIECES = {"kick": _kick, "snare": _snare, "clap": _clap, "ride": _ride, "riser": _riser}


@dataclass(frozen=True)
class _Hits:
    """Building blocks of drums; each decays to 37 % in ``seconds`` and lasts six times that."""

    sample_rate: int
    rng: np.random.Generator

    def _time(self, seconds: float, length: int | None = None) -> np.ndarray:
        return np.arange(length or int(6 * seconds * self.sample_rate)) / self.sample_rate

    def drop(self, hz: float, sweep: float, sweep_seconds: float, seconds: float) -> np.ndarray:
        """Return a sine (S,) that falls from ``sweep * hz`` to ``hz``."""
        time = self._time(seconds)
        fall = (sweep - 1) * sweep_seconds * (1 - np.exp(-time / sweep_seconds))
        return np.cos(2 * np.pi * hz * (time + fall)) * np.exp(-time / seconds)

    def noise(
        self, seconds: float, low: float, high: float, length: int | None = None
    ) -> np.ndarray:
        """Return noise (S,) between two frequencies in Hz, of about a third standard deviation."""
        time = self._time(seconds, length)
        high = min(high, 0.48 * self.sample_rate)
        band = butter(2, (low, high), "bandpass", fs=self.sample_rate, output="sos")
        white = np.asarray(sosfilt(band, self.rng.standard_normal(len(time))))
        return white / (white.std() + 1e-9) / 3 * np.exp(-time / seconds)

    def metal(self, seconds: float, low: float) -> np.ndarray:
        """Return six square waves (S,) in no simple ratio, without their low end."""
        time = self._time(seconds)
        rates = np.array((2.0, 3.0, 4.16, 5.43, 6.79, 8.21)) * 130 * self.rng.uniform(0.95, 1.05)
        clang = np.sign(np.sin(2 * np.pi * rates[:, None] * time)).sum(0)
        above = butter(2, low, "highpass", fs=self.sample_rate, output="sos")
        return np.asarray(sosfilt(above, clang)) / 3 * np.exp(-time / seconds)
