from dataclasses import replace
from datetime import UTC, datetime

import pytest

from sync.decisions.desired import DesiredSelection, DesiredState, FormerModel
from sync.decisions.drift import GitKnowledge, Policy
from sync.decisions.plan import decide_plan, find_texts_to_look_up, make_changes
from sync.model.changes import (
    Create,
    Delete,
    Drift,
    Failed,
    Held,
    InSync,
    Invalid,
    Missing,
    Protected,
    Retired,
    Unmanaged,
    Update,
)
from sync.model.document import Document, Fault, InvalidFile, Reference, ReferenceTarget
from sync.model.known_texts import DELETED_WRITE, DeployedCommit, KnownText, LastWrite, TextLookup
from sync.model.plan import Plan, Source
from sync.model.remote_text import NoSuchModel, RemoteText, UnreadableModel
from sync.model.run import Outcome, Run, Snapshot
from sync.model.target_identity import TargetIdentity
from sync.model.text import Text

OLD, NEW, OTHER, EMPTY = Text("old\n"), Text("new\n"), Text("edited in the web app\n"), Text("")
TAG = Reference("asset", "asset_1", 1, 1)
CAT = Document("cat", "cat.md", NEW, references=(TAG,))
AT = DeployedCommit("c0ffee", 2)
IN_COMMIT, IN_SNAPSHOT = KnownText("commit", AT), KnownText("snapshot")
UNKNOWN = "this text is in no Markdown file of this clone's branches, tags and stashes"
KEEPS = "Scenario returned this text after the deletion; it counts as deleted"
PUT_BACK = "the last run recorded here for this model deleted its text"
BEHIND = (
    "this checkout is behind: Scenario has the newer text of commit c0ffee on origin/main; "
    "merge or rebase first"
)
NEWER = KnownText("deploy_branch", AT, "origin/main")


def known(**texts):
    return GitKnowledge(known_texts=texts)


def changes(desired, actual, knowledge=None, policy=None):
    return make_changes(
        desired, actual, knowledge=knowledge or GitKnowledge(), policy=policy or Policy()
    )


# The option of the command line, config.yaml, --allow-older, and what becomes of each cause.
@pytest.mark.parametrize(
    ("option", "config", "allow_older", "expected"),
    [
        pytest.param(None, "block", False, "block block block block", id="nothing is lifted"),
        pytest.param(None, "overwrite", False, "overwrite block block block", id="the config"),
        pytest.param(
            "overwrite", "block", False, "overwrite overwrite overwrite block", id="the option"
        ),
        pytest.param(None, "block", True, "block block block overwrite", id="older texts"),
        pytest.param(None, "skip", False, "skip skip skip skip", id="skipped"),
        pytest.param("block", "overwrite", False, "block block block block", id="blocked"),
    ],
)
def test_each_cause_of_drift_is_lifted_by_its_own_option(option, config, allow_older, expected):
    policy = Policy(config, on_drift_option=option, allow_older=allow_older)
    causes = ("edited", "elsewhere", "unknown", "behind")
    assert [policy.choose_for(cause) for cause in causes] == expected.split()
    assert policy.choose_for("changed") == policy.choose_for("edited")


BEHIND_A_RUN = (
    "this checkout is behind: a run from commit 0ddba11 wrote this text, and the files here do not "
    "contain that commit"
)


@pytest.mark.parametrize(
    ("where", "cause", "note"),
    [
        pytest.param(NEWER, "behind", BEHIND, id="on the deploy branch"),
        pytest.param(
            KnownText("later_run", None, "0ddba11"), "behind", BEHIND_A_RUN, id="by a later run"
        ),
        pytest.param(
            KnownText("elsewhere", AT, "refs/stash", "old/cat.md"),
            "elsewhere",
            "Scenario has the text of old/cat.md in commit c0ffee on refs/stash",
            id="elsewhere",
        ),
        pytest.param(
            KnownText("elsewhere", None, "refs/stash", "old/cat.md"),
            "elsewhere",
            "Scenario has the text of old/cat.md in a commit on refs/stash",
            id="elsewhere, in a commit that is not known",
        ),
    ],
)
def test_a_newer_text_and_one_from_elsewhere_are_drift_that_says_where_the_text_is(
    where, cause, note
):
    (change,) = changes(DesiredState([CAT]), {"cat": RemoteText(OLD)}, known(cat=where))
    assert isinstance(change, Drift)
    assert (change.cause, change.policy, change.notes) == (cause, "block", (note,))


