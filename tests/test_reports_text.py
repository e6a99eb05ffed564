import unicodedata
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.model.changes import (
    Create,
    Delete,
    Drift,
    Failed,
    InSync,
    Invalid,
    Missing,
    Protected,
    Retired,
    Unmanaged,
    Update,
)
from sync.model.known_texts import DeployedCommit
from sync.model.plan import Plan, Source, Violation
from sync.model.run import Outcome, Run, Snapshot
from sync.model.target_identity import TargetIdentity
from sync.model.text import Text
from sync.reports.formats.text import measure_width, render_text
from sync.reports.plan import build_plan_report, build_status_report
from sync.reports.report import Advice, CodeSpan
from sync.reports.run import build_run_report

TARGET = TargetIdentity("production", "https://api.cloud.scenario.com/v1", "proj_1")
COMMIT = "3f2a9c1d" * 5
ELSEWHERE = ("edited elsewhere: this text is in no commit of the repository",)
IN_SYNC = InSync(model="model_same", path="same.md", before=Text("same"), after=Text("same"))
HERO = Create(
    model="model_9fK2ePqRsTuVwXyZaBcDeFgH", path="characters/hero.md", after=Text("A hero.")
)
LANTERN = Update(
    model="model_2cT8",
    path="props/lantern.md",
    before=Text("A brass lantern, hand-painted, for night scenes.\n"),
    after=Text("A brass lantern, lit from within, for night scenes.\n{asset:asset_7Hq}\n"),
    deployed=DeployedCommit("a81c3e0f" * 5, 2),
)
REEF = Drift(
    model="model_77aB",
    path="worlds/reef.md",
    before=Text("A reef at dusk."),
    after=Text("A reef at dawn."),
    notes=ELSEWHERE,
)


def plan(*changes, source=None, notes=()):
    source = source or Source("worktree", COMMIT)
    return Plan(TARGET, source, datetime(2026, 11, 23, 8, 0, tzinfo=UTC), changes, notes)


def shown(*changes, width=100, verbose=False, **plan_args):
    return render_text(
        build_plan_report(plan(*changes, **plan_args)), color=False, width=width, verbose=verbose
    )


def test_tells_a_plan_as_a_person_would():
    assert (
        shown(REEF, IN_SYNC, HERO, LANTERN)
        == """\
production (proj_1) · 4 descriptions at 3f2a9c1                         − in Scenario  + after apply

  + create  characters/hero.md  model_9fK2ePqRsTuVwXyZaBcDeFgH
      + A hero.
  ~ update  props/lantern.md    model_2cT8
      Scenario has the text of a81c3e0 (2 versions behind)
      ~ A brass lantern, [-hand-painted-]{+lit from within+}, for night scenes.
      + {asset:asset_7Hq}
  ! drift   worlds/reef.md      model_77aB
      changed outside git: will be left alone
      − in git  + in Scenario
      ~ A reef at [-dawn-]{+dusk+}.
      keep it:     description-sync pull worlds/reef.md --target production
      replace it:  description-sync apply worlds/reef.md --target production --on-drift overwrite

Plan: 1 to create, 1 to update, 0 to delete. 1 drifted (left alone). 1 in sync.
A replaced text will be kept on `refs/description-sync/production`, in this clone only.
"""
    )


def test_is_one_quiet_line_where_there_is_nothing_to_do():
    quiet = "production (proj_1) · 2 descriptions at 3f2a9c1 · in sync, nothing to do\n"
    assert shown(IN_SYNC, IN_SYNC) == quiet


def test_an_empty_selection_has_nothing_to_do():
    assert shown() == "production (proj_1) · 0 descriptions at 3f2a9c1 · nothing to do\n"


