"""Serve a small cache as the Hugging Face Hub does, so that fetching can be tried for real."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from huggingface_hub import constants
from huggingface_hub.utils import disable_progress_bars, enable_progress_bars

from pose2video.diffusion.weights.hub import Need, find
from pose2video.diffusion.weights.needs import ModelChoices, list_needs
from pose2video.diffusion.weights.presets import (
    BASE_MODELS,
    CONTROLNETS,
    LIGHTNING_STEPS,
    MODEL_PRESETS,
    MOTION_ADAPTERS,
)


@contextmanager
def served(cache: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield the address of a Hub that offers what is in ``cache``, and the files it gave away."""
    given: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer(with_body=True)

        def do_HEAD(self) -> None:
            self.answer(with_body=False)

        def answer(self, with_body: bool) -> None:
            parts = self.path.partition("?")[0].strip("/").split("/")
            repository = "/".join(parts[2:4] if parts[:2] == ["api", "models"] else parts[:2])
            snapshots = cache / f"models--{repository.replace('/', '--')}" / "snapshots"
            if not snapshots.is_dir():
                self.send_response(404)
                self.send_header("X-Error-Code", "RepoNotFound")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            snapshot = next(snapshots.iterdir())
            if parts[0] == "api":
                content = json.dumps(listing(repository, snapshot, is_tree="tree" in parts))
                body, headers = content.encode(), {"Content-Type": "application/json"}
            else:
                file = "/".join(parts[4:])
                body = (snapshot / file).read_bytes()
                headers = {"ETag": f'"{digest(body)}"', "X-Repo-Commit": snapshot.name}
                given.extend([f"{repository}/{file}"] * with_body)
            self.send_response(200)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            if with_body:
                self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", given
    finally:
        server.shutdown()


def fetch_all(hub: Path, cache: Path) -> None:
    """Fetch into ``cache`` what the Hub's own library is asked for by any preset or option."""
    disable_progress_bars()
    with served(hub) as (endpoint, _), pytest.MonkeyPatch.context() as patch:
        patch.setattr(constants, "ENDPOINT", endpoint)
        resolve = "/{repo_id}/resolve/{revision}/{filename}"
        patch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", f"{endpoint}{resolve}")
        patch.setattr(constants, "HF_HUB_CACHE", str(cache))
        patch.setattr(constants, "HF_HUB_OFFLINE", False)
        for need in every_need():
            find(need)
    enable_progress_bars()


def every_need() -> set[Need]:
    """Return each model that can be asked for by a short name."""
    choices = [ModelChoices(preset, temporal_net=True, uses_reference=True, draft=draft)
               for preset in MODEL_PRESETS for draft in (False, True)]  # fmt: skip
    choices += [ModelChoices(controls=(name,)) for name in CONTROLNETS]
    choices += [ModelChoices(base_model=name) for name in BASE_MODELS]
    choices += [ModelChoices(motion_adapter=name) for name in MOTION_ADAPTERS]
    choices += [ModelChoices("sd15-lightning", num_inference_steps=n) for n in LIGHTNING_STEPS]
    return {need for one in choices for of_part in list_needs(one).values() for need in of_part}


def listing(repository: str, snapshot: Path, is_tree: bool) -> Any:
    """Return what the Hub's interface says of a repository."""
    files = {str(f.relative_to(snapshot)): f for f in snapshot.rglob("*") if f.is_file()}
    if not is_tree:
        siblings = [{"rfilename": name} for name in files]
        return {"id": repository, "sha": snapshot.name, "siblings": siblings}
    return [
        {"type": "file", "path": name, "size": f.stat().st_size, "oid": digest(f.read_bytes())}
        for name, f in files.items()
    ]


def digest(content: bytes) -> str:
    return hashlib.sha1(content).hexdigest()