@pytest.mark.parametrize(
    ("last_write", "note"),
    [
        pytest.param(None, UNKNOWN, id="nobody sent the rest"),
        pytest.param(LastWrite(OLD.sha256, None), UNKNOWN, id="another text was sent"),
        pytest.param(
            LastWrite(NEW.sha256, None),
            "probably the server's form of your text (cut at 2 characters)",
            id="the whole was sent",
        ),
    ],
)
def test_the_beginning_of_a_text_is_a_text_cut_by_the_server_only_if_a_run_sent_it(
    last_write, note
):
    knowledge = GitKnowledge(last_writes={"cat": last_write} if last_write else {})
    (change,) = changes(DesiredState([CAT]), {"cat": RemoteText(Text("ne"))}, knowledge)
    assert (change.state, change.notes) == ("drift", (note,))


@pytest.mark.parametrize(
    ("document", "retrieved", "knowledge", "policy", "expected"),
    [
        pytest.param(
            CAT,
            RemoteText(Text("\r\nnew\r\n\r\n")),
            GitKnowledge(),
            Policy(),
            InSync(model="cat", path="cat.md", before=Text("\r\nnew\r\n\r\n"), after=NEW),
            id="the same but for line ends",
        ),
        pytest.param(
            CAT,
            RemoteText(NEW),
            known(cat=KnownText("commit", DeployedCommit("c0ffee", 0))),
            Policy(),
            InSync(
                model="cat",
                path="cat.md",
                before=NEW,
                after=NEW,
                deployed=DeployedCommit("c0ffee", 0),
            ),
            id="in sync, and its commit is asked for",
        ),
        pytest.param(
            CAT,
            RemoteText(EMPTY),
            GitKnowledge(),
            Policy(),
            Create(model="cat", path="cat.md", after=NEW),
            id="no description yet",
        ),
        pytest.param(
            CAT,
            RemoteText(Text(" \n")),
            GitKnowledge(),
            Policy(),
            Create(model="cat", path="cat.md", before=Text(" \n"), after=NEW),
            id="blank lines are no description, but kept",
        ),
        pytest.param(
            CAT,
            RemoteText(OLD),
            known(cat=IN_COMMIT),
            Policy(),
            Update(model="cat", path="cat.md", before=OLD, after=NEW, deployed=AT),
            id="merely old",
        ),
        pytest.param(
            CAT,
            RemoteText(OLD),
            known(cat=IN_SNAPSHOT),
            Policy(),
            Update(model="cat", path="cat.md", before=OLD, after=NEW),
            id="known from a snapshot",
        ),
        pytest.param(
            CAT,
            RemoteText(OLD),
            known(dog=IN_COMMIT),
            Policy(),
            Drift(model="cat", path="cat.md", before=OLD, after=NEW, notes=(UNKNOWN,)),
            id="edited elsewhere",
        ),
        pytest.param(
            CAT,
            RemoteText(OLD),
            GitKnowledge(unknown_note="nobody can tell: shallow", cause_if_unknown="unknown"),
            Policy("skip"),
            Drift(
                model="cat",
                path="cat.md",
                before=OLD,
                after=NEW,
                policy="skip",
                cause="unknown",
                notes=("nobody can tell: shallow",),
            ),
            id="history cannot tell",
        ),
        pytest.param(
            CAT,
            RemoteText(OLD),
            known(cat=NEWER),
            Policy(),
            Drift(
                model="cat",
                path="cat.md",
                before=OLD,
                after=NEW,
                deployed=AT,
                cause="behind",
                notes=(BEHIND,),
            ),
            id="this checkout is behind",
        ),
        pytest.param(
            CAT,
            RemoteText(OTHER),
            GitKnowledge(),
            Policy("overwrite"),
            Drift(
                model="cat",
                path="cat.md",
                before=OTHER,
                after=NEW,
                policy="overwrite",
                notes=(UNKNOWN,),
            ),
            id="edited elsewhere, to be overwritten",
        ),
        pytest.param(
            CAT,
            RemoteText(OTHER),
            GitKnowledge(last_writes={"cat": LastWrite(NEW.sha256, OTHER.sha256)}),
            Policy(),
            InSync(
                model="cat",
                path="cat.md",
                before=OTHER,
                after=NEW,
                notes=("the server altered this text when it was written; it is not sent again",),
            ),
            id="altered by the server, as the last run recorded",
        ),
        pytest.param(
            Document("cat", "cat.md", Text("a <b>new</b> one\n")),
            RemoteText(Text("a new one\n")),
            GitKnowledge(
                last_writes={"cat": LastWrite(Text("a <b>new</b> one\n").sha256, None)},
            ),
            Policy(),
            Drift(
                model="cat",
                path="cat.md",
                before=Text("a new one\n"),
                after=Text("a <b>new</b> one\n"),
                notes=("probably the server's form of your text (HTML removed)",),
            ),
            id="what looks altered by the server, by a run that did not see it, is told so",
        ),
        pytest.param(
            Document("cat", "cat.md", Text("one\n\n\ntwo\n")),
            RemoteText(Text("one\n\ntwo\n")),
            GitKnowledge(cause_if_unknown="unknown", unknown_note="nobody can tell"),
            Policy("skip"),
            Drift(
                model="cat",
                path="cat.md",
                before=Text("one\n\ntwo\n"),
                after=Text("one\n\n\ntwo\n"),
                policy="skip",
                cause="unknown",
                notes=(
                    "probably the server's form of your text (blank lines folded); nobody can tell",
                ),
            ),
            id="what looks altered by the server where the history has gaps",
        ),
        pytest.param(
            CAT,
            RemoteText(OTHER),
            GitKnowledge(
                known_texts={"cat": IN_SNAPSHOT},
                last_writes={"cat": LastWrite(OLD.sha256, OTHER.sha256)},
            ),
            Policy(),
            Update(model="cat", path="cat.md", before=OTHER, after=NEW),
            id="altered by the server once, and the file is another now",
        ),
        pytest.param(
            CAT,
            RemoteText(OLD),
            GitKnowledge(
                known_texts={"cat": IN_COMMIT},
                last_writes={"cat": LastWrite(NEW.sha256, NEW.sha256)},
            ),
            Policy(),
            Update(
                model="cat",
                path="cat.md",
                before=OLD,
                after=NEW,
                deployed=AT,
                notes=(
                    "changed elsewhere since the last run recorded here, to a text that git has",
                ),
            ),
            id="somebody put an old text back",
        ),
        pytest.param(
            CAT,
            RemoteText(EMPTY),
            GitKnowledge(last_writes={"cat": LastWrite(NEW.sha256, NEW.sha256)}),
            Policy(),
            Create(
                model="cat",
                path="cat.md",
                after=NEW,
                notes=("Scenario has no text, although the last run recorded here left one",),
                had_text=True,
            ),
            id="somebody emptied it",
        ),
        pytest.param(
            CAT,
            RemoteText(EMPTY),
            GitKnowledge(
                last_writes={"cat": LastWrite(NEW.sha256, None, replaced_sha256=EMPTY.sha256)}
            ),
            Policy(),
            Create(model="cat", path="cat.md", after=NEW),
            id="a run was cut off, perhaps before it wrote the first text",
        ),
        pytest.param(
            CAT,
            RemoteText(OLD),
            GitKnowledge(
                known_texts={"cat": IN_COMMIT}, last_writes={"cat": LastWrite(NEW.sha256, None)}
            ),
            Policy(),
            Update(model="cat", path="cat.md", before=OLD, after=NEW, deployed=AT),
            id="a run that was cut off says nothing of what moved",
        ),
        pytest.param(
            Document("cat", "cat.md", NEW, protected=True),
            RemoteText(OLD),
            known(cat=IN_COMMIT),
            Policy("overwrite"),
            Protected(model="cat", path="cat.md", before=OLD, after=NEW),
            id="protected",
        ),
        pytest.param(
            Document("cat", "cat.md", NEW, protected=True),
            RemoteText(EMPTY),
            GitKnowledge(),
            Policy(),
            Protected(model="cat", path="cat.md", before=EMPTY, after=NEW),
            id="protected even where there is none yet",
        ),
        pytest.param(
            Document("cat", "cat.md", EMPTY),
            RemoteText(OLD),
            known(cat=IN_COMMIT),
            Policy(),
            Update(model="cat", path="cat.md", before=OLD, after=EMPTY, deployed=AT),
            id="to be emptied on purpose",
        ),
        pytest.param(
            Document("cat", "cat.md", EMPTY),
            RemoteText(OTHER),
            GitKnowledge(),
            Policy(),
            Drift(model="cat", path="cat.md", before=OTHER, after=EMPTY, notes=(UNKNOWN,)),
            id="to be emptied, but edited elsewhere",
        ),
        pytest.param(
            CAT,
            NoSuchModel(),
            GitKnowledge(),
            Policy(),
            Missing(model="cat", path="cat.md", after=NEW),
            id="no such model",
        ),
        pytest.param(
            CAT,
            UnreadableModel("500: out of order"),
            GitKnowledge(),
            Policy(),
            Failed(model="cat", path="cat.md", after=NEW, notes=("500: out of order",)),
            id="could not be read",
        ),
    ],
)
def test_what_becomes_of_a_document(document, retrieved, knowledge, policy, expected):
    references = {} if isinstance(retrieved, NoSuchModel | UnreadableModel) else document.references
    (change,) = changes(DesiredState([document]), {"cat": retrieved}, knowledge, policy)
    assert change == type(expected)(
        **{
            name: getattr(expected, name)
            for name in expected.__dataclass_fields__
            if name != "state"
        }
        | {"references": references or ()}
    )