def test_a_wide_page_has_the_remark_beside_the_item():
    (row,) = [row for row in shown(REEF, width=120).split("\n") if "model_77aB" in row]
    assert row == "  ! drift  worlds/reef.md  model_77aB  changed outside git: will be left alone"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(
            Update(model="m", path="a.md", before=Text("1"), after=Text("2")),
            """\
  ~ update  a.md  m  safe to replace: git has this text
      - 1
      + 2

Plan: 0 to create, 1 to update, 0 to delete.
""",
            id="known from a snapshot",
        ),
        pytest.param(
            Update(
                model="m",
                path="a.md",
                before=Text("1"),
                after=Text("2"),
                deployed=DeployedCommit(COMMIT, 1),
                notes=(
                    "changed elsewhere since the last run recorded here, to a text that git has",
                ),
            ),
            """\
  ~ update  a.md  m  Scenario has the text of 3f2a9c1 (1 version behind)
      changed elsewhere since the last run recorded here, to a text that git has
      - 1
      + 2

Plan: 0 to create, 1 to update, 0 to delete.
""",
            id="one version behind, with a note",
        ),
        pytest.param(
            replace(REEF, policy="overwrite"),
            """\
  ~ drift  worlds/reef.md  model_77aB  changed outside git: will be overwritten
      ~ A reef at [-dusk-]{+dawn+}.

Plan: 0 to create, 1 to update, 0 to delete.
worlds/reef.md: the text in Scenario will be kept on `refs/description-sync/production`, in this
clone only.
""",
            id="drift to be overwritten",
        ),
        pytest.param(
            replace(
                REEF, cause="elsewhere", notes=("Scenario has the text of reef.md in 3f2a9c1",)
            ),
            """\
  ! drift  worlds/reef.md  model_77aB
      Scenario has the text of reef.md in 3f2a9c1; will be left alone
      − in git  + in Scenario
      ~ A reef at [-dawn-]{+dusk+}.

Plan: 0 to create, 0 to update, 0 to delete. 1 drifted (left alone).
worlds/reef.md: merge the branch that has this text, or replace it with `--on-drift overwrite`.
""",
            id="drift to a text of another branch",
        ),
        pytest.param(
            replace(REEF, cause="unknown", notes=("the history ends here",)),
            """\
  ! drift  worlds/reef.md  model_77aB  nobody can tell if git has it: will be left alone
      the history ends here
      − in git  + in Scenario
      ~ A reef at [-dawn-]{+dusk+}.

Plan: 0 to create, 0 to update, 0 to delete. 1 drifted (left alone).
worlds/reef.md: complete the git history as described above, then make a new plan.
""",
            id="drift that is not certain",
        ),
        pytest.param(
            replace(REEF, after=None),
            """\
  ! drift  worlds/reef.md  model_77aB  changed outside git: will be left alone
      − in git  + in Scenario
      + A reef at dusk.
      keep it:  description-sync pull --all --model model_77aB --target production

Plan: 0 to create, 0 to update, 0 to delete. 1 drifted (left alone).
worlds/reef.md: no branch, tag or stash of this clone has this text, so apply will not delete it.
""",
            id="drift of a removed file",
        ),
        pytest.param(
            replace(REEF, policy="skip", path="a reef.md"),
            """\
  · drift  a reef.md  model_77aB  changed outside git: will be skipped
      − in git  + in Scenario
      ~ A reef at [-dawn-]{+dusk+}.
      keep it:     description-sync pull "a reef.md" --target production
      replace it:  description-sync apply "a reef.md" --target production --on-drift overwrite

Plan: 0 to create, 0 to update, 0 to delete. 1 drifted (skipped).
A replaced text will be kept on `refs/description-sync/production`, in this clone only.
""",
            id="drift skipped, in a path that a shell would split",
        ),
        pytest.param(
            Delete(
                model="m", path="old.md", before=Text("bye"), deployed=DeployedCommit(COMMIT, 0)
            ),
            """\
  - delete  old.md  m  no file names it any more; Scenario has the text of 3f2a9c1
      - bye

Plan: 0 to create, 0 to update, 1 to delete.
""",
            id="delete",
        ),
        pytest.param(
            Retired(model="m", path="old.md"),
            """\
  · retired  old.md  m  no file that was read describes this model: its text stays in Scenario

Plan: 0 to create, 0 to update, 0 to delete. 1 retired.
m: no file names the model any more, the description stays in Scenario. To delete it, set
`prune: true` for production. To leave the model out of plans, add it to `ignore.models`.
""",
            id="retired",
        ),
        pytest.param(
            Retired(
                model="m",
                path="old.md",
                before=Text("bye"),
                notes=("not deleted: something could not be read",),
            ),
            """\
  · retired  old.md  m  no file that was read describes this model: its text stays in Scenario
      not deleted: something could not be read

Plan: 0 to create, 0 to update, 0 to delete. 1 retired.
""",
            id="retired for a reason of its own",
        ),
        pytest.param(
            Protected(model="m", path="a.md", before=Text("1"), after=Text("2")),
            """\
  · protected  a.md  m  differs from the file and is protected: will be left alone

Plan: 0 to create, 0 to update, 0 to delete. 1 protected.
""",
            id="protected",
        ),
        pytest.param(
            Missing(model="m", path="a.md", after=Text("2")),
            """\
  ! missing  a.md  m  Scenario has no such model

Plan: 0 to create, 0 to update, 0 to delete. 1 missing.
a.md: production has no such model, or this key cannot see it. Check the id in the file name, in the
front matter or in config.yaml. If only another target has the model, say so in the front matter:
`models: {TARGET: ID}`.
""",
            id="missing",
        ),
        pytest.param(
            Invalid(model="", path="a.md", notes=('a.md:1:1: unknown key "modle"', "a.md:2:1: x")),
            """\
  ! invalid  a.md    2 errors
      a.md:1:1: unknown key "modle"
      a.md:2:1: x

Plan: 0 to create, 0 to update, 0 to delete. 1 invalid.
a.md: fix the errors first; apply writes nothing until then. To check: `description-sync check`
""",
            id="invalid",
        ),
        pytest.param(
            Failed(model="m", path="a.md", notes=("503 after 5 attempts",)),
            """\
  ! failed  a.md  m  could not be read: will be left alone
      503 after 5 attempts

Plan: 0 to create, 0 to update, 0 to delete. 1 unreadable.
a.md: could not be read and will be left alone. See the reason above, then run again.
""",
            id="failed",
        ),
        pytest.param(
            Unmanaged(model="m", before=Text("hi")),
            """\
  · unmanaged  (no file)  m  has a description in Scenario and no file

Plan: 0 to create, 0 to update, 0 to delete. 1 unmanaged.
m: to create its file, run `description-sync pull --all --target production`.
""",
            id="unmanaged",
        ),
    ],
)
def test_shows_every_state(change, expected):
    assert shown(change).split("\n\n", 1)[1] == expected


