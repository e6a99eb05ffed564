import json

import pytest

from sync.decisions.pull import (
    ConflictedFile,
    CreatedFile,
    MergedFile,
    PullRun,
    UntouchedFile,
    UpdatedFile,
)
from sync.model.target_identity import TargetIdentity
from sync.model.text import Text
from sync.reports.formats.json import render_json
from sync.reports.formats.text import render_text
from sync.reports.propose import ProposalMarker, format_proposal_text, hash_edits
from sync.reports.pull import build_pull_report, format_commit_message

TARGET = TargetIdentity("production", "https://api.cloud.scenario.com/v1", "proj_1")
TEXT = Text("x\n")
WRITTEN = {"data": b"x\n", "remote": TEXT}
HERO = CreatedFile(model="model_9fK2", path="characters/hero.md", **WRITTEN)
REEF = UpdatedFile(model="model_77aB", path="worlds/海.md", ours=TEXT, **WRITTEN)
LAMP = MergedFile(model="lamp", path="lamp.md", ours=TEXT, text=TEXT, theirs=b"x\n", **WRITTEN)
FISH = ConflictedFile(
    theirs=b"",
    model="fish",
    path="fish.md",
    ours=TEXT,
    reason="2 conflicts",
    conflict_text="x\n",
    **WRITTEN,
)
KEEPER = UntouchedFile(
    result="refused", model="keeper", path="keeper.md", reason="it has changes \x1b[31m" + "x" * 80
)
BOAT = UntouchedFile(result="failed", model="boat", reason="503")
NET = UntouchedFile(
    result="unchanged", model="net", path="net.md", reason="pulled before: commit it"
)


def text(pull, *, color=False):
    return render_text(build_pull_report(pull), color=color, width=80)


def test_a_person_reads_what_became_of_each_file_and_what_to_do_next():
    pull = PullRun(TARGET, "descriptions", [HERO, REEF, LAMP, FISH, KEEPER, BOAT, NET])
    assert text(pull) == (
        "production (proj_1) · into descriptions/\n"
        "\n"
        "  + created     characters/hero.md  model_9fK2\n"
        "  ~ updated     worlds/海.md        model_77aB\n"
        "  ~ merged      lamp.md             lamp\n"
        "  ! conflict    fish.md             fish        2 conflicts\n"
        "  ! left alone  keeper.md           keeper\n"
        "      it has changes\n"
        f"      \\x1b[31m{'x' * 66}\n"
        f"      {'x' * 14}\n"
        "  ! failed      (no file)           boat        503\n"
        "  · 1 file unchanged: pulled before: commit it\n"
        "\n"
        "1 created, 1 updated, 1 merged, 1 conflict, 1 unchanged, 1 left alone, 1 failed.\n"
        "Resolve the conflicts at the markers in the files, then commit.\n"
        "Review the changes, then commit them: `git add -A descriptions`, then\n"
        "`git commit`\n"
        "The merged files are newer than the texts in Scenario. After the commit, run\n"
        "`description-sync apply --target production`\n"
    )


def test_a_person_reads_that_there_was_nothing_to_do():
    assert text(PullRun(TARGET, "descriptions", [])) == "production (proj_1) · nothing to pull\n"


def test_a_person_reads_where_an_interrupted_pull_goes_on():
    assert text(PullRun(TARGET, "descriptions", [], interrupted=True)) == (
        "production (proj_1) · into descriptions/\n"
        "\n"
        "Interrupted: nothing yet.\n"
        "Run the command again for the rest. Finished files are not written again.\n"
    )


def test_a_person_reads_how_a_branch_is_pushed():
    pull = PullRun(TARGET, "descriptions", [REEF], branch="edits", commit="3f2a9c1" + "0" * 33)
    assert text(pull, color=True) == (
        "\x1b[1mproduction\x1b[0m (proj_1) · into branch edits\n"
        "\n"
        "  \x1b[33m~ updated\x1b[0m  worlds/海.md  model_77aB\n"
        "\n"
        "\x1b[1m1 updated.\x1b[0m\n"
        "Committed as 3f2a9c1, ready for a pull request: `git push -u origin edits`\n"
    )


def test_a_person_reads_that_conflicts_keep_a_branch_from_being_made():
    rest = UntouchedFile(
        result="not_attempted", model="lamp", path="lamp.md", reason="not before the conflicts"
    )
    pull = PullRun(TARGET, "descriptions", [FISH, rest], branch="edits")
    assert text(pull) == (
        "production (proj_1) · into branch edits\n"
        "\n"
        "  ! conflict       fish.md  fish  2 conflicts\n"
        "  · not attempted  lamp.md  lamp  not before the conflicts\n"
        "\n"
        "1 conflict, 1 not attempted.\n"
        "Nothing was committed. Pull without --branch, then resolve the conflicts.\n"
    )


def test_a_program_reads_one_document():
    pull = PullRun(TARGET, "descriptions", [HERO, BOAT])
    assert json.loads(render_json([pull])) == {
        "version": 1,
        "kind": "pull",
        "target": {
            "name": "production",
            "base_url": "https://api.cloud.scenario.com/v1",
            "project_id": "proj_1",
            "config": "config.yaml",
        },
        "branch": None,
        "commit": None,
        "interrupted": False,
        "summary": {"created": 1, "failed": 1},
        "files": [
            {
                "model": "model_9fK2",
                "path": "characters/hero.md",
                "result": "created",
                "reason": "",
            },
            {"model": "boat", "path": None, "result": "failed", "reason": "503"},
        ],
        "notes": [],
        "proposal": None,
    }


def test_a_commit_says_what_came_from_where():
    assert format_commit_message(TARGET, [HERO, REEF]) == (
        "Take 2 descriptions as edited on production\n"
        "\n"
        "created characters/hero.md (model_9fK2)\n"
        "updated worlds/海.md (model_77aB)\n"
        "\n"
        "Target: production\n"
        "Server: https://api.cloud.scenario.com/v1\n"
        "Project: proj_1\n"
    )


@pytest.mark.parametrize(
    ("count", "folder"),
    [
        pytest.param(2_000, "worlds/", id="many"),
        pytest.param(20_000, "worlds/", id="more than a marker has room for"),
        pytest.param(2_000, "a_long_name/" * 80, id="long paths"),
    ],
)
def test_the_text_of_a_pull_request_fits_in_and_names_conflicts_first(count, folder):
    """GitHub refuses a text of more than 65,536 characters; then nobody would see the edits."""
    edited, ours = Text("Edited\n"), Text("Ours\n")
    files = [
        UpdatedFile(model=f"m{n}", path=f"{folder}reef-{n}.md", remote=edited, ours=ours, data=b"")
        for n in range(count)
    ]
    files += [
        ConflictedFile(
            model=f"c{n}",
            path=f"{folder}conflict-{n}.md",
            remote=edited,
            ours=ours,
            data=b"",
            conflict_text="",
            theirs=b"",
        )
        for n in range(1_000)
    ]
    marker = ProposalMarker(TARGET.digest, hash_edits(files), "a" * 40)
    text = format_proposal_text(TARGET, files, marker)
    assert len(text) < 65_000
    assert ProposalMarker.parse(text) == marker
    assert "1,000 files have conflicts: `" in text
    assert "| conflict | `" in text
    assert " more: see the changed files" in text