@pytest.mark.parametrize(
    ("retrieved", "knowledge", "expected"),
    [
        pytest.param(None, GitKnowledge(), [Retired(model="cat", path="cat.md")], id="not pruned"),
        pytest.param(
            RemoteText(OLD),
            known(cat=IN_COMMIT),
            [Delete(model="cat", path="cat.md", before=OLD, deployed=AT)],
            id="known to git",
        ),
        pytest.param(
            RemoteText(OLD),
            GitKnowledge(
                known_texts={"cat": IN_COMMIT},
                last_writes={"cat": LastWrite(NEW.sha256, NEW.sha256)},
            ),
            [
                Delete(
                    model="cat",
                    path="cat.md",
                    before=OLD,
                    deployed=AT,
                    notes=(
                        (
                            "changed elsewhere since the last run recorded here, "
                            "to a text that git has"
                        ),
                    ),
                )
            ],
            id="known to git, but put back elsewhere",
        ),
        pytest.param(
            RemoteText(OTHER),
            GitKnowledge(),
            [Drift(model="cat", path="cat.md", before=OTHER, notes=(UNKNOWN,))],
            id="edited elsewhere",
        ),
        pytest.param(
            RemoteText(OTHER),
            known(cat=NEWER),
            [
                Drift(
                    model="cat",
                    path="cat.md",
                    before=OTHER,
                    deployed=AT,
                    cause="behind",
                    notes=(BEHIND,),
                )
            ],
            id="only the deploy branch has it",
        ),
        pytest.param(
            RemoteText(OTHER),
            GitKnowledge(last_writes={"cat": LastWrite(EMPTY.sha256, OTHER.sha256)}),
            [Retired(model="cat", path="cat.md", before=OTHER, notes=(KEEPS,))],
            id="the server keeps a text instead of none",
        ),
        pytest.param(
            RemoteText(OTHER),
            GitKnowledge(last_writes={"cat": LastWrite(EMPTY.sha256, OLD.sha256)}),
            [Drift(model="cat", path="cat.md", before=OTHER, notes=(UNKNOWN,))],
            id="edited since the server kept another",
        ),
        pytest.param(RemoteText(EMPTY), GitKnowledge(), [], id="empty already"),
        pytest.param(NoSuchModel(), GitKnowledge(), [], id="the model is gone too"),
        pytest.param(
            UnreadableModel("503"),
            GitKnowledge(),
            [Failed(model="cat", path="cat.md", notes=("503",))],
            id="could not be read",
        ),
    ],
)
def test_what_becomes_of_a_removed_file(retrieved, knowledge, expected):
    actual = {} if retrieved is None else {"cat": retrieved}
    desired = DesiredState(removed={"cat": FormerModel("cat.md")})
    assert [*changes(desired, actual, knowledge, Policy(prune=True))] == expected