def test_a_first_run_is_led_to_one_command():
    drifted = [replace(REEF, model=f"model_{n}", path=f"{n}.md") for n in range(4)]
    assert shown(*drifted, IN_SYNC).endswith(
        """\

Plan: 0 to create, 0 to update, 0 to delete. 4 drifted (left alone). 1 in sync.
No branch, tag or stash of this clone has 4 of 5 texts of Scenario. If they are older than this
folder, take them into git first: `description-sync pull --all --target production`
A replaced text will be kept on `refs/description-sync/production`, in this clone only.
"""
    )


def test_many_drifted_texts_among_more_are_pulled_at_once():
    drifted = [replace(REEF, model=f"model_{n}", path=f"{n}.md") for n in range(4)]
    assert shown(*drifted, *[IN_SYNC] * 4).endswith(
        """\
Plan: 0 to create, 0 to update, 0 to delete. 4 drifted (left alone). 4 in sync.
4 descriptions: to keep the texts of Scenario, run `description-sync pull --target production`; to
replace them, run `description-sync apply --target production --on-drift overwrite`.
A replaced text will be kept on `refs/description-sync/production`, in this clone only.
"""
    )


@pytest.mark.parametrize(
    ("source", "place"),
    [
        pytest.param(
            Source("worktree", COMMIT, dirty=True),
            "at 3f2a9c1, with uncommitted changes",
            id="dirty",
        ),
        pytest.param(Source("worktree"), "at no commit yet", id="no commit"),
        pytest.param(Source("commit", COMMIT), "at 3f2a9c1", id="a commit"),
        pytest.param(
            Source("target", COMMIT, label="staging"), "from staging, at 3f2a9c1", id="a target"
        ),
        pytest.param(Source("snapshot", COMMIT, label="R1"), "as before run R1", id="a rollback"),
    ],
)
def test_says_where_the_texts_come_from(source, place):
    headline = f"production (proj_1) · 1 description {place} · in sync, nothing to do\n"
    assert shown(IN_SYNC, source=source) == headline


