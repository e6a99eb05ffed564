"""Retrieve two targets and match their models and assets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sync.config.names import EMPTY_NAMES, add_names
from sync.decisions.copy import find_untranslated_targets, make_counterpart_table
from sync.decisions.map import (
    MissingCounterpart,
    ModelMap,
    NameReplacement,
    ReferenceFacts,
    TargetModels,
    TextOrigins,
    add_matched_names,
    find_missing_counterparts,
    match_models,
)
from sync.decisions.map_assets import AssetMatch, accept_matches
from sync.decisions.map_names import make_names_table, name_missing
from sync.descriptions.document import read_documents
from sync.model.document import ReferenceTarget
from sync.model.remote_text import RemoteText
from sync.operations.find_model import list_remote_models
from sync.operations.map_assets import download_assets, read_table, write_table
from sync.operations.map_rewrite import plan_name_replacement, write_files_with_names
from sync.operations.pull.pull import read_untracked_files
from sync.operations.sessions import open_session, run_both
from sync.operations.sources.another_target import find_existing, find_shared_files
from sync.workspace.find_config import format_path
from sync.workspace.folder import DescriptionFolder
from sync.workspace.names_file import get_names_path, write_names_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from sync.config.settings import Config
    from sync.descriptions.aliases import Aliases
    from sync.model.document import ReferenceKind
    from sync.model.remote_text import RemoteState
    from sync.operations.events import Events
    from sync.operations.sessions import Session
    from sync.scenario import Asset
    from sync.workspace.workspace import Target, Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class MapOptions:
    """The options of a map.

    `write` saves the new names in names.yaml. `rewrite` writes names in place of ids in
    the files. `assets` is a CSV file of missing assets for a person to fill in, `download` the
    folder for their files.
    """

    write: bool = False
    rewrite: bool = False
    assets: Path | None = None
    download: Path | None = None


async def map_targets(
    source: Target, target: Target, *, options: MapOptions, events: Events
) -> ModelMap:
    """Match the models of two targets, and find the references of the first target's texts.

    The texts are those of the files; only texts without a file are read from Scenario.
    """
    files = _read_files(source.workspace)
    async with (
        open_session(source, events=events) as source_session,
        open_session(target, events=events) as target_session,
    ):
        sides = await run_both(_load_side(source_session), _load_side(target_session))
        listed = (sides[0].ids, sides[1].ids)
        shared = await find_shared_files(source_session, target_session, files, listed=listed)
        paired = make_counterpart_table(source.aliases, target.aliases, files=shared.pairs).models
        taken: dict[ReferenceKind, set[str]] = {
            "model": set(_list_taken_names(source, target, files)),
            "asset": {
                name for each in source.workspace.config.targets.values() for name in each.assets
            },
        }
        found = match_models(*sides, paired=paired, taken=taken["model"])
        found = await _add_filled_assets(
            found, source_session, target_session, options=options, taken=taken["asset"]
        )
        aliases = add_matched_names(source.aliases, found, of="source")
        table = make_counterpart_table(
            aliases,
            add_matched_names(target.aliases, found, of="target"),
            files=shared.pairs,
        )
        texts, origins = await _read_texts(
            source_session, [pair.source for pair in table.models], aliases=aliases, files=files
        )
        existing = await find_existing(
            target_session.scenario, find_untranslated_targets(texts.values(), table)
        )
        missing = find_missing_counterparts(texts, table, existing=existing)
        assets = await _read_assets(source_session, missing)
        facts = _make_all_facts(assets, sides[0])
        missing = name_missing(missing, aliases=aliases, facts=facts, taken=taken)
        to_fill_in = str(options.assets) if options.assets else ""
        found = replace(found, missing=missing, origins=origins, assets_table=to_fill_in)
        if options.download:
            lacking = found.missing_assets
            files_of, failures = await download_assets(
                source_session, lacking, assets, folder=options.download
            )
            rest = [each for each in missing if each not in lacking]
            found = replace(
                found, missing=(*files_of, *rest), failures=(*found.failures, *failures)
            )
    return _write_results(found, source, target, files=files, options=options)


async def _add_filled_assets(
    found: ModelMap,
    source_session: Session,
    target_session: Session,
    *,
    options: MapOptions,
    taken: set[str],
) -> ModelMap:
    """Add the assets whose new ids a person has filled in, if the target has them."""
    pair = (source_session.name, target_session.name)
    matches = read_table(options.assets, pair) if options.assets else []
    existing = await target_session.scenario.get_assets(match.target for match in matches)
    accepted = accept_matches(
        matches,
        source_session.target.aliases,
        target_session.target.aliases,
        existing=existing,
        taken=taken,
    )
    results = [*accepted]
    assets = {
        each.name: (each.source, each.target) for each in results if isinstance(each, AssetMatch)
    }
    failures = tuple(each for each in results if isinstance(each, str))
    return replace(found, assets=assets, failures=failures)


async def _load_side(session: Session) -> TargetModels:
    return TargetModels(session.target.aliases, await list_remote_models(session.scenario))


def _list_taken_names(source: Target, target: Target, files: Mapping[str, bytes]) -> Iterator[str]:
    """List the names of all targets, and the ids in files: no new name may equal one of them."""
    for each in source.workspace.config.targets.values():
        yield from each.models
    for side in (source, target):
        documents, invalid = side.read_documents(files)
        yield from (document.model for document in documents)
        yield from (file.model for file in invalid)


def _write_results(
    found: ModelMap,
    source: Target,
    target: Target,
    *,
    files: Mapping[str, bytes],
    options: MapOptions,
) -> ModelMap:
    """Write the table of names, then the files, as far as the options ask for it.

    The texts of all files are verified before the first write. Raises RefusedError.
    """
    workspace = source.workspace
    table = make_names_table(found) if options.write else EMPTY_NAMES
    config = add_names(workspace.config, table)
    new: dict[str, bytes] = {}
    if options.rewrite:
        sides = [source, target]
        aliases = {each.name: _make_aliases(config, each) for each in sides}
        new = plan_name_replacement(sides, files, aliases=aliases)
    if options.assets:
        write_table(options.assets, found.missing_assets, (source.name, target.name))
    if options.write:
        is_new = write_names_file(workspace.config_path, table)
        path = get_names_path(workspace.config, workspace.config_path)
        names = format_path(path)
        written_paths = (format_path(workspace.config_path), names) if is_new else ()
        found = replace(found, names_file=names, written_paths=written_paths)
    if options.rewrite:
        left = write_files_with_names(source, new, old=files)
        written = tuple(path for path in new if path not in left)
        folder = format_path(workspace.repository.root / workspace.folder)
        found = replace(
            found,
            name_replacement=NameReplacement(written, tuple(sorted(left.items()))),
            written_paths=(*found.written_paths, *([folder] if written else [])),
        )
    return found


def _make_aliases(config: Config, target: Target) -> Aliases:
    section = config.targets[target.name]
    return replace(target.aliases, models=section.models, assets=section.assets)


# --- texts and assets of the source --------------------------------------------------------------


def _read_files(workspace: Workspace) -> dict[str, bytes]:
    """Read the files of the folder, also those that git does not track yet."""
    listing = workspace.repository.list_folder(workspace.folder, None)
    tracked = workspace.repository.read_listed_files(listing, include=workspace.file_filter.accepts)
    folder = DescriptionFolder(workspace.repository.root, workspace.folder)
    return {**read_untracked_files(workspace, folder, listing), **tracked.files}


async def _read_texts(
    session: Session, models: Sequence[str], *, aliases: Aliases, files: Mapping[str, bytes]
) -> tuple[dict[str, RemoteState], TextOrigins]:
    """Return the text of each model: that of its file or, without one, that of Scenario."""
    documents, _ = read_documents(files, aliases, folder=session.target.workspace.folder)
    known = {document.model: RemoteText(document.text) for document in documents}
    texts: dict[str, RemoteState] = {model: known[model] for model in models if model in known}
    read = await session.retrieve([model for model in models if model not in known])
    return {**texts, **read}, TextOrigins(len(texts), len(read))


async def _read_assets(
    session: Session, missing: Sequence[MissingCounterpart]
) -> Mapping[str, Asset]:
    """Read the facts about the missing assets from the source."""
    targets = [each.reference_target for each in missing]
    return await session.scenario.get_assets(
        target.id for target in targets if target.kind == "asset"
    )


def _make_all_facts(
    assets: Mapping[str, Asset], side: TargetModels
) -> dict[ReferenceTarget, ReferenceFacts]:
    return {
        **{ReferenceTarget("asset", id_): _make_facts(asset) for id_, asset in assets.items()},
        **{
            ReferenceTarget("model", model.id): ReferenceFacts(name=model.name, kind=model.type)
            for model in side.models
        },
    }


def _make_facts(asset: Asset) -> ReferenceFacts:
    size = asset.properties.size if asset.properties else None
    metadata = asset.unlisted_fields.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    return ReferenceFacts(
        name if isinstance(name, str) else "",
        asset.kind or "",
        asset.mime_type or "",
        int(size) if size is not None and size >= 0 else None,
    )
