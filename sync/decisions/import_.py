"""Decide which imported texts become description files, and which parts are dropped."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar, Literal, TypeAlias, TypeGuard

import yaml
from pydantic import ValidationError

from sync.counts import MAX_NAMED, format_count, shorten_list
from sync.descriptions.front_matter import FrontMatter, read_body
from sync.descriptions.new_file_names import ModelWithoutFile, choose_file_names, fold_path
from sync.descriptions.rewrite import CannotWrite, DescriptionFile, RenderedFile, render_file
from sync.lint.check import check_text
from sync.lint.file_names import find_unportable_names
from sync.lint.linted_text import LintedText
from sync.model.document import get_stem
from sync.model.text import canonical

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from sync.config.rules import RuleLevels, Severity
    from sync.descriptions.aliases import Aliases
    from sync.lint.finding import Finding
    from sync.model.document import Document


ImportResult: TypeAlias = Literal["created", "unchanged", "left_out", "refused", "failed"]


@dataclass(frozen=True, slots=True)
class ForeignText:
    """A text and the model that it says it is about; `source` is where it was found.

    `path` is the path of a file that has only this text; `is_named` says that its front matter
    names the model. `front_matter` has the keys that descriptions have too, `dropped` names the
    other keys. The text begins at line `first_line` of `place` (by default `source`). `locale` is
    the language in the name of its file or folder, if the text exists in other languages too.
    """

    source: str
    model: str
    text: str
    path: str | None = None
    front_matter: Mapping[str, object] = field(default_factory=dict)
    dropped: tuple[str, ...] = ()
    is_named: bool = False
    place: str = ""
    first_line: int = 1
    locale: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _ImportedItem:
    """The outcome for one text that was found; `reason` is for a person.

    `dropped` names the keys or columns that the file will not have; `warnings` are the findings of
    `check` for the new file.
    """

    source: str
    model: str = ""
    path: str | None = None
    reason: str = ""
    dropped: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported(_ImportedItem):
    """A new file, at `path` in the folder, holds `data`."""

    result: ClassVar[ImportResult] = "created"
    path: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class NotImported(_ImportedItem):
    """A text that is not written, with the reason.

    `unchanged`: a file has this text. `left_out`: it has no text, or is not for import.
    `refused`: it conflicts with another text or file. `failed`: it has a fault.
    `is_disk_failure` says that the file could not be written: the next import may succeed.
    """

    result: Literal["unchanged", "left_out", "refused", "failed"]
    is_disk_failure: bool = False


ImportOutcome: TypeAlias = Imported | NotImported


@dataclass(frozen=True, slots=True)
class ImportRun:
    """The outcomes of an import or of its dry run."""

    target: str
    folder: str
    outcomes: Sequence[ImportOutcome]
    dry: bool = False

    @property
    def summary(self) -> dict[ImportResult, int]:
        return dict(Counter(outcome.result for outcome in self.outcomes))


@dataclass(frozen=True, slots=True)
class FolderState:
    """The present folder: every path in it, and the documents for the target by model.

    `counts` tells which paths are descriptions; `levels` are those of the rules of `check`.
    """

    aliases: Aliases
    folder: str
    paths: Collection[str]
    documents: Mapping[str, Document]
    is_description: Callable[[str], bool]
    levels: RuleLevels
    occupied: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "occupied", frozenset(map(fold_path, self.paths)))


def decide_import(
    found: Iterable[ForeignText | NotImported], state: FolderState
) -> list[ImportOutcome]:
    """Decide the outcome of each text; two texts for one model or path are both refused."""
    everything = [_leave_out(each) if _has_no_text(each) else each for each in found]
    texts = [each for each in everything if isinstance(each, ForeignText)]
    paths = _choose_paths(texts, state)
    rivals = _Duplicates(texts, paths, state.aliases)
    return [
        _decide_text(each, paths.get(each.source, ""), rivals=rivals, state=state)
        if isinstance(each, ForeignText)
        else each
        for each in everything
    ]


def _has_no_text(found: ForeignText | NotImported) -> TypeGuard[ForeignText]:
    return isinstance(found, ForeignText) and not canonical(found.text)


def _leave_out(found: ForeignText) -> NotImported:
    return NotImported(result="left_out", source=found.source, model=found.model, reason="no text")


def _choose_paths(texts: Sequence[ForeignText], state: FolderState) -> dict[str, str]:
    """Choose a path for each source: its own path, or a name made from its model."""
    lay = {each.source: each.path for each in texts if each.path}
    aliases = {id_: name for name, id_ in state.aliases.models.items()}
    names = choose_file_names(
        {
            ModelWithoutFile(each.model, alias=aliases.get(each.model))
            for each in texts
            if not each.path
        },
        taken_paths=[*state.paths, *lay.values()],
        is_description=state.is_description,
    )
    return lay | {
        each.source: names[each.model]
        for each in texts
        if each.source not in lay and each.model in names
    }


def _find_model_id(found: ForeignText, aliases: Aliases) -> str | None:
    """Return the id of the model for the target; None if the text is for other targets."""
    match found.front_matter.get("models"):
        case dict() as models:
            name = models.get(aliases.target)
            return None if name is None else aliases.get_model_id(name)
        case _:
            return aliases.get_model_id(found.model)


class _Duplicates:
    """The texts that are for the same model, or for the same path on some file system.

    A reason names at most three texts.
    """

    def __init__(
        self, texts: Iterable[ForeignText], paths: Mapping[str, str], aliases: Aliases
    ) -> None:
        self._aliases, self._paths = aliases, paths
        self._models: defaultdict[str | None, list[ForeignText]] = defaultdict(list)
        self._places: defaultdict[str, list[ForeignText]] = defaultdict(list)
        for each in texts:
            self._models[_find_model_id(each, aliases)].append(each)
            self._places[fold_path(paths.get(each.source, each.source))].append(each)

    def find_conflict(self, found: ForeignText) -> str:
        """Return the reason why the text conflicts with others; empty if it does not."""
        models = self._models[_find_model_id(found, self._aliases)]
        places = self._places[fold_path(self._paths.get(found.source, found.source))]
        return _describe_rivals(found.source, models, "the same model") or _describe_rivals(
            found.source, places, "the same file"
        )


def _describe_rivals(source: str, rivals: Sequence[ForeignText], what: str) -> str:
    """Describe the other sources; in a large group, with the same words for each text."""
    others = [each.source for each in rivals if each.source != source]
    if not others:
        return ""
    advice = f"keep one of them{_advise_locale(rivals)}"
    if len(rivals) > MAX_NAMED + 1:
        named = shorten_list([each.source for each in rivals])
        return f"{len(rivals)} of these are for {what}: {named}; {advice}"
    verb = "is" if len(others) == 1 else "are"
    return f"{', '.join(others)} {verb} for {what}; {advice}"


def _advise_locale(rivals: Sequence[ForeignText]) -> str:
    """Return the advice to choose a language, if the texts are translations of each other."""
    spoken = [each.locale for each in rivals]
    named = sorted({locale for locale in spoken if locale})
    if not named or max(Counter(spoken).values()) > 1:
        return ""
    return f", or import one language, such as with --locale {named[0]}"


def _decide_text(
    found: ForeignText, path: str, *, rivals: _Duplicates, state: FolderState
) -> ImportOutcome:
    model = _find_model_id(found, state.aliases)
    if fault := _find_text_fault(path, model, state):
        return NotImported(
            result="failed", source=found.source, model=model or found.model, reason=fault
        )
    if not state.is_description(path):
        return NotImported(result="left_out", source=found.source, reason=_EXCLUDED_REASON)
    place = DescriptionFile(
        path, model or "", state.aliases, state.folder, _render_head(found, path)
    )
    match render_file(found.text, place):
        case CannotWrite() as problem:
            return NotImported(
                result="failed",
                source=found.source,
                model=place.model,
                path=path,
                reason=_locate_in_source(found, problem),
            )
        case RenderedFile() as file:
            return _decide_rendered_file(found, place, file, rivals=rivals, state=state)


_MAX_NAMED_ERRORS = 20
_EXCLUDED_REASON = "this file name is excluded by `exclude` in config.yaml"


def _find_text_fault(path: str, model: str | None, state: FolderState) -> str:
    """Return the reason why the model or the path is unknown; empty if both are known."""
    if model is None:
        return (
            f'its "models" names no model for {state.aliases.target}; '
            "choose another target with --target"
        )
    if not is_front_matter_key("model", model):
        return f'"{model}" is not a model id; write the id, or map the name in targets.NAME.models'
    return (
        ""
        if path
        else "every possible file name for this model is excluded by `exclude` in config.yaml"
    )


def _render_head(found: ForeignText, path: str) -> bytes | None:
    """Render the front matter that the file needs; None if its name says enough."""
    if not found.front_matter and get_stem(path) == found.model:
        return None
    named = {} if "models" in found.front_matter else {"model": found.model}
    mapping = yaml.safe_dump(
        {**named, **found.front_matter}, allow_unicode=True, sort_keys=False, width=float("inf")
    )
    return f"---\n{mapping}---\n\n".encode()


def _decide_rendered_file(
    found: ForeignText,
    place: DescriptionFile,
    file: RenderedFile,
    *,
    rivals: _Duplicates,
    state: FolderState,
) -> ImportOutcome:
    """Decide about a rendered file; refuse it if it conflicts with another text or file."""
    document = state.documents.get(place.model)
    if document and document.text.is_same_as(file.text):
        return NotImported(
            result="unchanged", source=found.source, model=place.model, path=document.path
        )
    if reason := rivals.find_conflict(found) or _find_obstacle(place, document, state):
        return NotImported(
            result="refused", source=found.source, model=place.model, path=place.path, reason=reason
        )
    return _create_checked_file(found, place, file, levels=state.levels)


def _find_obstacle(place: DescriptionFile, document: Document | None, state: FolderState) -> str:
    if document:
        return f"{state.folder}/{document.path} describes this model already"
    if fold_path(place.path) in state.occupied:
        return f"{state.folder}/{place.path} is there already"
    return ""


def _create_checked_file(
    found: ForeignText, place: DescriptionFile, file: RenderedFile, *, levels: RuleLevels
) -> Imported | NotImported:
    """Return the file, or its errors by the rules of `check`, at their places in the source."""
    body = read_body(file.data)
    written = LintedText(body.text, body.line) if body else LintedText(found.text)
    findings = sorted(check_text(f"{place.folder}/{place.path}", written, levels))
    if errors := [each for each in findings if each.severity == "error"]:
        return NotImported(
            result="failed",
            source=found.source,
            model=place.model,
            path=place.path,
            reason=_list_errors(_format_findings(_move_to_source(errors, found, written), "error")),
        )
    names = find_unportable_names(
        [place.path], folder=place.folder, levels=levels, chosen=[place.path]
    )
    return Imported(
        source=found.source,
        model=place.model,
        path=place.path,
        data=file.data,
        dropped=found.dropped,
        warnings=_format_findings([*names, *findings], "warning"),
    )


def _move_to_source(
    findings: Iterable[Finding], found: ForeignText, written: LintedText
) -> list[Finding]:
    """Give findings of the new file their places in the source."""
    above = _find_first_line(written.content, written.first_line)
    shift = _find_first_line(found.text, found.first_line) - above
    place = found.place or found.source
    return [replace(each, path=place, line=each.line + shift) for each in findings]


def _locate_in_source(found: ForeignText, problem: CannotWrite) -> str:
    """Return why no file can have the text, with the places of its faults in the source."""
    if not problem.faults:
        return problem.reason
    place, line = found.place or found.source, _find_first_line(found.text, found.first_line) - 1
    return _list_errors(
        [f"{place}:{fault.line + line}:{fault.column}: {fault.message}" for fault in problem.faults]
    )


def _list_errors(errors: Sequence[str]) -> str:
    """Return a line for each of the first errors, and one that counts the others."""
    more = len(errors) - _MAX_NAMED_ERRORS
    rest = [f"and {format_count(more, 'more error')}"] if more > 0 else []
    return "\n".join([*errors[:_MAX_NAMED_ERRORS], *rest])


def _find_first_line(text: str, line: int) -> int:
    """Return the line of the first words of a text that begins at `line`."""
    lines = text.split("\n")
    return line + next((at for at, each in enumerate(lines) if each.strip(" \t\ufeff")), 0)


def _format_findings(findings: Iterable[Finding], severity: Severity) -> tuple[str, ...]:
    return tuple(
        f"{each.path}:{each.line}:{each.column}: {each.rule}: {each.message}"
        for each in findings
        if each.severity == severity
    )


def is_front_matter_key(key: str, value: object) -> bool:
    """Return True if the front matter of a description accepts this key and value."""
    try:
        FrontMatter.model_validate({key: value})
    except ValidationError:
        return False
    return True
