"""What is heard at a pose: how far the ear reaches, and what is left when it hears nothing."""

import pytest
import torch
from torch import Tensor, nn

from music2pose.conditioning import NUM_BEAT_CHANNELS, NUM_SOUND_CHANNELS
from music2pose.hearing.features import FEATURE_FPS, NUM_MELS
from music2pose.listener import (
    NUM_MANNERS,
    POSE_STRIDE,
    SOUND_REACH,
    Listener,
    clock,
    with_harmonics,
)

POSES = 6
CHANNELS = 8


@pytest.fixture
def listener() -> Listener:
    """A listener whose every weight counts, exact enough to see what is faint."""
    torch.manual_seed(0)
    made = Listener(CHANNELS).double()
    for block in (*made.pulse_ear.blocks, *made.manner_ear.blocks):
        nn.init.normal_(block.mix.weight, std=0.2)
    nn.init.normal_(made.unheard)
    return made.requires_grad_(False)


def draw(*size: int, seed: int = 1) -> Tensor:
    rng = torch.Generator().manual_seed(seed)
    return torch.rand(*size, generator=rng, dtype=torch.float64)


def sound_of(poses: int = POSES, batch: int = 2) -> Tensor:
    return draw(batch, 2 * SOUND_REACH + POSE_STRIDE * (poses - 1) + 1, NUM_SOUND_CHANNELS)


def test_there_is_one_thing_heard_for_each_pose(listener):
    beats, energy = draw(2, POSES, NUM_BEAT_CHANNELS), draw(2, POSES)
    assert listener(sound_of(), beats, energy).shape == (2, POSES, CHANNELS)
    assert listener.listen(sound_of(1)).shape == (2, 1, 2 + NUM_MANNERS)


@pytest.mark.parametrize("seconds", [-5.3, -5.1, -1.0, 0.0, 1.0, 5.1, 5.3])
def test_a_sound_reaches_poses_up_to_five_seconds_away_and_no_others(listener, seconds):
    sound, pose = sound_of(41), 20
    frame = SOUND_REACH + POSE_STRIDE * pose + round(seconds * FEATURE_FPS)
    changed = sound.clone()
    changed[:, frame] += 1.0
    moved = (listener.listen(changed) - listener.listen(sound))[:, pose].abs().max()
    assert (moved > 1e-9) == (abs(seconds) < 5.2)


def test_every_frame_and_band_within_reach_counts_for_what_it_tells(listener):
    """Bands tell the manner, activations the pulse."""
    is_band = torch.arange(NUM_SOUND_CHANNELS) < 2 * NUM_MELS
    for told, counts in ((slice(0, 2), ~is_band), (slice(2, None), is_band)):
        sound = sound_of(1, batch=1).requires_grad_()
        listener.listen(sound)[..., told].square().sum().backward()
        assert ((sound.grad != 0) == counts).all()


def test_an_untrained_ear_hears_what_sounds_now():
    torch.manual_seed(0)
    fresh = Listener(CHANNELS).double().requires_grad_(False)
    sound = sound_of(1)
    for offset, counts in ((0, True), (3, True), (4, False), (-40, False)):
        changed = sound.clone()
        changed[:, SOUND_REACH + offset] += 1
        assert torch.equal(fresh.listen(changed), fresh.listen(sound)) != counts


def test_a_run_heard_in_chunks_is_heard_whole(listener):
    sound = sound_of(11)
    whole = listener.listen(sound)
    for first, stop in ((0, 4), (4, 5), (5, 11)):
        around = sound[:, POSE_STRIDE * first : POSE_STRIDE * (stop - 1) + 2 * SOUND_REACH + 1]
        assert torch.allclose(listener.listen(around), whole[:, first:stop], atol=1e-12)


def test_level_and_what_is_unusual_are_heard_apart(listener):
    sound = sound_of(1)
    plain = listener.listen(sound)
    for half in (slice(0, NUM_MELS), slice(NUM_MELS, 2 * NUM_MELS)):
        changed = sound.clone()
        changed[..., half] += 0.2
        assert (listener.listen(changed) - plain).abs().max() > 1e-3


