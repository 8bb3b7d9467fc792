"""The command line: what scripts and people rely on."""

import json
import os
import resource
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

import cli
from checkpoints.store import load_model
from music2pose.hearing.audio import load_audio
from music2pose.pose_files import load_poses, save_poses
from music2pose.settings import nested
from pipelines.commands.video import config_of
from pipelines.config import Music2VideoConfig as Config
from pipelines.video import read_frames, video_info
from pose2video.diffusion.settings import DiffusionSettings
from pose2video.learned.generator import PictureGenerator
from pose2video.learned.renderer import LearnedRenderer
from tests import dancers
from tests.pose2video.made_performer import made_performer
from tests.stand_in import SONG_SECONDS, clicks, swaying
from tests.tunes import tune

ROOT = Path(__file__).parents[1]
SIZE = ("--size", "64x48", "--renderer", "skeleton")
NEAREST = ("--size", "64x64", "--renderer", "nearest", "--device", "cpu")


def run(*arguments: object) -> int:
    return cli.main([str(argument) for argument in arguments])


def test_help_answers_at_once():
    took = []
    for _ in range(2):
        before = cpu_seconds_of_children()
        shown = subprocess.run(
            [sys.executable, ROOT / "cli.py", "--help"], capture_output=True, text=True, check=True
        )
        took.append(cpu_seconds_of_children() - before)
    assert "music2video" in shown.stdout
    assert min(took) < 0.3


def cpu_seconds_of_children() -> float:
    """Unlike time on the clock, this does not grow where others keep the machine busy."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_nothing_heavy_is_imported_to_read_the_command_line():
    code = "import sys, cli; cli.build_parser(); print(*sys.modules)"
    listed = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    loaded = set(listed.stdout.split())
    assert "cli" in loaded
    assert not loaded & {"numpy", "torch", "scipy", "cv2", "librosa", "soundfile", "tqdm"}


@pytest.mark.parametrize(
    "command",
    [
        "", "music2video", "music2pose", "render", "extract", "evaluate", "train",
        "train music2pose", "moves",
    ],
)  # fmt: skip
def test_every_command_has_help(command, capsys):
    with pytest.raises(SystemExit) as stopped:
        run(*command.split(), "--help")
    assert stopped.value.code == 0
    assert "usage: python cli.py" in capsys.readouterr().out


def test_options_are_settings_and_settings_alone_know_the_defaults():
    parser = cli.build_parser()
    assert config_of(parser.parse_args(["music2video", "a.wav"])) == Config()
    options = "--seed 7 --fps 29.97 --size 640x360 --start 1 --duration 9.5 --bpm 120 --device cpu"
    options += " --first-beat 0.25 --prompt x --renderer skeleton --model m --poses p.npz"
    assert config_of(parser.parse_args(["music2video", "a.wav", *options.split()])) == Config(
        seed=7, fps=29.97, width=640, height=360, start=1.0, duration=9.5, bpm=120.0, device="cpu",
        first_beat=0.25, prompt="x", renderer="skeleton", model="m", poses="p.npz",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("option", "value", "field"),
    [
        ("--prompt", "x", "prompt"), ("--renderer", "gan", "renderer"),
        ("--performer", "p", "performer"), ("--model", "m", "model"), ("--poses", "p.npz", "poses"),
        ("--canvas", "1920x1080", "canvas"),
        ("--seed", 7, "seed"), ("--fps", 29.97, "fps"), ("--start", 1.5, "start"),
        ("--duration", 9.5, "duration"), ("--bpm", 121.5, "bpm"),
        ("--first-beat", 0.25, "first_beat"), ("--follow", 0.5, "follow"),
        ("--energy", -0.5, "energy"),
        ("--moves", "robot,no-floss", "moves"), ("--choreography", "d.toml", "choreography"),
        ("--device", "cpu", "device"),
        ("--preset", "sd15", "preset"), ("--style", "neon", "style"),
        ("--camera", "orbit", "camera"), ("--dancers", 3, "dancers"), ("--crew", "canon", "crew"),
        ("--negative-prompt", "blur", "negative_prompt"), ("--base-model", "b", "base_model"),
        ("--motion-adapter", "v3", "motion_adapter"), ("--lora", "l:0.5", "lora"),
        ("--embedding", "e", "embedding"),
        ("--reference-image", "r.png", "reference_image"), ("--steps", 3, "num_inference_steps"),
        ("--guidance", 2.5, "guidance_scale"), ("--guidance-end", 0.5, "guidance_end"),
        ("--control-scale", 0.7, "controlnet_conditioning_scale"),
        ("--control-end", 0.6, "control_guidance_end"),
        ("--context", 12, "context_length"), ("--overlap", 3, "context_overlap"),
        ("--noise", "plain", "noise"),
        ("--free-init", 2, "free_init"), ("--temporal", 0.4, "temporal"), ("--react", 0.3, "react"),
        ("--noise-travel", 0.2, "noise_travel"), ("--render-fps", 6.0, "render_fps"),
        ("--interpolation", "hold", "interpolation"), ("--precision", "fp32", "precision"),
        ("--memory", "tight", "memory"), ("--compile", "off", "compile"),
    ],
)  # fmt: skip
def test_an_option_sets_its_own_setting_and_counts_more_than_a_record(
    tmp_path, option, value, field
):
    arguments = cli.build_parser().parse_args(["music2video", "a.wav", option, str(value)])
    assert config_of(arguments) == with_setting(Config(), field, value) != Config()
    (tmp_path / "other.json").write_text(json.dumps({"seed": 1, "fps": 12, "bpm": 77.0}))
    recorded = ["music2video", "--config", str(tmp_path / "other.json"), option, str(value)]
    both = with_setting(Config(seed=1, fps=12, bpm=77.0), field, value)
    assert config_of(cli.build_parser().parse_args(recorded)) == both


def with_setting(config: Config, field: str, value: object) -> Config:
    """Return settings with one changed, the renderer's own or not."""
    if hasattr(config, field):
        return replace(config, **{field: value})
    own = next(name for name in nested(Config) if hasattr(getattr(config, name), field))
    return replace(config, **{own: replace(getattr(config, own), **{field: value})})


