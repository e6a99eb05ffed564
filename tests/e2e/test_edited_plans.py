"""A saved plan whose JSON somebody edited, path by path: nothing wrong is ever written."""

import copy
import json
import os

import pytest
from repositories import Repo
from studio import REF, Studio

from sync.model.text import Text
from sync.reports.documents.plan import compute_checksum

# What Scenario holds, what the files say, and what a run of now may write of it.
HELD = {
    "update": "Old update\n",
    "create": None,
    "delete": "Old delete\n",
    "edited": "Edited in the web app\n",
    "behind": "Newer behind\n",
    "same": "Same\n",
    "kept": "Old kept\n",
    "nobody": "Of no file\n",
}
RIGHT = {"update": "New update\n", "create": "New create\n", "delete": None}
ALTERNATIVES = [
    *("update", "create", "delete", "drift", "in_sync", "overwrite", "skip", "fail", "edited"),
    *("behind", "unknown", "elsewhere", "target", "commit", "snapshot", "worktree"),
    *("nobody", "same.md", "Anything\n", 0, 1_000_000, True, False),
]
GONE = object()


@pytest.fixture(scope="module")
def planned(tmp_path_factory, served):
    """A repository with a change of each kind, and its plan."""
    studio = Studio(Repo.create(tmp_path_factory.mktemp("edited") / "reef"), *served)
    studio.configure(prune=True, config={"limits": {"max_change_percent": 100}})
    protected = "---\nprotected: true\n---\n"
    old = {name: f"Old {name}\n" for name in ("update", "delete", "edited", "behind", "kept")}
    studio.commit({f"{name}.md": text for name, text in {**old, "same": "Same\n"}.items()})
    studio.repo.git("switch", "--quiet", "--create", "ahead")
    studio.commit({"behind.md": "Newer behind\n"})
    studio.repo.git("switch", "--quiet", "-")
    studio.remove("delete.md")
    studio.commit(
        {
            "update.md": "New update\n",
            "create.md": "New create\n",
            "edited.md": "New edited\n",
            "kept.md": f"{protected}New kept\n",
        }
    )
    return studio


def list_values(value, path=()):
    """Yield each value in a document with its path, those of its containers included."""
    if path:
        yield path, value
    match value:
        case dict():
            entries = value.items()
        case list():
            entries = enumerate(value)
        case _:
            entries = ()
    for key, each in entries:
        yield from list_values(each, (*path, key))


def edit(document, path, value):
    """Return the document with another value at a path, or without it, and with fresh checksums."""
    edited = copy.deepcopy(document)
    *way, last = path
    holder = edited
    for key in way:
        holder = holder[key]
    if value is GONE:
        del holder[last]
    else:
        holder[last] = value
    if last in {"before", "after"} and isinstance(value, str):
        holder[f"{last}_sha256"] = Text(value).sha256
    if path != ("checksum",):
        edited["checksum"] = compute_checksum(edited)
    return edited


def list_other_values(value, number):
    """Return values to put in the place of this one: none, others of its type and of another."""
    others = [each for each in ALTERNATIVES if each != value]
    same_type = [each for each in others if type(each) is type(value)] or others
    return [
        GONE,
        None,
        [value],
        same_type[number % len(same_type)],
        others[7 * number % len(others)],
    ]


def list_swapped(document):
    """Return the document with fields of two changes swapped, and with a change twice."""
    for name in ("model", "path", "state", "before", "after"):
        for first in range(len(document["changes"])):
            edited = copy.deepcopy(document)
            one, two = edited["changes"][first], edited["changes"][first - 1]
            for field in (name, f"{name}_sha256"):
                if field in one or field in two:
                    one[field], two[field] = two.get(field), one.get(field)
            yield edited
    for change in document["changes"]:
        edited = copy.deepcopy(document)
        edited["changes"].append(dict(change))
        yield edited


def check_nothing_wrong_is_written(studio, edited):
    """Apply the plan; each model keeps its text, or gets the one that a new plan would write."""
    studio.remote(HELD)
    if studio.repo.git("for-each-ref", REF):
        studio.repo.git("update-ref", "-d", REF)
    (studio.repo.path / "plan.json").write_text(json.dumps(edited))
    ran = studio.apply("--plan", "plan.json", "--allow-unshared")
    texts = studio.texts
    wrong = {
        model: texts.get(model)
        for model, held in HELD.items()
        if texts.get(model) not in {held, RIGHT.get(model, held)}
    }
    assert (wrong, "Traceback" in ran.err, ran.code in {0, 2, 4, 5}) == ({}, False, True)
    return ran


def make_plan(studio):
    """Make the plan with the options that an edit could claim, and save it."""
    studio.remote(HELD)
    assert studio.plan("--out", "plan.json").code == 0
    return json.loads((studio.repo.path / "plan.json").read_text())


def test_a_plan_of_all_kinds_is_applied_as_far_as_it_is_right(planned):
    plan = make_plan(planned)
    states = {change["model"]: change["state"] for change in plan["changes"]}
    assert states == {
        "update": "update",
        "create": "create",
        "delete": "delete",
        "edited": "drift",
        "behind": "drift",
        "same": "in_sync",
        "kept": "protected",
    }
    check_nothing_wrong_is_written(planned, plan)
    assert planned.texts == {
        **{model: text for model, text in HELD.items() if text and model != "delete"},
        "update": "New update\n",
        "create": "New create\n",
    }


def list_edits(plan):
    for number, (path, value) in enumerate(list_values(plan)):
        for other in list_other_values(value, number):
            yield edit(plan, path, other)
    for swapped in list_swapped(plan):
        yield {**swapped, "checksum": compute_checksum(swapped)}


@pytest.mark.timeout(1800)
def test_no_edit_of_a_saved_plan_writes_what_a_plan_of_now_would_not(planned):
    """With EXAMPLES=thorough, all edits of all values are tried."""
    edits = list(list_edits(make_plan(planned)))
    step = 1 if os.environ.get("EXAMPLES") == "thorough" else len(edits) // 12
    for edited in edits[::step]:
        check_nothing_wrong_is_written(planned, edited)
