"""Prompt schedules: what to paint when, at seconds, beats, bars or sections of a song."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from checkpoints.foreign import expanded, short
from prompts import PromptError, load_prompt, read_table, split_style
from prompts.editing import texts_over_steps
from prompts.emphasis import parse_emphasis
from prompts.moments import MOMENT_EXAMPLES, Moment, parse_moment
from prompts.syntax import LoraTag, check_signs, common_tags, split_embeddings, take_tags

TEXT_OPTIONS = ("style", "negative", "before", "after")
SCHEDULE_OPTIONS = (*TEXT_OPTIONS, "hold")
"""Keys of a schedule that are no moments."""
DEFAULT_HOLD = 0.5
"""As ``prompt_fixed_ratio`` of animatediff-cli-prompt-travel."""
MOST_STEPS = 200
"""Denoising steps that a prompt is read for where nobody knows how many there will be."""
MOST_LETTERS = 40_000
"""Of all prompts of a video together, with what is said at every moment."""


class ScheduledPrompt(NamedTuple):
    """What to paint at a moment."""

    moment: Moment
    text: str
    """With the style's words around it, for painters that read."""
    subject: str = ""
    """As it was written."""
    style: str = ""


@dataclass(frozen=True)
class PromptSchedule:
    """What to paint when."""

    prompts: tuple[ScheduledPrompt, ...]
    negative: str = ""
    unwanted: str = ""
    """The part of ``negative`` that was written for this video, without what a style rejects."""
    base_model: str = ""
    hold: float = DEFAULT_HOLD
    """Share of the time between two prompts for which the first one stands before it fades."""
    loras: tuple[LoraTag, ...] = ()
    """LoRAs that every prompt names; the texts say nothing of them any more."""

    @property
    def texts(self) -> list[str]:
        """All prompts, and the negative one."""
        return [*(item.text for item in self.prompts), self.negative]


def load_schedule(
    prompt: str,
    style: str = "",
    negative: str | None = None,
    usual_negative: str = "",
    steps: int = MOST_STEPS,
) -> PromptSchedule:
    """Return what ``prompt`` asks for: one text for the whole song, or ``@file`` with several.

    A file is TOML or JSON, with moments for keys and prompts for values, and maybe ``style``,
    ``negative``, ``before`` and ``after`` (said at every moment), and ``hold``. ``style`` counts
    more than the file's, and ``negative`` more than anybody's; without it, what the file and the
    style reject is added to ``usual_negative``. ``steps`` are those that texts may change in, see
    ``prompts.editing``.

    Raises:
        PromptError: the file cannot be read, a key is unknown, a text empty, misspelt or far too
            long, or has a sign that is not done.
    """
    if prompt.startswith("@"):
        schedule = read_schedule(expanded(prompt[1:]), style)
    else:
        schedule = schedule_of({"0": prompt}, style)
    if negative is None:
        negative = with_commas(schedule.negative, usual_negative)
    else:
        schedule = replace(schedule, unwanted=negative)
    schedule = replace(schedule, negative=negative)
    check_length(schedule)
    schedule = without_tags(schedule)
    for text in schedule.texts:
        check_signs(text)
        for said in set(texts_over_steps(text, steps)):
            parse_emphasis(said)
    return schedule


def check_length(schedule: PromptSchedule) -> None:
    """
    Raises:
        PromptError: the texts are longer than any that somebody wrote to be painted.
    """
    letters = sum(map(len, schedule.texts))
    if letters > MOST_LETTERS:
        raise PromptError(f"the prompts have {letters} letters; write {MOST_LETTERS} or fewer")


def check_embeddings(
    schedule: PromptSchedule, names: Sequence[str], steps: int = MOST_STEPS
) -> None:
    """
    Raises:
        PromptError: a text names an embedding, as ``embedding:name``, that is not among ``names``.
    """
    for text in schedule.texts:
        for said in set(texts_over_steps(text, steps)):
            for phrase in parse_emphasis(said):
                split_embeddings(phrase.text, names)


def without_tags(schedule: PromptSchedule) -> PromptSchedule:
    """Return the schedule with the LoRAs that its texts name beside them.

    Raises:
        PromptError: texts name different ones, the negative prompt names one, or nothing is left.
    """
    if named := take_tags(schedule.negative)[1]:
        raise PromptError(
            f"<lora:{named[0].name}> stands in the negative prompt; name it in the prompt, perhaps "
            "with a negative weight"
        )
    taken = [take_tags(item.text) for item in schedule.prompts]
    if not all(text for text, _ in taken):
        raise PromptError("a prompt names LoRAs alone; say what to paint as well")
    prompts = (
        item._replace(text=text) for item, (text, _) in zip(schedule.prompts, taken, strict=True)
    )
    return replace(schedule, prompts=tuple(prompts), loras=common_tags(tags for _, tags in taken))


def read_schedule(path: Path, style: str = "") -> PromptSchedule:
    """
    Raises:
        PromptError: the file cannot be read, or holds no schedule.
    """
    content = read_table(path)
    if not isinstance(content, dict):
        raise PromptError(f"{path} holds no object of moments and prompts")
    try:
        return parse_schedule(content, style)
    except PromptError as error:
        raise PromptError(f"{path}: {error}") from error


def parse_schedule(content: dict[str, Any], style: str = "") -> PromptSchedule:
    """Return the schedule that a file's content describes; see ``load_schedule``.

    Raises:
        PromptError: a value is of another kind, or there are no prompts.
    """
    texts = dict(content)
    hold = checked_hold(texts.pop("hold", DEFAULT_HOLD))
    for key, value in texts.items():
        if not isinstance(value, str):
            raise PromptError(f"{short(key)} must be a text, got {short(value)}")
    options = {name: texts.pop(name, "") for name in TEXT_OPTIONS}
    if not texts:
        raise PromptError(f"it holds no prompts; give some, at {MOMENT_EXAMPLES}")
    for key, text in texts.items():
        if not text.strip():
            raise PromptError(f"the prompt at {short(key)} is empty; say what to paint")
        texts[key] = with_commas(options["before"], text.strip(), options["after"])
    return schedule_of(texts, style or options["style"], options["negative"], hold)


def checked_hold(hold: Any) -> float:
    if isinstance(hold, bool) or not isinstance(hold, int | float) or not 0 <= hold <= 1:
        raise PromptError(f"hold is {short(hold)}; give a share of the time, from 0 to 1")
    return float(hold)


def schedule_of(
    texts: dict[str, str], style: str = "", negative: str = "", hold: float = DEFAULT_HOLD
) -> PromptSchedule:
    """Return the schedule of moment -> subject, all in one style."""
    prompts, first = [], load_prompt(next(iter(texts.values())), style)
    for key, text in texts.items():
        moment = parse_moment(key, SCHEDULE_OPTIONS)
        painted = load_prompt(text, style).positive
        prompts.append(ScheduledPrompt(moment, painted, *split_style(text, style)))
    return PromptSchedule(
        prompts=tuple(prompts),
        negative=with_commas(negative, first.negative),
        unwanted=negative,
        base_model=first.base_model,
        hold=hold,
    )


def with_commas(*texts: str) -> str:
    return ", ".join(text for text in texts if text)
