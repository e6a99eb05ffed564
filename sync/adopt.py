"""What becomes of the files when remote texts are taken into them: decided here, done elsewhere."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, TypeAlias

from rapidfuzz.distance import Indel
from rapidfuzz.process import extractOne

from sync.documents import can_be_named
from sync.filing import Unfit, filed, marked
from sync.model import canonical

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sync.filing import Place
    from sync.model import TargetIdentity, Text

    Merge = Callable[[str, str, str], tuple[str, int]]
    """Ours, base and theirs into one text, and the number of conflicts marked in it."""

PullResult: TypeAlias = Literal[
    "created",
    "updated",
    "merged",
    "conflict",
    "unchanged",
    "refused",
    "failed",
    "not_attempted",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfFile:
    """What becomes of one file; `path` is relative to the folder, `reason` is for a person."""

    model: str
    path: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftAlone(_OfFile):
    """Nothing becomes of it, and why: there was no need to, it may not be, or it went wrong."""

    result: Literal["unchanged", "refused", "failed", "not_attempted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken(_OfFile):
    """`data` is what the file is to hold, `remote` the text that was taken in."""

    data: bytes
    remote: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFile(_Taken):
    """A new file says the remote text."""

    result: ClassVar[PullResult] = "created"


@dataclass(frozen=True, slots=True, kw_only=True)
class Updated(_Taken):
    """The file had not changed since, and now says the remote text; `ours` is what it said."""

    result: ClassVar[PullResult] = "updated"
    ours: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged(_Taken):
    """The file had changed too; `text` is what it says now, `theirs` the file without ours."""

    result: ClassVar[PullResult] = "merged"
    ours: Text
    text: Text
    theirs: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Contained(_Taken):
    """The file had changed too, and has the edit already."""

    result: ClassVar[PullResult] = "unchanged"
    ours: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict(_Taken):
    """Both changed the same place; the file has markers, as `marked` has, for a person to choose.

    `marked` is the text below its front matter.
    """

    result: ClassVar[PullResult] = "conflict"
    ours: Text
    marked: str


Adopted: TypeAlias = NewFile | Updated | Merged | Contained | Conflict | LeftAlone
Written: TypeAlias = NewFile | Updated | Merged | Conflict


@dataclass(frozen=True, slots=True)
class Pull:
    """What became of all files of one target's pull, and where: a branch, or the working tree."""

    target: TargetIdentity
    folder: str
    files: Sequence[Adopted]
    branch: str | None = None
    commit: str | None = None
    interrupted: bool = False

    @property
    def summary(self) -> dict[PullResult, int]:
        return dict(Counter(file.result for file in self.files))


# --- decisions -----------------------------------------------------------------------------------


def created(remote: Text, place: Place) -> NewFile | LeftAlone:
    """A new file for the remote text."""
    match filed(remote.canonical, place):
        case Unfit() if not can_be_named(place.model):
            return LeftAlone(result="refused", model=place.model, path=place.path, reason=_NAMELESS)
        case Unfit(reason=reason):
            return _unfit(place, reason)
        case file if not file.text.same_as(remote):
            return _unfit(place, _ALIASES)
        case file:
            return NewFile(model=place.model, path=place.path, data=file.data, remote=remote)


def adopted(remote: Text, place: Place, *, ours: Text, base: Text, merge: Merge) -> Adopted:
    """The remote text into a file that says `ours`; `base` is what both were made from."""
    as_it_is = _updated(remote, place, ours=ours)
    if isinstance(as_it_is, LeftAlone) or base.same_as(ours):
        return as_it_is
    sides = [place.body, place.as_written(base), place.as_written(remote)]
    if any("\0" in side for side in sides):
        return LeftAlone(result="refused", model=place.model, path=place.path, reason=_NUL)
    body, conflicts = merge(*sides)
    if conflicts:
        return Conflict(
            model=place.model,
            path=place.path,
            reason="1 conflict" if conflicts == 1 else f"{conflicts} conflicts",
            data=marked(body, place),
            remote=remote,
            ours=ours,
            marked=canonical(body),
        )
    return _merged(body, place, theirs=as_it_is)


def _updated(remote: Text, place: Place, *, ours: Text) -> Updated | LeftAlone:
    match filed(place.as_written(remote), place):
        case Unfit(reason=reason):
            return _unfit(place, reason)
        case file if not file.text.same_as(remote):
            return _unfit(place, _ALIASES)
        case file:
            return Updated(
                model=place.model, path=place.path, data=file.data, remote=remote, ours=ours
            )


def _merged(body: str, place: Place, *, theirs: Updated) -> Merged | Contained | LeftAlone:
    match filed(body, place):
        case Unfit(reason=reason):
            return _unfit(place, reason, what="merged")
        case file if file.text.same_as(theirs.ours):
            return Contained(
                model=place.model,
                path=place.path,
                reason="the file has the edit already",
                data=file.data,
                remote=theirs.remote,
                ours=theirs.ours,
            )
        case file:
            return Merged(
                model=place.model,
                path=place.path,
                data=file.data,
                remote=theirs.remote,
                ours=theirs.ours,
                text=file.text,
                theirs=theirs.data,
            )


_NAMELESS = (
    "front matter cannot name it, as its id has a blank, a brace or a control character: "
    "only a file of that very name, written by hand, can be about it"
)
_NUL = (
    "both changed, and git merges no text that has a NUL in it: take that out of the file, or of "
    "the text there, and pull again, or replace the text there with `apply --on-drift overwrite`"
)
_ALIASES = "it has an {asset:@…} or {model:@…} of its own, which a file would resolve"


def _unfit(place: Place, reason: str, *, what: str = "remote") -> LeftAlone:
    return LeftAlone(
        result="refused",
        model=place.model,
        path=place.path,
        reason=f"the {what} text cannot stand in a file as it is: {reason}",
    )


def nearest(remote: Text, versions: Sequence[Text]) -> Text | None:
    """The version most like the remote text, of equal ones the first; None where there is none."""
    if not versions:
        return None
    texts = [version.canonical for version in versions]
    _, _, index = extractOne(remote.canonical, texts, scorer=Indel.normalized_similarity)
    return versions[index]
