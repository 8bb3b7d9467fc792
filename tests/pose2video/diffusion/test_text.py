"""Embedded words: plain prompts as the encoder alone has them, weighted and long ones besides."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import Tensor

from pose2video.diffusion.text import embed_prompts, embed_schedule, split_chunks
from pose2video.prompt_interpolation import PromptWeights
from prompts import PromptError
from tests.pose2video.diffusion.tiny_hub import tiny_text_encoder
from tests.pose2video.diffusion.tiny_tokenizer import write_tokenizer

LONG = ", ".join(["a neon robot dancing in the city at night", "red light", "gold fire"] * 12)


@pytest.fixture(scope="module")
def encoder():
    return tiny_text_encoder().eval().requires_grad_(False)


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory):
    from transformers import CLIPTokenizer

    folder = tmp_path_factory.mktemp("tokenizer")
    write_tokenizer(folder)
    return CLIPTokenizer.from_pretrained(folder)


def plain(prompt: str, tokenizer, encoder) -> Tensor:
    """Return what diffusers' pipelines give the UNet: 77 tokens, the rest cut off."""
    tokens = tokenizer(
        prompt, padding="max_length", max_length=77, truncation=True, return_tensors="pt"
    )
    return encoder(tokens.input_ids)[0]


def distance(a: Tensor, b: Tensor) -> float:
    return float((a - b).abs().max())


@pytest.mark.parametrize("prompt", ["", "a neon robot", "oil painting, (red:1.0) light"])
def test_without_weights_an_embedding_is_the_encoders_own(prompt, tokenizer, encoder):
    embedded = embed_prompts([prompt], tokenizer, encoder)
    text = prompt.replace("(red:1.0)", "red")
    assert torch.equal(embedded, plain(text, tokenizer, encoder))


def test_skipped_layers_end_in_the_same_norm(tokenizer, encoder):
    tokens = tokenizer("a robot", padding="max_length", max_length=77, return_tensors="pt")
    states = encoder(tokens.input_ids, output_hidden_states=True).hidden_states
    norm = getattr(encoder, "text_model", encoder).final_layer_norm
    skipped = embed_prompts(["a robot"], tokenizer, encoder, clip_skip=2)
    assert torch.equal(skipped, norm(states[-2]))
    assert distance(skipped, embed_prompts(["a robot"], tokenizer, encoder)) > 0.1


def test_a_weight_moves_its_word_and_no_other(tokenizer, encoder):
    usual = embed_prompts(["a red robot"], tokenizer, encoder)[0]
    nothing = embed_prompts([""], tokenizer, encoder)[0]
    strong = embed_prompts(["a (red:2) robot"], tokenizer, encoder)[0]
    changed = (strong != usual).any(dim=1).nonzero().flatten().tolist()
    assert changed == [2]  # after the start and "a"
    assert torch.allclose(strong[2] - nothing[2], 2 * (usual[2] - nothing[2]), atol=1e-5)
    gone = embed_prompts(["a (red:0) robot"], tokenizer, encoder)[0]
    assert torch.allclose(gone[2], nothing[2], atol=1e-6)


def test_a_long_prompt_is_read_to_its_end(tokenizer, encoder):
    embedded = embed_prompts([LONG], tokenizer, encoder)
    assert embedded.shape[1] % 77 == 0
    assert embedded.shape[1] > 77
    other = embed_prompts([LONG + ", snow"], tokenizer, encoder)
    assert distance(other[:, :77], embedded[:, :77]) == 0
    assert distance(other[:, -77:], embedded[:, -77:]) > 1e-3


def test_no_word_is_lost_where_a_prompt_is_cut_and_commas_come_first(tokenizer):
    chunks = split_chunks(LONG, tokenizer)
    together = [token for chunk in chunks for token in chunk.tokens]
    assert together == tokenizer(LONG, add_special_tokens=False)["input_ids"]
    assert all(len(chunk.tokens) <= 75 for chunk in chunks)
    comma = tokenizer.convert_tokens_to_ids(",</w>")
    assert all(chunk.tokens[-1] == comma for chunk in chunks[:-1])
    unbroken = split_chunks("robot " * 100, tokenizer)
    assert [len(chunk.tokens) for chunk in unbroken] == [75, 25]


def test_weights_stay_with_their_words_in_every_chunk(tokenizer):
    chunks = split_chunks(f"{LONG}, (snow:1.5)", tokenizer)
    weights = [weight for chunk in chunks for weight in chunk.weights]
    assert weights[-1] == 1.5
    assert set(weights[:-1]) == {1.0}


def test_prompts_of_a_set_are_equally_long_and_do_not_touch_each_other(tokenizer, encoder):
    together = embed_prompts(["a robot", LONG, ""], tokenizer, encoder)
    assert together.shape[0] == 3
    assert torch.equal(together[:1, :77], embed_prompts(["a robot"], tokenizer, encoder))
    assert torch.equal(together[:1, 77:154], embed_prompts([""], tokenizer, encoder))
    assert torch.equal(together[1:2], embed_prompts([LONG], tokenizer, encoder))


def test_a_misspelt_weight_is_the_users_to_mend(tokenizer, encoder):
    with pytest.raises(PromptError):
        embed_prompts(["a (red"], tokenizer, encoder)


def test_break_begins_a_new_chunk_and_is_no_word(tokenizer, encoder):
    embedded = embed_prompts(["a robot BREAK (red BREAK gold light:1.2)"], tokenizer, encoder)
    parts = ["a robot", "(red:1.2)", "(gold light:1.2)"]
    expected = torch.cat([embed_prompts([part], tokenizer, encoder) for part in parts], dim=1)
    assert torch.equal(embedded, expected)
    assert len(split_chunks("BREAK a robot BREAK", tokenizer)) == 1


def test_an_embedding_is_never_cut(tokenizer):
    numbers = range(900, 908)
    chunks = split_chunks("robot " * 70 + "(Easy:1.2) robot", tokenizer, {"easy": numbers})
    assert [len(chunk.tokens) for chunk in chunks] == [70, 9]
    assert chunks[1].tokens[:8] == [*numbers]
    assert chunks[1].weights == [1.2] * 8 + [1]


def test_a_text_that_changes_over_the_steps_is_said_in_each_as_it_is_then(tokenizer, encoder):
    models = SimpleNamespace(tokenizer=tokenizer, text_encoder=encoder, clip_skip=1, embeddings={})
    texts = PromptWeights(["a [red|gold] robot", "snow"], np.array([[1, 0], [0.5, 0.5]], "f4"))
    positive, negative = embed_schedule(texts, "[night:0.5]", models, 4)
    red, gold, snow, night, nothing = (
        embed_prompts([text], tokenizer, encoder)[0]
        for text in ("a red robot", "a gold robot", "snow", "night", "")
    )
    for step in range(4):
        first, kept_out = [red, gold][step % 2], [nothing, night][step // 2]
        assert torch.allclose(positive.of([0], step)[0], first)
        assert torch.allclose(positive.of([1], step)[0], (first + snow) / 2, atol=1e-6)
        assert torch.allclose(negative.of([0], step)[0], kept_out)
    fewer, _ = embed_schedule(texts, None, models, 4, taken=2)
    assert torch.allclose(fewer.of([0], 1)[0], red)
    always, _ = embed_schedule(PromptWeights(["a [red] robot"], texts.weights[:, :1]), None, models)
    assert always.rows is None