def test_flags_of_diffusion_are_settings():
    arguments = cli.build_parser().parse_args(["music2video", "a.wav", "--draft"])
    assert config_of(arguments) == Config(diffusion=DiffusionSettings(draft=True))
    arguments = cli.build_parser().parse_args(["music2video", "a.wav", "--control-half"])
    half = DiffusionSettings(control_conditional_only=True)
    assert config_of(arguments) == Config(diffusion=half)


def test_what_is_told_of_the_beat_is_danced_to_and_recorded(tmp_path, capsys):
    """The shipped dancer, through the command line, to clicks at another tempo."""
    soundfile.write(tmp_path / "song.wav", clicks(8.0), 24_000)
    told = ("--bpm", 90, "--first-beat", 0.5, "--fps", 25)
    assert run("music2pose", tmp_path / "song.wav", "-o", tmp_path / "a.npz", *told, "--json") == 0
    record = json.loads(capsys.readouterr().out)
    assert record["tempo"]["bpm"] == record["settings"]["bpm"] == 90.0
    judge = ("evaluate", tmp_path / "a.npz", "--audio", tmp_path / "song.wav", "--json")
    assert run(*judge, "--bpm", 90, "--first-beat", 0.5) == 0
    to_90 = json.loads(capsys.readouterr().out)
    assert run(*judge, "--bpm", 120, "--first-beat", 0) == 0
    to_120 = json.loads(capsys.readouterr().out)
    assert (to_90["song"]["bpm"], to_120["song"]["bpm"]) == (90, 120)
    assert to_90["beats"]["coherence"] > 0.5 > 0.35 > to_120["beats"]["coherence"]
    assert abs(to_90["beats"]["best_lag"]) < 0.1


