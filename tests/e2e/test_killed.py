"""kill -9 at every boundary between git and the server: nothing is lost, the next run converges."""

import shutil
import signal

import pytest
from gate import Killer
from studio import ended

BEFORE = {"hero": "Old hero\n", "reef": "Edited in the web app,\r\nnever in git"}
AFTER = {"hero": "Hero\n", "oar": "Oar\n", "reef": "Reef\n"}
APPLY = ("apply", "--yes", "--format", "json", "--on-drift", "overwrite")


@pytest.fixture
def three(studio):
    """An update, a drift that is to be overwritten, and a creation, one at a time."""
    studio.configure(concurrency=1)
    studio.commit({"hero.md": "Old hero\n"})
    studio.commit({f"{model}.md": text for model, text in AFTER.items()})
    studio.remote({**BEFORE, "oar": None})
    return studio


def git_that_kills(folder, *, at, after):
    """A folder with a git that kills who calls it at the n-th commit it is to make there."""
    script = folder / "git"
    done = f'"{shutil.which("git")}" "$@"' if after else ":"
    script.write_text(
        f"""#!/bin/sh
        case " $* " in *" fast-import "*)
            echo >> "{folder}/commits"
            if [ $(wc -l < "{folder}/commits") -eq {at} ]; then {done}; kill -9 $PPID; exit 1; fi
        esac
        exec "{shutil.which("git")}" "$@"
        """
    )
    script.chmod(0o755)
    return folder


def nothing_is_lost(studio, *, written):
    """What the server held is there still, or git has it; a run undone is as if it never was."""
    assert not studio.lacks(set(BEFORE.values()) - set(studio.texts.values()))
    assert {m: t for m, t in studio.texts.items() if BEFORE.get(m) != t} == written


def converges(studio):
    studio.serve()
    assert studio.apply("--on-drift", "overwrite").code == 0
    assert studio.texts == AFTER
    studio.serve()
    again = studio.apply()
    assert (again.code, set(again.results.values())) == (0, {"unchanged"})
    assert studio.requests == {"GET": 3}


ORDER = ["hero", "oar", "reef"]


@pytest.mark.parametrize("carried_out", [False, True], ids=["before it is done", "unanswered"])
@pytest.mark.parametrize(
    "at", [pytest.param(1, marks=pytest.mark.slow), 2, pytest.param(3, marks=pytest.mark.slow)]
)
def test_killed_at_a_put(three, at, carried_out):
    killer = Killer(three.app, at=at, carried_out=carried_out)
    three.stage.app = killer
    with three.running(*APPLY) as process:
        killer.client.put(process)
        assert ended(process).code == -signal.SIGKILL
    done = ORDER[: at if carried_out else at - 1]
    nothing_is_lost(three, written={model: AFTER[model] for model in done})
    converges(three)


@pytest.mark.parametrize("after", [False, True], ids=["before it", "after it"])
@pytest.mark.parametrize("at", [1, 2], ids=["first snapshot", "second snapshot"])
def test_killed_at_a_snapshot(three, tmp_path, at, after):
    folder = git_that_kills(tmp_path, at=at, after=after)
    with three.running(*APPLY, first=folder) as process:
        assert ended(process).code == -signal.SIGKILL
    nothing_is_lost(three, written=AFTER if at == 2 else {})
    converges(three)


@pytest.mark.parametrize("at", [2, pytest.param(3, marks=pytest.mark.slow)])
def test_a_run_that_was_killed_can_be_rolled_back(three, at):
    killer = Killer(three.app, at=at, carried_out=True)
    three.stage.app = killer
    with three.running(*APPLY) as process:
        killer.client.put(process)
        ended(process)
    three.serve()
    assert "cut off before its end was recorded" in three.sync("history").out
    assert three.rollback().code == 0
    assert three.texts == BEFORE


def test_a_first_deployment_that_was_killed_goes_on(studio):
    """What the run had not written yet does not count as texts that are gone."""
    names = [f"m{number}" for number in range(10)]
    studio.configure(concurrency=1)
    studio.commit({f"{name}.md": f"{name}\n" for name in names})
    studio.remote(dict.fromkeys(names))
    killer = Killer(studio.app, at=2, carried_out=True)
    studio.stage.app = killer
    with studio.running(*APPLY) as process:
        killer.client.put(process)
        assert ended(process).code == -signal.SIGKILL
    studio.serve()
    assert studio.apply().code == 0
    assert studio.texts == {name: f"{name}\n" for name in names}