@pytest.mark.parametrize(
    ("former", "notes"),
    [
        pytest.param(FormerModel("cat.md"), (), id="the file is gone"),
        pytest.param(
            FormerModel("cat.md", names_another=True),
            ("the file exists, and no longer names this model",),
            id="it names another model",
        ),
        pytest.param(
            FormerModel("cat.md", is_excluded=True),
            ("the file exists, and config.yaml no longer counts it as a description",),
            id="it is excluded",
        ),
    ],
)
def test_a_model_that_no_file_names_says_what_became_of_its_file(former, notes):
    desired = DesiredState(removed={"cat": former})
    (change,) = changes(desired, {})
    assert change == Retired(model="cat", path="cat.md", notes=notes)
    (change,) = changes(desired, {"cat": RemoteText(OLD)}, known(cat=IN_COMMIT), Policy(prune=True))
    assert change == Delete(model="cat", path="cat.md", before=OLD, deployed=AT, notes=notes)


def test_a_text_that_git_does_not_have_is_never_deleted():
    desired = DesiredState(removed={"cat": FormerModel("cat.md")})
    policy = Policy("overwrite", prune=True)
    (change,) = changes(desired, {"cat": RemoteText(OTHER)}, policy=policy)
    assert change == Drift(model="cat", path="cat.md", before=OTHER, notes=(UNKNOWN,))


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(
            DesiredState([Document("dog", "dog.md", NEW)]), id="a model could not be read"
        ),
        pytest.param(
            DesiredState(
                invalid=[InvalidFile("dog.md", "dog", (Fault("d/dog.md", 1, 1, "no text"),))]
            ),
            id="a file has faults",
        ),
    ],
)
def test_nothing_is_deleted_in_a_run_that_could_not_judge_everything(other):
    desired = DesiredState(other.documents, other.invalid, {"cat": FormerModel("cat.md")})
    actual = {"cat": RemoteText(OLD), "dog": UnreadableModel("503")}
    cat, _ = changes(desired, actual, known(cat=IN_COMMIT), Policy(prune=True))
    note = "not deleted: another item is missing, was left out, could not be read, or has faults"
    assert cat == Retired(model="cat", path="cat.md", before=OLD, notes=(note,))


