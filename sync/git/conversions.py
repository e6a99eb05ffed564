"""Read blobs as a checkout would write them, and find files whose text is in doubt."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from sync.git.commits import Blob
from sync.git.folder_listing import list_tree, normalize_path
from sync.git.process import Git, decode_printable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

# The attribute `text` and the others about line ends are left out: every text is compared with LF.
ATTRIBUTES = ("filter", "ident", "working-tree-encoding")
NO_VALUE = frozenset({"unspecified", "unset", "set"})
# Git goes on with the unconverted text if a filter fails that is not `required`.
FILTER_FAILED = "external filter"
_DRIVERS = r"^filter\..*\.(smudge|clean|process)$"
_IDENT = re.compile(rb"\$Id(?::[^$\n]*)?\$")


@dataclass(frozen=True, slots=True)
class Conversion:
    """The changes that git makes to a path's text between repository and checkout.

    `filter` and `encoding` are empty if there is none.
    """

    filter: str
    ident: bool
    encoding: str


def read_conversions(git: Git, paths: Iterable[str]) -> dict[str, Conversion]:
    """Return the conversions of the paths that have any; paths start at the root."""
    given = (f"{path}\0".encode() for path in paths)
    answer = git.read_output("check-attr", "-z", "--stdin", *ATTRIBUTES, stdin_chunks=given)
    fields = answer.split(b"\0")[:-1]
    values: dict[str, dict[str, str]] = {}
    for path, attribute, value in zip(*[iter(fields)] * 3, strict=True):
        if value not in {b"unspecified", b"unset"}:  # most files have no conversion
            of_path = values.setdefault(decode_printable(path), {})
            of_path[decode_printable(attribute)] = decode_printable(value)
    return {
        path: conversion for path, each in values.items() if (conversion := _parse_conversion(each))
    }


def _parse_conversion(values: Mapping[str, str]) -> Conversion | None:
    named = {name: value for name, value in values.items() if value not in NO_VALUE}
    encoding = named.get("working-tree-encoding", "")
    found = Conversion(
        named.get("filter", ""),
        ident=values.get("ident") == "set",
        encoding="" if encoding.casefold() in {"utf-8", "utf8"} else encoding,
    )
    return found if found != Conversion("", ident=False, encoding="") else None


@dataclass(frozen=True, slots=True)
class ConvertedFiles:
    """The bytes of files as a checkout would write them; `doubts` maps paths to reasons."""

    files: dict[str, bytes]
    doubts: dict[str, str]


def read_converted_blobs(git: Git, folder: str, blobs: Mapping[str, str]) -> ConvertedFiles:
    """Read the blobs of files as a checkout would write them; paths are relative to the folder.

    A text whose filter fails is returned unconverted, with a doubt.
    """
    contents = git.read_blobs(blobs.values())
    files = {path: data for path, (_, data) in zip(blobs, contents, strict=True)}
    doubts: dict[str, str] = {}
    conversions = _read_conversions_in(git, folder, files)
    drivers = _list_drivers(git, conversions.values())
    for path, conversion in conversions.items():
        if doubt := _explain_doubt(conversion, files[path], drivers=drivers):
            doubts[path] = doubt
        elif conversion.filter in drivers:
            converted = convert_blob(git, normalize_path(folder, path), blobs[path])
            if converted is None:
                doubts[path] = f"git's filter for this file failed (filter={conversion.filter})"
            else:
                files[path] = converted
    return ConvertedFiles(files, doubts)


def find_doubts(git: Git, folder: str, files: Mapping[str, bytes]) -> dict[str, str]:
    """Return by path why the text of files on disk is in doubt; paths are the folder's."""
    conversions = _read_conversions_in(git, folder, files)
    drivers = _list_drivers(git, conversions.values())
    doubts = {
        path: _explain_doubt(conversion, files[path], drivers=drivers)
        for path, conversion in conversions.items()
    }
    return {path: doubt for path, doubt in doubts.items() if doubt}


def _read_conversions_in(git: Git, folder: str, paths: Iterable[str]) -> dict[str, Conversion]:
    whole = {normalize_path(folder, path): path for path in paths}
    found = read_conversions(git, whole) if whole else {}
    return {whole[path]: conversion for path, conversion in found.items()}


def _list_drivers(git: Git, conversions: Iterable[Conversion]) -> set[str]:
    """List the filters that this clone has a command for, if any of the conversions needs one."""
    if not any(conversion.filter for conversion in conversions):
        return set()
    answer = git.run_command("config", "-z", "--name-only", "--get-regexp", _DRIVERS)
    names = decode_printable(answer.stdout).split("\0")
    return {name.removeprefix("filter.").rpartition(".")[0] for name in names if name}


