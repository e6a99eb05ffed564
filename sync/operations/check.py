"""Find the errors of config.yaml and of the files, offline."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sync.config.names import add_names
from sync.config.settings import Config, FolderConfig, read_config, read_folder_config
from sync.config.yaml import FaultsError, read_yaml
from sync.descriptions.aliases import Aliases
from sync.descriptions.front_matter import decode_file
from sync.errors import GitError
from sync.lint.check import check_files
from sync.lint.finding import Finding
from sync.lint.fixes import FixedFile, fix_file
from sync.workspace.find_config import find_git_root, locate_config, read_config_bytes
from sync.workspace.folder import DescriptionFolder
from sync.workspace.names_file import get_names_path, read_names_file
from sync.workspace.path_arguments import make_path_from

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sync.lint.check import TimeLimit


@dataclass(frozen=True, slots=True)
class CheckContext:
    """The settings of a check; from an invalid config.yaml, the readable ones and its findings.

    `display_folder` is the prefix of file paths in findings; `targets` are the names of all
    targets, None if config.yaml is invalid.
    """

    folder: Path
    display_folder: str
    scope: FolderConfig
    aliases: Sequence[Aliases]
    targets: Collection[str] | None = None
    findings: Sequence[Finding] = ()

    @property
    def is_sound(self) -> bool:
        return not self.findings


def read_check_context(
    config_file: Path | None,
    target_names: Sequence[str],
    *,
    all_targets: bool = False,
    from_root: bool = False,
) -> CheckContext:
    """Find and read config.yaml; paths are shown relative to the working directory or git root.

    Raises ConfigError if there is no readable file, UsageError for an unknown target.
    """
    path = locate_config(config_file)
    data = read_config_bytes(path)
    start = (find_git_root(path.parent) if from_root else None) or Path.cwd()
    shown = make_path_from(start, path)
    try:
        text = decode_file(data, path=shown)
        config = read_config(text, path=shown)
    except FaultsError as error:
        scope = read_folder_config(data.decode(errors="replace"))
        folder = path.parent / scope.descriptions
        return CheckContext(
            folder,
            make_path_from(start, folder),
            scope,
            [Aliases("")],
            findings=_make_findings(error),
        )
    folder = path.parent / config.descriptions
    findings = [] if folder.is_dir() else [_flag_missing_folder(text, shown, config, folder)]
    try:
        names_path = make_path_from(start, get_names_path(config, path))
        config = add_names(config, read_names_file(config, path, shown=names_path))
    except FaultsError as error:
        findings += _make_findings(error)
    names = config.select_target_names(target_names, all_targets=all_targets)
    aliases = _read_aliases(config, names or tuple(config.targets))
    return CheckContext(
        folder, make_path_from(start, folder), config, aliases, config.targets, findings
    )


def _make_findings(error: FaultsError) -> list[Finding]:
    return [
        Finding(each.path, each.line, each.column, "config", "error", each.message)
        for each in error.faults
    ]


def _read_aliases(config: Config, names: Sequence[str]) -> list[Aliases]:
    targets = dict(config.get_target(name) for name in names)
    return [Aliases(name, target.models, target.assets) for name, target in targets.items()]


def _flag_missing_folder(text: str, shown: str, config: Config, folder: Path) -> Finding:
    line, column = read_yaml(text, path="").positions.get(("descriptions",), (1, 1))
    message = f"there is no folder {config.descriptions}; create it, or name another one"
    if left_out := _find_left_out_folder(folder):
        message = (
            f"the sparse checkout leaves out the folder {left_out}; bring it with "
            f"`git sparse-checkout add {left_out}` in the root of the repository"
        )
    return Finding(shown, line, column, "config", "error", message)


def _find_left_out_folder(folder: Path) -> str:
    """Return the path from the root of a folder that a sparse checkout leaves out; empty if not."""
    from sync.git import Repository  # noqa: PLC0415 - check needs git only here

    try:
        repository = Repository.discover(folder.parent)
        relative = repository.make_relative(folder)
        return relative if repository.has_sparse_files(relative) else ""
    except GitError:
        return ""


def fix_files(
    context: CheckContext, files: dict[str, bytes], *, chosen: set[str]
) -> tuple[dict[str, bytes], list[FixedFile]]:
    """Correct the chosen files on the disk; return the files as they are then, and the corrections.

    Nothing is written while config.yaml has errors, because it says which files are descriptions.
    """
    fixed: list[FixedFile] = []
    current = dict(files)
    folder = DescriptionFolder(context.folder.parent, context.folder.name)
    for path in sorted(chosen) if context.is_sound else ():
        data, fixes = fix_file(files[path], context.scope.rules)
        if fixes:
            reason = folder.write_file(path, data, old_data=files[path])
            fixed.append(FixedFile(f"{context.display_folder}/{path}", fixes, reason))
            current[path] = files[path] if reason else data
    return current, fixed


def check_offline(
    context: CheckContext,
    files: dict[str, bytes],
    *,
    chosen: set[str],
    time_limit: TimeLimit = nullcontext,
) -> list[Finding]:
    """Find the errors in the chosen files and in config.yaml, sorted.

    `time_limit` bounds the time for each file.
    """
    found = check_files(
        files,
        context.aliases,
        folder=context.display_folder,
        levels=context.scope.rules,
        chosen=chosen,
        targets=context.targets,
        time_limit=time_limit,
    )
    if not context.is_sound:  # the aliases are not known then
        found = [finding for finding in found if finding.rule != "unknown-alias"]
    return sorted([*context.findings, *found])
