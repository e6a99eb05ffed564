"""Download the assets that a target lacks, and read and write their table (CSV)."""

from __future__ import annotations

import mimetypes
from dataclasses import replace
from typing import TYPE_CHECKING

from sync.decisions.map_assets import read_asset_matches, render_missing_assets
from sync.errors import SyncError
from sync.scenario import run_concurrently
from sync.workspace.find_config import format_path
from sync.workspace.named_file import read_named_text, write_named_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from sync.decisions.map import MissingCounterpart
    from sync.decisions.map_assets import AssetMatch
    from sync.operations.sessions import Session
    from sync.scenario import Asset

_MAX_BYTES = 1_000_000_000  # of one file, which is held in memory
_SECONDS = 600
_AT_ONCE = 4


def read_table(path: Path, pair: tuple[str, str]) -> list[AssetMatch]:
    """Read the ids that a person has filled in; none if there is no file yet."""
    return (
        read_asset_matches(read_named_text(path, kind="a table"), pair, path=str(path))
        if path.exists()
        else []
    )


def write_table(path: Path, missing: Sequence[MissingCounterpart], pair: tuple[str, str]) -> None:
    """Write the missing assets, or add those that an existing table does not list."""
    present = read_named_text(path, kind="a table") if path.exists() else ""
    text = render_missing_assets(missing, pair, present=present)
    if text != present:
        write_named_file(path, text.encode())


async def download_assets(
    session: Session,
    missing: Sequence[MissingCounterpart],
    assets: Mapping[str, Asset],
    *,
    folder: Path,
) -> tuple[list[MissingCounterpart], list[str]]:
    """Download the files of the missing assets; return them with their paths, and the failures.

    An existing file is not downloaded again, and never replaced.
    """
    _create_folder(folder)
    paths = {each.reference_target.id: folder / _make_file_name(each) for each in missing}
    wanted = [id_ for id_, path in paths.items() if not path.exists()]
    failures: list[str] = []
    with session.track.start_step(f"{session.name}: downloading", len(wanted)):
        async with session.scenario.open_downloader(
            max_bytes=_MAX_BYTES, seconds=_SECONDS
        ) as files:

            async def fetch(id_: str) -> bytes | None:
                asset = assets.get(id_)
                url = asset.original_file_url or asset.url if asset else None
                return await files.fetch(url) if url else None

            async for id_, content in run_concurrently(fetch, wanted, limit=_AT_ONCE):
                if content is None:
                    failures.append(f"the file of {id_} could not be downloaded")
                else:
                    write_named_file(paths[id_], content)
                session.track.advance()
    found = {id_: format_path(path.absolute()) for id_, path in paths.items() if path.exists()}
    return [
        replace(each, file=found.get(each.reference_target.id, "")) for each in missing
    ], failures


def _create_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SyncError(f"{folder} could not be created: {error.strerror}") from error


def _make_file_name(missing: MissingCounterpart) -> str:
    """Make a file name from the name of the asset, which is a slug, and its type."""
    suffix = mimetypes.guess_extension(missing.facts.mime_type) or ""
    return f"{missing.name.replace('/', '-')}{suffix}"
