"""Find public weights: in a folder, in the Hugging Face cache, or on the Hub itself."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from huggingface_hub import HfApi, constants, snapshot_download
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, OfflineModeIsEnabled
from huggingface_hub.utils import validate_repo_id

from checkpoints import CheckpointError, first_line
from checkpoints.foreign import expanded
from checkpoints.store import PICKLES

LOCAL = "local"

NETWORK_ERRORS: tuple[type[Exception], ...] = (
    OSError, OfflineModeIsEnabled, HfHubHTTPError, *HfHubHTTPError.__bases__
)  # fmt: skip
"""The last stands for whatever the Hub's own library reports of a broken connection."""

Wanted = tuple[tuple[str, ...], ...]
"""Files that a model needs: for each, the names that it may have, best first."""


@dataclass(frozen=True)
class Need:
    """One model that must be here."""

    what: str
    """What it is for, in a user's words."""
    name: str
    """A folder, a file, or a Hub repository ``owner/name``, with ``@revision`` if one is meant."""
    wanted: Wanted = ()
    """Empty for a model that is a single file."""

    def configs(self) -> "Need":
        """Return the small files alone, which say what the large ones hold."""
        return replace(self, wanted=tuple(w for w in self.wanted if w[0].endswith("config.json")))

    @property
    def holds_weights(self) -> bool:
        return not self.wanted or any(w[-1].endswith(".safetensors") for w in self.wanted)

    def is_here(self) -> bool:
        try:
            find(self, may_download=False)
        except CheckpointError:
            return False
        return True


@dataclass(frozen=True)
class Found:
    """A model's files on this machine."""

    need: Need
    folder: Path
    files: tuple[str, ...]
    """One for each that was wanted, in the same order, relative to ``folder``."""
    revision: str
    """The Hub's commit; LOCAL for a folder or file of the user's own."""

    @property
    def name(self) -> str:
        return self.need.name

    @property
    def paths(self) -> list[Path]:
        return [self.folder / file for file in self.files]

    @property
    def is_single_file(self) -> bool:
        return not self.need.wanted


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


def find(need: Need, may_download: bool = True) -> Found:
    """Return where the files of a model are, fetching what is not here yet.

    What the cache holds whole is taken from there without asking the network.

    Raises:
        CheckpointError: there is no such model, it lacks a file, it can hold code, or it cannot be
            had from here.
    """
    folder = expanded(need.name)
    if not need.wanted:
        return find_file(need, may_download)
    if folder.is_dir():
        return Found(need, folder, choose(list_files(folder), need), LOCAL)
    if reason := why_nowhere(need):
        raise CheckpointError(reason)
    cached = cached_folder(Name.parse(need.name))
    if cached is None or lacking(list_files(cached), need.wanted):
        if not may_download:
            raise CheckpointError(missing_message(need, "it is not here yet"))
        cached = download(need)
    return Found(need, cached, choose(list_files(cached), need), cached.name)


def find_file(need: Need, may_download: bool) -> Found:
    """Return where a file is, local or named ``owner/name/path.safetensors``; see ``find``."""
    path, name = expanded(need.name), Name.parse(need.name)
    if path.is_file() and path.suffix not in PICKLES:
        return Found(need, path.parent, (path.name,), LOCAL)
    if reason := why_nowhere(need):
        raise CheckpointError(reason)
    at = f"@{name.revision}" if name.revision else ""
    repository = Need(need.what, f"{name.repository}{at}", ((name.file,),))
    return replace(find(repository, may_download), need=need)


def why_nowhere(need: Need) -> str:
    """Return why a model that is not on this machine is not on the Hub either, by its name alone.

    Empty where it may be there.
    """
    name, is_local = Name.parse(need.name), need.name.startswith(("/", ".", "~"))
    if not need.wanted:
        if Path(need.name).suffix in PICKLES:
            return (
                f"{need.what} {need.name} is a pickle, which can run code; give it as .safetensors"
            )
        if not name.file or is_local:
            return (
                f"no {need.what} file at {need.name}; give a .safetensors file, or "
                "owner/name/file.safetensors of a Hugging Face repository"
            )
    try:
        validate_repo_id(name.repository)
    except HFValidationError:
        return (
            f"no {need.what} at {need.name}; give a folder, a .safetensors file, or a Hugging Face "
            "repository (owner/name)"
        )
    return ""


def download(need: Need) -> Path:
    """Fetch the files of a Hub repository, each in the first of its forms that exists there.

    Return the folder that they lie in.

    Raises:
        CheckpointError: the repository, a file or the network is missing.
    """
    name = Name.parse(need.name)
    if constants.is_offline_mode():
        raise CheckpointError(missing_message(need, "HF_HUB_OFFLINE forbids to fetch it"))
    try:
        info = HfApi().model_info(name.repository, revision=name.revision)
        files = choose([file.rfilename for file in info.siblings or ()], need)
        # Asked for by the name of its branch, so that the cache remembers what that stands for.
        return Path(
            snapshot_download(name.repository, revision=name.revision, allow_patterns=list(files))
        )
    except NETWORK_ERRORS as error:
        raise CheckpointError(missing_message(need, first_line(error))) from error


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


def choose(files: Iterable[str], need: Need) -> tuple[str, ...]:
    """Return the best existing form of every wanted file.

    Raises:
        CheckpointError: one exists in no form.

    >>> forms = ("unet/a.fp16.safetensors", "unet/a.safetensors")
    >>> choose(["unet/a.safetensors"], Need("base model", "x", (forms,)))
    ('unet/a.safetensors',)
    """
    present = set(files)
    if absent := lacking(present, need.wanted):
        beside = Path(absent[0]).parent
        pickles = [f for f in sorted(present) if Path(f).parent == beside and _is_pickle(f)]
        hint = f"; {pickles[0]} is a pickle, which can run code, and is not read" if pickles else ""
        raise CheckpointError(f"{need.what} {need.name} lacks {' and '.join(absent)}{hint}")
    return tuple(next(filter(present.__contains__, forms)) for forms in need.wanted)


def _is_pickle(file: str) -> bool:
    return Path(file).suffix in PICKLES


def lacking(files: Iterable[str], wanted: Wanted) -> list[str]:
    """Return the plainest name of every wanted file that exists in no form."""
    present = set(files)
    return [forms[-1] for forms in wanted if not present.intersection(forms)]


def missing_message(need: Need, reason: str) -> str:
    """Return one line that says what is not here, why, and how to get it."""
    name = Name.parse(need.name)
    at = f" --revision {name.revision}" if name.revision else ""
    files = " ".join(forms[-1] for forms in need.wanted)
    return (
        f"the {need.what} {name.repository} is not here ({reason}); give a folder that holds it, "
        f"or fetch it where there is a network: hf download {name.repository} {files}{at}"
    )