def test_sound_beats_and_energy_each_count(listener):
    sound, beats, energy = sound_of(), draw(2, POSES, NUM_BEAT_CHANNELS), draw(2, POSES)
    plain = listener(sound, beats, energy)
    for other in (
        (sound.flip(0), beats, energy), (sound, -beats, energy), (sound, beats, energy + 0.5),
    ):  # fmt: skip
        assert (listener(*other) - plain).abs().max() > 1e-3


def test_energy_and_beats_are_those_of_the_pose(listener):
    sound, beats, energy = sound_of(), draw(2, POSES, NUM_BEAT_CHANNELS), draw(2, POSES)
    plain = listener(sound, beats, energy)
    beats[:, 2], energy[:, 4] = 0.1, -0.9
    changed = (listener(sound, beats, energy) - plain).abs().amax((0, 2)) > 1e-6
    assert changed.tolist() == [False, False, True, False, True, False]


def test_a_stream_that_does_not_hear_is_not_moved_by_any_sound(listener):
    beats, energy = draw(2, POSES, NUM_BEAT_CHANNELS), draw(2, POSES)
    sound, other = listener.listen(sound_of()), listener.listen(sound_of() + 0.3)
    is_heard = torch.tensor([True, False])
    one, two = (listener.mix(heard, beats, energy, is_heard) for heard in (sound, other))
    assert (one - two)[0].abs().max() > 1e-3
    assert torch.equal(one[1], two[1])
    assert torch.equal(one[0], listener.mix(sound, beats, energy)[0])
    assert not torch.equal(one[1], listener.mix(sound, beats, energy)[1])


def test_the_pulse_that_sound_tells_stands_in_for_the_phase_of_beats_that_are_not_told(listener):
    """Stream 0 is told the beats, stream 1 is not."""
    beats, energy = torch.zeros(2, POSES, NUM_BEAT_CHANNELS, dtype=torch.float64), draw(2, POSES)
    beats[0, :, 1] = 1.0
    told = listener.listen(sound_of())
    told[..., :2] = torch.tensor([0.06, -0.08])  # as long as what is unsure
    plain = listener.mix(told, beats, energy)
    sure = told.clone()
    sure[..., :2] *= 100
    for heard, length in ((told, 0.5**0.5), (sure, 1.0)):
        known = beats.clone()
        known[1, :, :2] = length * torch.tensor([0.6, -0.8])
        wanted = listener.manner(told[..., 2:])
        wanted = wanted + listener.beats(with_harmonics(known)) + listener.energy(energy[..., None])
        assert torch.allclose(listener.mix(heard, beats, energy), wanted, atol=1e-3)
    assert torch.equal(listener.mix(sure, beats, energy)[0], plain[0])


def test_the_clock_is_that_of_told_beats_or_else_of_the_pulse_as_far_as_it_is_sure():
    told = torch.zeros(3, 2 + NUM_MANNERS)
    told[:2, :2] = torch.tensor([3.0, 4.0])
    beats = torch.zeros(3, NUM_BEAT_CHANNELS)
    beats[0, :2] = torch.tensor([0.0, -1.0])
    found = clock(told, beats)
    assert torch.allclose(found, torch.tensor([[0.0, -1.0], [0.6, 0.8], [0.0, 0.0]]), atol=1e-3)


def test_the_manner_that_sound_tells_counts_where_it_is_heard(listener):
    beats, energy = draw(2, POSES, NUM_BEAT_CHANNELS), draw(2, POSES)
    told, is_heard = listener.listen(sound_of()), torch.tensor([True, False])
    plain = listener.mix(told, beats, energy, is_heard)
    told[..., 2:] += 0.5
    louder = listener.mix(told, beats, energy, is_heard)
    assert (louder - plain)[0].abs().max() > 1e-3
    assert torch.equal(louder[1], plain[1])


def test_hearing_neither_sound_nor_beats_is_what_streams_that_hear_neither_learned(listener):
    energy = draw(2, POSES)
    nobody = torch.tensor([False, False])
    silent = torch.zeros(2, POSES, NUM_BEAT_CHANNELS, dtype=torch.float64)
    learned = listener.mix(listener.listen(sound_of()), silent, energy, nobody)
    assert torch.allclose(listener.unheard_mix(energy), learned, atol=1e-12)
    assert not torch.allclose(listener.unheard_mix(-energy), learned, atol=1e-3)