def test_a_video_shows_the_shipped_performer_dancing_and_is_found_again(tmp_path, song, capsys):
    """The shipped dancer and a shipped painter; what --detector nadsnet sees are the poses."""
    video = tmp_path / "a.mp4"
    large = ("--size", "256x256", "--renderer", "gan", "--device", "cpu", "--fps", 4)
    assert run("music2video", song, "-o", video, *large, "--seed", 5) == 0
    assert "renderer: gan (asked for)" in capsys.readouterr().out
    options = ("--detector", "nadsnet", "--fps", 2, "--device", "cpu")
    assert run("extract", video, "-o", tmp_path / "seen.npz", *options) == 0
    assert run("music2pose", song, "-o", tmp_path / "a.npz", "--fps", 2, "--seed", 5) == 0
    seen, danced = load_poses(tmp_path / "seen.npz"), load_poses(tmp_path / "a.npz")
    assert seen.fps == 2 and len(seen) == len(danced) == 3
    generator = load_model(PictureGenerator, "checkpoints/renderers/gan")
    fitted = LearnedRenderer(generator, 256, 256).fit(danced)
    away = np.linalg.norm(seen.keypoints - fitted.keypoints, axis=-1)[seen.confidence > 0.3]
    assert len(away) > 30 and np.median(away) < 0.02


def test_a_piece_a_performer_and_a_seed_reach_the_video(tmp_path, song):
    doll = made_performer(tmp_path / "doll", 20, size=64)
    silence = np.zeros(round(1.7 * 24_000), np.float32)
    soundfile.write(tmp_path / "long.wav", np.concatenate([silence, tune(1.3)]), 24_000)
    asked = ("--start", 1.5, "--duration", 1.2, "--performer", doll.folder, "--fps", 5)
    command = ("music2video", tmp_path / "long.wav", *NEAREST, *asked)
    assert run(*command, "-o", tmp_path / "a.mp4") == 0
    heard = load_audio(tmp_path / "a.mp4")
    assert heard.seconds == pytest.approx(1.2, abs=0.01)
    loud = np.flatnonzero(np.abs(heard.samples) > 0.1) / heard.sample_rate
    assert loud[0] == pytest.approx(0.2, abs=0.01)
    stored = doll.frames(range(20)).astype(int)
    frames = list(read_frames(tmp_path / "a.mp4"))
    assert len(frames) == 6
    assert all(np.abs(stored - frame).mean(axis=(1, 2, 3)).min() < 6 for frame in frames)
    assert run(*command, "-o", tmp_path / "b.mp4", "--seed", 9) == 0
    others = list(read_frames(tmp_path / "b.mp4"))
    assert any((one != other).any() for one, other in zip(frames, others, strict=True))


def test_a_song_becomes_a_video_and_its_record(tmp_path, song, capsys):
    video = tmp_path / "a.mp4"
    asked = ("--prompt", "a robot")
    assert run("music2video", song, "-o", video, *SIZE, *asked) == 0
    assert len(list(read_frames(video))) == round(SONG_SECONDS * 25)
    assert video_info(video).has_sound
    assert json.loads(video.with_suffix(".run.json").read_text())["settings"]["prompt"] == "a robot"
    said = capsys.readouterr().out
    assert "tempo:" in said
    assert "renderer: skeleton (asked for)" in said
    assert said.endswith(f"wrote {video} (38 frames)\n")