def test_nothing_is_deleted_while_a_file_of_the_source_has_faults():
    desired = DesiredState(removed={"cat": FormerModel("cat.md")}, all_files_valid=False)
    (cat,) = changes(desired, {"cat": RemoteText(OLD)}, known(cat=IN_COMMIT), Policy(prune=True))
    assert isinstance(cat, Retired)


def test_models_without_a_file_come_last_by_id():
    actual = {
        "cat": RemoteText(NEW),
        "wolf": RemoteText(OLD),
        "ant": RemoteText(OLD),
        "bee": RemoteText(EMPTY),
    }
    assert changes(DesiredState([CAT]), actual)[1:] == (
        Unmanaged(model="ant", before=OLD),
        Unmanaged(model="wolf", before=OLD),
    )


@pytest.mark.parametrize(
    ("recorded", "notes"),
    [
        pytest.param({"ant": DELETED_WRITE}, (PUT_BACK,), id="deleted by us"),
        pytest.param({"ant": LastWrite(OLD.sha256, OLD.sha256)}, (), id="written by us"),
        pytest.param({"bee": DELETED_WRITE}, (), id="another deleted by us"),
    ],
)
def test_a_deleted_description_that_is_there_again_says_so(recorded, notes):
    made = changes(DesiredState(), {"ant": RemoteText(OLD)}, GitKnowledge(last_writes=recorded))
    assert made == (Unmanaged(model="ant", before=OLD, notes=notes),)


