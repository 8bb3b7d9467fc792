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
from music2pose.listener import NUM_MANNERS, POSE_STRIDE, SOUND_REACH
from music2pose.pose import JOINT, JOINTS, NUM_JOINTS
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
    """Which frames the keypoints of a batch show, (B, T + 1)."""
    return batch.keypoints[:, :, NECK, 0]


def test_pose_and_music_of_a_window_are_of_the_same_frames():
    window = cut_window(counting_dance(), first=160, num_frames=FRAMES)
    run = list(range(160, 160 + FRAMES * POSE_STRIDE, POSE_STRIDE))
    assert frame_numbers(window.keypoints[:, NECK, 0]) == [160 - POSE_STRIDE, *run]
    assert frame_numbers(window.beats[:, 3]) == run
    assert frame_numbers(window.energy) == run
    assert window.manner.shape == (FRAMES, NUM_MANNERS)
    assert frame_numbers(window.manner[:, 6]) == run
    heard = frame_numbers(window.sound[:, 5])
    assert heard == list(range(160 - SOUND_REACH, run[-1] + SOUND_REACH + 1))
    assert heard[SOUND_REACH::POSE_STRIDE][:FRAMES] == run
    whole = sound_channels(counting_dance().music)
    assert np.array_equal(window.sound, whole[heard])


def test_beyond_the_ends_of_a_dance_there_is_silence():
    dance = counting_dance()
    early = cut_window(dance, first=MARGIN * POSE_STRIDE, num_frames=FRAMES).sound
    before = SOUND_REACH - MARGIN * POSE_STRIDE
    assert not early[:before].any()
    assert frame_numbers(early[before:, 5]) == list(range(len(early) - before))
    first = len(dance) - (FRAMES + MARGIN) * POSE_STRIDE
    late = cut_window(dance, first, FRAMES).sound
    inside = len(dance) - first + SOUND_REACH
    assert not late[inside:].any()
    assert frame_numbers(late[:inside, 5]) == list(range(first - SOUND_REACH, len(dance)))


def test_the_plain_dance_around_a_window_is_seen_whole():
    window = cut_window(counting_dance(), first=100, num_frames=FRAMES)
    near = [100 + POSE_STRIDE * (k - MARGIN) for k in range(FRAMES + 2 * MARGIN)]
    assert frame_numbers(window.near_plain[:, NECK, 0]) == near
    assert (window.near_plain[:, NECK, 1] == NECK / 32 + PLAIN_LOWER).all()
    assert (window.keypoints[:, NECK, 1] == NECK / 32).all()
    first_move = near[0] // COUNTED_MOVE
    assert window.near_moves.tolist() == [frame // COUNTED_MOVE - first_move for frame in near]
    assert window.near_progress.tolist() == [frame % COUNTED_MOVE / COUNTED_MOVE for frame in near]


def test_moves_and_beats_of_a_batch_are_those_of_its_run():
    window = cut_window(counting_dance(), first=100, num_frames=FRAMES)
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
        before = batch
    assert not torch.equal(drawn.batch(3).keypoints[:, 0], before.keypoints[:, -1])


def test_left_stays_left_in_every_stream():
    """A bass line that leads the hips to the left would lead them to the right in a mirror."""
    batch = sampler(batch_size=64).batch(0)
    assert (torch.diff(batch.keypoints[..., 0], dim=1) > 0).all()  # from left to right, as it was
    for joint in range(NUM_JOINTS):
        assert (batch.keypoints[:, :, joint, 1] == joint / 32).all()
    run = batch.near_plain[:, MARGIN - 1 : -MARGIN]
    assert torch.equal(batch.keypoints[..., 0], run[..., 0])
    assert torch.equal(batch.keypoints[..., 1] + PLAIN_LOWER, run[..., 1])


def test_a_place_that_is_drawn_twice_is_the_same_both_times():
    """A dance of 137 frames has but one place for a run, and so every draw is of that one."""
    only = (3 * FRAMES + 2 * MARGIN) * POSE_STRIDE + 1
    batches = [sampler(dances=[counting_dance(only)], seed=seed).batch(0) for seed in range(2)]
    for part in (*batches[0], *batches[1]):
        assert all(torch.equal(part[0], each) for each in part)
    assert all(torch.equal(a, b) for a, b in zip(*batches, strict=True))


def test_a_joint_that_is_hidden_is_hidden_in_the_window():
    dance = counting_dance()
    dance.poses.confidence[:, JOINT["left_wrist"]] = 0
    window = cut_window(dance, 100, FRAMES)
    unseen = [name for name in JOINTS if not window.confidence[:, JOINT[name]].any()]
    assert unseen == ["left_wrist"]


def test_early_steps_are_given_all_windows_of_a_run_in_one():
    """Until step 5 every step begins runs of its own; from then on they are cut in three."""
    drawn, plain = sampler(whole_until=5), sampler()
    whole = [drawn.batch(step) for step in range(5)]
    for step, batch in enumerate(whole):
        assert batch.moves.shape == (16, 3 * FRAMES)
        windows = [plain.batch(3 * step + window) for window in range(3)]
        parts = [windows[0].keypoints, *(each.keypoints[:, 1:] for each in windows[1:])]
        assert torch.equal(batch.keypoints, torch.cat(parts, 1))
        assert torch.equal(batch.manner, torch.cat([each.manner for each in windows], 1))
    for step in (5, 6, 7):
        cut = zip(drawn.batch(step), plain.batch(step), strict=True)
        assert all(torch.equal(one, other) for one, other in cut)


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
    assert loaded.manner.dtype == np.float32
    assert np.array_equal(loaded.manner, dance.manner)
    for ours, theirs in zip(loaded.music, dance.music, strict=True):
        assert ours.dtype == theirs.dtype
        assert np.array_equal(ours, theirs)


def test_a_manner_that_nobody_knows_is_read_back_as_unknown(tmp_path):
    dance = counting_dance(50)
    dance.manner[:20] = np.nan
    save_dance(dance, tmp_path / "dance.npz")
    (loaded,) = load_dances(tmp_path)
    assert np.array_equal(loaded.manner, dance.manner, equal_nan=True)
    window = cut_window(counting_dance(), 100, FRAMES)
    assert not window.manner.isnan().any()


def test_a_folder_without_dances_and_a_dance_of_two_lengths_are_refused(tmp_path):
    with pytest.raises(MusicError, match="no dances"):
        load_dances(tmp_path)
    dance = counting_dance(50)
    with pytest.raises(ValueError, match="differ in length"):
        replace(dance, music=counting_dance(49).music)
    for name in ("plain", "families", "manner"):
        with pytest.raises(ValueError, match="differ in length"):
            replace(dance, **{name: getattr(counting_dance(49), name)})
