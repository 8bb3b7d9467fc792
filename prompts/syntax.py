"""What stands in prompts beside words: names of LoRAs and embeddings, breaks, and other signs.

The signs are those of AUTOMATIC1111's web UI and of ComfyUI. What cannot be honoured is refused,
so that no sign is ever taken for a word.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from prompts import PromptError

TAG = re.compile(r"(?:,\s*)?<(\w+):([^<>]*)>")
"""What names a network, with the comma that it makes needless."""
LORA_TAGS = ("lora", "lyco")
BREAK = re.compile(r"\bBREAK\b")
"""Where a prompt goes on in a new chunk of the text encoder."""
REFUSED = (
    (re.compile(r"\bAND\b"),
     "AND, one picture of several prompts, is not done; write one prompt with commas, or several "
     "over time with --prompt @FILE (the word itself: and)"),
    (re.compile(r"(?<!\\)\{[^{}|]*\|[^{}]*\}"),
     "{a|b}, one of several by chance, is not done; choose one, or write [a|b] for all in turn"),
    (re.compile(r"(?<!\w)__\w+__(?!\w)"),
     "__name__, a line of a file by chance, is not done; write the words themselves"),
)  # fmt: skip
EMBEDDING = re.compile(r"\bembedding:\s*([^\s,()\[\]<>|:]+)", re.I)
"""ComfyUI's way to name an embedding."""


class LoraTag(NamedTuple):
    """A LoRA that a prompt names."""

    name: str
    weight: float | None
    """None: as strong as it is anyway."""


def take_tags(prompt: str) -> tuple[str, list[LoraTag]]:
    """Return a prompt without the LoRAs that it names, and these.

    Raises:
        PromptError: something else is named, or a weight is no number.

    >>> take_tags("a robot, <lora:neon:0.8>, at night")
    ('a robot, at night', [LoraTag(name='neon', weight=0.8)])
    """
    tags = [lora_tag(*match.groups()) for match in TAG.finditer(prompt)]
    return (TAG.sub("", prompt).strip(" ,") if tags else prompt), tags


def lora_tag(kind: str, value: str) -> LoraTag:
    written = f"<{kind}:{value}>"
    if kind.lower() not in LORA_TAGS:
        raise PromptError(f"{written} in a prompt is not done; there is <lora:NAME:WEIGHT>")
    name, *weights = (part.strip() for part in value.split(":"))
    if not name or len(weights) > 1:
        raise PromptError(f"{written} is not done; write <lora:NAME> or <lora:NAME:WEIGHT>")
    try:
        return LoraTag(name, float(weights[0]) if weights else None)
    except ValueError as error:
        raise PromptError(
            f"{written}: {weights[0]!r} is no weight; write <lora:{name}:0.8>"
        ) from error


def common_tags(tags: Iterable[list[LoraTag]]) -> tuple[LoraTag, ...]:
    """Return the LoRAs that all texts of a video name; its networks stay the same throughout.

    Raises:
        PromptError: texts name different ones, or one twice.
    """
    each = [tuple(sorted(of_one, key=str)) for of_one in tags]
    first = each[0] if each else ()
    for other in each:
        if other != first:
            lora = next(iter({*first} ^ {*other}))
            raise PromptError(
                f"<lora:{lora.name}> is not the same in all prompts, but a LoRA is there for the "
                "whole video; name it in every prompt with one weight, or once under before"
            )
    names = [tag.name.casefold() for tag in first]
    if twice := next((tag for tag in first if names.count(tag.name.casefold()) > 1), None):
        raise PromptError(f"<lora:{twice.name}> stands twice in a prompt; name it once")
    return first


def check_signs(prompt: str) -> None:
    """
    Raises:
        PromptError: the prompt has a sign that is not done.
    """
    for sign, message in REFUSED:
        if sign.search(prompt):
            raise PromptError(f"prompt {prompt!r:.200}: {message}")


def split_embeddings(text: str, names: Iterable[str]) -> list[tuple[str, str]]:
    """Return a text in pieces, each of words, or of the name of an embedding as ``names`` has it.

    A name counts wherever it stands alone, in capitals or not, also as ``embedding:name``, with
    folders before it or the suffix of its file behind.

    Raises:
        PromptError: the text names an embedding that is not among them.

    >>> split_embeddings("a robot, badhands, embedding:EASY", ["badhands", "Easy"])
    [('a robot, ', ''), ('', 'badhands'), (', ', ''), ('', 'Easy')]
    """
    known = {name.casefold(): name for name in sorted(names, key=len, reverse=True)}
    pieces, end = [], 0
    for match in name_pattern(known).finditer(text) if known else ():
        pieces += [(text[end : match.start()], ""), ("", known[match["name"].casefold()])]
        end = match.end()
    pieces.append((text[end:], ""))
    if unknown := next(filter(None, (EMBEDDING.search(words) for words, _ in pieces)), None):
        there = f"there are {', '.join(known.values())}" if known else "none was given"
        raise PromptError(
            f"no embedding is called {unknown[1]!r} ({there}); give --embedding FILE, "
            f"such as {unknown[1]}.safetensors"
        )
    return [piece for piece in pieces if any(piece)]


def name_pattern(names: Iterable[str]) -> re.Pattern:
    """Return what finds names that stand alone; of two that begin alike the longer one."""
    either = "|".join(
        (r"(?<![\w-])" if name[0].isalnum() else "")
        + re.escape(name)
        + (r"(?![\w-])" if name[-1].isalnum() else "")
        for name in names
    )
    return re.compile(
        rf"(?:\bembedding:\s*(?:[\w.-]+[/\\])*)?(?P<name>{either})(?:\.(?:safetensors|pt|bin)\b)?",
        re.I,
    )