def test_the_video_is_named_after_the_song_in_the_current_folder(tmp_path, song, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert run("music2video", song, *SIZE) == 0
    assert sorted(path.name for path in Path().iterdir()) == ["song.mp4", "song.run.json"]


def test_a_record_repeats_a_run_and_the_command_line_changes_it(tmp_path, song, capsys):
    run("music2video", song, "-o", tmp_path / "a.mp4", *NEAREST, "--seed", 3, "--fps", 5)
    assert run("music2video", "--config", tmp_path / "a.run.json", "-o", tmp_path / "same.mp4") == 0
    pairs = zip(*(read_frames(tmp_path / f"{name}.mp4") for name in ("a", "same")), strict=True)
    assert all((one == other).all() for one, other in pairs)
    arguments = ("--config", tmp_path / "a.run.json", "-o", tmp_path / "b.mp4", "--fps", 10)
    capsys.readouterr()
    assert run("music2video", *arguments, "--json") == 0
    record = json.loads(capsys.readouterr().out)
    assert record == json.loads((tmp_path / "b.run.json").read_text())
    settings = record["settings"]
    assert (settings["seed"], settings["fps"], settings["width"]) == (3, 10, 64)
    assert record["song"] == str(song)


def test_a_dry_run_says_the_plan_and_writes_nothing(tmp_path, song, capsys):
    assert run("music2video", song, "-o", tmp_path / "a.mp4", "--dry-run") == 0
    assert f"would write {tmp_path / 'a.mp4'} (38 frames)" in capsys.readouterr().out
    assert run("music2video", song, "-o", tmp_path / "a.mp4", "--dry-run", "--json") == 0
    assert json.loads(capsys.readouterr().out)["frames"] == 38
    assert run("music2pose", song, "-o", tmp_path / "a.npz", "--dry-run") == 0
    assert list(tmp_path.iterdir()) == [song]


@pytest.mark.parametrize("name", ["a.npz", "a.json"])
def test_a_song_becomes_poses_and_poses_a_video(tmp_path, song, name):
    assert run("music2pose", song, "-o", tmp_path / name, "--fps", 20) == 0
    assert len(load_poses(tmp_path / name)) == 30
    video = tmp_path / "b.mp4"
    assert run("render", tmp_path / name, "--audio", song, "-o", video, *SIZE) == 0
    assert len(list(read_frames(video))) == round(SONG_SECONDS * 25)
    assert load_audio(video).seconds == pytest.approx(SONG_SECONDS, abs=0.01)


def test_render_says_what_it_concludes_of_poses_from_elsewhere(tmp_path, caplog, capsys):
    fractions = np.column_stack([swaying(1, 25).keypoints[0], np.ones(18)])
    person = {"pose_keypoints_2d": fractions.reshape(-1).tolist()}
    (tmp_path / "them.json").write_text(json.dumps([{"people": [person]}, {"people": []}] * 15))
    command = ("render", tmp_path / "them.json", "-o", tmp_path / "a.mp4", *SIZE)
    assert run(*command) == 2
    assert "give --canvas WxH" in capsys.readouterr().err
    assert run(*command, "--canvas", "300x300") == 0
    assert "them.json: 15 of 30 frames show nobody" in caplog.text
    assert "fractions from 0 to 1 of the canvas" in caplog.text


def test_what_exists_is_replaced_only_when_asked(tmp_path, song, capsys):
    video = tmp_path / "a.mp4"
    arguments = ("music2video", song, "-o", video, *SIZE, "--duration", 1)
    assert run(*arguments) == 0
    before = video.read_bytes()
    assert run(*arguments, "--prompt", "another") == 2
    assert "exists; give --overwrite" in capsys.readouterr().err
    assert video.read_bytes() == before
    assert run(*arguments, "--prompt", "another", "--overwrite") == 0
    assert video.read_bytes() != before


def test_a_dance_of_known_truth_gets_the_figures_that_it_deserves(tmp_path, capsys):
    """Somebody who is at rest 0.1 s after each click of the part of the song that is danced."""
    soundfile.write(tmp_path / "song.wav", clicks(14.0), 24_000)
    turns = np.arange(0.1, 12, 0.5) + np.random.default_rng(0).normal(0, 0.015, 24)
    poses = save_poses(dancers.swaying(turns, 12.0), tmp_path / "poses.npz")
    judge = ("evaluate", poses, "--audio", tmp_path / "song.wav", "--json", "--seed", 1)
    known = ("--bpm", 120, "--first-beat", 0)
    found = {}
    for start in (1.0, 1.2):
        assert run(*judge, *known, "--start", start) == 0
        found[start] = json.loads(capsys.readouterr().out)
    assert found[1.0]["song"] == {"seconds": 14.0, "bpm": 120.0, "confidence": 1.0, "beats": 29}
    assert found[1.0]["beats"]["best_lag"] == pytest.approx(0.1, abs=0.02)
    assert found[1.2]["beats"]["best_lag"] == pytest.approx(-0.2, abs=0.02) or found[1.2]["beats"][
        "best_lag"
    ] == pytest.approx(0.3, abs=0.02)
    for report in found.values():
        assert report["beats"]["coherence"] > 0.9
        assert report["beats"]["kinematic_per_second"] == pytest.approx(2, abs=0.2)
        assert report["motion"]["torso_variation"] < 0.001


def test_poses_are_judged_against_a_song(tmp_path, song, capsys):
    poses = save_poses(swaying(150, 25), tmp_path / "poses.npz")
    longer = tmp_path / "longer.wav"
    samples, rate = soundfile.read(song)
    soundfile.write(longer, [*samples] * 4, rate)
    assert run("evaluate", poses, "--audio", longer, "--json") == 0
    assert {"song", "beats", "motion"} <= set(json.loads(capsys.readouterr().out))
    assert run("evaluate", poses, "--audio", longer, "--bpm", 120) == 0
    assert "beats per minute" in capsys.readouterr().out


def test_the_demo_song_is_a_song(tmp_path):
    assert run("demo-song", "-o", tmp_path / "demo.wav") == 0
    assert 10 < soundfile.info(tmp_path / "demo.wav").duration < 60
    assert run("demo-song", "-o", tmp_path / "demo.wav") == 2


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ("", "the following arguments are required: COMMAND"),
        ("sing", "invalid choice: 'sing'"),
        ("music2video", "no song given"),
        ("music2video a.wav --fsp 3", "unrecognized arguments: --fsp 3"),
        ("music2video a.wav --size big", "argument --size: 'big' is no size; give WxH, as 512x512"),
        ("music2video a.wav --size 0x512", "--size 0 is not possible; give 16 to 4096"),
        ("music2video a.wav --size -4x512", "argument --size"),
        ("music2video a.wav --size 512x99999", "--size 99999 is not possible"),
        ("music2video a.wav --fps 0", "--fps 0.0 is not possible; give 1 to 60"),
        ("music2video a.wav --fps 61", "--fps 61.0 is not possible"),
        ("music2video a.wav --fps nan", "--fps nan is not possible"),
        ("music2video a.wav --fps fast", "argument --fps: invalid float value: 'fast'"),
        ("music2video a.wav --seed -1", "--seed -1 is not possible"),
        ("music2video a.wav --start -1", "--start -1.0 is not possible"),
        ("music2video a.wav --duration 0", "--duration 0.0 is not possible"),
        ("music2video a.wav --duration inf", "--duration inf is not possible"),
        ("music2video a.wav --bpm 5", "--bpm 5.0 is not possible; give 30 to 300"),
        ("music2video a.wav --canvas wide", "--canvas 'wide' is no size; give WxH, as 1920x1080"),
        ("music2video a.wav --canvas 0x9", "--canvas '0x9' is no size"),
        ("music2video a.wav --renderer oil", "unknown renderer 'oil'; choose one of auto, skel"),
        ("music2video a.wav --device abacus", "device 'abacus' is not here; choose one of auto"),
        ("music2video a.wav -o a.avi", "give a name that ends in .mp4"),
        ("music2video --config gone.json", "cannot read settings from gone.json"),
        ("music2pose a.wav -o a.mp4", "give a name that ends in .npz, .json"),
        ("render gone.npz -o a.mp4", "no poses at"),
        ("evaluate gone.npz --audio a.wav", "no poses at"),
        ("extract gone.mp4 -o a.json", "gone.mp4"),
        ("train", "the following arguments are required: MODEL"),
        *(
            (f"music2video a.wav {option} {value}", option)
            for option in ("--seed", "--size", "--steps", "--context", "--fps", "--start")
            for value in ("9" * 400, "9" * 5000, "-" + "9" * 400)
        ),
        ("music2video a.wav --model ~nosuchuser/x", "no such song"),
        ("music2video a.wav --prompt @~nosuchuser/x", "no file of prompts at"),
        ("music2video --config ~nosuchuser/x", "cannot read settings from ~nosuchuser/x"),
        ("render ~nosuchuser/x -o a.mp4", "~nosuchuser/x"),
    ],
    ids=lambda text: text[:40],
)
def test_what_cannot_be_done_is_explained_in_one_line(
    tmp_path, monkeypatch, capsys, arguments, complaint
):
    monkeypatch.chdir(tmp_path)
    assert run(*arguments.split()) == 2
    out, err = capsys.readouterr()
    assert err.startswith("error: ")
    assert complaint in err
    assert err.count("\n") == 1
    assert len(err) < 700
    assert out == ""
    assert list(tmp_path.iterdir()) == []


