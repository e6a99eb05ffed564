"""This repository's own descriptions against the sandbox's seed: what a fresh clone shows."""

import re
import subprocess
from pathlib import Path

import pytest

from sync.model.text import Text
from sync.sandbox.seed import read_seed

ROOT = Path(__file__).parent.parent
SEED = read_seed()
FILES = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("descriptions/**/*.md"))


def body(text):
    return Text(re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL))


def model(path):
    named = re.match(r"---\nmodel: (\S+)\n", (ROOT / path).read_text(encoding="utf-8"))
    return named[1] if named else Path(path).stem


def versions(path):
    """Every text that the file held, the oldest first; none outside a full clone."""
    commits = git("log", "--reverse", "--format=%H", "--", path).split()
    return [body(git("show", f"{commit}:{path}")) for commit in commits]


def git(*arguments):
    return subprocess.run(
        ["git", *arguments], cwd=ROOT, check=True, capture_output=True, encoding="utf-8"
    ).stdout


@pytest.mark.parametrize("path", FILES)
def test_a_sample_names_only_what_the_seed_holds(path):
    tags = re.findall(r"\{(asset|model):(.*?)\}", (ROOT / path).read_text(encoding="utf-8"))
    unknown = [id_ for kind, id_ in tags if id_ not in getattr(SEED, f"{kind}s")]
    assert unknown == []
    assert model(path) in SEED.models


def test_the_samples_show_a_bit_of_everything():
    if not (ROOT / ".git").exists() or git("rev-parse", "--is-shallow-repository") == "true\n":
        pytest.skip("the history of the samples is not here")
    shown = {}
    for path in FILES:
        remote = Text(SEED.models[model(path)].description or "")
        texts = [text.canonical for text in versions(path)]
        behind = len(texts) - 1 - texts.index(remote.raw) if remote.raw else None
        shown[path.removeprefix("descriptions/")] = behind
    assert shown == {
        "audio/keeper-voice.md": 0,
        "characters/maren.md": 1,
        "characters/villagers.md": 0,
        "model_saltlight-ui-icons.md": 0,
        "props/fishing-gear.md": None,
        "props/lantern.md": 2,
        "storyboard.md": None,
        "worlds/harbour.md": None,
        "worlds/reef.md": 0,
    }
