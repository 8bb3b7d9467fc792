"""Encode prompts: weighted words, and prompts of any length."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

import torch
from torch import Tensor
from transformers import CLIPTextModel, CLIPTokenizer

from pose2video.diffusion.predict import PromptEmbeds
from pose2video.diffusion.weights.models import Models
from pose2video.prompt_interpolation import PromptWeights
from prompts.editing import texts_over_steps
from prompts.emphasis import parse_emphasis
from prompts.syntax import BREAK, split_embeddings

NONE: Mapping[str, range] = {}
COMMA = ",</w>"
COMMA_REACH = 20
"""Tokens before the end of a chunk in which a comma is a good place to break, as in AUTOMATIC1111's
web UI (``comma_padding_backtrack``)."""


class Token(NamedTuple):
    """A word or a part of one, or a vector of an embedding."""

    number: int
    weight: float
    is_inside: bool = False
    """Whether it is a vector of the embedding that began before it."""


class Chunk(NamedTuple):
    """As much of a prompt as the text encoder takes at once."""

    tokens: list[int]
    weights: list[float]


@torch.inference_mode()
def embed_prompts(
    prompts: Sequence[str],
    tokenizer: CLIPTokenizer,
    text_encoder: CLIPTextModel,
    clip_skip: int = 1,
    embeddings: Mapping[str, range] = NONE,
) -> Tensor:
    """Return the embeddings of several prompts, made equally long.

    A prompt longer than the encoder's 77 tokens is encoded in chunks that are joined end to end;
    shorter ones are filled up with what nothing at all is encoded to. What is said of a prompt
    does not depend on the others.

    Args:
        clip_skip: which layer to read, counted from the last, 1; drawings often ask for 2.
        embeddings: names that stand for vectors -> their numbers, as of tokens.

    Shape:
        returns: (K, S, C), S a multiple of 77

    Raises:
        PromptError: brackets are not paired, a weight is not possible, or an embedding is not here.
    """
    encoder = ChunkEncoder(tokenizer, text_encoder, clip_skip)
    chunks = [split_chunks(prompt, tokenizer, embeddings) for prompt in prompts]
    most = max(len(of_one) for of_one in chunks)
    filled = [[*of_one, *[Chunk([], [])] * (most - len(of_one))] for of_one in chunks]
    return torch.cat([torch.cat([encoder(c) for c in of_one], dim=1) for of_one in filled])


def embed_schedule(
    prompts: PromptWeights,
    negative: str | None,
    models: Models,
    num_steps: int = 1,
    taken: int | None = None,
) -> tuple[PromptEmbeds, PromptEmbeds | None]:
    """Return the embedded prompts and negative prompt of every frame, equally long.

    Without a negative prompt nothing of it is in the others, not even its length.

    Args:
        num_steps: denoising steps, in which texts may change.
        taken: how many of them are taken, evenly chosen; None: all.
    """
    texts = [*prompts.texts, *([] if negative is None else [negative])]
    said = [texts_over_steps(text, num_steps) for text in texts]
    different = list(dict.fromkeys(text for of_one in said for text in of_one))
    table = embed_prompts(
        different, models.tokenizer, models.text_encoder, models.clip_skip, models.embeddings
    )
    rows = torch.tensor([[different.index(text) for text in of_one] for of_one in said]).T
    rows = rows[evenly(num_steps, taken or num_steps)]
    weights, count = torch.from_numpy(prompts.weights), len(prompts.texts)
    positive = track(table, rows[:, :count], weights)
    if negative is None:
        return positive, None
    return positive, track(table, rows[:, count:], torch.ones(len(weights), 1))


def evenly(steps: int, taken: int) -> list[int]:
    """Return which steps are taken where fewer are taken than there are.

    >>> evenly(6, 3)
    [0, 2, 4]
    """
    return [number * steps // taken for number in range(taken)]


def track(table: Tensor, rows: Tensor, weights: Tensor) -> PromptEmbeds:
    """Return the prompts of every frame, without steps where these say the same throughout.

    Shape:
        as in ``PromptEmbeds``
    """
    if (rows == rows[0]).all():
        return PromptEmbeds(table[rows[0]], weights)
    return PromptEmbeds(table, weights, rows)


class ChunkEncoder:
    """Encode one chunk at a time, so that each result is the same in any company."""

    def __init__(
        self, tokenizer: CLIPTokenizer, text_encoder: CLIPTextModel, clip_skip: int
    ) -> None:
        self.tokenizer = tokenizer
        self.text_encoder = text_encoder
        self.clip_skip = clip_skip

    def __call__(self, chunk: Chunk) -> Tensor:
        """Return the embedding of a chunk.

        A word of weight w is moved to w times its distance from what nothing is encoded to.

        Shape:
            returns: (1, 77, C)
        """
        if not chunk.tokens:
            return self.nothing
        plain = self.encode(chunk.tokens)
        if all(weight == 1 for weight in chunk.weights):
            return plain
        weights = plain.new_ones(1, plain.shape[1], 1)
        weights[0, 1 : 1 + len(chunk.weights), 0] = plain.new_tensor(chunk.weights)
        return torch.where(weights == 1, plain, self.nothing + weights * (plain - self.nothing))

    @cached_property
    def nothing(self) -> Tensor:
        """What nothing at all is encoded to: (1, 77, C)."""
        return self.encode([])

    def encode(self, tokens: list[int]) -> Tensor:
        """Return the encoder's embedding of up to 75 tokens: (1, 77, C)."""
        ids = [self.tokenizer.bos_token_id, *tokens, self.tokenizer.eos_token_id]
        ids += [self.tokenizer.pad_token_id] * (self.tokenizer.model_max_length - len(ids))
        output = self.text_encoder(
            torch.tensor([ids], device=self.text_encoder.device),
            output_hidden_states=self.clip_skip > 1,
        )
        if self.clip_skip == 1:
            return output.last_hidden_state
        inner = getattr(self.text_encoder, "text_model", self.text_encoder)
        return inner.final_layer_norm(output.hidden_states[-self.clip_skip])


