"""Encode prompts: weighted words, and prompts of any length."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from transformers import CLIPTextModel, CLIPTokenizer

from pose2video.diffusion.predict import PromptEmbeds
from pose2video.diffusion.prompt_interpolation import PromptWeights
from pose2video.diffusion.weights.models import Models
from prompts.emphasis import parse_emphasis

COMMA = ",</w>"
COMMA_REACH = 20
"""Tokens before the end of a chunk in which a comma is a good place to break, as in AUTOMATIC1111's
web UI (``comma_padding_backtrack``)."""


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
) -> Tensor:
    """Return the embeddings of several prompts, made equally long.

    A prompt longer than the encoder's 77 tokens is encoded in chunks that are joined end to end;
    shorter ones are filled up with what nothing at all is encoded to. What is said of a prompt
    does not depend on the others.

    Args:
        clip_skip: which layer to read, counted from the last, 1; drawings often ask for 2.

    Shape:
        returns: (K, S, C), S a multiple of 77

    Raises:
        PromptError: brackets are not paired, or a weight is not possible.
    """
    encoder = ChunkEncoder(tokenizer, text_encoder, clip_skip)
    chunks = [split_chunks(prompt, tokenizer) for prompt in prompts]
    most = max(len(of_one) for of_one in chunks)
    filled = [[*of_one, *[Chunk([], [])] * (most - len(of_one))] for of_one in chunks]
    return torch.cat([torch.cat([encoder(c) for c in of_one], dim=1) for of_one in filled])


def embed_schedule(
    prompts: PromptWeights, negative: str | None, models: Models
) -> tuple[PromptEmbeds, PromptEmbeds | None]:
    """Return the embedded prompts and negative prompt of every frame, equally long.

    Without a negative prompt nothing of it is in the others, not even its length.
    """
    texts = [*prompts.texts, *([] if negative is None else [negative])]
    table = embed_prompts(texts, models.tokenizer, models.text_encoder, models.clip_skip)
    weights = torch.from_numpy(prompts.weights)
    positive = PromptEmbeds(table[: len(prompts.texts)], weights)
    if negative is None:
        return positive, None
    return positive, PromptEmbeds(table[-1:], torch.ones(len(weights), 1))


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
        plain = self.encode(chunk.tokens)
        if all(weight == 1 for weight in chunk.weights):
            return plain
        nothing = self.encode([])
        weights = plain.new_ones(1, plain.shape[1], 1)
        weights[0, 1 : 1 + len(chunk.weights), 0] = plain.new_tensor(chunk.weights)
        return torch.where(weights == 1, plain, nothing + weights * (plain - nothing))

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


def split_chunks(prompt: str, tokenizer: CLIPTokenizer) -> list[Chunk]:
    """Return a prompt in chunks that the encoder can take, broken after commas where possible."""
    tokens: list[int] = []
    weights: list[float] = []
    for phrase in parse_emphasis(prompt):
        found = tokenizer(phrase.text, add_special_tokens=False, verbose=False)["input_ids"]
        tokens += found
        weights += [phrase.weight] * len(found)
    size = tokenizer.model_max_length - 2
    comma = tokenizer.convert_tokens_to_ids(COMMA)
    chunks = []
    while len(tokens) > size:
        commas = [n for n in range(size - COMMA_REACH, size) if tokens[n] == comma]
        end = commas[-1] + 1 if commas else size
        chunks.append(Chunk(tokens[:end], weights[:end]))
        tokens, weights = tokens[end:], weights[end:]
    return [*chunks, Chunk(tokens, weights)]
