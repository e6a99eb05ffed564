"""Report the map of two targets: matches, models without a match, missing references."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

import yaml

from sync.counts import format_count, format_size
from sync.reports.report import Advice, CodeSpan, Report, Row, Table
from sync.shell_words import join_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.decisions.map import (
        MissingCounterpart,
        ModelMap,
        ModelMatch,
        RemoteModel,
        UnmatchedModel,
    )


def render_config_lines(found: ModelMap) -> str:
    """Render the lines missing from config.yaml, as YAML; return "" if there are none."""
    names = {
        found.source: {m.name: m.source.id for m in found.matches if found.source in m.unnamed},
        found.target: {m.name: m.target.id for m in found.matches if found.target in m.unnamed},
    }
    targets = {target: {"models": models} for target, models in names.items() if models}
    if not targets:
        return ""
    return yaml.safe_dump({"targets": targets}, sort_keys=False, allow_unicode=True)


# --- as a table ----------------------------------------------------------------------------------


def build_map_report(found: ModelMap) -> Report:
    """Build the report: the matches, the models that a person has to match, the next command."""
    rows = tuple(map(_make_match_row, found.matches))
    return Report(
        kind="map",
        title=f"{found.source} → {found.target}",
        subtitle=_summarize(found),
        blocks=tuple(_make_blocks(found, () if found.names_file else rows)),
        quiet_rows=rows if found.names_file else (),
        notes=tuple(_make_notes(found)),
        next_steps=tuple(_make_next_steps(found)),
    )


def _summarize(found: ModelMap) -> str:
    needy = format_count(len(found.unmatched), "model")
    assets = format_count(len(found.missing_assets), "asset")
    parts = [
        f"{found.paired_count + len(found.matches):,} matched",
        f"{needy} without a match",
        f"{assets} missing in {found.target}",
    ]
    if models := len(found.missing) - len(found.missing_assets):
        parts.append(f"{format_count(models, 'model')} in texts missing in {found.target}")
    return " · ".join(parts)


def _make_blocks(found: ModelMap, matches: tuple[Row, ...]) -> Iterator[Table]:
    if matches:
        yield Table(("Name", found.source, found.target, "Model"), matches)
    if found.singles:
        head = ("Target", "Model", "Name and type", "Why there is no match")
        yield Table(head, tuple(map(_make_unmatched_row, found.singles)))
    if found.missing:
        title = f"Texts of {found.source} refer to what {found.target} does not have:"
        columns = ("Kind", "Id", "Name", "About it", "Where")
        yield Table(columns, tuple(map(_make_missing_row, found.missing)), title)


def _make_notes(found: ModelMap) -> Iterator[str]:
    files, scenario = found.origins.files, found.origins.scenario
    if files:
        yield (
            f"{format_count(files, 'text')} of {found.source} taken from the files, "
            f"{scenario:,} read from Scenario"
        )
    if found.names_file and found.matches:
        names = format_count(len(found.matches), "model")
        yield f"{names} added to {found.names_file}, with the ids of both targets"
    if found.assets:
        yield f"{format_count(len(found.assets), 'asset')} uploaded and named"
    yield from found.failures
    if found.name_replacement:
        yield _describe_name_replacement(len(found.name_replacement.files), found.source)
        for path, reason in found.name_replacement.left:
            yield f"{path} was left alone: {reason}"


def _describe_name_replacement(count: int, source: str) -> str:
    if not count:
        return "no file was changed: none has an id that has a name"
    files = format_count(count, "file now uses", "files now use")
    return f"{files} names instead of ids; the texts for {source} are the same, byte for byte"


def _make_next_steps(found: ModelMap) -> Iterator[Advice]:
    """Yield the steps for a person, and the next command."""
    where = found.names_file or "names.yaml or config.yaml"
    if found.unmatched:
        words = f"Name each model without a match in {where}, with its id in both targets."
        yield Advice((), (words,))
    pair = [found.source, found.target]
    if not found.names_file and found.matches:
        yield _advise("To keep these names: ", "map", *pair, "--write")
        return
    if found.written_paths and (found.name_replacement or not found.missing_assets):
        add = CodeSpan(join_words(["git", "add", *found.written_paths]))
        words = "Review the changes, then commit them: "
        yield Advice((), (words, add, ", then ", CodeSpan("git commit")))
    if found.missing_assets:
        assets = ["--assets", found.assets_table or "missing.csv"]
        words = f"Upload the missing assets to {found.target}, and fill in their new ids"
        if found.assets_table and all(each.file for each in found.missing_assets):
            yield Advice((), (f"{words} in ", CodeSpan(found.assets_table), "."))
        else:
            downloads = ["--download", "missing", *assets]
            yield _advise(f"{words}. For the files and a table: ", "map", *pair, *downloads)
        yield _advise("Then: ", "map", *pair, *assets, "--write")
    elif found.origins.files > found.origins.scenario:
        yield _advise("To see what the files would write: ", "plan", "--target", found.target)
    else:
        copy = ["--from-target", found.source, "--target", found.target]
        yield _advise("To see what a copy would write: ", "plan", *copy)


def _advise(words: str, *command: str) -> Advice:
    return Advice((), (words, CodeSpan(join_words(["description-sync", *command]))))


def _make_match_row(match: ModelMatch) -> Row:
    ids = CodeSpan(match.source.id), CodeSpan(match.target.id)
    return Row(match.name, "good", ids, _describe_model(match.source), symbol="+")


def _make_unmatched_row(unmatched: UnmatchedModel) -> Row:
    cells = CodeSpan(unmatched.model.id), _describe_model(unmatched.model)
    return Row(unmatched.target, "bad", cells, _explain_no_match(unmatched), symbol="!")


def _make_missing_row(missing: MissingCounterpart) -> Row:
    kind, id_ = missing.reference_target
    facts = missing.facts
    size = "" if facts.size is None else format_size(facts.size)
    described = " · ".join(filter(None, (facts.name, facts.mime_type or facts.kind, size)))
    where = f"in {', '.join(missing.models)}"
    if missing.file:
        where = f"{where}; downloaded to {missing.file}"
    return Row(kind, "bad", (CodeSpan(id_), missing.name, described), where, symbol="!")


def _describe_model(model: RemoteModel) -> str:
    return f"{model.name} ({model.type})" if model.name else f"({model.type})"


def _explain_no_match(unmatched: UnmatchedModel) -> str:
    candidates = " or ".join(model.id for model in unmatched.candidates)
    match unmatched.why:
        case "none":
            return "has no counterpart"
        case "nameless":
            return "has no name to find it by"
        case "several":
            return f"possible matches: {candidates}; name the right one"
        case "other_type":
            types = " or ".join(sorted({model.type for model in unmatched.candidates}))
            return f"possible match: {candidates}, but its type is {types}"
        case _:
            assert_never(unmatched.why)
