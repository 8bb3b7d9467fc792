"""Dancing to a song: length, seeds, chunks, silence."""

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch

from music2pose.conditioning import Conditioning, condition_on, sound_around, sound_channels
from music2pose.data.pairs import silence, song
from music2pose.direction import Cue, Direction
from music2pose.generate import (
    SMOOTHING_SECONDS,
    codes_when_given,
    dance,
    danced_poses,
    dwelling_places,
    generate_poses,
    hear,
    load_pose_model,
    wishes,
    with_energy,
)
from music2pose.generator import POSE_FPS, POSE_PRESETS, Pose, PoseGenerator
from music2pose.hearing.beats import even_grid
from music2pose.hearing.features import (
    FEATURE_FPS,
    SongFeatures,
    bar_phase,
    beat_phase,
    extract_features,
)
from music2pose.layers import State
from music2pose.listener import POSE_STRIDE, SOUND_REACH, with_harmonics
from music2pose.metrics.beats import smoothed_speed
from music2pose.metrics.body import body_scale
from music2pose.phrases import Wish, move_codes
from music2pose.pose import PoseSequence
from tests.music2pose.made_dances import click_track


@pytest.fixture(scope="module")
def model() -> PoseGenerator:
    """An untrained one; of those that are drawn some are chaotic, this one is not."""
    torch.manual_seed(5)
    model = PoseGenerator(POSE_PRESETS["tiny"]).eval().requires_grad_(False)
    model.phrases.normal_()
    model.listener.unheard.normal_()
    torch.nn.init.xavier_normal_(model.head.weight, gain=0.03)  # faint: no digits grow from step on
    model.prior.layers[-1].weight *= 0.1  # its guesses lie on the canvas
    for block in model.listener.manner_ear.blocks:
        torch.nn.init.normal_(block.mix.weight, std=0.03)
    return model


@pytest.fixture(scope="module")
def features():
    return song(3, 6.0).features


@pytest.mark.parametrize("fps", [8.0, 25.0, 60.0])
def test_a_dance_is_as_long_as_its_song(model, features, fps):
    poses = generate_poses(model, features, fps=fps)
    assert abs(len(poses) / fps - features.seconds) <= 1 / fps
    assert poses.fps == fps


def test_the_same_seed_gives_the_same_bytes_and_another_another_dance(model, features):
    one, two, other = (generate_poses(model, features, seed=seed) for seed in (4, 4, 5))
    assert one.keypoints.tobytes() == two.keypoints.tobytes()
    assert np.abs(one.keypoints - other.keypoints).max() > 0.05


@pytest.mark.parametrize("seconds", [1.0, 3.0])
def test_silence_and_short_songs_are_danced(model, seconds):
    poses = generate_poses(model, silence(seconds))
    assert len(poses) == round(seconds * 25)


def test_progress_reaches_the_end(model, features):
    seen = []
    dance(model, condition_on(features), progress=seen.append, chunk_frames=50)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_smoothing_takes_tremor_and_leaves_accents(features):
    frames = np.arange(100)
    swing = np.sin(2 * np.pi * 1.0 * frames / POSE_FPS)  # one swing a second
    tremor = np.cos(np.pi * frames)  # the fastest there is
    both = np.zeros((100, 18, 2))
    both[:, 0, 0], both[:, 0, 1] = swing, tremor
    music = even_music(features, 150)
    poses = danced_poses(both[:75], np.ones((75, 18)), np.zeros((75, 2)), music)
    result = poses.keypoints[20:-20:POSE_STRIDE, 0]
    assert result[:, 0].max() > 0.97
    assert np.abs(result[:, 1]).max() < 0.9
    assert SMOOTHING_SECONDS < 0.05


def test_a_saved_model_is_found(model, tmp_path):
    model.save_pretrained(tmp_path)
    assert load_pose_model(tmp_path).config == model.config


