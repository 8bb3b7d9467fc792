"""Prompts that change from one denoising step to the next, as in AUTOMATIC1111's web UI.

``[a:b:0.5]`` is ``a`` in the first half of the steps and ``b`` in the others, ``[b:0.5]`` nothing
and then ``b``, ``[a::0.5]`` ``a`` and then nothing; a whole number counts steps. ``[a|b]`` is ``a``
and ``b`` in turn.
"""

import re
from functools import lru_cache

from prompts import PromptError

GROUP = re.compile(r"(?<!\\)\[((?:[^\[\]\\]|\\.)*)\]")
"""Square brackets with none inside."""
MOMENT = re.compile(r"\s*(\d+|\d*\.\d+|\d+\.)\s*")
PIECE = re.compile(r"\\.|\bembedding:|.", re.I | re.S)
DONE = str.maketrans("[]", "\ue000\ue001")
UNDONE = {new: old for old, new in DONE.items()}
"""Brackets that only weaken, put out of the way while others are looked for, and back."""
DEEPEST = 8
"""Brackets in one another; each level is looked for anew."""


def texts_over_steps(prompt: str, steps: int) -> list[str]:
    """Return what a prompt says in each denoising step; brackets that only weaken stay.

    Raises:
        PromptError: a change would come after the last step, or brackets stand too deep.

    >>> texts_over_steps("a [cat:dog:0.5], [red|blue] [dim]", 4)[1:3]
    ['a cat, blue [dim]', 'a dog, red [dim]']
    """
    if not any(sign in prompt for sign in "|:"):
        return [prompt] * steps
    return [text_at(prompt, step, steps) for step in range(steps)]


def text_at(prompt: str, step: int, steps: int) -> str:
    """Return what a prompt says in a step, counted from 0."""

    def said(group: re.Match) -> str:
        chosen = choice(group[1], step, steps)
        return group[0].translate(DONE) if chosen is None else chosen

    for _ in range(DEEPEST + 1):
        prompt, count = GROUP.subn(said, prompt)
        if not count:
            return prompt.translate(UNDONE)
    raise PromptError(f"a prompt has square brackets more than {DEEPEST} deep; use fewer")


def choice(group: str, step: int, steps: int) -> str | None:
    """Return what stands in a step for a pair of brackets; None: they only weaken.

    Args:
        group: what stands between the brackets.
    """
    options = split_outside(group, "|")
    if len(options) > 1:
        return options[step % len(options)]
    *texts, moment = split_outside(group, ":")
    if len(texts) not in (1, 2) or (when := MOMENT.fullmatch(moment)) is None:
        return None
    first = float(when[1]) * (steps if "." in when[1] else 1)
    if first > steps:
        raise PromptError(
            f"[{group}] would change after the last of {steps} steps; give a share of them from 0 "
            "to 1, as in [a:b:0.5] (a stronger word has round brackets: (word:1.5))"
        )
    before, after = texts if len(texts) == 2 else ("", texts[0])
    return before if step < int(first) else after


@lru_cache(maxsize=256)  # the same for every step
def split_outside(text: str, sign: str) -> tuple[str, ...]:
    r"""Split a text at a sign, but not in round brackets, after ``\``, or in ``embedding:name``.

    >>> split_outside("(a:1.2) b:c", ":")
    ('(a:1.2) b', 'c')
    """
    parts, depth = [""], 0
    for piece in PIECE.findall(text):
        depth += {"(": 1, ")": -1}.get(piece, 0)
        if piece == sign and depth <= 0:
            parts.append("")
        else:
            parts[-1] += piece
    return tuple(parts)