def test_a_bug_shows_its_traceback(monkeypatch, tmp_path):
    def broken(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("pipelines.music2video.render", broken)
    with pytest.raises(RuntimeError, match="a bug"):
        run("render", "a.npz", "-o", tmp_path / "a.mp4")


def test_an_interruption_ends_with_130(monkeypatch, tmp_path, capsys):
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("pipelines.music2video.render", interrupted)
    assert run("render", "a.npz", "-o", tmp_path / "a.mp4") == 130
    assert capsys.readouterr().err.count("\n") == 1


def test_names_that_are_no_text_are_said_and_do_no_harm_to_the_terminal(tmp_path, capsys):
    name = os.fsdecode(b"a\xff\x1b[31m.wav")
    assert run("music2pose", tmp_path / name, "-o", tmp_path / "a.npz") == 2
    err = capsys.readouterr().err
    assert "a\\udcff\\x1b[31m.wav" in err and "\x1b" not in err


def test_a_song_whose_name_is_no_text_is_danced_to_and_recorded(tmp_path, song, capsys):
    named = song.rename(tmp_path / os.fsdecode(b"s\xff.wav"))
    video = tmp_path / os.fsdecode(b"v\xff.mp4")
    assert run("music2video", named, "-o", video, *SIZE) == 0
    assert "wrote" in capsys.readouterr().out
    again = ("--config", video.with_suffix(".run.json"), "-o", tmp_path / "b.mp4")
    assert run("music2video", *again) == 0


def printing(target: str, *, unbuffered: bool) -> subprocess.CompletedProcess:
    command = f"exec {sys.executable} {'-u' if unbuffered else ''} cli.py --help {target}"
    return subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True)


