"""Read the bytes of one file as a Document: front matter, canonical text, references."""

from __future__ import annotations

import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections import defaultdict
from contextlib import suppress
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from sync.config.yaml import FaultsError
from sync.counts import MAX_NAMED, shorten_list
from sync.descriptions.front_matter import decode_file, list_possible_splits, split_front_matter
from sync.descriptions.lfs_pointer import find_pointer_oid
from sync.descriptions.model_of_file import MAX_FILE_SIZE, choose_model_name, validate_front_matter
from sync.descriptions.positions import normalize_line_ends
from sync.descriptions.references import find_references, replace_reference_ids
from sync.errors import did_you_mean
from sync.model.document import Document, Fault, InvalidFile, Reference
from sync.model.text import Text, canonical

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence

    from sync.descriptions.aliases import Aliases
    from sync.descriptions.front_matter import FrontMatter, SplitFile

_CONFLICT_MARKER = re.compile(r"(?:<{7}|>{7}|\|{7})(?: .*)?|={7}")


# --- what one file says --------------------------------------------------------------------------


def read_documents(
    files: Mapping[str, bytes],
    aliases: Aliases,
    *,
    folder: str,
    doubts: Mapping[str, str] = MappingProxyType({}),
) -> tuple[list[Document], list[InvalidFile]]:
    """Read the documents of one target and the invalid files with all faults, sorted by path.

    Paths are relative to `folder`, which only stands before them in faults. A file that names its
    targets and not this one is in neither list. Two files for one model are both invalid, and so is
    a file with a reason in `doubts`.
    """
    documents: list[Document] = []
    invalid: list[InvalidFile] = []
    for path in sorted(files):
        match read_document(path, files[path], aliases, folder=folder):
            case Document(model=model) | InvalidFile(model=model) if path in doubts:
                fault = Fault(f"{folder}/{path}", 1, 1, doubts[path])
                invalid.append(InvalidFile(path, model, (fault,)))
            case Document() as document:
                documents.append(document)
            case InvalidFile() as file:
                invalid.append(file)
            case None:
                pass
    return _separate_duplicates(documents, invalid, folder=folder, doubted=doubts)


def read_document(
    path: str, data: bytes, aliases: Aliases, *, folder: str
) -> Document | InvalidFile | None:
    """Read one file for the target; None if it is not for this target."""
    shown = f"{folder}/{path}"
    faults: list[Fault] = []
    if len(data) > MAX_FILE_SIZE:
        return InvalidFile(path, "", (_flag_size(shown, len(data)),))
    try:
        text = decode_file(data, path=shown)
        if find_pointer_oid(text):  # the text, and the model that it is for, are not here
            return InvalidFile(path, "", (_flag_lfs_pointer(shown, 1),))
        faults += _find_conflicts(text, path=shown)
        split = split_front_matter(text, path=shown)
        front = validate_front_matter(split, path=shown)
    except FaultsError as error:
        return InvalidFile(path, "", tuple(sorted([*faults, *error.faults])))
    name = choose_model_name(front, path, target=aliases.target)
    if name is None:
        return None
    body, references, unknown = _resolve_aliases(split, aliases)
    faults += _find_body_faults(split, front, path=shown)
    model = aliases.get_model_id(name)
    if faults or unknown:
        missing = [_flag_unknown_alias(each, aliases, path=shown) for each in unknown]
        untranslatable = not faults and all(map(aliases.is_known_elsewhere, unknown))
        return InvalidFile(path, model, tuple(sorted([*faults, *missing])), untranslatable)
    return Document(model, path, Text(canonical(body)), front.protected, references)


def _find_body_faults(split: SplitFile, front: FrontMatter, *, path: str) -> Iterator[Fault]:
    empty = not canonical(split.body)
    if empty and not front.clear:
        yield Fault(
            path,
            split.body_line,
            1,
            'no text; write one, or say "clear: true" in the front matter to empty the description',
            "empty",
        )
    if find_pointer_oid(canonical(split.body)):
        yield _flag_lfs_pointer(path, split.body_line)
    if front.clear and not empty:
        yield Fault(path, split.body_line, 1, '"clear: true" stands above a text; remove one')


def _flag_size(path: str, size: int) -> Fault:
    message = (
        f"the file is too large to be read ({size / 1024**2:.1f} MiB, the limit is "
        f"{MAX_FILE_SIZE // 1024**2} MiB); shorten the text, or add the file to `exclude` in "
        "config.yaml"
    )
    return Fault(path, 1, 1, message, "too-large")


def _flag_lfs_pointer(path: str, line: int) -> Fault:
    message = (
        "a Git LFS pointer, not the text; run `git lfs install && git lfs pull`, or take "
        "`filter=lfs` off this path in .gitattributes"
    )
    return Fault(path, line, 1, message, "lfs-pointer")


def _find_conflicts(text: str, *, path: str) -> Iterator[Fault]:
    """Find merge conflicts that git left, also if one of the markers was removed.

    A single marker is not a conflict: a text can have a line like it.
    """
    for markers in _group_markers(text):
        places = [number for number, kind in markers if kind != "="]
        if places and len({kind for _, kind in markers}) > 1:
            message = "a merge conflict; choose what the text is to be"
            yield Fault(path, places[0], 1, message, "conflict")


