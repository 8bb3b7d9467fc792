"""Find public weights: in a folder, in the Hugging Face cache, or on the Hub itself."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from huggingface_hub import HfApi, constants, snapshot_download
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, OfflineModeIsEnabled
from huggingface_hub.utils import validate_repo_id

from checkpoints import CheckpointError, first_line
from checkpoints.store import PICKLES

LOCAL = "local"

NETWORK_ERRORS: tuple[type[Exception], ...] = (
    OSError, OfflineModeIsEnabled, HfHubHTTPError, *HfHubHTTPError.__bases__
)  # fmt: skip
"""The last stands for whatever the Hub's own library reports of a broken connection."""

Wanted = tuple[tuple[str, ...], ...]
"""Files that a model needs: for each, the names that it may have, best first."""


@dataclass(frozen=True)
class Found:
    """A model's files on this machine."""

    what: str
    """What the model is for, in a user's words."""
    name: str
    """As the user or a preset calls it."""
    folder: Path
    files: tuple[str, ...]
    """One for each that was wanted, in the same order, relative to ``folder``."""
    revision: str
    """The Hub's commit; LOCAL for a folder or file of the user's own."""

    @property
    def paths(self) -> list[Path]:
        return [self.folder / file for file in self.files]

    @property
    def is_single_file(self) -> bool:
        return len(self.files) == 1 and self.files[0].endswith(".safetensors")


@dataclass(frozen=True)
class Name:
    """What a user may call a model, taken apart.

    >>> Name.parse("owner/name@v2").revision
    'v2'
    >>> Name.parse("owner/name/folder/file.safetensors").file
    'folder/file.safetensors'
    """

    repository: str
    file: str = ""
    revision: str | None = None

    @classmethod
    def parse(cls, text: str) -> "Name":
        path, _, revision = text.partition("@")
        parts = path.split("/")
        return cls("/".join(parts[:2]), "/".join(parts[2:]), revision or None)


def find(name: str, wanted: Wanted, what: str, may_download: bool = True) -> Found:
    """Return where the ``wanted`` files of a model are, fetching what is not here yet.

    ``name`` is a folder, or a Hub repository ``owner/name``, with ``@revision`` if one is meant.
    What the cache holds whole is taken from there without asking the network.

    Raises:
        CheckpointError: there is no such model, it lacks a file, or it cannot be had from here.
    """
    folder = Path(name).expanduser()
    if folder.is_dir():
        files = choose(list_files(folder), wanted, f"{what} {name}")
        return Found(what, name, folder, files, LOCAL)
    try:
        validate_repo_id(Name.parse(name).repository)
    except HFValidationError as error:
        raise CheckpointError(
            f"no {what} at {name}; give a folder, a .safetensors file, or a Hugging Face "
            "repository (owner/name)"
        ) from error
    folder = cached_folder(Name.parse(name))
    if folder is None or lacking(list_files(folder), wanted):
        if not may_download:
            raise CheckpointError(missing_message(name, wanted, what, "it is not here yet"))
        folder = download(name, wanted, what)
    return Found(what, name, folder, choose(list_files(folder), wanted, name), folder.name)


def find_file(name: str, what: str, may_download: bool = True) -> Found:
    """Return where a file is, local or named ``owner/name/path.safetensors``.

    Raises:
        CheckpointError: as ``find``; also for files that can hold code.
    """
    path = Path(name).expanduser()
    if path.suffix in PICKLES:
        raise CheckpointError(
            f"{what} {name} is a pickle, which can run code; give it as .safetensors"
        )
    if path.is_file():
        return Found(what, name, path.parent, (path.name,), LOCAL)
    hub_name = Name.parse(name)
    if not hub_name.file or name.startswith(("/", ".", "~")):
        raise CheckpointError(
            f"no {what} file at {name}; give a .safetensors file, or owner/name/file.safetensors "
            "of a Hugging Face repository"
        )
    at = f"@{hub_name.revision}" if hub_name.revision else ""
    return replace(
        find(f"{hub_name.repository}{at}", ((hub_name.file,),), what, may_download), name=name
    )


def download(name: str, wanted: Wanted, what: str) -> Path:
    """Fetch the ``wanted`` files of a Hub repository, each in the first of its forms that exists.

    Return the folder that they lie in.

    Raises:
        CheckpointError: the repository, a file or the network is missing.
    """
    hub_name = Name.parse(name)
    if constants.is_offline_mode():
        raise CheckpointError(
            missing_message(name, wanted, what, "HF_HUB_OFFLINE forbids to fetch it")
        )
    try:
        info = HfApi().model_info(hub_name.repository, revision=hub_name.revision)
        files = choose([file.rfilename for file in info.siblings or ()], wanted, f"{what} {name}")
        # Asked for by the name of its branch, so that the cache remembers what that stands for.
        return Path(
            snapshot_download(
                hub_name.repository, revision=hub_name.revision, allow_patterns=list(files)
            )
        )
    except NETWORK_ERRORS as error:
        raise CheckpointError(missing_message(name, wanted, what, first_line(error))) from error


def cached_folder(name: Name) -> Path | None:
    """Return the cache's snapshot of a repository, whole or not.

    ``snapshot_download(local_files_only=True)`` has none where only some files were fetched.
    """
    folder = Path(constants.HF_HUB_CACHE) / f"models--{name.repository.replace('/', '--')}"
    revision = name.revision or constants.DEFAULT_REVISION
    reference = folder / "refs" / revision
    commit = reference.read_text().strip() if reference.is_file() else revision
    snapshot = folder / "snapshots" / commit
    return snapshot if snapshot.is_dir() else None


def list_files(folder: Path) -> list[str]:
    """Return the files in ``folder`` and below, relative to it; dead links are none."""
    return [str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()]


def choose(files: Iterable[str], wanted: Wanted, name: str) -> tuple[str, ...]:
    """Return the best existing form of every wanted file.

    Raises:
        CheckpointError: one exists in no form.

    >>> choose(["unet/a.safetensors"], (("unet/a.fp16.safetensors", "unet/a.safetensors"),), "x")
    ('unet/a.safetensors',)
    """
    present = set(files)
    if absent := lacking(present, wanted):
        beside = Path(absent[0]).parent
        pickles = [f for f in sorted(present) if Path(f).parent == beside and _is_pickle(f)]
        hint = f"; {pickles[0]} is a pickle, which can run code, and is not read" if pickles else ""
        raise CheckpointError(f"{name} lacks {' and '.join(absent)}{hint}")
    return tuple(next(filter(present.__contains__, forms)) for forms in wanted)


def _is_pickle(file: str) -> bool:
    return Path(file).suffix in PICKLES


def lacking(files: Iterable[str], wanted: Wanted) -> list[str]:
    """Return the plainest name of every wanted file that exists in no form."""
    present = set(files)
    return [forms[-1] for forms in wanted if not present.intersection(forms)]


def missing_message(name: str, wanted: Wanted, what: str, reason: str) -> str:
    """Return one line that says what is not here, why, and how to get it."""
    hub_name = Name.parse(name)
    at = f" --revision {hub_name.revision}" if hub_name.revision else ""
    files = " ".join(forms[-1] for forms in wanted)
    return (
        f"the {what} {hub_name.repository} is not here ({reason}); give a folder that holds it, or "
        f"fetch it where there is a network: hf download {hub_name.repository} {files}{at}"
    )