def _explain_doubt(conversion: Conversion, data: bytes, *, drivers: Collection[str]) -> str:
    """Return why clones can have different texts of the file; empty if they cannot.

    A file in Git LFS is never in doubt: a rule of `check` finds its pointers.
    """
    if conversion.encoding:
        return (
            f"git converts this file (attribute working-tree-encoding={conversion.encoding}); "
            "save it as UTF-8 and take the attribute off this path in .gitattributes"
        )
    if conversion.ident and _IDENT.search(data):
        return (
            "git writes another text for $Id$ into each clone (attribute ident); take $Id$ out of "
            "the text, or the attribute off this path in .gitattributes"
        )
    if conversion.filter not in {"", "lfs", *drivers}:
        return (
            f"git converts this file (attribute filter={conversion.filter}), and this clone has no "
            f"command for it; configure filter.{conversion.filter}, or take the attribute off this "
            "path in .gitattributes"
        )
    return ""


def convert_blob(git: Git, path: str, blob: str) -> bytes | None:
    """Return a blob as a checkout would write it at the path; None if a filter fails."""
    answer = git.run_command("cat-file", "--filters", f"--path={path}", blob)
    failed = answer.exit_code != 0 or FILTER_FAILED in answer.stderr
    return None if failed else answer.stdout


def store_filtered_files(git: Git, files: Mapping[str, bytes]) -> dict[str, Blob]:
    """Store the files that a filter converts as `git add` would; paths start at the root.

    Raises GitError if a filter fails.
    """
    conversions = read_conversions(git, files) if files else {}
    return {
        path: Blob(
            decode_printable(
                git.read_output(
                    "hash-object", "-w", "--stdin", f"--path={path}", stdin_chunks=[files[path]]
                )
            ).strip()
        )
        for path, conversion in conversions.items()
        if conversion.filter
    }


@dataclass(frozen=True, slots=True)
class ConvertedVersions:
    """Versions of files as a checkout would write them, by path and blob.

    Only the versions that are converted are included. `failed_filters` are the filters that could
    not convert all of their files; Git LFS is not among them, as its pointers tell what is missing.
    """

    contents: Mapping[tuple[str, str], bytes]
    failed_filters: frozenset[str]


def convert_versions(
    git: Git, versions: Collection[tuple[str, str]], *, with_keywords: Collection[str] = ()
) -> ConvertedVersions:
    """Convert versions of files, each a path from the root and a blob, by today's attributes.

    `with_keywords` are the blobs that have a keyword for the attribute `ident`. The attribute
    `working-tree-encoding` is left out: in the repository, its files are in UTF-8.
    """
    conversions = read_conversions(git, {path for path, _ in versions}) if versions else {}
    drivers = _list_drivers(git, conversions.values())
    contents: dict[tuple[str, str], bytes] = {}
    failed = set[str]()
    for path, blob in versions:
        conversion = conversions.get(path)
        expands = conversion and conversion.ident and blob in with_keywords
        if conversion is None or not (conversion.filter or expands):
            continue
        data = convert_blob(git, path, blob)
        if data is not None:
            contents[path, blob] = data
        if data is None or conversion.filter not in {"", "lfs", *drivers}:
            failed.add(conversion.filter)
    return ConvertedVersions(contents, frozenset(failed - {"lfs"}))


def has_keyword(data: bytes) -> bool:
    """Return True if the attribute `ident` would change the text."""
    return _IDENT.search(data) is not None


@contextmanager
def open_attributes(git: Git, commit: str, *, folder: str) -> Iterator[Git]:
    """Open a Git for which the attributes of a folder's files are those of a commit.

    The attributes go to a temporary folder that stands for the working tree: `--attr-source` came
    with git 2.41.
    """
    above = [str(each / ".gitattributes") for each in PurePosixPath(folder, "x").parents]
    entries = {
        entry.path: entry.blob
        for entry in list_tree(git, commit, folder, others=above)
        if entry.path.rpartition("/")[2] == ".gitattributes" and entry.is_plain_file
    }
    blobs = zip(entries, git.read_blobs(entries.values()), strict=True)
    with lay_out_files(git, {path: data for path, (_, data) in blobs}) as laid_out:
        yield laid_out


@contextmanager
def lay_out_files(git: Git, files: Mapping[str, bytes]) -> Iterator[Git]:
    """Open a Git for which these files are the whole working tree."""
    with TemporaryDirectory(prefix="description-sync-") as name:
        tree = Path(name, "tree")
        tree.mkdir()
        for path, data in files.items():
            file = tree / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        variables = {
            "GIT_DIR": git.read_line("rev-parse", "--absolute-git-dir"),
            "GIT_WORK_TREE": str(tree),
            "GIT_INDEX_FILE": str(Path(name, "index")),
        }
        yield replace(git, folder=tree, variables=variables)