def _group_markers(text: str) -> Iterator[list[tuple[int, str]]]:
    """Group the lines that look like markers by conflict, each with its number and kind."""
    markers: list[tuple[int, str]] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not _CONFLICT_MARKER.fullmatch(line):
            continue
        if line.startswith("<"):
            yield markers
            markers = []
        markers.append((number, line[0]))
        if line.startswith(">"):
            yield markers
            markers = []
    yield markers


def _separate_duplicates(
    documents: list[Document],
    invalid: list[InvalidFile],
    *,
    folder: str,
    doubted: Container[str],
) -> tuple[list[Document], list[InvalidFile]]:
    """Make files that share a model invalid; each fault names the first other files.

    A file that is `doubted` may name another model than the text here, and gets no second fault.
    """
    paths: defaultdict[str, list[str]] = defaultdict(list)
    everything: list[Document | InvalidFile] = [*documents, *invalid]
    for file in everything:
        paths[file.model].append(f"{folder}/{file.path}")
    shared = {model for model, files in paths.items() if model and len(files) > 1}
    for model in shared:
        paths[model].sort()
    files = [InvalidFile(d.path or "", d.model, ()) for d in documents if d.model in shared]
    told = [
        _flag_duplicate(file, paths[file.model], folder=folder)
        if file.model in shared and file.path not in doubted
        else file
        for file in (*invalid, *files)
    ]
    single = [document for document in documents if document.model not in shared]
    return single, sorted(told, key=lambda file: file.path)


def _flag_duplicate(file: InvalidFile, paths: list[str], *, folder: str) -> InvalidFile:
    shown = f"{folder}/{file.path}"
    if len(paths) > MAX_NAMED + 1:  # the same words for each of them, so that reports can fold them
        named = shorten_list(paths)
        message = f"{len(paths):,} files describe the model {file.model}: {named}; keep one of them"
    else:
        others = ", ".join(path for path in paths if path != shown)
        message = f"the model {file.model} is described by {others} too; keep one of them"
    fault = Fault(shown, 1, 1, message, "duplicate-model")
    return replace(file, faults=tuple(sorted([fault, *file.faults])))


# --- references ----------------------------------------------------------------------------------


def _resolve_aliases(
    split: SplitFile, aliases: Aliases
) -> tuple[str, tuple[Reference, ...], list[Reference]]:
    """Replace aliases by the target's ids; return body, references and unknown aliases."""
    found = find_references(split.body, first_line=split.body_line)
    used = [each for each in found if each.id.startswith("@")]
    if not used:
        return split.body, found, []
    unknown = [each for each in used if aliases.resolve_reference(each) is None]
    return (
        replace_reference_ids(split.body, lambda each: aliases.resolve_reference(each) or each.id),
        tuple(replace(each, id=aliases.resolve_reference(each) or each.id) for each in found),
        unknown,
    )


def _flag_unknown_alias(reference: Reference, aliases: Aliases, *, path: str) -> Fault:
    name = reference.id.removeprefix("@")
    if not name:
        kind = reference.kind
        message = f"{{{kind}:@}} has no name; write {{{kind}:@NAME}}, or {{{kind}:ID}}"
        return Fault(path, reference.line, reference.column, message, "unknown-alias")
    if aliases.is_known_elsewhere(reference):
        message = (
            f"{{{reference.kind}:@{name}}} has no counterpart in {aliases.target}; "
            f"give {name} an id there, in names.yaml or config.yaml"
        )
        return Fault(path, reference.line, reference.column, message, "unknown-alias")
    message = f'"{name}" is not one of the {reference.kind}s of target "{aliases.target}"'
    hint = did_you_mean(name, aliases.get_ids(reference.kind)) or "; name it in config.yaml"
    return Fault(path, reference.line, reference.column, message + hint, "unknown-alias")


# --- history -------------------------------------------------------------------------------------


def _list_possible_bodies(split: SplitFile, every_aliases: Sequence[Aliases]) -> list[str]:
    """List the body with the aliases of each target in turn.

    A body without an alias is not parsed as Markdown: most texts of a history have none.
    """
    if "{asset:@" not in split.body and "{model:@" not in split.body:
        return [split.body]
    return [_resolve_aliases(split, aliases)[0] for aliases in every_aliases]


def _decode_version(data: bytes) -> str:
    """Decode an earlier version of a file as UTF-8, or otherwise as the most likely encoding."""
    encodings = ["utf-8", "cp1252"]
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        encodings.insert(0, "utf-16")
    for encoding in encodings:
        with suppress(UnicodeDecodeError):
            return normalize_line_ends(data.decode(encoding))
    return normalize_line_ends(data.decode("latin-1"))  # which every byte is in


def hash_possible_texts(data: bytes, *every_aliases: Aliases) -> tuple[str, ...]:
    """Hash the texts that a version of a file can stand for, with any of these aliases.

    Faults don't matter here: a version that was never valid may still have the remote text. If its
    front matter is not YAML, or only comments, the text counts with it and without it. A Git
    LFS pointer has the hash of its file: that of the text, if the file is in canonical form. A file
    that is too large to be read stands for no text. A version in an encoding that editors wrote
    before UTF-8 counts as well.
    """
    if len(data) > MAX_FILE_SIZE:
        return ()
    text = _decode_version(data)
    oid = find_pointer_oid(text)
    return (
        *([oid] if oid else ()),
        *(
            Text(body).sha256
            for split in list_possible_splits(text)
            for body in _list_possible_bodies(split, every_aliases)
        ),
    )
