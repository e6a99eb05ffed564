"""Name the models of the Markdown files in a folder, from the paths of the files."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sync.decisions.import_ import ForeignText, NotImported
from sync.decisions.import_locales import is_file_locale, normalize_locale

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

# Names that say what a file is, and not which model it is about.
_GENERIC_STEM = re.compile(
    r"_?index|readme|description|model|model[-_]?card|card|about|v?\d+(?:\.\d+)*", re.IGNORECASE
)
_REPOSITORY_STEM = re.compile(
    r"licen[cs]e|changelog|changes|contributing|code[-_]of[-_]conduct|security|notice|authors|"
    r"use[-_]policy|acceptable[-_]use[-_]policy",
    re.IGNORECASE,
)
_LOCALIZED_STEM = re.compile(
    r"(?P<base>.+?)(?P<separator>[._-])(?P<locale>[A-Za-z]{2}(?:[-_]\w+)?)"
)


@dataclass(frozen=True, slots=True)
class _PlaceInTree:
    """The place of a file: `folder` without the folder of a language, `base` without its suffix."""

    folder: str
    base: str
    locale: str = ""

    @property
    def subject(self) -> tuple[str, str]:
        """Return the path without its language, which all translations of a file share."""
        return self.folder, self.base.casefold()


def name_by_place(
    found: Iterable[ForeignText | NotImported],
    *,
    root: str,
    known_names: Collection[str],
    locale: str | None,
) -> list[ForeignText | NotImported]:
    """Name the models of files, and choose their paths.

    A file is named after its folder where its own name says nothing: a README, or files that share
    a name. `root` is the name of the imported folder, `known_names` are those of config.yaml. Of
    translations, the one in `locale` is imported.
    """
    everything = list(found)
    paths = [each.path for each in everything if isinstance(each, ForeignText) and each.path]
    tree = _Tree(paths, root=root, known_names=known_names)
    rejected = tree.list_other_languages(locale)
    return [
        _name(each, each.path, tree=tree, rejected=rejected, locale=locale)
        if isinstance(each, ForeignText) and each.path
        else each
        for each in everything
    ]


def _name(
    found: ForeignText,
    path: str,
    *,
    tree: _Tree,
    rejected: Collection[str],
    locale: str | None,
) -> ForeignText | NotImported:
    if path in rejected:
        reason = f"a text in another language than {locale}"
        return NotImported(result="left_out", source=found.source, reason=reason)
    if tree.belongs_to_repository(path) and not found.is_named:
        reason = "a file about a repository, not about a model"
        return NotImported(result="left_out", source=found.source, reason=reason)
    if tree.describes_folder(path) and not (found.is_named or found.dropped or found.front_matter):
        reason = "the README of a folder of several texts, not of one model"
        return NotImported(result="left_out", source=found.source, reason=reason)
    name, place = tree.choose_name(path, is_chosen=locale is not None)
    model = found.model if found.is_named else name
    return replace(found, model=model, path=place, locale=tree.get_locale(path))


class _Tree:
    """The paths of all imported Markdown files, with the facts about their folders."""

    def __init__(self, paths: Sequence[str], *, root: str, known_names: Collection[str]) -> None:
        self._root = root
        self._known_names = known_names
        self._places = _read_places(paths)
        self._subjects: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        self._folders: defaultdict[str, set[str]] = defaultdict(set)
        homes: defaultdict[str, set[str]] = defaultdict(set)
        for path, place in self._places.items():
            self._subjects[place.subject].append(path)
            self._folders[place.folder].add(place.base)
            if not self.belongs_to_repository(path):
                homes[place.base.casefold()].add(place.folder)
        self._shared = {
            base
            for base, folders in homes.items()
            if len(folders) > 1 and "" not in folders and self._stands_alone(base, folders)
        }
        self._models_below = Counter(
            folder.rpartition("/")[0]
            for folder, bases in self._folders.items()
            if any(base.casefold() in {"readme", "index"} for base in bases)
        )
        self._folder_names = self._name_folders()

    def _stands_alone(self, base: str, folders: Collection[str]) -> bool:
        """Return True if, in most of its folders, all other files have a generic name."""
        alone = [
            folder
            for folder in folders
            if all(
                each.casefold() == base
                or _GENERIC_STEM.fullmatch(each)
                or _REPOSITORY_STEM.fullmatch(each)
                for each in self._folders[folder]
            )
        ]
        return 2 * len(alone) > len(folders)

    def _name_folders(self) -> dict[str, str]:
        """Name the folders that are models; folders of one name have as many parents before it.

        That is also how model zoos spell ids: `org-a/bert` and `org-b/bert`.
        """
        namesakes: defaultdict[str, set[str]] = defaultdict(set)
        for place in self._places.values():
            if place.folder and self._is_named_by_folder(place):
                namesakes[place.folder.rpartition("/")[2].casefold()].add(place.folder)
        return {
            folder: name
            for folders in namesakes.values()
            for folder, name in _distinguish(folders, known_names=self._known_names).items()
        }

    def _is_named_by_folder(self, place: _PlaceInTree) -> bool:
        is_silent = self._says_nothing(place.base) and self._is_model_folder(place.folder)
        return is_silent or (place.base.casefold() == "readme" and bool(place.folder))

    def list_other_languages(self, locale: str | None) -> set[str]:
        """List the files whose translation in the locale is imported instead."""
        if locale is None:
            return set()
        wanted = normalize_locale(locale)
        groups = [
            {path: normalize_locale(self._places[path].locale) for path in paths}
            for paths in self._subjects.values()
        ]
        return {
            path
            for group in groups
            if wanted in group.values()
            for path, spoken in group.items()
            if spoken != wanted
        }

    def get_locale(self, path: str) -> str:
        """Return the language of a file, empty if neither its name nor a folder says it."""
        return self._places[path].locale

    def belongs_to_repository(self, path: str) -> bool:
        """Return True for a licence, a changelog and the like."""
        base = self._places[path].base
        return _REPOSITORY_STEM.fullmatch(base) is not None and base not in self._known_names

    def describes_folder(self, path: str) -> bool:
        """Return True for the README of a folder that is not a model."""
        place = self._places[path]
        if place.base.casefold() != "readme":
            return False
        has_models_below = self._models_below[place.folder] > 1
        is_known = place.folder.rpartition("/")[2] in self._known_names
        return not self._is_model_folder(place.folder) or (has_models_below and not is_known)

    def choose_name(self, path: str, *, is_chosen: bool) -> tuple[str, str]:
        """Return the name of the model and the path of the new file.

        `is_chosen` says that a language was chosen, so that names do not include it.
        """
        place = self._places[path]
        if self._is_named_by_folder(place):
            name = self._folder_names.get(place.folder, self._root)
            return name, f"{place.folder or self._root}.md"
        if place.locale and (is_chosen or len(self._subjects[place.subject]) > 1):
            named = f"{place.folder}/{place.base}.md".lstrip("/")
            return place.base, named if is_chosen else path
        return path.rpartition("/")[2].removesuffix(".md"), path

    def _says_nothing(self, base: str) -> bool:
        is_generic = _GENERIC_STEM.fullmatch(base) or base.casefold() in self._shared
        return bool(is_generic) and base not in self._known_names

    def _is_model_folder(self, folder: str) -> bool:
        """Return True if a folder has texts of one model only."""
        if folder.rpartition("/")[2] in self._known_names:
            return True
        if not folder and len(self._folders) > 1:
            return False
        return all(
            self._says_nothing(base) or _REPOSITORY_STEM.fullmatch(base)
            for base in self._folders[folder]
        )


def _distinguish(folders: Collection[str], *, known_names: Collection[str]) -> dict[str, str]:
    """Return the shortest distinct ends of the paths; a name of config.yaml is not extended."""
    parts = {folder: folder.split("/") for folder in folders}
    longest = max(map(len, parts.values()))
    for size in range(1, longest + 1):
        names = {folder: "/".join(each[-size:]) for folder, each in parts.items()}
        if len(set(names.values())) == len(names) or any(
            name in known_names for name in names.values()
        ):
            return names
    return {folder: folder for folder in folders}


def _read_places(paths: Sequence[str]) -> dict[str, _PlaceInTree]:
    """Split each path. A language is recognized only if the text exists in another language."""
    stems = {path.removesuffix(".md").casefold() for path in paths}
    siblings: defaultdict[str, set[str]] = defaultdict(set)
    for path in paths:
        for key in (_find_language_folder(path), _split_suffix(path)):
            if key:
                siblings[key.whole.casefold()].add(key.locale.casefold())
    return {path: _read_place(path, stems=stems, siblings=siblings) for path in paths}


@dataclass(frozen=True, slots=True)
class _Translation:
    """A path with a language in it; `whole` is the same for all languages."""

    whole: str
    place: _PlaceInTree
    separator: str = ""

    @property
    def locale(self) -> str:
        return self.place.locale


def _find_language_folder(path: str) -> _Translation | None:
    """Read a path one of whose folders has the name of a language."""
    *folders, name = path.removesuffix(".md").split("/")
    spoken = [at for at, folder in enumerate(folders) if is_file_locale(folder)]
    if len(spoken) != 1:
        return None
    [at] = spoken
    rest = "/".join([*folders[:at], *folders[at + 1 :]])
    whole = "/".join([*folders[:at], "", *folders[at + 1 :], name])
    return _Translation(whole, _PlaceInTree(rest, name, folders[at]))


def _split_suffix(path: str) -> _Translation | None:
    """Read a path whose file name ends in a language."""
    folder, _, stem = path.removesuffix(".md").rpartition("/")
    match = _LOCALIZED_STEM.fullmatch(stem)
    if not match or not is_file_locale(match["locale"]):
        return None
    whole = f"{folder}/{match['base']}".removeprefix("/")
    return _Translation(
        whole, _PlaceInTree(folder, match["base"], match["locale"]), match["separator"]
    )


def _read_place(
    path: str, *, stems: Collection[str], siblings: Mapping[str, Collection[str]]
) -> _PlaceInTree:
    suffixed, foldered = _split_suffix(path), _find_language_folder(path)
    if suffixed:
        whole = suffixed.whole.casefold()
        is_generic = _GENERIC_STEM.fullmatch(suffixed.place.base) is not None
        has_sibling = whole in stems or len(siblings[whole]) > 1
        if is_generic or (has_sibling and suffixed.separator != "-"):
            return suffixed.place
    if foldered and len(siblings[foldered.whole.casefold()]) > 1:
        return foldered.place
    folder, _, stem = path.removesuffix(".md").rpartition("/")
    return _PlaceInTree(folder, stem)