def test_notes_of_the_plan_are_shown_even_where_all_is_in_sync():
    assert (
        shown(IN_SYNC, notes=("draft.md is not tracked by git, and is left out",))
        == """\
production (proj_1) · 1 description at 3f2a9c1

  · draft.md is not tracked by git, and is left out

Plan: 0 to create, 0 to update, 0 to delete. 1 in sync.
"""
    )


def test_a_plan_that_apply_will_refuse_says_so():
    violation = Violation(rule="mass_change", message="15 of 20 descriptions would be replaced.")
    report = build_plan_report(replace(plan(LANTERN), violations=(violation,)))
    assert render_text(report, color=False, width=100).endswith(
        """\
Plan: 0 to create, 1 to update, 0 to delete.
Blocked: 15 of 20 descriptions would be replaced.
"""
    )


def test_a_long_new_text_is_cut_and_counted():
    text = Text("\n".join(f"Line {n}" for n in range(1, 21)))
    report = shown(Create(model="m", path="a.md", after=text))
    assert "      + Line 12\n      … 8 more lines\n" in report
    assert "Line 13" not in report


def test_verbose_leaves_nothing_out():
    text = Text("\n".join(f"Line {n}" for n in range(1, 21)))
    report = shown(Create(model="m", path="a.md", after=text), IN_SYNC, verbose=True)
    assert "      + Line 20\n" in report
    assert "  = in sync  same.md  model_same\n" in report
    assert "more lines" not in report


def test_long_lines_are_wrapped_and_what_is_kept_in_them_is_clipped():
    before = f"{'The tide comes in. ' * 9}It ends.\n\nb\n\nc\n\nd\n"
    after = (
        f"{'The tide comes in. ' * 9}It goes on, {'wave after wave ' * 4}for ever.\n\nb\n\nc\n\nd\n"
    )
    change = Update(model="m", path="a.md", before=Text(before), after=Text(after))
    assert (
        shown(change, width=60)
        == """\
production (proj_1) · 1 description at 3f2a9c1    − in Scenario  + after apply

  ~ update  a.md  m  safe to replace: git has this text
      ~ …in. The tide comes in. It [-ends-]{+goes on, wave
        after wave wave after wave wave after wave wave
        after wave for ever+}.

      … 5 lines as before

Plan: 0 to create, 1 to update, 0 to delete.
"""
    )


def note_rows(note, width):
    """The rows of a note, without the mark before the first and the indent of the others."""
    lines = shown(notes=[note], width=width).split("\n")
    first = next(index for index, line in enumerate(lines) if line.startswith("  · "))
    return [line[4:] for line in lines[first:] if line.startswith(("  · ", "    "))]


@given(
    st.lists(st.text("aé—灯か\u0301", min_size=1, max_size=90), min_size=1, max_size=40),
    st.integers(60, 90),
)
def test_rows_keep_every_character_and_their_width(words, width):
    rows = note_rows(" ".join(words), width)
    assert "".join(rows).replace(" ", "") == "".join(words)
    assert all(measure_width(row) <= width - 4 for row in rows)
    assert not any(row.startswith(" ") for row in rows[1:])


def test_a_row_ends_between_words_or_at_a_character_that_stands_alone():
    assert note_rows("灯" * 30 + " to be continued", 60) == ["灯" * 28, "灯灯 to be continued"]
    assert note_rows("x" * 50 + " another word", 60) == ["x" * 50, "another word"]
    assert note_rows("x" * 70 + " y", 60) == ["x" * 56, "x" * 14 + " y"]


