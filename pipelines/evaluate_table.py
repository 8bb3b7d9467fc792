"""Turn the figures of a dance into lines of text, each beside what it has to be read against."""

import math
from functools import partial
from typing import NamedTuple

from music2pose.metrics.beats import BeatReport
from music2pose.metrics.features import Interval
from music2pose.metrics.motion import ComparisonReport, MotionReport

BEAT_NOTE = "  A beat align score near chance, as most published ones are, says nothing by itself."


class Row(NamedTuple):
    """One line of the table."""

    name: str
    value: str
    beside: str = ""
    """What the value is to be read against."""
    meaning: str = ""

    def text(self) -> str:
        return f"  {self.name:<29}{self.value:>9}  {self.beside:<17}{self.meaning}".rstrip()


def _against_chance(beats: BeatReport, name: str, score: str, meaning: str) -> Row:
    value, null = (getattr(beats, f"{score}{end}") for end in ("", "_null"))
    return Row(name, f"{value:.2f}", f"chance {null:.2f}", meaning)


def beat_rows(beats: BeatReport) -> tuple[Row, ...]:
    """Return the rows on how well a dance keeps time, each score beside its chance level."""
    against_chance = partial(_against_chance, beats)
    return (
        against_chance(
            "beat align score, Bailando", "bas",
            f"music beats that the body slows down on, z {beats.bas_z:+.1f}",
        ),
        against_chance(
            "beat align score, FACT", "fact",
            f"slow-downs that fall on a music beat, z {beats.fact_z:+.1f}",
        ),
        Row(
            "at the best lag", f"{beats.best_lag_score:.2f}", f"chance {beats.best_lag_null:.2f}",
            f"Bailando's, the body {_lag(beats.best_lag)}",
        ),
        Row(
            "  above the shifted music", f"{beats.shift_gain:+.2f}", "",
            "best lag minus the plain score's chance level",
        ),
        Row(
            "  above the shuffled dance", f"{beats.permutation_gain:+.2f}", "",
            "best lag minus that of its shuffled slow-downs",
        ),
        against_chance(
            "phase coherence", "coherence",
            "1: the body always slows down at the same place in the beat",
        ),
        Row(
            "slow-downs per second", f"{beats.kinematic_per_second:.2f}", "",
            "jitter raises this, and the scores with it",
        ),
        against_chance(
            "F-measure within 70 ms", "f_measure", "slow-downs against beats, one to one"
        ),
        against_chance("coverage within 100 ms", "coverage", "music beats with a slow-down near"),
    )  # fmt: skip


def motion_rows(motion: MotionReport, comparison: ComparisonReport | None) -> tuple[Row, ...]:
    real = comparison.reference_motion if comparison else None

    def row(name: str, field: str, form: str, meaning: str) -> Row:
        beside = f"real {_formatted(getattr(real, field), form)}" if real else ""
        return Row(name, _formatted(getattr(motion, field), form), beside, meaning)

    return (
        row("mean speed", "mean_speed", ".2f", "torso lengths per second"),
        row("slowest 4 seconds", "slowest", ".2f", "against the mean speed"),
        row("frozen", "frozen_share", ".1%", "of the time"),
        row("jitter", "jitter", ".1f", "Hz of the swing that jerks as much"),
        row("torso-length variation", "torso_variation", ".1%", "standard deviation over mean"),
        row("limb-length variation", "limb_variation", ".1%", "turning limbs vary too"),
        row("over-long bones", "over_long_share", ".1%", "over 1.25 x their 90th percentile"),
        row("joints off canvas", "off_canvas_share", ".1%", ""),
        row("left/right flips", "flips_per_minute", ".1f", "per minute"),
        row("foot slide", "foot_slide", ".2f", "torso lengths per second, while a foot stands"),
        row("energy, end against start", "energy_ratio", ".2f", "squared speed, up to 30 s each"),
    )


def comparison_rows(comparison: ComparisonReport) -> tuple[Row, ...]:
    def frechet(name: str, interval: Interval, halves: float) -> Row:
        meaning = f"90 % within {interval.low:.1f} to {interval.high:.1f}"
        return Row(name, f"{interval.value:.1f}", f"halves {_formatted(halves, '.1f')}", meaning)

    def ratio(name: str, value: float, meaning: str) -> Row:
        return Row(name, _formatted(value, ".2f"), "real 1", meaning)

    c = comparison
    return (
        ratio("mean speed", c.speed_ratio, ""),
        ratio("slowest 4 seconds", c.slowest_ratio, ""),
        ratio("limb-length variation", c.limb_variation_ratio, ""),
        ratio("foot slide", c.foot_slide_ratio, ""),
        frechet("Frechet distance, kinetic", c.frechet_kinetic, c.halves_kinetic),
        frechet("Frechet distance, geometric", c.frechet_geometric, c.halves_geometric),
        ratio("diversity, kinetic", c.diversity_kinetic, "trembling lies far above 1"),
        ratio("diversity, geometric", c.diversity_geometric, ""),
        ratio("variety, kinetic", c.variety_kinetic, "within one dance: low where it repeats"),
        ratio("variety, geometric", c.variety_geometric, ""),
    )


def _formatted(value: float, form: str) -> str:
    return format(value, form) if math.isfinite(value) else "-"


def _lag(seconds: float) -> str:
    if abs(seconds) < 5e-3:
        return "is on time"
    return f"{abs(1000 * seconds):.0f} ms {'late' if seconds > 0 else 'early'}"
