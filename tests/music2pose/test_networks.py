"""What is true of the generator, the pose maps and the discriminator, trained or not."""

import math
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest
import torch
from torch import nn

from music2pose.conditioning import NUM_BEAT_CHANNELS, NUM_SOUND_CHANNELS
from music2pose.discriminator import (
    MotionDiscriminator,
    MotionDiscriminatorConfig,
    motion_channels,
)
from music2pose.generator import (
    POSE_PRESETS,
    GeneratorConfig,
    Pose,
    PoseGenerator,
)
from music2pose.layers import ConvLSTMCell, SelfAttention, State
from music2pose.listener import FIRST_KERNEL, POSE_STRIDE, SOUND_REACH
from music2pose.move_encoder import MoveEncoder, parts_of
from music2pose.pose import LIMBS
from music2pose.pose_maps import draw_pose_maps, guess_pose_maps, read_pose_maps

TINY = POSE_PRESETS["tiny"]


@pytest.fixture
def generator() -> PoseGenerator:
    """An untrained one whose U-Net draws something already, of those whose poses heed all inputs;
    what a draw heeds varies."""
    torch.manual_seed(2)
    generator = PoseGenerator(TINY).eval()
    nn.init.xavier_normal_(generator.head.weight)
    with torch.no_grad():
        generator.prior.layers[-1].weight.mul_(0.1)  # its guesses lie on the canvas
    return generator


def test_an_untrained_dancer_dances_what_its_pose_prior_guesses():
    torch.manual_seed(0)
    generator, music = PoseGenerator(TINY).eval(), drawn()
    with torch.no_grad():
        generator.prior.layers[-1].weight.mul_(0.1)
        at = heard(generator, music)
        guess = generator.prior(generator.condition(at, music.codes))
        pose, _ = generator(generator.start_pose(0, 2), at, music.codes)
    assert guess.std() > 0.02
    assert torch.allclose(pose.keypoints, guess, atol=0.02)


class Heard(NamedTuple):
    """What there is to hear, and codes."""

    sound: torch.Tensor
    beats: torch.Tensor
    energy: torch.Tensor
    codes: torch.Tensor


def drawn(frames: int = 1, batch: int = 2) -> Heard:
    rng = torch.Generator().manual_seed(1)
    length = 2 * SOUND_REACH + POSE_STRIDE * (frames - 1) + 1
    return Heard(
        torch.rand(batch, length, NUM_SOUND_CHANNELS, generator=rng),
        torch.rand(batch, frames, NUM_BEAT_CHANNELS, generator=rng),
        torch.rand(batch, frames, generator=rng),
        torch.randn(batch, TINY.noise_channels, generator=rng),
    )


def heard(generator: PoseGenerator, music: Heard) -> torch.Tensor:
    """What is heard at the first pose, (B, C)."""
    return generator.listener(*music[:3])[:, 0]


def not_given(codes: torch.Tensor) -> torch.Tensor:
    return torch.full_like(codes, torch.nan)


