"""The sandbox as a command, embedded and served, and the demo that tells the story on it."""

import contextlib
import signal
import subprocess
import sys

import httpx
import pytest
from repositories import IDENTITY
from sandbox_files import SandboxFile
from studio import ended

SEED = """\
models:
  hero: {name: Hero, description: "Hero\\n"}
  reef:
assets: {asset_a: {kind: image}}
"""
KEY = ("key", "secret")


@contextlib.contextmanager
def served(studio, *words):
    """The base URL of `sandbox serve`, which must end quietly."""
    with studio.running("sandbox", "serve", "--port", "0", *words) as process:
        line = process.stdout.readline()
        assert line.startswith("listening on http://127.0.0.1:")
        yield line.removeprefix("listening on ").strip()
        process.send_signal(signal.SIGINT)
        ran = ended(process)
        assert (ran.code, ran.out, ran.err) == (0, "", "")


def test_serves_what_the_seed_says_to_whoever_has_the_key(studio):
    studio.repo.write("seed.yaml", SEED)
    with served(studio, "--seed", "seed.yaml", "--credentials", "key:secret") as url:
        path = f"{url}/models/hero/description"
        assert httpx.get(path, auth=KEY).json()["description"]["value"] == "Hero\n"
        assert httpx.get(path, auth=("key", "other")).status_code == 401
        studio.configure(base_url=url)
        studio.commit({"hero.md": "Hero\n", "reef.md": "Reef {asset:asset_a}\n"})
        assert studio.apply().results == {"hero": "unchanged", "reef": "applied"}
        reef = httpx.get(f"{url}/models/reef/description", auth=KEY).json()["description"]
        assert reef["value"] == "Reef {asset:asset_a}\n"
        assert [asset["id"] for asset in reef["assets"]] == ["asset_a"]


def test_misbehaves_as_it_is_told(studio):
    with served(studio, "--fault", "GET:503:1", "--rate", "2", "--latency", "0.01") as url:
        path = f"{url}/models/flux.1-dev/description"
        answers = [httpx.get(path, auth=KEY).status_code for _ in range(3)]
    assert answers == [503, 200, 429]


def test_keeps_its_state_where_it_is_told(studio):
    with served(studio, "--store", "sandbox.sqlite3") as url:
        put = {"auth": KEY, "json": {"description": "Written\n"}}
        httpx.put(f"{url}/models/model_saltlight-ui-icons/description", **put)
    held = SandboxFile(studio.repo.path / "sandbox.sqlite3").texts
    assert held["model_saltlight-ui-icons"] == "Written\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        pytest.param(["--fault", "PUT:nonsense"], "is not understood", id="a fault"),
        pytest.param(["--rate", "many"], "is not understood", id="a rate"),
        pytest.param(["--credentials", "key"], "needs KEY:SECRET", id="credentials"),
        pytest.param(["--seed", "none.yaml"], "the seed cannot be read", id="a seed"),
        pytest.param(["--port", "70000"], "--port", id="a port"),
    ],
)
def test_wrong_words_are_told_before_anything_is_served(studio, words, message):
    ran = studio.sync("sandbox", "serve", *words)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err


# --- embedded ------------------------------------------------------------------------------------


@pytest.fixture
def embedded(studio):
    """A target that is the simulator itself, without a port and a key."""
    studio.repo.write("seed.yaml", SEED)
    target = {"sandbox": ".sandbox/state.sqlite3"}
    studio.configure(config={"targets": {"sandbox": target}})
    studio.commit({"hero.md": "New hero\n", "reef.md": "Reef\n"})
    return studio


def test_an_embedded_sandbox_needs_neither_port_nor_key(embedded, monkeypatch):
    for name in ("SCENARIO_SDK_API_KEY", "SCENARIO_SDK_API_SECRET"):
        monkeypatch.delenv(name)
    assert embedded.sync("sandbox", "reset", "--seed", "seed.yaml").code == 0
    assert embedded.plan().states == {"hero": "drift", "reef": "create"}
    assert embedded.apply("--on-drift", "overwrite").code == 0
    assert embedded.plan("--exit-code").code == 0


def test_a_reset_brings_its_first_state_back(embedded):
    embedded.sync("sandbox", "reset", "--seed", "seed.yaml")
    embedded.apply("--on-drift", "overwrite")
    ran = embedded.sync("sandbox", "reset", "--seed", "seed.yaml")
    assert (ran.code, ran.out) == (0, "")
    assert ran.err == "sandbox: the sandbox was reset.\n"
    held = SandboxFile(embedded.repo.path / ".sandbox/state.sqlite3").texts
    assert held == {"hero": "Hero\n"}


def test_only_a_sandbox_can_be_reset(studio):
    ran = studio.sync("sandbox", "reset")
    assert (ran.code, ran.out) == (2, "")
    assert 'the target "production" is not an embedded sandbox' in ran.err


def test_without_its_packages_a_sandbox_says_how_to_get_them(embedded):
    code = (
        "import sys; sys.modules['starlette'] = None; from sync.cli import main; sys.exit(main())"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code, "plan"],
        cwd=embedded.repo.path,
        capture_output=True,
        check=False,
        text=True,
    )
    assert (answer.returncode, answer.stdout) == (1, "")
    assert "pip install 'description-sync[sandbox]'" in answer.stderr


# --- the demo ------------------------------------------------------------------------------------


def test_the_demo_tells_the_whole_story(studio):
    with studio.running("demo") as process:
        ran = ended(process)
    assert ran.code == 0
    assert "Traceback" not in ran.err
    story = [
        "$ description-sync plan",
        "~ update",
        "$ description-sync apply --yes",
        "in sync, nothing to do",
        "! drift",
        "$ description-sync apply --yes --on-drift overwrite",
        "$ description-sync rollback --yes",
    ]
    position = 0
    for scene in story:
        position = ran.out.index(scene, position) + len(scene)
    assert not any(name in ran.out for name in IDENTITY.values())


def test_a_link_does_not_lead_the_embedded_sandbox_out_of_the_repository(studio, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (studio.repo.path / "state").symlink_to(outside)
    studio.configure(config={"targets": {"production": {"sandbox": "state/store.sqlite3"}}})
    studio.commit({"hero.md": "Hero\n"})
    ran = studio.plan()
    assert (ran.code, ran.out) == (2, "")
    assert "a symbolic link leads" in ran.err
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize("path", ["../store.sqlite3", "/srv/store.sqlite3", ".git/store.sqlite3"])
def test_an_embedded_sandbox_lies_below_its_config(studio, path):
    studio.configure(config={"targets": {"production": {"sandbox": path}}})
    studio.commit({"hero.md": "Hero\n"})
    ran = studio.plan()
    assert (ran.code, ran.out) == (2, "")
    assert "sandbox: must be a path below the folder of config.yaml" in ran.err