def split_chunks(
    prompt: str, tokenizer: CLIPTokenizer, embeddings: Mapping[str, range] = NONE
) -> list[Chunk]:
    """Return a prompt in chunks that the encoder can take.

    It is broken where it says BREAK, after commas where possible, and never inside an embedding.
    """
    passages: list[list[Token]] = [[]]
    for phrase in parse_emphasis(prompt):
        for number, text in enumerate(BREAK.split(phrase.text)):
            if number:
                passages.append([])
            passages[-1] += tokens_of(text, phrase.weight, tokenizer, embeddings)
    comma = tokenizer.convert_tokens_to_ids(COMMA)
    assert isinstance(comma, int)
    chunks = [
        Chunk([token.number for token in part], [token.weight for token in part])
        for passage in passages
        for part in parts_of(passage, tokenizer.model_max_length - 2, comma)
    ]
    return chunks or [Chunk([], [])]


def tokens_of(
    text: str, weight: float, tokenizer: CLIPTokenizer, embeddings: Mapping[str, range]
) -> Iterator[Token]:
    """Yield the tokens of a text, and the vectors of the embeddings that it names."""
    for words, name in split_embeddings(text, embeddings):
        if name:
            yield from (Token(n, weight, n != embeddings[name].start) for n in embeddings[name])
        else:
            found = tokenizer(words, add_special_tokens=False, verbose=False)["input_ids"]
            yield from (Token(number, weight) for number in found)


def parts_of(tokens: list[Token], size: int, comma: int) -> Iterator[list[Token]]:
    """Yield tokens, at most ``size`` at once; nothing if there are none."""
    while len(tokens) > size:
        commas = [n for n in range(size - COMMA_REACH, size) if tokens[n].number == comma]
        end = commas[-1] + 1 if commas else size
        while tokens[end].is_inside:
            end -= 1
        yield tokens[:end]
        tokens = tokens[end:]
    if tokens:
        yield tokens
