"""A file appears whole or not at all."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from checkpoints import CheckpointError
from checkpoints.files import locked_folder, whole_file, whole_folder


def test_the_file_appears_only_when_the_block_ends(tmp_path):
    path = tmp_path / "a.txt"
    with whole_file(path) as partial:
        partial.write_text("whole")
        assert not path.exists()
    assert path.read_text() == "whole"
    assert list(tmp_path.iterdir()) == [path]


def test_a_block_that_fails_leaves_what_was_there(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("before")
    with pytest.raises(KeyboardInterrupt), whole_file(path) as partial:
        partial.write_text("half")
        raise KeyboardInterrupt
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_it_is_as_readable_as_any_new_file(tmp_path):
    (tmp_path / "usual").touch()
    with whole_file(tmp_path / "a"):
        pass
    modes = {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("a", "usual")}
    assert len(modes) == 1


def test_what_a_killed_run_left_is_removed_and_what_a_live_one_writes_is_not(tmp_path):
    path = tmp_path / "a.txt"
    killed = "import os,sys; sys.path.insert(0, sys.argv[2])\n"
    killed += "from pathlib import Path; from checkpoints.files import whole_file\n"
    killed += "with whole_file(Path(sys.argv[1])): os.kill(os.getpid(), 9)"
    subprocess.run([sys.executable, "-c", killed, str(path), str(Path(__file__).parents[2])])
    assert len(leftovers := list(tmp_path.iterdir())) == 1
    assert leftovers[0] != path

    with whole_file(path) as partial:
        assert not leftovers[0].exists()
        with whole_file(path) as other:
            assert partial.exists()
            other.write_text("other")
        partial.write_text("last")
    assert path.read_text() == "last"


@pytest.mark.parametrize("name", ["ü" * 100, "a" * 250])
def test_long_names_fit(tmp_path, name):
    with whole_file(tmp_path / name):
        pass
    assert os.listdir(tmp_path) == [name]


def test_a_folder_takes_the_place_of_another_when_the_block_ends(tmp_path):
    path = tmp_path / "made"
    path.mkdir()
    (path / "before").touch()
    with whole_folder(path) as partial:
        (partial / "now").touch()
        assert [file.name for file in path.iterdir()] == ["before"]
    assert [file.name for file in path.iterdir()] == ["now"]
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_leads_to_the_folder_that_takes_the_place_of_another(tmp_path):
    made, link = tmp_path / "made", tmp_path / "link"
    made.mkdir()
    link.symlink_to("made")
    with whole_folder(link) as partial:
        (partial / "now").touch()
    assert link.is_symlink() and (made / "now").exists()
    assert {*tmp_path.iterdir()} == {made, link}


def test_a_folder_whose_block_fails_leaves_what_was_there(tmp_path):
    path = tmp_path / "made"
    path.mkdir()
    (path / "before").touch()
    with pytest.raises(KeyboardInterrupt), whole_folder(path):
        raise KeyboardInterrupt
    assert [file.name for file in path.iterdir()] == ["before"]
    assert list(tmp_path.iterdir()) == [path]


def test_leftovers_of_dead_runs_go_and_folders_of_live_ones_and_of_others_stay(tmp_path):
    path, dead = tmp_path / "made", tmp_path / ".made.0123.part"
    foreign = [tmp_path / name for name in (".made.partial", ".made.old", ".made.unfinished")]
    for folder in (dead, *foreign):
        folder.mkdir()
        (folder / "file").touch()
    with whole_folder(path) as first:
        assert not dead.exists()
        with whole_folder(path) as second:
            assert first.exists() and first != second
    assert all((folder / "file").exists() for folder in foreign)


def test_two_runs_do_not_work_in_one_folder(tmp_path):
    another = pytest.raises(CheckpointError, match="another run is at work in")
    with locked_folder(tmp_path / "work"), another, locked_folder(tmp_path / "work"):
        raise AssertionError
    with locked_folder(tmp_path / "work"):
        pass
