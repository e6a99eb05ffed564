"""`check`: every fault of the files and of config.yaml, without network unless asked for."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from sync.cli import exits
from sync.cli.configuration import config_path, git_root, read_bytes
from sync.cli.folder import named_files, read_folder
from sync.cli.options import FORMATS, Command, Settings, format_option
from sync.cli.output import in_color, report
from sync.config import Config, Scope, read_config, read_scope
from sync.documents import Naming, Rules, decoded
from sync.lint import check_files
from sync.lint.finding import Finding
from sync.reports.findings import (
    counted,
    findings_as_github,
    findings_as_json,
    findings_as_sarif,
    findings_as_text,
    findings_listing,
)
from sync.yaml import FaultsError, read_yaml

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sync.cli.options import Format

    CheckFormat = Format | Literal["github", "sarif"]


@click.command(cls=Command)
@click.argument("paths", nargs=-1, type=click.Path(), metavar="[PATH]...")
@click.option(
    "--online",
    is_flag=True,
    help="Also ask the target whether models and references exist.",
)
@format_option(*FORMATS, "github", "sarif")
@click.pass_obj
def command(
    settings: Settings, paths: tuple[str, ...], online: bool, report_format: CheckFormat
) -> int:
    """Find every fault of the descriptions and of config.yaml, each with its line and column.

    PATHs are files or folders; those that are no descriptions are left out, so that a hook may
    name whatever changed. Without --target, names are looked up for every target. docs/rules.md
    explains each rule; `rules` in config.yaml sets it to error, warning, info or off.

    Exits 0 without errors, 4 with errors in descriptions, 2 with faults of config.yaml, and 1 where
    a server did not answer.

    \b
    description-sync check
    description-sync check characters/ --format github
    description-sync check --online --target production
    """
    grounds = read_grounds(settings, from_root=report_format in {"github", "sarif"})
    files = read_folder(grounds.folder, Rules(grounds.scope.exclude))
    chosen = named_files(paths, files, grounds.folder)
    findings = _offline(grounds, files, chosen=chosen)
    code, is_complete = exits.DONE, not online
    try:
        if online and grounds.is_sound:
            from sync.cli.online import ask  # noqa: PLC0415 - HTTP and git take half a second

            found, code = ask(settings, files, folder=grounds.shown_folder, chosen=chosen)
            findings, is_complete = sorted({*findings, *found}), code == exits.DONE
    finally:
        report(
            _as(
                report_format,
                findings,
                files=len(chosen),
                is_complete=is_complete,
                settings=settings,
            )
        )
    return exits.worst([code, grounds.exit_code, _exit_code(findings)])


# --- config.yaml ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a check goes by: of a faulty config.yaml what it still says, and its faults.

    `shown_folder` is what stands before the paths of files; `targets` are all that there are,
    None where nobody knows.
    """

    folder: Path
    shown_folder: str
    scope: Scope
    namings: Sequence[Naming]
    targets: Collection[str] | None = None
    findings: Sequence[Finding] = ()

    @property
    def is_sound(self) -> bool:
        return not self.findings

    @property
    def exit_code(self) -> int:
        return exits.DONE if self.is_sound else exits.USAGE


def read_grounds(settings: Settings, *, from_root: bool) -> Grounds:
    """Find and read config.yaml; paths are shown from the working directory, or from git's root.

    Raises ConfigError where there is none to be read, UsageError for a target that it hasn't.
    """
    path = config_path(settings)
    data = read_bytes(path)
    start = (git_root(path.parent) if from_root else None) or Path.cwd()
    shown = _seen(path, start)
    try:
        text = decoded(data, path=shown)
        config = read_config(text, path=shown)
    except FaultsError as error:
        scope = read_scope(data.decode(errors="replace"))
        folder = path.parent / scope.descriptions
        findings = [
            Finding(each.path, each.line, each.column, "config", "error", each.message)
            for each in error.faults
        ]
        return Grounds(folder, _seen(folder, start), scope, [Naming("")], findings=findings)
    folder = path.parent / config.descriptions
    findings = [] if folder.is_dir() else [_no_folder(text, shown, config)]
    namings = _namings(config, settings)
    return Grounds(folder, _seen(folder, start), config, namings, config.targets, findings)


def _namings(config: Config, settings: Settings) -> list[Naming]:
    names = settings.names(config) or tuple(config.targets)
    targets = dict(config.named(name) for name in names)
    return [Naming(name, target.models, target.assets) for name, target in targets.items()]


def _no_folder(text: str, shown: str, config: Config) -> Finding:
    line, column = read_yaml(text, path="").places.get(("descriptions",), (1, 1))
    message = f"there is no folder {config.descriptions}; create it, or name another one"
    return Finding(shown, line, column, "config", "error", message)


def _seen(path: Path, start: Path) -> str:
    """A path as seen from a folder, wherever that is."""
    return Path(os.path.relpath(path, start)).as_posix()


# --- findings ------------------------------------------------------------------------------------


def _offline(grounds: Grounds, files: dict[str, bytes], *, chosen: set[str]) -> list[Finding]:
    found = check_files(
        files,
        grounds.namings,
        folder=grounds.shown_folder,
        levels=grounds.scope.rules,
        chosen=chosen,
        targets=grounds.targets,
    )
    if not grounds.is_sound:  # then nobody knows what names stand for
        found = [finding for finding in found if finding.rule != "unknown-alias"]
    return sorted([*grounds.findings, *found])


def _as(
    report_format: CheckFormat,
    findings: list[Finding],
    *,
    files: int,
    is_complete: bool,
    settings: Settings,
) -> str:
    match report_format:
        case "github":
            return findings_as_github(findings)
        case "sarif":
            return findings_as_sarif(findings)
        case "json":
            return findings_as_json(findings)
        case "text" if settings.quiet and not findings:
            return ""
        case "text":
            count = counted(findings, files=files, is_complete=is_complete)
            return findings_as_text(findings, count, color=in_color(settings, sys.stdout))
        case _:
            from sync.cli.showing import listed  # noqa: PLC0415 - a hook has no use for pages

            listing = partial(findings_listing, files=files, is_complete=is_complete)
            return listed(
                report_format, [findings], settings, listing=listing, document=findings_as_json
            )


def _exit_code(findings: Sequence[Finding]) -> int:
    is_faulty = any(finding.severity == "error" for finding in findings)
    return exits.SOME_FAILED if is_faulty else exits.DONE
