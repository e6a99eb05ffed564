"""Build the test texts of `doctor --model`, and judge the answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from sync.counts import format_count
from sync.decisions.doctor_verdict import Verdict
from sync.diff.alterations import describe_alteration
from sync.model.document import ReferenceTarget
from sync.model.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# known: the model exists. unknown: no asset has the id. code: the tag stands in code.
TagPlace: TypeAlias = Literal["known", "unknown", "code"]

UNKNOWN_ASSET = ReferenceTarget("asset", "asset_DescriptionSyncDoctor0")


@dataclass(frozen=True, slots=True)
class TextTrial:
    """A test text with a feature that a server may change.

    `tag` is the only tag of the text, and `place` says where it stands.
    """

    subject: str
    text: str
    tag: ReferenceTarget | None = None
    place: TagPlace | None = None


PLAIN_TEXT = TextTrial("plain text", "A plain text.\n")
_TABLE = "| Size | Use |\n| ---: | :-- |\n| 512 | `a \\| b` |\n| 1,024 | **icons** |\n"
_NESTED_LIST = "- One\n  - Two\n    1. Three\n       goes on\n- [x] Four\n"


def build_trials(model: str) -> tuple[TextTrial, ...]:
    """Build the tests for a scratch model; tags use its id, because Scenario knows that id."""
    known = ReferenceTarget("model", model)
    return (
        PLAIN_TEXT,
        TextTrial("trailing spaces", "Two spaces break the line,  \nand one does not. \nEnd.\n"),
        TextTrial("CRLF", "One line,\r\nand another one.\r\n"),
        TextTrial(
            "HTML", "<b>Bold</b>, a <br> break, an &amp; and 1 < 2 > 0.\n<!-- a comment -->\n"
        ),
        TextTrial("Unicode", "Composed \u00e9, decomposed e\u0301, beyond the BMP \U0001f3ee.\n"),
        TextTrial("final newline", "No newline at the end."),
        TextTrial("blank lines", "\n\nBlank lines at both ends.\n\n\n"),
        TextTrial("table", _TABLE),
        TextTrial("nested list", _NESTED_LIST),
        TextTrial("known tag", f"Made with {_format_tag(known)}.\n", known, "known"),
        TextTrial("unknown tag", f"With {_format_tag(UNKNOWN_ASSET)}.\n", UNKNOWN_ASSET, "unknown"),
        TextTrial(
            "tag in code",
            f"Write `{_format_tag(known)}`, or:\n\n```\n{_format_tag(known)}\n```\n",
            known,
            "code",
        ),
        *map(_build_long_trial, (20_000, 64_000, 256_000)),
    )


def _build_long_trial(size: int) -> TextTrial:
    """Build a text with a unique beginning, so that no cut of it equals another test text."""
    line = f"A line of a text of {size:,} characters.\n"
    return TextTrial(f"{size:,} characters", (line * size)[:size])


def _format_tag(target: ReferenceTarget) -> str:
    return f"{{{target.kind}:{target.id}}}"


@dataclass(frozen=True, slots=True)
class TrialResult:
    """The server's answer to a test; `stored` is None if it refused, for this reason.

    `read_back` is the text that was read immediately afterwards, None if it was not read.
    `is_resolved` is True if Scenario resolved the tag, None if no answer listed its tags.
    """

    trial: TextTrial
    stored: Text | None
    refused: str = ""
    read_back: Text | None = None
    is_resolved: bool | None = None


# --- one text ------------------------------------------------------------------------------------


def judge_trial(tried: TrialResult) -> Verdict:
    """Judge how the server treated one text."""
    subject, sent = tried.trial.subject, Text(tried.trial.text)
    if tried.stored is None:
        return Verdict(
            subject, "warn", f"refused: {tried.refused}", "Leave this out of your texts."
        )
    told, advice = _describe_resolution(tried)
    if tried.stored.is_same_as(sent):
        kept = "kept as it was sent"
        if tried.stored.raw != sent.raw:
            kept = "kept, but for line ends or blank lines, which don't count"
        return Verdict(subject, "warn" if advice else "ok", f"{kept}{told}", advice)
    altered = f"altered: {describe_alteration(sent, tried.stored)}{told}"
    remembered = (
        "The server changes such texts. What it makes of one is remembered, and not sent again."
    )
    return Verdict(subject, "warn", altered, f"{remembered} {advice}".rstrip())


_UNRELIABLE_NOTES = "Notes that Scenario does not know something cannot be relied on here."
# By the place of the tag, and whether it was resolved: what to say of it, and the advice.
_RESOLUTIONS: dict[tuple[TagPlace | None, bool], tuple[str, str]] = {
    ("known", True): ("Scenario resolved the tag", ""),
    ("known", False): (
        "Scenario did not resolve the tag, although the model exists",
        _UNRELIABLE_NOTES,
    ),
    ("unknown", True): (
        "Scenario resolved the tag, although nothing has this id",
        _UNRELIABLE_NOTES,
    ),
    ("unknown", False): ("Scenario did not resolve the tag, as expected", ""),
    ("code", True): ("Scenario resolved the tag in code, too", ""),
    ("code", False): ("Scenario did not resolve the tag in code", ""),
}


def _describe_resolution(tried: TrialResult) -> tuple[str, str]:
    """Return whether Scenario resolved the tag, in words, and advice if that is unexpected."""
    if tried.trial.tag is None:
        return "", ""
    if tried.is_resolved is None:
        return "; the answer does not list what the tags mean", ""
    message, advice = _RESOLUTIONS[tried.trial.place, tried.is_resolved]
    return f"; {message}", advice


# --- all texts -----------------------------------------------------------------------------------


def judge_writing(tried: Sequence[TrialResult]) -> Verdict | None:
    """Judge if the key can write; return None if no text was sent."""
    if any(each.stored for each in tried):
        return Verdict("writing", "ok", "descriptions can be written")
    if not tried:
        return None
    advice = "Ask for a role that can edit models."
    return Verdict("writing", "fail", f"nothing could be written: {tried[0].refused}", advice)


def judge_reading_back(tried: Sequence[TrialResult]) -> Verdict | None:
    """Judge if a text can be read at once after its write; None if no text was read."""
    read = [each for each in tried if each.stored and each.read_back]
    if not read:
        return None
    late = [each for each in read if each.read_back != each.stored]
    texts = format_count(len(read), "text")
    if not late:
        return Verdict("read after write", "ok", f"{texts} could be read as soon as written")
    return Verdict(
        "read after write",
        "warn",
        f"{len(late)} of {texts} read differently just after the write than its answer said",
        "Scenario may show a new text late: plan again a little later.",
    )


def judge_early_end(untried: Sequence[str], *, reason: str) -> Verdict:
    """Say which tests were not made, and why."""
    return Verdict(
        "stopped early",
        "warn",
        f"{format_count(len(untried), 'test')} not made: {', '.join(untried)}",
        reason,
    )


# --- no text -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ClearingResult:
    """The results of clearing the description with null and with an empty text.

    `answer` and `unset` describe the body of the answer, and of the read that followed; `unset`
    is "a text" if the description was not cleared. `refused` is the server's reason, or "".
    """

    sent: Literal["null", '""']
    answer: str = ""
    unset: str = ""
    refused: str = ""


def judge_clearing(results: Sequence[ClearingResult]) -> Iterator[Verdict]:
    """Judge how the server handles null and an empty text, and how it then shows no text."""
    yield from map(_judge_one_clearing, results)
    forms = {each.sent: each.unset for each in results if each.unset and each.unset != _TEXT}
    if not forms:
        return
    if len({*forms.values()}) == 1:
        message = f"a model without a description answers with {next(iter(forms.values()))}"
    else:
        message = "; ".join(f"after PUT {sent}: {form}" for sent, form in forms.items())
    yield Verdict("unset answer", "ok", message)


_TEXT = "a text"


def _judge_one_clearing(result: ClearingResult) -> Verdict:
    subject = f"PUT {result.sent}"
    if result.refused:
        advice = "A deletion sends null first, and the empty text once if null is refused."
        return Verdict(subject, "warn", f"refused: {result.refused}", advice)
    if result.unset == _TEXT:
        advice = "A deletion leaves a text; it is remembered, and the deletion is not repeated."
        return Verdict(subject, "warn", "accepted, and the model still has a text", advice)
    return Verdict(subject, "ok", f"clears the description; the answer has {result.answer}")


def judge_updated_at(before: str | None, after: str | None) -> Verdict:
    """Judge if the model's `updatedAt` changes with a write of its description."""
    match before, after:
        case str(), str() if before != after:
            message = "updatedAt of the model moves when its description is written"
        case str(), str():
            message = "updatedAt of the model does not move when its description is written"
        case _:
            message = "no updatedAt of the model could be read"
    return Verdict("updatedAt", "ok", message)


# --- the model's own text ------------------------------------------------------------------------


def find_own_text(model: str, stored: Text, replaced: Text | None) -> Text | None:
    """Return the scratch model's own text; None if it is unknown.

    `replaced` is the text that an interrupted doctor replaced by a test text.
    """
    if replaced is None or stored.is_same_as(replaced):
        return stored
    if stored.is_empty or any(stored.is_same_as(Text(trial.text)) for trial in build_trials(model)):
        return replaced
    return None


def judge_restored_text(model: str, original: Text, *, stored: Text | str) -> Verdict:
    """Judge if the scratch model has its own text again; `stored` can be an error."""
    if isinstance(stored, str):
        advice = "Restore it with `description-sync rollback --on-drift overwrite`."
        return Verdict(
            "restored", "fail", f"{model} does not have its own text back: {stored}", advice
        )
    if stored.is_same_as(original):
        return Verdict("restored", "ok", f"{model} has its own text back")
    message = f"{model} has its text back, altered: {describe_alteration(original, stored)}"
    return Verdict("restored", "warn", message)