@pytest.mark.parametrize("unbuffered", [True, False])
def test_a_full_standard_output_is_not_taken_for_a_file(unbuffered):
    done = printing("> /dev/full", unbuffered=unbuffered)
    assert (done.returncode, done.stderr) == (
        2, "error: standard output: No space left on device; print to another place\n",
    )  # fmt: skip


@pytest.mark.parametrize("unbuffered", [True, False])
def test_a_reader_that_has_enough_is_no_error(unbuffered):
    done = printing("> >(exec true)", unbuffered=unbuffered)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_run_that_is_ended_leaves_nothing_half_made(monkeypatch, tmp_path, capsys, number, code):
    from checkpoints.files import whole_file

    def ended(*_: object) -> None:
        with whole_file(tmp_path / "a.mp4"):
            os.kill(os.getpid(), number)

    monkeypatch.setattr("pipelines.music2video.render", ended)
    before = signal.signal(number, signal.SIG_DFL)  # nohup ignores one of them
    try:
        assert run("render", "a.npz", "-o", tmp_path / "a.mp4") == code
        assert signal.getsignal(number) == signal.SIG_DFL
    finally:
        signal.signal(number, before)
    assert capsys.readouterr().err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_signal_that_the_shell_ignores_is_ignored(monkeypatch, tmp_path):
    monkeypatch.setattr("pipelines.music2video.render", lambda *_: os.kill(os.getpid(), 1))
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with pytest.raises(AttributeError):  # what comes after it: there is no record to report
            run("render", "a.npz", "-o", tmp_path / "a.mp4")
    finally:
        signal.signal(signal.SIGHUP, before)
