"""Names and links that would lead out of the folder, planted by whoever may write there."""

import shutil
import stat

import pytest
from harbour import OLD

OUTSIDE = "A text that is none of ours\n"


@pytest.fixture
def outside(tmp_path):
    """A file elsewhere on the machine."""
    file = tmp_path / "outside.md"
    file.write_text(OUTSIDE)
    return file


@pytest.fixture
def planted(studio):
    """Puts a link where the studio has none, and takes it away again."""
    links = []

    def plant(path, to):
        link = studio.repo.path / path
        link.parent.mkdir(parents=True, exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to(to)
        links.append(link)
        return link

    yield plant
    for link in links:
        link.unlink(missing_ok=True)
    studio.repo.git("checkout", "--quiet", "--force", "main", "--", "descriptions")
    studio.repo.git("reset", "--quiet", "--hard")


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


# --- the folder of descriptions ------------------------------------------------------------------


def test_a_link_in_the_folder_is_not_read(studio, planted, outside):
    planted("descriptions/reef.md", outside)
    studio.serve()
    ran = studio.sync("plan", "-v")
    assert "none of ours" not in ran.out + ran.err
    assert "reef.md: reached through a symbolic link; it was left out" in ran.out + ran.err


def test_a_link_to_a_folder_is_not_read_through(studio, planted, outside):
    planted("descriptions/deep", outside.parent)
    studio.repo.git("add", "--all")
    studio.serve()
    ran = studio.plan()
    assert set(ran.states) == set(OLD)
    assert "none of ours" not in ran.out + ran.err


def test_nothing_is_pulled_through_a_link(studio, planted, outside):
    planted("descriptions/reef.md", outside)
    studio.store.write_text("reef", "Edited elsewhere\n")
    studio.serve()
    studio.sync("pull", "--all")
    assert outside.read_text() == OUTSIDE
    assert [*outside.parent.iterdir()] == [outside]


@pytest.mark.parametrize("folder", ["../elsewhere", "/tmp", "a/../../b", "..\\b"])  # noqa: S108 - refused
def test_a_folder_that_leads_out_is_refused(studio, folder):
    studio.configure(config={"descriptions": folder})
    ran = studio.plan()
    assert ran.code == 2
    assert "must be a path below the folder of config.yaml" in ran.err


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("../outside.md", "does not exist"),
        ("/etc/passwd", "is not a description"),
        ("../../.git/config", "does not exist"),
        (".git/config", "is not a description"),
    ],
)
def test_a_path_that_leads_out_is_no_description(studio, path, reason):
    ran = studio.plan(path)
    assert ran.code == 2
    assert reason in ran.err


EVIL = ["../../evil", "..", "/etc/evil", "a/../../../evil", "con", "evil\\..\\..\\x", ".git/config"]


def test_names_from_the_server_become_no_paths(studio):
    """A project may hold models of any name; each becomes a file in the folder, or none."""
    before = everything(studio.repo.path.parent, but=studio.repo.path / "descriptions")
    studio.remote({**OLD, **{name: f"Text of {name}\n" for name in EVIL}})
    studio.serve()
    ran = studio.sync("pull", "--all")
    assert "Traceback" not in ran.err
    after = everything(studio.repo.path.parent, but=studio.repo.path / "descriptions")
    new = {path for path in after - before if ".git/" not in path}
    assert new == set()
    studio.repo.git("clean", "-fdq", "descriptions")
    studio.repo.git("checkout", "--quiet", "--", "descriptions")


def everything(folder, *, but):
    paths = (path for path in folder.rglob("*") if not path.is_relative_to(but))
    return {path.relative_to(folder).as_posix() for path in paths}


# --- files that a command writes -----------------------------------------------------------------


WRITTEN = [
    pytest.param(["--out", "written"], id="saved plan"),
    pytest.param(["--report", "json=written"], id="report"),
]


@pytest.mark.parametrize("words", WRITTEN)
def test_a_file_is_its_owner_s_alone(studio, words):
    studio.serve()
    assert studio.plan(*words).code == 0
    written = studio.repo.path / "written"
    assert mode(written) == 0o600
    written.unlink()


@pytest.mark.parametrize("words", WRITTEN)
def test_a_link_planted_where_a_file_is_to_be_is_replaced(studio, planted, outside, words):
    link = planted("written", outside)
    studio.serve()
    assert studio.plan(*words).code == 0
    assert outside.read_text() == OUTSIDE
    assert not link.is_symlink()


def test_a_lock_is_its_owner_s_alone(studio):
    studio.serve()
    folder = studio.repo.path / ".git" / "description-sync"
    shutil.rmtree(folder, ignore_errors=True)  # another test may have made it
    assert studio.apply().code == 0
    assert mode(folder) == 0o700
    assert {mode(lock) for lock in folder.glob("*.lock")} <= {0o600}


def test_a_link_planted_where_the_lock_is_to_be_is_not_followed(studio, planted, outside):
    planted(".git/description-sync/production.lock", outside)
    studio.serve()
    ran = studio.apply()
    assert (ran.code, ran.out) == (1, "")
    assert "production.lock cannot be locked: " in ran.err
    assert outside.read_text() == OUTSIDE
    assert mode(outside) != 0o600
    assert studio.texts == OLD


# --- texts that act ------------------------------------------------------------------------------

HOSTILE = (
    "Plain\n\x1b]0;owned\x07\x1b[2J\u202egpj.exe\u2066\n"
    "::error file=a.md::owned\n  ::stop-commands::x\n##[error]owned\n"
)


@pytest.mark.parametrize("command", ["plan", "status", "apply"])
def test_a_remote_text_acts_on_no_terminal_and_no_runner(studio, command):
    studio.remote({**OLD, "reef": HOSTILE})
    studio.serve()
    yes = ["--yes"] if command == "apply" else []
    ran = studio.sync(command, *yes, "--color", "never", "-v")
    shown = ran.out + ran.err
    assert not set(shown) & set("\x1b\x07\u202e\u2066")
    lines = [line.lstrip() for line in shown.splitlines()]
    assert not [line for line in lines if line.startswith("::") or "##[" in line]


@pytest.mark.parametrize("fault", ["GET", "PUT"])
def test_a_server_s_words_act_on_no_terminal(studio, fault):
    studio.serve()
    app = studio.app

    async def speak(scope, receive, send):
        if scope["method"] != fault:
            await app(scope, receive, send)
            return
        body = b'{"reason": "\\u001b[2J\\u202eowned\\n::error::owned"}'
        await send({"type": "http.response.start", "status": 400, "headers": []})
        await send({"type": "http.response.body", "body": body})

    studio.stage.app = speak
    ran = studio.sync("apply", "--yes")
    shown = ran.out + ran.err
    assert "owned" in shown
    assert not set(shown) & set("\x1b\u202e")
    assert not [line for line in shown.splitlines() if line.lstrip().startswith("::")]