def test_all_sound_that_an_untrained_ear_hears_gets_to_the_bottleneck(generator):
    music = drawn(batch=1)
    music.sound.requires_grad_()
    _, (h, _) = generator(generator.start_pose(0), heard(generator, music), music.codes)
    h.square().sum().backward()
    near = slice(SOUND_REACH - FIRST_KERNEL // 2, SOUND_REACH + FIRST_KERNEL // 2 + 1)
    assert (music.sound.grad[:, near] != 0).all()


def test_an_untrained_generator_draws_what_it_hears_in_the_middle_of_its_range(generator):
    """Blocks that are identities at first do not blow the sound up."""
    sound = generator.listener.listen(drawn(frames=20).sound)
    assert 0.05 < sound.std() < 1.5


@pytest.mark.parametrize(
    ("part", "share"),
    [
        ("sound", 0.3),
        ("beats", 0.3),
        ("energy", 0.2),
        ("previous pose", 0.3),
        ("state", 0.015),  # of one step only
    ],
)
def test_each_input_moves_the_dancer_by_a_share_of_what_other_codes_move(generator, part, share):
    music = drawn()
    pose = generator.start_pose(0, 2)
    _, state = generator(pose, heard(generator, music), music.codes)

    def step(pose: Pose = pose, state: State | None = state, **changes) -> torch.Tensor:
        changed = music._replace(**changes)
        return generator(pose, heard(generator, changed), changed.codes, state)[0].keypoints

    changed = {
        "sound": lambda: step(sound=torch.zeros_like(music.sound)),
        "beats": lambda: step(beats=torch.zeros_like(music.beats)),
        "energy": lambda: step(energy=music.energy - 1),
        "previous pose": lambda: step(pose=Pose(pose.keypoints + 0.2, pose.confidence)),
        "state": lambda: step(state=None),
    }[part]()
    before = step()
    usual = (step(codes=music.codes.flip(0)) - before).abs().mean()
    assert usual > 0.01
    assert (changed - before).abs().mean() > share * usual


def test_a_code_that_is_not_given_is_the_one_that_is_remembered(generator):
    music, pose = drawn(), generator.start_pose(0, 2)
    at = heard(generator, music)
    _, state = generator(pose, at, music.codes)
    recalled = generator.recall(state)
    assert recalled.shape == music.codes.shape
    with torch.no_grad():
        generator.memory.code.weight.zero_()  # what is remembered is not written down again
    by_heart, _ = generator(pose, at, not_given(music.codes), state)
    told, _ = generator(pose, at, recalled, state)
    assert torch.equal(by_heart.keypoints, told.keypoints)
    halves = torch.stack([music.codes[0], not_given(music.codes)[1]])  # one stream is told
    mixed, _ = generator(pose, at, halves, state)
    told, _ = generator(pose, at, music.codes, state)
    assert torch.allclose(mixed.keypoints[0], told.keypoints[0], atol=1e-6)
    assert torch.allclose(mixed.keypoints[1], by_heart.keypoints[1], atol=1e-6)


def test_an_untrained_state_remembers_a_code_to_a_few_percent_whatever_happens(generator):
    music, pose = drawn(), generator.start_pose(0, 2)
    state = None
    for step in range(14):  # given over two poses; a move lasts about so many
        code = music.codes if step < 2 else not_given(music.codes)
        pose, state = generator(pose, heard(generator, music), code, state)
        away = (generator.recall(state) - music.codes).square().mean().sqrt()
        assert away < 0.12 * music.codes.square().mean().sqrt(), step


def test_a_given_code_overrides_what_is_remembered(generator):
    music, pose = drawn(), generator.start_pose(0, 2)
    at = heard(generator, music)
    _, state = generator(pose, at, music.codes)
    told, _ = generator(pose, at, music.codes, state)
    with torch.no_grad():
        generator.recalled.bias += 3
    again, _ = generator(pose, at, music.codes, state)
    by_heart, _ = generator(pose, at, not_given(music.codes), state)
    assert torch.equal(told.keypoints, again.keypoints)
    assert (by_heart.keypoints - told.keypoints).abs().max() > 0.005


def test_only_the_state_keeps_a_code_after_it_was_given(generator):
    """The poses that are shown after it are the same ones whatever the code was."""
    music, pose = drawn(), generator.start_pose(0, 2)
    at = heard(generator, music)

    def danced(codes: torch.Tensor, forgets: bool = False) -> torch.Tensor:
        made, state = generator(pose, at, codes)
        for _ in range(4):
            state = None if forgets else state
            made, state = generator(pose, at, not_given(codes), state)
        return made.keypoints

    one, other = danced(music.codes), danced(music.codes.flip(0))
    assert (one - other).abs().max() > 1e-4
    assert torch.equal(danced(music.codes, forgets=True), danced(music.codes.flip(0), forgets=True))
    assert (one - danced(music.codes, forgets=True)).abs().max() > 1e-4


def test_poses_lie_on_the_canvas_and_have_a_gradient_everywhere(generator):
    generator.train()
    music, start = drawn(), generator.start_pose(0, 2)
    at = heard(generator, music)
    first, state = generator(start, at, music.codes)
    pose, _ = generator(first, at, not_given(music.codes), state)
    assert pose.keypoints.shape == (2, 18, 2)
    assert ((pose.keypoints > 0) & (pose.keypoints < 1)).all()
    assert ((pose.confidence > 0.5) & (pose.confidence <= 1)).all()
    (pose.keypoints.sum() + pose.confidence.sum()).backward()
    unused = {name for name, p in generator.named_parameters() if p.grad is None}
    unused = {name for name in unused if not name.startswith("move_encoder.")}
    assert unused == {"listener.unheard"}


def test_the_pose_prior_is_seen_by_the_u_net(generator):
    music = drawn()
    at = heard(generator, music)
    condition = generator.condition(at, music.codes)
    pose = generator.start_pose(0, 2)
    before, _ = generator(pose, at, music.codes)
    prior = generator.prior(condition)
    assert prior.shape == (2, 18, 2)
    with torch.no_grad():
        generator.prior.layers[-1].bias += 0.5
    assert torch.allclose(generator.prior(condition), prior + 0.1, atol=1e-5)
    after, _ = generator(pose, at, music.codes)
    assert (after.keypoints - before.keypoints).abs().mean() > 0.01


@pytest.mark.parametrize("name", POSE_PRESETS)
def test_each_preset_takes_a_step(name):
    model = PoseGenerator(POSE_PRESETS[name])
    codes = torch.zeros(1, POSE_PRESETS[name].noise_channels)
    made, _ = model(model.start_pose(3), heard(model, drawn(batch=1)), codes)
    assert made.keypoints.shape == (1, 18, 2)


def test_saved_weights_dance_the_same_and_hold_no_pickle(generator, tmp_path):
    generator.config = replace(TINY, families=("salsa", "robot"))
    generator.phrase_family.copy_(torch.arange(64) % 3 - 1)
    generator.save_pretrained(tmp_path, config=generator.config)
    loaded = PoseGenerator.from_pretrained(str(tmp_path)).eval()
    assert sorted(f.name for f in tmp_path.iterdir() if f.suffix != ".md") == [
        "config.json", "model.safetensors",
    ]  # fmt: skip
    music = drawn()
    ours, theirs = (
        model(model.start_pose(0, 2), heard(model, music), music.codes)[0]
        for model in (generator, loaded)
    )
    assert torch.equal(ours.keypoints, theirs.keypoints)
    assert loaded.config == generator.config
    assert loaded.config.families == ("salsa", "robot")
    assert loaded.phrase_family.tolist() == [-1, 0, 1] * 21 + [-1]


def test_families_read_from_a_file_are_those_of_the_config():
    assert GeneratorConfig(families=["a", "b"]) == GeneratorConfig(families=("a", "b"))  # type: ignore[arg-type]


def test_sizes_of_the_usual_generator():
    usual = GeneratorConfig()
    assert (usual.condition_channels, usual.noise_channels) == (160, 48)
    assert usual.num_phrases == 1024
    model = PoseGenerator(usual)
    linear = [layer for layer in model.prior.layers if isinstance(layer, nn.Linear)]
    assert [layer.in_features for layer in linear] == [160, 384, 384, 384]
    assert linear[-1].out_features == 36
    assert model.phrases.shape == (1024, 4, 48)


def test_what_is_heard_scales_the_code_and_shifts_it(generator):
    """FiLM by hand: the mixer is given h + E c (1 + G h + g), whose scale is 1 at first."""
    music = drawn()
    at, code = heard(generator, music), generator.code_encoder(music.codes)
    untrained = generator.mixer(at + code)
    assert torch.allclose(generator.condition(at, music.codes), untrained, atol=1e-6)
    with torch.no_grad():
        generator.gain.weight.copy_(0.5 * torch.eye(TINY.condition_channels))
        generator.gain.bias.fill_(0.25)
    scaled = generator.mixer(at + code * (1.25 + 0.5 * at))
    assert torch.allclose(generator.condition(at, music.codes), scaled, atol=1e-6)
    assert (scaled - untrained).abs().max() > 0.05
    silent = torch.zeros_like(music.codes)
    generator.code_encoder.bias.data.zero_()
    assert torch.allclose(generator.condition(at, silent), generator.mixer(at), atol=1e-6)


@pytest.mark.parametrize("size", [16, 32])
def test_drawn_keypoints_are_read_back_to_a_fraction_of_a_pixel(size):
    keypoints = torch.from_numpy(np.random.default_rng(0).uniform(0.15, 0.85, (5, 18, 2)))
    maps = draw_pose_maps(keypoints, torch.ones(5, 18), size)
    logits = maps.clamp(min=1e-9).log()  # the softmax of a log picture weighs by the picture
    read, _ = read_pose_maps(logits)
    assert (read - keypoints).abs().max() < 0.02 / size * 2
    assert maps.amax((-1, -2)).min() > 0.7


@pytest.mark.parametrize("size", [16, 32, 64])
def test_maps_are_the_plain_formula_and_hold_no_number_too_small_to_be_exact(size):
    keypoints = torch.rand(6, 18, 2, generator=torch.Generator().manual_seed(0))
    keypoints[0] = torch.tensor([-0.4, 1.7])  # far off the canvas
    maps = draw_pose_maps(keypoints, torch.ones(6, 18), size)
    centres = (torch.arange(size, dtype=torch.float64) + 0.5) / size
    x, y = keypoints.double().unbind(-1)
    squares = ((x[..., None] - centres) * size).square()[..., None, :]
    squares = squares + ((y[..., None] - centres) * size).square()[..., :, None]
    assert (maps - (-0.5 * squares).exp()).abs().max() < 1e-6
    assert ((maps == 0) | (maps >= torch.finfo(torch.float32).tiny)).all()


def test_reading_is_the_plain_formula_and_its_gradient_holds_no_number_too_small_to_be_exact():
    rng = torch.Generator().manual_seed(0)
    logits = 60 * torch.randn(1, 18, 16, 16, generator=rng, dtype=torch.float64)
    exact = logits.flatten(2).softmax(-1).unflatten(2, (16, 16))
    centres = (torch.arange(16, dtype=torch.float64) + 0.5) / 16
    wanted = torch.stack([exact.sum(-2) @ centres, exact.sum(-1) @ centres], -1)
    level = (logits.logsumexp((-1, -2)) - math.log(256)).sigmoid()
    shown = logits.float().requires_grad_()
    keypoints, confidence = read_pose_maps(shown)
    assert (keypoints - wanted).abs().max() < 1e-6
    assert (confidence - level).abs().max() < 1e-5
    keypoints.sum().backward()
    steep = shown.grad.abs()
    assert ((steep == 0) | (steep >= torch.finfo(torch.float32).tiny)).all()


def test_an_unseen_joint_is_not_drawn():
    confidence = torch.ones(1, 18)
    confidence[0, 4] = 0
    maps = draw_pose_maps(torch.full((1, 18, 2), 0.5), confidence, 16)
    assert maps[0, 4].max() == 0
    assert maps[0, 5].max() > 0.7


def test_the_level_of_a_map_is_confidence_and_does_not_move_the_joint():
    logits = torch.randn(1, 18, 16, 16, generator=torch.Generator().manual_seed(0))
    place, sure = read_pose_maps(logits + 4)
    same_place, unsure = read_pose_maps(logits - 4)
    assert torch.allclose(place, same_place, atol=1e-5)
    assert sure.min() > 0.9
    assert unsure.max() < 0.1


def test_memory_keeps_a_code_until_the_next_one_is_given():
    torch.manual_seed(0)
    cell = ConvLSTMCell(4, 12, 3, 8)
    cell.start_to_remember(8)
    first, second, none = torch.ones(1, 8), -torch.ones(1, 8), torch.full((1, 8), torch.nan)

    def step(code: torch.Tensor, state: State) -> State:
        with torch.no_grad():
            return cell(torch.randn(1, 4, 4, 4), torch.randn(1, 3), code, state)

    state = step(first, cell.initial_state(1, 4))
    written = state[1][:, :8].clone()
    assert written.abs().mean() > 0.15
    for _ in range(12):  # a move lasts about as many steps
        state = step(none, state)
    assert torch.allclose(state[1][:, :8], written, atol=0.05)
    assert not torch.allclose(state[1][:, 8:], step(none, state)[1][:, 8:], atol=0.1)
    assert torch.allclose(step(second, state)[1][:, :8], -written, atol=0.1)


def test_attention_starts_as_the_identity_and_then_sees_far():
    attention = SelfAttention(8)
    x = torch.randn(1, 8, 6, 6, requires_grad=True)
    assert torch.equal(attention(x), x)
    with torch.no_grad():
        attention.gain.fill_(1.0)
    attention(x)[0, :, 0, 0].sum().backward()
    assert (x.grad[0, :, 5, 5] != 0).any()


def test_each_scale_of_the_discriminator_sees_half_the_rate_of_the_one_before():
    discriminator = MotionDiscriminator(
        MotionDiscriminatorConfig(width=8, num_layers=2, num_scales=3)
    )
    outputs = discriminator(
        torch.rand(2, 32, 18, 2), torch.rand(2, 32, 64), torch.rand(2, 32, NUM_BEAT_CHANNELS)
    )
    assert [out.logits.shape for out in outputs] == [(2, 1, 16), (2, 1, 8), (2, 1, 4)]
    assert [out.feature_maps[0].shape[-1] for out in outputs] == [32, 16, 8]


def test_the_discriminator_sees_the_order_of_frames_and_the_music():
    torch.manual_seed(0)
    discriminator = MotionDiscriminator(
        MotionDiscriminatorConfig(width=8, num_layers=2, num_scales=1)
    )
    poses, mel, beats = (
        torch.rand(1, 16, 18, 2),
        torch.rand(1, 16, 64),
        torch.rand(1, 16, NUM_BEAT_CHANNELS),
    )
    (judged,) = discriminator(poses, mel, beats)
    for changed in ((poses.flip(1), mel, beats), (poses, mel.flip(1), beats), (poses, mel, -beats)):
        assert (discriminator(*changed)[0].logits.mean() - judged.logits.mean()).abs() > 0.01


def test_a_move_has_the_same_code_wherever_it_is_cut_out():
    torch.manual_seed(0)
    encoder, keypoints = MoveEncoder(8), torch.rand(1, 60, 18, 2)
    moves, progress = torch.arange(60)[None] // 12, torch.arange(60)[None] % 12 / 12
    whole = encoder(keypoints, moves, progress).mean[0, 2]
    cut = encoder(keypoints[:, 12:54], moves[:, 12:54] - 1, progress[:, 12:54]).mean[0, 1]
    assert torch.allclose(whole, cut, atol=1e-5)


def test_a_code_tells_what_comes_first_in_a_move():
    torch.manual_seed(0)
    encoder, still = MoveEncoder(8), torch.rand(1, 1, 18, 2)
    early = still.repeat(1, 72, 1, 1)
    late = early.clone()
    early[:, 31:33, 4] += 0.3  # the same gesture, further inside the second move than is seen
    late[:, 39:41, 4] += 0.3
    moves, progress = torch.arange(72)[None] // 24, torch.arange(72)[None] % 24 / 24
    one, other = (encoder(x, moves, progress).mean[0, 1] for x in (early, late))
    assert (one - other).abs().max() > 0.01 * one.std()
    no_clock = torch.zeros_like(progress)
    one, other = (encoder(x, moves, no_clock).mean[0, 1] for x in (early, late))
    assert torch.allclose(one, other, atol=1e-5)


def test_a_move_is_looked_at_in_four_parts_that_run_into_one_another():
    parts = parts_of(torch.tensor([[0.0, 0.125, 0.25, 0.4, 0.75, 0.875]]))[0]
    wanted = [
        [1, 0, 0, 0], [0.5, 0.5, 0, 0], [0, 1, 0, 0], [0, 0.4, 0.6, 0], [0, 0, 0, 1],
        [0.5, 0, 0, 0.5],
    ]  # fmt: skip
    assert torch.allclose(parts, torch.tensor(wanted), atol=1e-6)
    anywhere = torch.rand(3, 40, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(parts_of(anywhere).sum(-1), torch.ones(3, 40))


def test_a_code_is_of_the_means_of_the_four_parts():
    """Pooled by hand: a code is a linear view of the mean of each part."""
    torch.manual_seed(0)
    encoder = MoveEncoder(8)
    keypoints = torch.rand(1, 24, 18, 2)
    moves, progress = torch.arange(24)[None] // 12, torch.arange(24)[None] % 12 / 12
    angle = 2 * math.pi * progress
    seen = torch.cat([motion_channels(keypoints), torch.stack([angle.sin(), angle.cos()], 1)], 1)
    features = encoder.layers(seen)[0].T  # (24, C)
    codes = []
    for move in range(2):
        means = []
        for part in range(4):
            weights = torch.zeros(24)
            for k in range(12):
                away = abs(4 * k / 12 - part)
                weights[12 * move + k] = max(0.0, 1 - min(away, 4 - away))
            means.append((weights[:, None] * features).sum(0) / weights.sum())
        codes.append(encoder.head(torch.cat(means))[:8])
    mean = encoder(keypoints, moves, progress).mean[0]
    assert torch.allclose(mean, torch.stack(codes), atol=1e-5)


def test_a_dance_is_described_by_place_velocity_acceleration_and_limbs():
    frames = torch.arange(6.0)
    keypoints = torch.full((1, 6, 18, 2), 0.5)
    keypoints[0, :, 4, 0] += 0.01 * frames**2  # the right wrist goes faster and faster
    channels = motion_channels(keypoints)[0].unflatten(0, (-1, 2))  # (parts, x and y, T)
    place, velocity, acceleration, limbs = channels.split([18, 18, 18, 17])
    assert torch.allclose(place[4, 0], 0.04 * frames**2, atol=1e-5)
    assert torch.allclose(velocity[4, 0, 1:], 0.3 * (2 * frames[1:] - 1), atol=1e-4)
    assert torch.allclose(acceleration[4, 0, 2:], torch.tensor(0.6), atol=1e-4)
    to_wrist = LIMBS.index((3, 4))
    assert torch.allclose(limbs[to_wrist, 0], 0.06 * frames**2, atol=1e-5)
    assert place.count_nonzero() == limbs.count_nonzero() == 5  # nothing else moves
    assert velocity.count_nonzero() == 5


def test_a_guess_is_read_back_and_what_multiplies_it_moves_it():
    keypoints = 0.2 + 0.6 * torch.rand(3, 18, 2, generator=torch.Generator().manual_seed(0))
    guess = guess_pose_maps(keypoints, 32)
    read, confidence = read_pose_maps(guess)
    assert torch.allclose(read, keypoints, atol=1e-3)
    assert torch.allclose(confidence, torch.tensor(0.5), atol=0.02)
    slope = 0.25 * torch.arange(32.0)  # a Gaussian of 2 pixels times exp(x / 4) lies 1 pixel on
    moved, _ = read_pose_maps(guess + slope)
    assert torch.allclose(moved - keypoints, torch.tensor([1 / 32, 0.0]), atol=2e-3)