@torch.inference_mode()
def by_hand(
    model: PoseGenerator, music: Conditioning, codes: torch.Tensor, seed: int, follow: float = 1.0
) -> np.ndarray:
    """Dance one pose after the other, each from what was danced and remembered before it."""
    sound = sound_channels(music)
    silence = np.zeros((SOUND_REACH, sound.shape[1]), np.float32)
    padded = torch.from_numpy(np.concatenate([silence, sound, silence]))
    ear = model.listener
    pose, state = model.start_pose(seed), None
    moves = [-1, -1, *(int(move) for move in music.moves[::POSE_STRIDE])]
    danced = []
    for number, frame in enumerate(range(0, len(music.moves), POSE_STRIDE)):
        around = padded[frame : frame + 2 * SOUND_REACH + 1][None]
        asked = ear.energy(torch.tensor([music.energy[frame]]))
        beats = torch.tensor(music.beats[frame])
        heard = ear.manner(ear.listen(around)[0, 0, 2:])
        heard = heard + ear.beats(with_harmonics(beats)) + asked
        unheard = ear.unheard + ear.beats(with_harmonics(torch.zeros_like(beats))) + asked
        code = torch.full_like(codes[0], torch.nan)  # to be remembered
        if moves[number + 2] != moves[number]:  # the first two poses of a move
            code = codes[moves[number + 2]]
        mixed = unheard + 1.2 * follow * (heard - unheard)
        pose, state = model(pose, mixed[None], code[None], state)
        danced.append(pose.keypoints[0].numpy())
    return np.stack(danced)


def shortened(music: Conditioning, num_frames: int) -> Conditioning:
    return Conditioning(*(part[:num_frames] for part in music))


def test_a_dance_starts_from_the_pose_of_its_seed(model, features):
    two = copy.deepcopy(model)
    two.start_keypoints[1] += 0.2
    music = shortened(condition_on(features), 8)
    codes_alike = move_codes(two, music, seed=1)
    assert torch.equal(codes_alike, move_codes(model, music, seed=1))
    for seed, alike in ((1, False), (2, True), (1 + len(two.start_keypoints), False)):
        ours, theirs = dance(model, music, seed).keypoints, dance(two, music, seed).keypoints
        assert np.array_equal(ours, theirs) == alike


@pytest.mark.parametrize("follow", [0.0, 0.5, 1.0, 1.5])
def test_a_dance_is_one_step_after_the_other_however_it_is_chunked(model, features, follow):
    music = shortened(condition_on(features, energy=0.4), 80)
    codes = move_codes(model, music, seed=3)
    poses = by_hand(model, music, codes, seed=3, follow=follow)
    told = music.beats[::POSE_STRIDE, :2]
    expected = danced_poses(poses, np.ones(poses.shape[:2]), told, music, follow).keypoints
    for chunk_frames in (6, 17, 250):
        danced = dance(model, music, 3, None, chunk_frames, Direction(follow=follow))
        assert danced.fps == FEATURE_FPS
        assert np.abs(danced.keypoints - expected).max() < 2e-4


def beats_every(poses: float, num_poses: int = 100) -> np.ndarray:
    """A clock that is on a beat at pose 0: (T, 2)."""
    angle = 2 * np.pi * np.arange(num_poses) / poses
    return np.stack([np.sin(angle), np.cos(angle)], axis=1)


def even_music(features: SongFeatures, num_frames: int) -> Conditioning:
    """Music of which some beats are told."""
    music = shortened(condition_on(features), num_frames)
    return music._replace(beats=np.ones_like(music.beats))