def test_code_that_sticks_out_keeps_the_sign_after_it_and_nothing_else():
    step = Advice((), (CodeSpan("x" * 80), ": and"))
    report = replace(build_plan_report(plan()), next_steps=(step,), nothing_to_do="")
    assert render_text(report, color=False, width=60).endswith(f"\n`{'x' * 80}`:\nand\n")


def test_what_cannot_be_seen_is_shown_where_it_changed():
    before = Text("tail  \n\tcode\na b\nzero\nlast")
    after = Text("tail\n    code\na\xa0b\nze\u200bro\nlast")
    assert (
        shown(Update(model="m", path="a.md", before=before, after=after)).split("\n\n")[1]
        == """\
  ~ update  a.md  m  safe to replace: git has this text
        tail
            code
      ~ a[-·-]{+\\xa0+}b
      - zero
      + ze\\u200bro
        last"""
    )


def test_columns_hold_wide_characters_and_give_way_to_one_long_path():
    changes = [
        replace(HERO, path=path, model="m")
        for path in ("灯.md", "plain.md", f"{'long/' * 12}path.md")
    ]
    rows = [row for row in shown(*changes).split("\n") if "  + create" in row]
    assert rows == [
        "  + create  灯.md     m",
        "  + create  plain.md  m",
        f"  + create  {'long/' * 12}path.md  m",
    ]


def test_colour_comes_on_top_of_the_signs():
    report = render_text(build_plan_report(plan(LANTERN)), color=True, width=100)
    assert (
        "      \x1b[33m~ \x1b[0mA brass lantern, \x1b[31mhand-painted\x1b[0m"
        "\x1b[32mlit from within\x1b[0m, for night scenes.\n"
    ) in report


def test_the_status_is_a_line_for_each_model_in_the_order_of_paths():
    unmanaged = [Unmanaged(model=model, before=Text("hi")) for model in ("model_x", "model_y")]
    in_sync = replace(IN_SYNC, deployed=DeployedCommit(COMMIT, 0))
    status = build_status_report(plan(*unmanaged, REEF, LANTERN, in_sync))
    report = render_text(status, color=False, width=100)
    assert (
        report
        == """\
production (proj_1) · 3 descriptions at 3f2a9c1

  ~ update     props/lantern.md  model_2cT8  at a81c3e0 (2 versions behind)
  = in sync    same.md           model_same  at 3f2a9c1
  ! drift      worlds/reef.md    model_77aB  changed outside git: will be left alone
  · unmanaged  (no file)         model_x     has a description in Scenario and no file
  · unmanaged  (no file)         model_y     has a description in Scenario and no file

0 to create, 1 to update, 0 to delete. 1 drifted (left alone). 2 unmanaged. 1 in sync.
"""
    )


SNAPSHOT = Snapshot(
    ref="refs/description-sync/production", before="a" * 40, after="b" * 40, run="R7"
)


def test_an_altered_text_is_not_called_recorded_if_the_record_failed():
    outcomes = [Outcome(LANTERN, "altered", "trimmed", 1, Text("A brass lantern, lit from within"))]
    run = Run(plan(LANTERN), outcomes, replace(SNAPSHOT, after=None))
    out = " ".join(render_text(build_run_report(run), color=False, width=100).split())
    assert "It could not be recorded, so that the next plan shows it as drift." in out


