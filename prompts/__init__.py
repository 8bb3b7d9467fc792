"""Words for pictures: style presets, one file each, and how a prompt is put together."""

from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from checkpoints.foreign import ForeignFileError, is_text, read_json, read_toml, short

FOLDER = Path(__file__).parent
PLACEHOLDER = "{prompt}"
SUBJECT = "a person dancing"
"""What a style shows if nothing else is asked for."""
FIELDS = ("about", "positive", "negative", "base_model")


class PromptError(ValueError):
    """Words that cannot be understood; one line says what to write instead."""


@dataclass(frozen=True)
class Prompt:
    """What a picture should be, should not be, and who should paint it."""

    positive: str
    negative: str = ""
    """Empty: whatever the renderer thinks of pictures in general."""
    base_model: str = ""
    """A base model that suits it; empty: any."""

    def about(self, subject: str) -> "Prompt":
        """Return the prompt with its subject put in.

        >>> Prompt("oil painting of {prompt}, rough strokes").about("a robot").positive
        'oil painting of a robot, rough strokes'
        """
        return replace(self, positive=self.positive.replace(PLACEHOLDER, subject))


def load_prompt(text: str, style: str = "") -> Prompt:
    """Return ``text`` painted in a style; a style's name for text is that style alone.

    Raises:
        PromptError: there is nothing to paint, or no such style.

    >>> load_prompt("a robot").positive
    'a robot'
    """
    text = text.strip()
    if not is_text(text):
        raise PromptError(
            f"the prompt {short(text)} holds a NUL or half of a letter; write letters"
        )
    text, style = split_style(text, style)
    if style:
        return load_style(style).about(text or SUBJECT)
    if not text:
        raise PromptError('the prompt is empty; give --prompt "what to paint", or --style NAME')
    return Prompt(text)


def split_style(text: str, style: str = "") -> tuple[str, str]:
    """Return what to paint and in which style; a style's name alone is that style of anything.

    >>> split_style("anime"), split_style("anime", "pencil")
    (('', 'anime'), ('anime', 'pencil'))
    """
    text = text.strip()
    return ("", text) if not style and text in style_names() else (text, style)


@cache
def load_style(name: str) -> Prompt:
    """Return a style, with ``{prompt}`` where its subject goes.

    Raises:
        PromptError: there is none of that name, or its file is broken.
    """
    if name not in style_names():
        near = get_close_matches(name.lower(), style_names(), n=3, cutoff=0.4)
        hint = f"did you mean {' or '.join(near)}? " if near else ""
        raise PromptError(f"no style {name!r}; {hint}there are {', '.join(style_names())}")
    path = FOLDER / f"{name}.toml"
    content = read_table(path)
    if set(content) - set(FIELDS) or not all(isinstance(text, str) for text in content.values()):
        raise PromptError(f"{path} may hold texts only: {', '.join(FIELDS)}")
    if content.get("positive", "").count(PLACEHOLDER) != 1:
        raise PromptError(f"{path} needs a text positive, with {PLACEHOLDER} once in it")
    texts = {key: " ".join(text.split()) for key, text in content.items() if key != "about"}
    return Prompt(**texts)


def read_table(path: Path) -> Any:
    """Return what a file of words holds: JSON by its name, and TOML otherwise.

    Raises:
        PromptError: it cannot be read.
    """
    try:
        return read_json(path) if path.suffix.lower() == ".json" else read_toml(path)
    except ForeignFileError as error:
        raise PromptError(f"cannot read {path}: {error}") from error


def style_names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.toml"))