@pytest.mark.parametrize("beat", [6, 12])
def test_time_hardly_passes_on_beats_and_makes_up_for_it_between_them(beat):
    shown = dwelling_places(beats_every(beat), np.full(100, 0.6))
    pace = np.diff(shown)
    assert shown[::beat] == pytest.approx(np.arange(0, 100, beat), abs=1e-6)
    assert shown[beat // 2 :: beat] == pytest.approx(np.arange(beat // 2, 100, beat), abs=1e-6)
    on, between = pace[beat], pace[beat // 2]
    assert on < 0.6
    assert between > 1.4
    assert np.abs(shown - np.arange(100)).max() < 0.1 * beat


def test_who_dwells_less_is_shown_less_late_and_where_no_beats_are_known_time_is_even():
    told, plain = beats_every(8), np.arange(100)
    away = {
        depth: np.abs(dwelling_places(told, np.full(100, depth)) - plain).max()
        for depth in (0, 0.3, 0.6)
    }
    assert away[0] == 0
    assert away[0.3] == pytest.approx(away[0.6] / 2)
    deep = np.full(100, 0.6)
    assert dwelling_places(np.zeros((100, 2)), deep) == pytest.approx(plain)
    standing = np.ones((100, 2)) / 2**0.5
    assert dwelling_places(standing, deep) == pytest.approx(plain)
    unsure = np.abs(dwelling_places(0.5 * told, deep) - plain).max()
    assert unsure == pytest.approx(away[0.6] * 0.125)
    half = told.copy()
    half[:50] = 0
    assert dwelling_places(half, deep)[:40] == pytest.approx(plain[:40])
    assert np.abs(dwelling_places(half, deep) - plain)[85:].max() == pytest.approx(
        away[0.6], rel=0.05
    )


def test_places_never_go_back_however_the_clock_jumps(rng):
    jumping = beats_every(8)[rng.permutation(100)]
    assert (np.diff(dwelling_places(jumping, np.full(100, 0.9))) >= 0).all()
    assert dwelling_places(beats_every(8, 1), np.full(1, 0.9)).tolist() == [0.0]


def swung(music: Conditioning, follow: float = 1.0) -> float:
    """How fast an even swing is shown on beats, against how fast between them."""
    swing = np.zeros((50, 18, 2))
    swing[..., 0] = np.arange(50)[:, None] / 50
    danced = danced_poses(swing, np.ones((50, 18)), beats_every(6, 50), music, follow)
    assert len(danced) == 100
    speed = np.diff(danced.keypoints[:, 4, 0])
    return speed[[23, 24, 35, 36, 47, 48]].mean() / speed[[29, 30, 41, 42]].mean()


def test_an_even_swing_rests_on_the_beats_most_on_those_that_are_only_heard(features):
    music = even_music(features, 100)
    unheard = music._replace(beats=np.zeros_like(music.beats))
    assert swung(music, 0.0) == pytest.approx(1, abs=1e-3)
    assert swung(unheard) < swung(music) < swung(music, 0.5) < 0.8
    assert swung(music) < 0.4
    assert swung(music, 3.0) == pytest.approx(swung(unheard))


def test_following_not_at_all_does_not_depend_on_sound_or_beats_and_following_does(model, features):
    music = condition_on(features)
    codes = move_codes(model, music, seed=1)
    frames = np.arange(20, 60, POSE_STRIDE)

    def heard(music: Conditioning, follow: float) -> torch.Tensor:
        return hear(model, music, sound_channels(music), frames, follow)[0]

    changes = {"spectrogram": music.spectrogram[::-1].copy(), "beats": -music.beats}
    for name, changed in changes.items():
        other = music._replace(**{name: changed})
        assert torch.equal(heard(music, 0.0), heard(other, 0.0)), name
        for follow in (0.3, 1.0, 2.0):
            assert (heard(music, follow) - heard(other, follow)).abs().max() > 1e-2, name
    wilder = music._replace(energy=music.energy + 1)
    assert (heard(music, 0.0) - heard(wilder, 0.0)).abs().max() > 1e-2  # that is still asked for
    nothing, plain, twice = (heard(music, follow) for follow in (0.0, 1.0, 2.0))
    around = sound_around(
        sound_channels(music), frames[0] - SOUND_REACH, frames[-1] + SOUND_REACH + 1
    )
    with torch.no_grad():
        alone = model.listener(
            *(
                torch.tensor(part)[None]
                for part in (around, music.beats[frames], music.energy[frames])
            )
        )[0]
    assert torch.allclose(plain - nothing, 1.2 * (alone - nothing), atol=1e-4)
    assert torch.allclose(twice - plain, plain - nothing, atol=1e-4)
    assert codes.isfinite().all()


def test_a_whole_dance_that_follows_nothing_is_the_same_to_another_sound(
    model, features, monkeypatch
):
    music = condition_on(features)
    codes = move_codes(model, music, seed=0)
    monkeypatch.setattr("music2pose.generate.move_codes", lambda *_: codes)
    other = music._replace(spectrogram=1 - music.spectrogram, activation=1 - music.activation)
    loose, strict = Direction(follow=0.0), Direction(follow=1.0)
    dances = [
        dance(model, heard, 0, direction=asked).keypoints
        for asked in (loose, strict)
        for heard in (music, other)
    ]
    assert np.array_equal(dances[0], dances[1])
    assert np.abs(dances[2] - dances[3]).max() > 0.05


def test_a_code_is_given_over_the_first_two_poses_of_its_move():
    codes = torch.arange(8.0).reshape(4, 2)
    moves = np.array([0, 0, 0, 1, 1, 1, 1, 2, 3, 3, 3])
    given = codes_when_given(codes, moves)
    told = [None if row.isnan().all() else int(row[0]) // 2 for row in given]
    assert told == [0, 0, None, 1, 1, None, None, 2, 3, 3, None]
    assert torch.equal(given[7], codes[2])
    assert codes_when_given(codes, moves[:1]).tolist() == [codes[0].tolist()]


def test_the_code_that_each_pose_is_given_is_that_of_its_move(model, features, monkeypatch):
    music = condition_on(features)
    told = []
    step = PoseGenerator.forward

    def listening(self, previous, heard, code, state=None):
        told.append(code)
        return step(self, previous, heard, code, state)

    monkeypatch.setattr(PoseGenerator, "forward", listening)
    dance(model, music, seed=1, chunk_frames=50)
    wanted = move_codes(model, music, seed=1)[music.moves[::POSE_STRIDE]]
    told = torch.cat(told)
    given = ~told.isnan().any(1)
    assert torch.equal(told[given], wanted[given])
    assert 0.1 < given.float().mean() < 0.35
    assert len(torch.unique(told[given], dim=0)) > 2


def test_energy_is_asked_for_in_the_frames_of_its_cue(features):
    music = condition_on(features)
    cues = (Cue(1.0, 2.0, energy=0.8), Cue(2.0, 3.0), Cue(4.0, 6.0, energy=-1.0))
    energy = with_energy(music, Direction(energy=0.25, cues=cues)).energy
    expected = [0.25] * 25 + [0.8] * 25 + [0.25] * 50 + [-1.0] * 50
    assert energy == pytest.approx(np.array(expected), abs=1e-6)
    assert energy.dtype == np.float32
    assert not music.energy.any()  # and what was given stays as it was
    asked_before = condition_on(features, energy=-0.5)
    energy = with_energy(asked_before, Direction(energy=0.25, cues=cues)).energy
    assert energy[[0, 30, 110]].tolist() == pytest.approx([-0.25, 0.8, -1.0])


def test_the_energy_that_is_asked_for_is_danced(model, features):
    plain, calm, late = (
        dance(model, condition_on(features), 0, direction=asked).keypoints
        for asked in (
            Direction(), Direction(energy=-1.0), Direction(cues=(Cue(4.0, 6.0, energy=-1.0),)),
        )
    )  # fmt: skip
    assert np.abs(plain - calm)[:80].max() > 0.02
    start = 4 * FEATURE_FPS
    assert np.array_equal(plain[: start - 14], late[: start - 14])
    assert np.abs(plain - late)[start + 1 :].max() > 0.02


def test_moves_are_asked_for_by_the_cue_in_which_they_begin(features):
    moves = np.repeat(np.arange(6), 25)  # one a second
    music = condition_on(features)._replace(moves=moves)
    cues = (
        Cue(0.95, 2.0, moves=("robot", "floss")),  # a move may begin a little before its cue
        Cue(2.0, 3.0, energy=0.5),
        Cue(3.05, 4.05, moves=("salsa",)),
    )
    usual = Wish(frozenset({"twist"}), frozenset({"lasso"}))
    asked = Direction(favoured=("twist",), avoided=("lasso",), cues=cues)
    robot, salsa = Wish(frozenset({"robot", "floss"})), Wish(frozenset({"salsa"}))
    assert wishes(music, asked) == [usual, robot, usual, salsa, usual, usual]
    assert wishes(music, Direction()) == [Wish()] * 6
    short = Direction(cues=(Cue(2.4, 2.8, moves=("salsa",)), Cue(4.4, 4.8, energy=0.5)))
    assert wishes(music, short) == [Wish(), Wish(), salsa, Wish(), Wish(), Wish()]
    last = Direction(cues=(Cue(0.0, 0.05, moves=("salsa",)), Cue(5.5, 6.0, moves=("salsa",))))
    assert wishes(music, last) == [salsa, Wish(), Wish(), Wish(), Wish(), salsa]


def with_families(model: PoseGenerator) -> PoseGenerator:
    """A model whose phrases are of three families, or of none, each danced in its own way."""
    made = copy.deepcopy(model)
    made.config = replace(made.config, families=("robot", "salsa", "twist"))
    made.phrase_family.copy_(torch.arange(64) % 4 - 1)
    made.phrases += 2 * made.phrase_family[:, None, None]
    return made


def test_a_dance_is_made_of_the_moves_that_are_wanted(model, features):
    model = with_families(model)
    music = condition_on(features)
    others = dance(model, music, 0, direction=Direction(avoided=("salsa",))).keypoints
    cue = Direction(cues=(Cue(0.0, 6.0, moves=("salsa",)),))
    always = dance(model, music, 0, direction=Direction(favoured=("salsa",))).keypoints
    assert np.array_equal(dance(model, music, 0, direction=cue).keypoints, always)
    assert np.abs(always - others).max() > 1e-3


def test_a_joint_is_seen_where_the_dancer_is_sure_of_it(model, features):
    unsure = copy.deepcopy(model)
    with torch.no_grad():
        unsure.head.bias[4] = -20.0
    confidence = dance(unsure, shortened(condition_on(features), 20)).confidence
    assert set(np.unique(confidence)) == {0.0, 1.0}
    assert confidence.min(0).tolist() == [float(joint != 4) for joint in range(18)]


@pytest.mark.parametrize(("bpm", "first_beat"), [(90.0, 0.4), (75.0, 1.0)])
def test_a_given_tempo_is_exact_in_the_grid_and_in_what_the_dancer_hears(bpm, first_beat):
    waveform = click_track(np.arange(0.1, 8, 60 / 112), 8.0)  # clicks at another tempo
    features = extract_features(waveform, bpm=bpm, first_beat=first_beat)
    assert features.grid.bpm == bpm
    assert np.diff(features.grid.beat_times) == pytest.approx(60 / bpm)
    beats = condition_on(features).beats
    times = np.arange(len(beats)) / FEATURE_FPS
    clock = 2 * np.pi * (times - first_beat) * bpm / 60
    assert np.abs(beats[:, 0] - np.sin(clock)).max() < 1e-4
    assert np.abs(beats[:, 1] - np.cos(clock)).max() < 1e-4
    assert np.abs(beats[:, 3] - np.cos(clock / 4)).max() < 1e-4
    assert beats[:, 6] == pytest.approx(np.log2(bpm / 110))


# The dancer that ships


class Forgetful:
    """A dancer who at every step has lost the memory, or the pose before."""

    def __init__(self, model: PoseGenerator, memory: bool = False, pose: bool = False) -> None:
        self.model, self.memory, self.pose = model, memory, pose

    def __getattr__(self, name: str):
        return getattr(self.model, name)

    def __call__(self, pose: Pose, heard: torch.Tensor, code: torch.Tensor, state: State | None):
        pose = self.model.start_pose(0) if self.pose else pose
        return self.model(pose, heard, code, None if self.memory else state)


@pytest.fixture(scope="module")
def shipped() -> PoseGenerator:
    return load_pose_model("checkpoints/music2pose")


@pytest.fixture(scope="module")
def shipped_music() -> Conditioning:
    """Of a song that has drums."""
    return condition_on(song(13, 8.0).features)


@pytest.fixture(scope="module")
def shipped_dance(shipped, shipped_music) -> PoseSequence:
    return dance(shipped, shipped_music, seed=0)


@pytest.fixture(scope="module")
def another_seed(shipped, shipped_music, shipped_dance) -> float:
    return apart(shipped_dance, dance(shipped, shipped_music, seed=1))


def apart(one: PoseSequence, other: PoseSequence) -> float:
    """Mean distance of the joints in torsos, after the first second."""
    away = np.linalg.norm(one.keypoints - other.keypoints, axis=-1)
    return float(away[FEATURE_FPS:].mean()) / body_scale(one)


def test_the_shipped_dancer_takes_one_step_after_the_other_with_pose_and_memory_handed_on(
    shipped, features
):
    music = shortened(condition_on(features), 50)
    codes = move_codes(shipped, music, seed=3)
    poses = by_hand(shipped, music, codes, seed=3)
    told = music.beats[::POSE_STRIDE, :2]
    expected = danced_poses(poses, np.ones(poses.shape[:2]), told, music).keypoints
    for chunk_frames in (6, 250):
        danced = dance(shipped, music, seed=3, chunk_frames=chunk_frames)
        assert danced.fps == FEATURE_FPS
        assert np.abs(danced.keypoints - expected).max() < 1e-4
    for forgotten in (Forgetful(shipped, memory=True), Forgetful(shipped, pose=True)):
        other = dance(forgotten, music, seed=3)  # type: ignore[arg-type]
        assert np.abs(other.keypoints - expected).max() > 5e-3


NUMERICAL_NOISE = 1e-6
"""Torsos: what hearing a song in chunks of another size moves, with some room."""


def test_chunks_make_no_difference_to_the_shipped_dancer(shipped, shipped_music, shipped_dance):
    parts = dance(shipped, shipped_music, seed=0, chunk_frames=7)
    assert apart(shipped_dance, parts) < 10 * NUMERICAL_NOISE
    assert np.abs(shipped_dance.keypoints - parts.keypoints).max() < 1e-3


def test_the_shipped_dancer_dances_with_memory(shipped, shipped_music, shipped_dance):
    forgetful = dance(Forgetful(shipped, memory=True), shipped_music, seed=0)  # type: ignore[arg-type]
    assert apart(shipped_dance, forgetful) > 0.1


@pytest.fixture
def same_codes(shipped, shipped_music, monkeypatch):
    """Whatever is heard, the phrases are those that were chosen for the song."""
    codes = move_codes(shipped, shipped_music, seed=0)
    monkeypatch.setattr("music2pose.generate.move_codes", lambda *_: codes)


@pytest.mark.parametrize(("part", "least"), [("beats", 0.05), ("sound", 0.2)])
def test_the_shipped_dancer_hears(shipped, shipped_music, shipped_dance, same_codes, part, least):
    parts = ("spectrogram", "activation") if part == "sound" else (part,)
    deaf = shipped_music._replace(
        **{part: np.zeros_like(getattr(shipped_music, part)) for part in parts}
    )
    assert apart(shipped_dance, dance(shipped, deaf, seed=0)) > least


def test_the_shipped_dancer_dances_otherwise_to_another_song(
    shipped, shipped_music, shipped_dance, same_codes
):
    other = condition_on(song(20, 8.0).features)
    changed = shipped_music._replace(spectrogram=other.spectrogram, activation=other.activation)
    assert apart(shipped_dance, dance(shipped, changed, seed=0)) > 0.1


@pytest.mark.parametrize("follow", [0.0, 2.0])
def test_the_shipped_dancer_follows_as_strictly_as_asked(
    shipped, shipped_music, shipped_dance, same_codes, follow
):
    asked = Direction(follow=follow)
    assert apart(shipped_dance, dance(shipped, shipped_music, 0, direction=asked)) > 0.05


def test_the_shipped_dancer_is_calmer_and_wilder_when_asked(shipped, shipped_music, same_codes):
    speeds = [
        smoothed_speed(dance(shipped, shipped_music, 0, direction=Direction(energy=energy))).mean()
        for energy in (-1.0, 0.0, 1.0)
    ]
    assert 1.2 * speeds[0] < speeds[1] < speeds[2] / 1.1


def test_the_shipped_dancer_dances_its_codes(shipped, shipped_music, shipped_dance, another_seed):
    plain = copy.deepcopy(shipped)
    plain.phrases = shipped.phrases.mean((0, 1), keepdim=True).expand_as(shipped.phrases)
    assert apart(shipped_dance, dance(plain, shipped_music, seed=0)) > 0.4 * another_seed


@pytest.mark.parametrize("bpm", [70.0, 110.0])
def test_the_shipped_dancer_moves_in_the_rhythm_that_it_is_told(shipped, features, bpm):
    """One song, said to be at several tempi: the speed of the body swings at each in turn."""
    grid, times = even_grid(features.seconds, bpm), np.arange(len(features)) / FEATURE_FPS
    phases = {"beat_phase": beat_phase(grid, times), "bar_phase": bar_phase(grid, times)}
    poses = generate_poses(shipped, replace(features, grid=grid, **phases), seed=0)
    speed = smoothed_speed(poses)
    moments = (np.arange(len(speed)) + 0.5) / poses.fps
    swing = {
        tempo: abs((speed * np.exp(2j * np.pi * moments * tempo / 60)).mean())
        for tempo in (60.0, 70.0, 80.0, 90.0, 100.0, 110.0, 120.0)
    }
    others = [value for tempo, value in swing.items() if abs(tempo - bpm) > 15]
    assert swing[bpm] > 1.5 * max(others)
