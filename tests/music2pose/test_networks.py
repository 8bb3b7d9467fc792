"""What is true of the generator, the pose maps and the discriminator, trained or not."""

import numpy as np
import pytest
import torch
from torch import nn

from music2pose.conditioning import NUM_BEAT_CHANNELS
from music2pose.discriminator import (
    MotionDiscriminator,
    MotionDiscriminatorConfig,
    motion_channels,
)
from music2pose.generator import POSE_PRESETS, Pose, PoseGenerator, SpectrogramEncoder
from music2pose.layers import ConvLSTMCell, SelfAttention
from music2pose.move_encoder import MoveEncoder
from music2pose.pose import LIMBS
from music2pose.pose_maps import draw_pose_maps, read_pose_maps

TINY = POSE_PRESETS["tiny"]


@pytest.fixture
def generator() -> PoseGenerator:
    torch.manual_seed(0)
    return PoseGenerator(TINY).eval()


def heard(frames: int = 3, batch: int = 2) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    rng = torch.Generator().manual_seed(1)
    return (
        torch.rand(batch, frames, 64, 32, generator=rng),
        torch.rand(batch, frames, NUM_BEAT_CHANNELS, generator=rng),
        torch.randn(batch, frames, TINY.noise_channels, generator=rng),
    )


def test_every_pixel_of_the_spectrogram_reaches_the_bottleneck(generator):
    windows, beats, codes = heard(frames=1, batch=1)
    windows.requires_grad_()
    _, (h, _) = generator(generator.start_pose(0), generator.condition(windows, beats, codes)[:, 0])
    h.square().sum().backward()
    assert (windows.grad != 0).all()


def test_far_corners_of_the_spectrogram_count_as_much_as_its_middle():
    torch.manual_seed(0)
    encoder = SpectrogramEncoder(16)
    windows = torch.rand(8, 64, 32, requires_grad=True)
    encoder(windows).square().sum().backward()
    weight = windows.grad.abs().mean(0)
    corners = torch.stack([weight[:8, :8], weight[-8:, :8], weight[:8, -8:], weight[-8:, -8:]])
    assert corners.mean((1, 2)).min() > 0.2 * weight[28:36, 12:20].mean()


@pytest.mark.parametrize(
    ("part", "share"),
    [
        ("spectrogram", 0.5),
        ("beats", 0.5),
        ("previous pose", 0.5),
        ("memory", 0.015),  # of one step only
    ],
)
def test_each_input_moves_the_dancer_by_a_share_of_what_other_codes_move(generator, part, share):
    windows, beats, codes = heard(frames=1)
    pose = generator.start_pose(0, 2)

    def step(windows=windows, beats=beats, codes=codes, pose=pose, memory=None) -> torch.Tensor:
        condition = generator.condition(windows, beats, codes)[:, 0]
        return generator(pose, condition, memory)[0].keypoints

    _, memory = generator(pose, generator.condition(windows, beats, codes)[:, 0])
    before = step(memory=memory)
    changed = {
        "spectrogram": lambda: step(windows=torch.zeros_like(windows), memory=memory),
        "beats": lambda: step(beats=torch.zeros_like(beats), memory=memory),
        "previous pose": lambda: step(
            pose=Pose(pose.keypoints + 0.2, pose.confidence), memory=memory
        ),
        "memory": lambda: step(memory=None),
    }[part]()
    others = step(codes=codes.flip(0), memory=memory)
    usual = (others - before).abs().mean()
    assert usual > 0.01
    assert (changed - before).abs().mean() > share * usual


def test_poses_lie_on_the_canvas_and_have_a_gradient_everywhere(generator):
    generator.train()
    condition = generator.condition(*heard(frames=1))[:, 0]
    pose, _ = generator(generator.start_pose(0, 2), condition)
    assert pose.keypoints.shape == (2, 18, 2)
    assert ((pose.keypoints > 0) & (pose.keypoints < 1)).all()
    assert ((pose.confidence > 0.5) & (pose.confidence <= 1)).all()
    (pose.keypoints.sum() + pose.confidence.sum()).backward()
    unused = {name.split(".")[0] for name, p in generator.named_parameters() if p.grad is None}
    assert unused == {"move_encoder"}


def test_the_pose_prior_is_seen_by_the_u_net(generator):
    condition = generator.condition(*heard(frames=1))[:, 0]
    pose = generator.start_pose(0, 2)
    before, _ = generator(pose, condition)
    prior = generator.sketcher(condition)
    assert prior.shape == (2, 18, 2)
    with torch.no_grad():
        generator.sketcher.layers[-1].bias += 0.5
    assert torch.allclose(generator.sketcher(condition), prior + 0.1, atol=1e-5)
    assert (generator(pose, condition)[0].keypoints - before.keypoints).abs().mean() > 0.01


@pytest.mark.parametrize("name", POSE_PRESETS)
def test_each_preset_takes_a_step(name):
    model = PoseGenerator(POSE_PRESETS[name])
    codes = torch.zeros(1, 1, POSE_PRESETS[name].noise_channels)
    condition = model.condition(
        torch.zeros(1, 1, 64, 32), torch.zeros(1, 1, NUM_BEAT_CHANNELS), codes
    )
    assert model(model.start_pose(3), condition[:, 0])[0].keypoints.shape == (1, 18, 2)


def test_saved_weights_dance_the_same_and_hold_no_pickle(generator, tmp_path):
    generator.save_pretrained(tmp_path)
    loaded = PoseGenerator.from_pretrained(str(tmp_path)).eval()
    assert sorted(f.name for f in tmp_path.iterdir() if f.suffix != ".md") == [
        "config.json", "model.safetensors",
    ]  # fmt: skip
    condition = generator.condition(*heard(frames=1))[:, 0]
    ours, _ = generator(generator.start_pose(0, 2), condition)
    theirs, _ = loaded(loaded.start_pose(0, 2), loaded.condition(*heard(frames=1))[:, 0])
    assert torch.equal(ours.keypoints, theirs.keypoints)


@pytest.mark.parametrize("size", [16, 32])
def test_drawn_keypoints_are_read_back_to_a_fraction_of_a_pixel(size):
    keypoints = torch.from_numpy(np.random.default_rng(0).uniform(0.15, 0.85, (5, 18, 2)))
    maps = draw_pose_maps(keypoints, torch.ones(5, 18), size)
    logits = maps.clamp(min=1e-9).log()  # the softmax of a log picture weighs by the picture
    read, _ = read_pose_maps(logits)
    assert (read - keypoints).abs().max() < 0.02 / size * 2
    assert maps.amax((-1, -2)).min() > 0.7


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


def test_memory_forgets_nothing_by_default():
    cell = ConvLSTMCell(4, 8, 3)
    nn.init.zeros_(cell.gates.bias)
    cell.open_forget_gates()
    state = (torch.zeros(1, 8, 4, 4), torch.ones(1, 8, 4, 4))
    _, c = cell(torch.zeros(1, 4, 4, 4), torch.zeros(1, 3), state)
    assert c.mean() > 0.6


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
