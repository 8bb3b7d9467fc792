"""Dances on disk and the runs cut from them: pose and music of one frame never part."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from music2pose import MusicError
from music2pose.conditioning import sound_channels
from music2pose.data.dataset import (
    MARGIN,
    Batch,
    RunSampler,
    cut_window,
    load_dances,
    save_dance,
)
from music2pose.listener import POSE_STRIDE, SOUND_REACH
from music2pose.pose import JOINT, JOINTS
from tests.music2pose.made_dances import COUNT_UNIT, COUNTED_MOVE, PLAIN_LOWER, counting_dance

FRAMES = 8
NECK = JOINT["neck"]


def frame_numbers(values: torch.Tensor) -> list[int]:
    """The frames that the numbers of a counting dance tell."""
    numbers = values / COUNT_UNIT
    assert torch.equal(numbers, numbers.round())
    return numbers.long().tolist()


def sampler(**changes) -> RunSampler:
    settings = {"batch_size": 16, "num_frames": FRAMES, "windows_per_run": 3, "seed": 0}
    dances = changes.pop("dances", [counting_dance()])
    return RunSampler(dances, **{**settings, **changes})


def shown(batch: Batch) -> torch.Tensor:
    """Which frames the keypoints of a batch show, (B, T + 1), mirror images among them."""
    x, mirrored = batch.keypoints[:, :, NECK, 0], flipped(batch)
    return torch.where(mirrored[:, None], 1 - x, x)


def flipped(batch: Batch) -> torch.Tensor:
    """Which streams are mirror images: (B,)."""
    return batch.keypoints[:, 1, NECK, 0] < batch.keypoints[:, 0, NECK, 0]


def test_pose_and_music_of_a_window_are_of_the_same_frames():
    window = cut_window(counting_dance(), first=160, num_frames=FRAMES, flip=False)
    run = list(range(160, 160 + FRAMES * POSE_STRIDE, POSE_STRIDE))
    assert frame_numbers(window.keypoints[:, NECK, 0]) == [160 - POSE_STRIDE, *run]
    assert frame_numbers(window.beats[:, 3]) == run
    assert frame_numbers(window.energy) == run
    heard = frame_numbers(window.sound[:, 5])
    assert heard == list(range(160 - SOUND_REACH, run[-1] + SOUND_REACH + 1))
    assert heard[SOUND_REACH::POSE_STRIDE][:FRAMES] == run
    whole = sound_channels(counting_dance().music.spectrogram)
    assert np.array_equal(window.sound, whole[heard])


def test_beyond_the_ends_of_a_dance_there_is_silence():
    dance = counting_dance()
    early = cut_window(dance, first=MARGIN * POSE_STRIDE, num_frames=FRAMES, flip=False).sound
    before = SOUND_REACH - MARGIN * POSE_STRIDE
    assert not early[:before].any()
    assert frame_numbers(early[before:, 5]) == list(range(len(early) - before))
    first = len(dance) - (FRAMES + MARGIN) * POSE_STRIDE
    late = cut_window(dance, first, FRAMES, flip=False).sound
    inside = len(dance) - first + SOUND_REACH
    assert not late[inside:].any()
    assert frame_numbers(late[:inside, 5]) == list(range(first - SOUND_REACH, len(dance)))


def test_the_plain_dance_around_a_window_is_seen_whole():
    window = cut_window(counting_dance(), first=100, num_frames=FRAMES, flip=False)
    near = [100 + POSE_STRIDE * (k - MARGIN) for k in range(FRAMES + 2 * MARGIN)]
    assert frame_numbers(window.near_plain[:, NECK, 0]) == near
    assert (window.near_plain[:, NECK, 1] == NECK / 32 + PLAIN_LOWER).all()
    assert (window.keypoints[:, NECK, 1] == NECK / 32).all()
    first_move = near[0] // COUNTED_MOVE
    assert window.near_moves.tolist() == [frame // COUNTED_MOVE - first_move for frame in near]
    assert window.near_progress.tolist() == [frame % COUNTED_MOVE / COUNTED_MOVE for frame in near]


def test_moves_and_beats_of_a_batch_are_those_of_its_run():
    window = cut_window(counting_dance(), first=100, num_frames=FRAMES, flip=False)
    batch = Batch(*(part[None] for part in window))
    before = (100 - POSE_STRIDE * MARGIN) // COUNTED_MOVE
    run = np.arange(100, 100 + FRAMES * POSE_STRIDE, POSE_STRIDE)
    assert batch.moves[0].tolist() == (run // COUNTED_MOVE - before).tolist()
    assert batch.position[0].tolist() == [2 * k / COUNTED_MOVE for k in (100 - POSE_STRIDE, *run)]


def test_every_drawn_stream_hears_the_music_of_its_poses_from_window_to_window():
    drawn = sampler()
    before = None
    for step in range(3):
        batch = drawn.batch(step)
        frames = shown(batch)
        assert torch.equal(frames[:, 1:], batch.beats[:, :, 0])
        run = slice(SOUND_REACH, -SOUND_REACH, POSE_STRIDE)
        assert torch.equal(frames[:, 1:], batch.sound[:, run, 0])
        if before is not None:
            assert torch.equal(batch.keypoints[:, 0], before.keypoints[:, -1])
            assert torch.equal(flipped(batch), flipped(before))
        before = batch
    assert not torch.equal(drawn.batch(3).keypoints[:, 0], before.keypoints[:, -1])


def test_half_of_the_streams_are_mirror_images_with_sides_exchanged():
    batch = sampler(batch_size=64).batch(0)
    assert 0.3 < flipped(batch).float().mean() < 0.7
    mirror = batch.keypoints[flipped(batch)][0]
    for left, right in (("left_wrist", "right_wrist"), ("left_ear", "right_ear")):
        assert mirror[0, JOINT[left], 1] == JOINT[right] / 32
        assert mirror[0, JOINT[right], 1] == JOINT[left] / 32
    whole = batch.near_plain[flipped(batch)][0, MARGIN - 1 : -MARGIN]
    assert torch.equal(mirror[..., 0], whole[..., 0])  # the plain dance is flipped with it
    assert torch.equal(mirror[..., 1] + PLAIN_LOWER, whole[..., 1])


def test_a_joint_that_is_hidden_stays_hidden_in_the_mirror():
    dance = counting_dance()
    dance.poses.confidence[:, JOINT["left_wrist"]] = 0
    for flip, hidden in ((False, "left_wrist"), (True, "right_wrist")):
        window = cut_window(dance, 100, FRAMES, flip)
        unseen = [name for name in JOINTS if not window.confidence[:, JOINT[name]].any()]
        assert unseen == [hidden]


def test_what_is_drawn_depends_on_seed_run_and_process_alone():
    first = sampler().batch(4)
    assert all(torch.equal(a, b) for a, b in zip(first, sampler().batch(4), strict=True))
    for other in (sampler(seed=1).batch(4), sampler(rank=1).batch(4), sampler().batch(7)):
        assert not torch.equal(first.keypoints, other.keypoints)


def test_runs_start_anywhere_and_longer_dances_are_drawn_more_often():
    long, short = counting_dance(800, "long"), counting_dance(200, "short")
    short.poses.keypoints[..., 1] += 1
    drawn = sampler(dances=[long, short], batch_size=512).batch(0)
    from_short = drawn.keypoints[:, 0, 0, 1] >= 1
    assert from_short.float().mean() == pytest.approx(0.2, abs=0.06)
    starts = shown(drawn)[~from_short, 0] / COUNT_UNIT
    assert starts.min() < 100
    assert starts.max() > 600


def test_a_dance_shorter_than_a_run_is_not_drawn_and_none_longer_is_an_error():
    needed = (3 * FRAMES + 2 * MARGIN) * POSE_STRIDE
    assert len(sampler(dances=[counting_dance(needed), counting_dance(needed + 1)]).dances) == 1
    with pytest.raises(MusicError, match="no dance is longer"):
        sampler(dances=[counting_dance(needed)])


def test_a_saved_dance_reads_back_with_its_music(tmp_path):
    dance = counting_dance(50, "some_dance")
    dance = replace(dance, poses=replace(dance.poses, aspect=1.5))
    save_dance(dance, tmp_path / "some_dance.npz")
    (tmp_path / ".hidden.npz").write_bytes(b"half written")
    (loaded,) = load_dances(tmp_path)
    assert (loaded.name, loaded.poses.fps, loaded.poses.aspect) == ("some_dance", 25.0, 1.5)
    assert np.array_equal(loaded.poses.keypoints, dance.poses.keypoints)
    assert np.array_equal(loaded.poses.confidence, dance.poses.confidence)
    assert np.array_equal(loaded.plain.keypoints, dance.plain.keypoints)
    assert (loaded.plain.fps, loaded.plain.aspect) == (25.0, 1.5)
    assert loaded.families.tolist() == dance.families.tolist()
    for ours, theirs in zip(loaded.music, dance.music, strict=True):
        assert ours.dtype == theirs.dtype
        assert np.array_equal(ours, theirs)


def test_a_folder_without_dances_and_a_dance_of_two_lengths_are_refused(tmp_path):
    with pytest.raises(MusicError, match="no dances"):
        load_dances(tmp_path)
    dance = counting_dance(50)
    with pytest.raises(ValueError, match="differ in length"):
        replace(dance, music=counting_dance(49).music)
    for name in ("plain", "families"):
        with pytest.raises(ValueError, match="differ in length"):
            replace(dance, **{name: getattr(counting_dance(49), name)})
