"""Turn what is asked of a dancer into a direction for one song, once it is sure that it can be."""

from collections.abc import Callable, Collection
from pathlib import Path

from checkpoints.foreign import expanded, read_text
from music2pose import MusicError
from music2pose.controls import check_moves, wanted_moves
from music2pose.cue_sheet import read_cue_sheet, resolved_cues
from music2pose.direction import Direction
from music2pose.hearing.features import SongFeatures
from music2pose.hearing.moments import song_times
from pipelines.config import Music2VideoConfig

Director = Callable[[SongFeatures], Direction]


def load_director(config: Music2VideoConfig, known: Collection[str], seconds: float) -> Director:
    """Return what says, once a song is heard, how it is to be danced.

    Args:
        known: the names of moves that the dancer knows.
        seconds: the length of the song.

    Raises:
        MusicError: moves are asked for that the dancer does not know, or the choreography cannot
            be read or followed. That a song has fewer beats, bars or sections than it names is
            known only when it has been heard: then the director raises it.
    """
    try:
        favoured, avoided = wanted_moves(config.moves)
        check_moves((*favoured, *avoided), known)
    except MusicError as error:
        raise MusicError(f"--moves: {error}") from error
    if avoided and set(known) <= set(avoided):
        raise MusicError("--moves avoids all moves that there are; leave one")
    if not config.choreography:
        return lambda song: Direction(config.follow, config.energy, favoured, avoided)
    sheet = read_cue_sheet(config.choreography)
    sheet.check(known, seconds)

    def director(song: SongFeatures) -> Direction:
        cues = resolved_cues(sheet, song_times(song))
        return Direction(config.follow, config.energy, favoured, avoided, cues)

    return director


def files_asked_for(config: Music2VideoConfig) -> list[Path]:
    """Return the choreography and the pose files that it names.

    Raises:
        MusicError: it cannot be read.
    """
    if not config.choreography:
        return []
    sheet = read_cue_sheet(config.choreography)
    return [sheet.path, *sheet.pose_files]


def cues_in(config: Music2VideoConfig) -> dict[str, str]:
    """Return as ``cues`` what the file of the choreography holds, where there is one."""
    if not config.choreography:
        return {}
    return {"cues": read_text(expanded(config.choreography), errors="replace")}