def test_tells_a_run_as_a_person_would():
    sword = replace(LANTERN, model="model_sw", path="sword.md")
    axe = replace(LANTERN, model="model_ax", path="axe.md")
    run = Run(
        plan(HERO, LANTERN, REEF, sword, axe, IN_SYNC),
        [
            Outcome(HERO, "applied", attempts=1, remote_text=HERO.after),
            Outcome(LANTERN, "altered", "trimmed", 1, Text("A brass lantern, lit from within")),
            Outcome(REEF, "refused", ELSEWHERE[0]),
            Outcome(
                sword, "refused", "the text in Scenario was changed since the plan was made", 1
            ),
            Outcome(axe, "failed", "503 Service Unavailable\nTry again later.", 5),
            Outcome(IN_SYNC, "unchanged"),
        ],
        SNAPSHOT,
    )
    assert (
        render_text(build_run_report(run), color=False, width=100)
        == """\
production (proj_1) · 2 descriptions written at 3f2a9c1                     − as sent  + in Scenario

  + created  characters/hero.md  model_9fK2ePqRsTuVwXyZaBcDeFgH
  ! altered  props/lantern.md    model_2cT8                      trimmed
      ~ A brass lantern, lit from within[-, for night scenes.↵{asset:asset_7Hq}-]
  ! refused  worlds/reef.md      model_77aB
      edited elsewhere: this text is in no commit of the repository
      keep it:     description-sync pull worlds/reef.md --target production
      replace it:  description-sync apply worlds/reef.md --target production --on-drift overwrite
  ! refused  sword.md            model_sw
      the text in Scenario was changed since the plan was made
  ! failed   axe.md              model_ax                        503 Service Unavailable
      Try again later.

1 created, 1 altered, 2 refused, 1 failed, 1 in sync.
sword.md: left alone for the reason above. Make a new plan.
props/lantern.md: Scenario keeps its own form of this text. It is recorded, and not sent again.
axe.md: run the command again for the rest. Finished items are not written again.
Replaced texts are kept on `refs/description-sync/production`, in this clone only. To undo this run:
`description-sync rollback R7 --target production`
"""
    )


def test_an_interrupted_run_says_so():
    run = Run(
        plan(HERO, LANTERN),
        [
            Outcome(HERO, "applied", attempts=1, remote_text=HERO.after),
            Outcome(LANTERN, "not_attempted", "interrupted before its turn"),
        ],
        SNAPSHOT,
        interrupted=True,
    )
    assert (
        render_text(build_run_report(run), color=False, width=100)
        == """\
production (proj_1) · 1 description written at 3f2a9c1

  + created        characters/hero.md  model_9fK2ePqRsTuVwXyZaBcDeFgH
  · not attempted  props/lantern.md    model_2cT8                      interrupted before its turn

Interrupted: 1 created, 1 not attempted.
props/lantern.md: run the command again for the rest. Finished items are not written again.
Scenario showed no text to replace. To undo this run:
`description-sync rollback R7 --target production`
"""
    )


def test_a_run_with_nothing_to_write_is_one_quiet_line():
    run = Run(plan(IN_SYNC), [Outcome(IN_SYNC, "unchanged")], Snapshot("refs/x"))
    assert render_text(build_run_report(run), color=False, width=100) == (
        "production (proj_1) · 0 descriptions written at 3f2a9c1 · in sync, nothing to do\n"
    )


COMMANDS = ("::error::x", "##[error]", "##vso[task]", "\x1b[0m::set-output")
UNSEEN = ("\x1b[2J", "\x9b", "\u202e", "\u200f", "\u2066", "\ufeff", "\u2028", "\x00", "\U000e0041")
HOSTILE = st.lists(st.sampled_from([*COMMANDS, *UNSEEN, "\r", "\n", "  ", "a"]), max_size=12).map(
    "".join
)


@given(HOSTILE, HOSTILE, HOSTILE, st.booleans())
def test_text_from_outside_is_inert(before, after, other, color):
    drift = Drift(
        model=other or "m", path=other, before=Text(before), after=Text(after), notes=(other, other)
    )
    failed = Failed(model="m", path="f.md", notes=(before,))
    report = render_text(
        build_plan_report(plan(drift, failed, notes=(after,))), color=color, width=60
    )
    report += render_text(
        build_run_report(Run(plan(drift), [Outcome(drift, "failed", other)], Snapshot("refs/x"))),
        color=color,
        width=60,
    )
    _assert_inert(report if not color else _without_our_colors(report))


def _without_our_colors(report):
    for code in ("0", "1", "2", "31", "32", "33"):
        report = report.replace(f"\x1b[{code}m", "")
    return report


def _assert_inert(report):
    unseen = {c for c in report if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"}}
    assert unseen <= {"\n"}
    assert "##[" not in report
    assert "##vso[" not in report
    assert not [line for line in report.split("\n") if line.lstrip().startswith("::")]