def test_a_model_without_a_file_that_cannot_be_read_is_told_of():
    actual = {"wolf": UnreadableModel("503: down"), "fox": NoSuchModel()}
    assert changes(DesiredState(), actual) == (Failed(model="wolf", notes=("503: down",)),)


def test_what_the_source_cannot_give_is_passed_on_and_its_model_is_managed():
    unusable = Invalid(model="owl", notes=("the asset has no counterpart",))
    made = changes(
        DesiredState([CAT], unusable=[unusable]), {"cat": RemoteText(NEW), "owl": RemoteText(OLD)}
    )
    assert [type(change) for change in made] == [InSync, Invalid]


def test_changes_come_in_the_order_of_their_paths():
    fault = Fault("descriptions/b.md", 3, 1, 'unknown key "modle"')
    desired = DesiredState(
        [Document("x", "c.md", NEW), Document("y", "a.md", NEW)],
        [InvalidFile("b.md", "", (fault,))],
    )
    actual = {"x": RemoteText(NEW), "y": RemoteText(NEW)}
    made = changes(desired, actual)
    assert [change.path for change in made] == ["a.md", "b.md", "c.md"]
    assert made[1] == Invalid(
        model="", path="b.md", notes=('descriptions/b.md:3:1: unknown key "modle"',)
    )


def test_a_file_whose_only_fault_is_what_the_target_lacks_has_its_own_cause():
    fault = Fault("descriptions/b.md", 3, 1, "no such asset")
    (change,) = changes(DesiredState(invalid=[InvalidFile("b.md", "b", (fault,), True)]), {})
    assert (change.state, change.cause) == ("invalid", "untranslatable")


def test_only_texts_that_would_be_replaced_are_asked_of_git():
    desired = DesiredState(
        [CAT, Document("dog", "dog.md", NEW)], removed={"fox": FormerModel("fox.md")}
    )
    actual = {
        "cat": RemoteText(Text("new")),
        "dog": RemoteText(OLD),
        "fox": RemoteText(OTHER),
        "owl": RemoteText(OTHER),
    }
    assert find_texts_to_look_up(desired, actual) == {
        "dog": TextLookup("dog.md", OLD.sha256, NEW.sha256),
        "fox": TextLookup("fox.md", OTHER.sha256, None),
    }
    assert set(find_texts_to_look_up(desired, actual, include_in_sync=True)) == {
        "cat",
        "dog",
        "fox",
    }


def test_a_plan_counts_its_states_and_knows_its_writes():
    overwrite = Drift(model="c", before=OTHER, after=NEW, policy="overwrite")
    writes = (Create(model="a", after=NEW), overwrite, Delete(model="d", before=OLD))
    idle = (Drift(model="e", before=OTHER, after=NEW), InSync(model="f", before=NEW, after=NEW))
    plan = Plan(
        TargetIdentity("t", "https://x"), Source("worktree"), datetime.now(UTC), (*writes, *idle)
    )
    assert plan.writes == writes
    assert plan.summary == {"create": 1, "drift": 2, "delete": 1, "in_sync": 1}


