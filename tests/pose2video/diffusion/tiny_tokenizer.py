"""A small but real CLIP tokenizer: byte-pair merges, in the files that the public one has."""

import json
from pathlib import Path

START, END = "<|startoftext|>", "<|endoftext|>"
WORDS = (  # noqa: SIM905  (easier to read)
    "a an the of in on and with robot neon dancer dancing city street night sunset forest snow "
    "fire water gold red blue green oil painting watercolour pencil anime film photo portrait "
    "worst quality low blurry text watermark masterpiece best detailed light shadow"
).split()


def write_tokenizer(folder: Path) -> None:
    """Write ``vocab.json`` and ``merges.txt`` in the form of CLIP's."""
    folder.mkdir(parents=True, exist_ok=True)
    merges = draw_merges()
    (folder / "vocab.json").write_text(json.dumps(vocabulary(merges), ensure_ascii=False))
    lines = ["#version: 0.2", *(" ".join(pair) for pair in merges)]
    (folder / "merges.txt").write_text("\n".join(lines) + "\n")
    special = {"bos_token": START, "eos_token": END, "pad_token": END, "unk_token": END}
    (folder / "special_tokens_map.json").write_text(json.dumps(special))
    settings = {"tokenizer_class": "CLIPTokenizer", "model_max_length": 77, **special}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))


def vocabulary(merges: list[tuple[str, str]]) -> dict[str, int]:
    """Return token -> number: bytes, bytes that end a word, merges, start and end."""
    characters = byte_characters()
    tokens = [*characters, *(c + "</w>" for c in characters), *(a + b for a, b in merges)]
    return {token: number for number, token in enumerate([*tokens, START, END])}


def draw_merges() -> list[tuple[str, str]]:
    """Return merges that make every one of WORDS a single token, left to right."""
    merges: dict[tuple[str, str], None] = {}
    for word in WORDS:
        pieces = [*word[:-1], word[-1] + "</w>"]
        while len(pieces) > 1:
            pieces = apply_merges(pieces, merges)
            if len(pieces) > 1:
                merges.setdefault((pieces[0], pieces[1]))
    return list(merges)


def apply_merges(pieces: list[str], merges: dict[tuple[str, str], None]) -> list[str]:
    for first, second in merges:
        index = 0
        while index < len(pieces) - 1:
            if (pieces[index], pieces[index + 1]) == (first, second):
                pieces = [*pieces[:index], first + second, *pieces[index + 2 :]]
            index += 1
    return pieces


def byte_characters() -> list[str]:
    """Return one printable character for each byte, as byte-level BPE (GPT-2) has them."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return [chr(b) for b in printable] + [chr(256 + index) for index in range(len(others))]