def test_the_repr_of_a_large_plan_is_short():
    # asyncio.run() makes one of what its task returns: github.com/python/cpython/issues/112559
    in_sync = tuple(InSync(model=f"m{n}", path=f"{n}.md", before=NEW, after=NEW) for n in range(99))
    plan = Plan(TargetIdentity("t", "https://a"), Source("worktree"), datetime.now(UTC), in_sync)
    assert len(repr(plan)) < 1_000
    run = Run(plan, [Outcome(each, "unchanged") for each in in_sync], Snapshot("refs/x"))
    assert len(repr(run)) < 2_000


HERE, NOW = TargetIdentity("t", "https://x"), datetime(2026, 11, 29, tzinfo=UTC)
UNTRANSLATABLE, NAMELESS = (
    InvalidFile(path, model, (Fault(f"d/{path or 'b.md'}", 3, 1, "no such asset"),), untranslatable)
    for path, model, untranslatable in (("b.md", "bee", True), ("w.md", "", False))
)


def decided(*invalid, policy, **selection):
    desired = DesiredState([CAT], invalid)
    return decide_plan(
        HERE,
        DesiredSelection(Source("commit", "c0ffee"), desired, desired.models, **selection),
        remote={"cat": RemoteText(OLD)},
        knowledge=known(cat=IN_COMMIT),
        policy=policy,
        created_at=NOW,
    )


def test_a_plan_says_what_it_was_made_from_and_with_which_options():
    policy = Policy("skip", on_drift_option="overwrite", allow_older=True, resume=True)
    plan = decided(policy=policy, documents=7, notes=("a note",), offline=True)
    update = Update(
        model="cat", path="cat.md", before=OLD, after=NEW, deployed=AT, references=(TAG,)
    )
    assert plan == Plan(
        HERE,
        Source("commit", "c0ffee"),
        NOW,
        (update,),
        ("a note",),
        7,
        offline=True,
        on_drift="overwrite",
        allow_older=True,
        resume=True,
    )
    usual = decided(policy=Policy("overwrite"), documents=1)
    assert (usual.on_drift, usual.allow_older, usual.resume) == (None, False, False)
    assert not usual.offline


def test_what_the_target_cannot_have_is_left_out_if_the_policy_says_so_and_nothing_else():
    invalid = (UNTRANSLATABLE, NAMELESS)
    left_out = decided(*invalid, policy=Policy(skip_untranslatable=True), documents=3)
    assert [change.path for change in left_out.changes] == ["cat.md", "w.md"]
    assert left_out.notes == ("b.md left out: d/b.md:3:1: no such asset",)
    whole = decided(*invalid, policy=Policy(), documents=3)
    assert [change.path for change in whole.changes] == ["b.md", "cat.md", "w.md"]
    assert whole.notes == ()


def test_a_plan_has_the_limits_that_it_exceeds():
    assert [each.rule for each in decided(NAMELESS, policy=Policy(), documents=2).violations] == [
        "invalid_files"
    ]


def test_where_a_text_that_git_does_not_have_may_be_is_said_besides():
    knowledge = GitKnowledge(unknown_hint="it may be on a branch that was never fetched")
    (change,) = changes(DesiredState([CAT]), {"cat": RemoteText(OTHER)}, knowledge)
    assert change.notes == (UNKNOWN, "it may be on a branch that was never fetched")


@pytest.mark.parametrize(
    ("left", "was_not_kept"), [(NEW.sha256, True), (OLD.sha256, False), (None, False)]
)
def test_a_text_that_the_last_run_replaced_and_that_is_there_again_was_not_kept(left, was_not_kept):
    last = LastWrite(OTHER.sha256, left, replaced_sha256=OLD.sha256)
    knowledge = GitKnowledge({"cat": IN_COMMIT}, {"cat": last})
    (change,) = changes(DesiredState([CAT]), {"cat": RemoteText(OLD)}, knowledge)
    assert isinstance(change, Update)
    assert change.was_not_kept is was_not_kept


@pytest.mark.parametrize(
    ("desired", "text", "knowledge", "state"),
    [
        pytest.param(
            DesiredState([CAT]), OLD, GitKnowledge({"cat": IN_COMMIT}), "update", id="replaced"
        ),
        pytest.param(DesiredState([CAT]), EMPTY, GitKnowledge(), "create", id="created"),
        pytest.param(
            DesiredState(removed={"cat": FormerModel("cat.md")}),
            OLD,
            GitKnowledge({"cat": IN_COMMIT}),
            "delete",
            id="deleted",
        ),
    ],
)
def test_a_text_that_was_rolled_back_is_held_until_it_is_resumed(desired, text, knowledge, state):
    rolled_back = replace(knowledge, rollbacks={"cat": "run-7", "dog": "run-8"})
    actual = {"cat": RemoteText(text)}
    (held,) = changes(desired, actual, rolled_back, Policy(prune=True))
    (free,) = changes(desired, actual, rolled_back, Policy(prune=True, resume=True))
    assert free.state == state
    assert held == Held(
        model="cat",
        path="cat.md",
        before=free.before,
        after=free.after,
        deployed=free.deployed,
        references=free.references,
        notes=("rolled back by run run-7", *free.notes),
    )


def test_a_rollback_holds_no_other_text_and_no_drift():
    other = replace(known(cat=IN_COMMIT), rollbacks={"dog": "run-8"})
    (free,) = changes(DesiredState([CAT]), {"cat": RemoteText(OLD)}, other)
    assert free.state == "update"
    (drift,) = changes(
        DesiredState([CAT]), {"cat": RemoteText(OTHER)}, GitKnowledge(rollbacks={"cat": "run-7"})
    )
    assert drift.state == "drift"


@pytest.mark.parametrize(
    ("removed", "notes"),
    [
        pytest.param({}, (), id="nothing was removed"),
        pytest.param(
            {"dog": FormerModel("cat.md")},
            ("this file named the model dog before",),
            id="the file named another model",
        ),
        pytest.param(
            {"dog": FormerModel("dog.md", NEW)},
            ("looks like dog.md renamed: add `model: dog`",),
            id="a file that is gone said the same",
        ),
        pytest.param({"dog": FormerModel("dog.md", OTHER)}, (), id="it said something else"),
    ],
)
def test_a_missing_model_whose_file_was_renamed_says_so(removed, notes):
    desired = DesiredState([CAT], removed=removed)
    (cat, *_) = changes(desired, {"cat": NoSuchModel()})
    assert cat == Missing(model="cat", path="cat.md", after=NEW, notes=notes)


def test_a_model_that_exists_is_not_said_to_be_renamed():
    desired = DesiredState([CAT], removed={"dog": FormerModel("dog.md", NEW)})
    (cat, *_) = changes(desired, {"cat": RemoteText(NEW)})
    assert (cat.state, cat.notes) == ("in_sync", ())


def test_a_reference_that_scenario_does_not_know_is_told_if_the_file_has_it_too():
    gone = ReferenceTarget("asset", "asset_9")
    stored = RemoteText(OLD, unresolved=(TAG.target, gone))
    (change,) = changes(DesiredState([CAT]), {"cat": stored}, known(cat=IN_COMMIT))
    assert (change.unresolved, change.notes) == (
        (TAG.target,),
        ("Scenario does not know asset_1",),
    )


def test_a_text_that_is_gone_after_the_last_run_replaced_none_was_not_kept():
    last = LastWrite(OTHER.sha256, OTHER.sha256, replaced_sha256=EMPTY.sha256)
    knowledge = GitKnowledge(last_writes={"cat": last})
    (change,) = changes(DesiredState([CAT]), {"cat": RemoteText(EMPTY)}, knowledge)
    note = "the server did not keep it, or somebody undid it: the text from before the last run"
    assert isinstance(change, Create)
    assert change.was_not_kept
    assert [each.startswith(note) for each in change.notes] == [True]
